"""The pump between real sockets, a scripted engine and a recorder in memory: nothing leaves before it is recorded."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.defer import succeed

from appliance.sip.at_sight import is_new_request
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.recorder import CannotListen
from appliance.sip.transport import Pump
from tests.helpers.appliance import wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.sip.pump_doubles import EchoEngine, MemoryRecorder

PADDING = b" sip:x SIP/2.0\r\n" + b"x" * 20


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


class Bench:
    """A pump that runs, and a socket to talk to it."""

    def __init__(self, running: RunningReactor, recorder: MemoryRecorder | None = None, **options: Any) -> None:
        self.running = running
        self.engine = EchoEngine()
        self.recorder = recorder or MemoryRecorder()
        self.listeners = [ListenerAddress("udp", "127.0.0.1", 0), ListenerAddress("udp", "127.0.0.1", 0)]
        self.pump = Pump(running.reactor, self.engine, self.recorder, self.listeners, **options)
        running.do(self.pump.start)
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.bind(("127.0.0.1", 0))
        self.client.connect(("127.0.0.1", self.listeners[0].port))
        self.client.settimeout(20)

    def ask(self, data: bytes) -> bytes:
        self.client.send(data + PADDING)
        return self.answer()

    def answer(self) -> bytes:
        return self.client.recv(65535).removesuffix(PADDING)

    def silent(self, seconds: float = 0.1) -> bool:
        self.client.settimeout(seconds)
        try:
            self.client.recv(65535)
        except TimeoutError:
            return True
        finally:
            self.client.settimeout(20)
        return False

    def close(self) -> None:
        self.recorder.may_commit.set()
        self.running.do(self.pump.stop)
        self.client.close()


@pytest.fixture
def make(running: RunningReactor) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def one(**options: Any) -> Bench:
        benches.append(Bench(running, **options))
        return benches[-1]

    yield one
    for bench in benches:
        bench.close()


def test_an_answer_leaves_only_after_its_fact_is_durable(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.recorder.may_commit.clear()
    bench.client.send(b"REGISTER" + PADDING)
    assert bench.silent()
    assert bench.recorder.durable == []
    bench.recorder.may_commit.set()
    assert bench.answer() == b"200 REGISTER"
    assert bench.recorder.durable == [b"REGISTER" + PADDING]
    wait_for(lambda: bench.recorder.log[-1] == "committed", 20, "told after the commit")
    assert bench.recorder.threads == {"commit"} and bench.engine.open_batches == 0


def test_a_batch_that_wrote_nothing_is_not_committed(make: Callable[..., Bench]) -> None:
    bench = make()
    assert bench.ask(b"PING") == b"200 PING"
    assert bench.recorder.log == ["begin"] and bench.pump.counters.commits == 0 and bench.engine.open_batches == 0


def test_what_comes_during_a_commit_shares_the_next_one(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.recorder.may_commit.clear()
    bench.client.send(b"R first" + PADDING)
    wait_for(lambda: bench.recorder.log[-1:] == ["commit"], 20, "a commit runs")
    for number in range(50):
        bench.client.send(b"R%d" % number + PADDING)
    time.sleep(0.05)
    bench.recorder.may_commit.set()
    assert [bench.answer() for _ in range(51)] == [b"200 R first", *[b"200 R%d" % number for number in range(50)]]
    assert bench.pump.counters.commits == 2


def test_a_failed_commit_drops_the_answers_sends_500_and_offers_the_facts_again(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.recorder.fail = 1
    assert bench.ask(b"REGISTER") == b"500 REGISTER"
    assert bench.silent()
    wait_for(lambda: bench.recorder.durable == [b"REGISTER" + PADDING], 20, "the fact is offered again and written")
    assert bench.recorder.log[:3] == ["begin", "commit", "failed"]
    assert bench.pump.counters.commits_failed == 1 and bench.engine.open_batches == 0


def test_a_slow_commit_refuses_new_requests_and_keeps_the_rest(make: Callable[..., Bench]) -> None:
    bench = make(commit_wait=0.1)
    bench.recorder.may_commit.clear()
    bench.client.send(b"R slow" + PADDING)
    wait_for(lambda: bench.engine.stalled, 20, "the commit is seen to hang")
    assert bench.ask(b"INVITE") == b"503 INVITE"
    bench.client.send(b"RBYE" + PADDING)
    assert bench.silent()
    bench.recorder.may_commit.set()
    assert bench.answer() == b"200 R slow"
    assert bench.answer() == b"200 RBYE"
    assert not bench.engine.stalled and bench.pump.counters.refused_stalled == 1 and bench.engine.open_batches == 0
    assert bench.ask(b"INVITE") == b"200 INVITE"


def test_a_slow_commit_that_fails_leaves_nothing_open(make: Callable[..., Bench]) -> None:
    bench = make(commit_wait=0.1)
    bench.recorder.may_commit.clear()
    bench.recorder.fail = 1
    bench.client.send(b"R slow" + PADDING)
    wait_for(lambda: bench.engine.stalled, 20, "the commit is seen to hang")
    assert [bench.ask(b"INVITE") for _ in range(3)] == [b"503 INVITE"] * 3
    bench.recorder.may_commit.set()
    assert bench.answer() == b"500 R slow"
    wait_for(lambda: bench.recorder.durable == [b"R slow" + PADDING] and bench.engine.open_batches == 0, 20, "written at last")


def test_a_bug_ends_one_message_alone(make: Callable[..., Bench], caplog: pytest.LogCaptureFixture) -> None:
    bench = make()
    bench.client.send(b"BUG" + PADDING)
    assert bench.ask(b"PING") == b"200 PING"
    assert "met a bug" in caplog.text


def test_the_largest_datagram_arrives_whole(make: Callable[..., Bench]) -> None:
    """65,535 bytes with the headers of IP and UDP (sip.md, Transports)."""
    bench = make()
    large = (b"OPTIONS" + PADDING).ljust(65_507, b"x")
    bench.client.send(large)
    wait_for(lambda: bench.engine.heard, 20, "the datagram")
    assert bench.engine.heard == [("datagram", large)]


def test_icmp_is_told_to_the_engine(make: Callable[..., Bench]) -> None:
    bench = make()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = Flow("udp", 0, "127.0.0.1", probe.getsockname()[1])

    def say() -> None:
        bench.engine.say(nobody, b"hello")
        bench.pump.wake()

    bench.running.do(say)
    if sys.platform.startswith("linux"):  # others do not tell of it
        wait_for(lambda: bench.engine.failed == [nobody], 20, "the failed destination is named")
    assert bench.ask(b"PING") == b"200 PING"  # the socket still reads


def test_a_name_is_never_looked_up_by_sending(make: Callable[..., Bench]) -> None:
    bench = make()
    flows = [Flow("udp", 0, "sip.example.test", 5060), Flow("udp", 0, "::1", 5060), Flow("udp", 0, "127.0.0.1", 70_000)]

    def say() -> None:
        for flow in flows:
            bench.engine.say(flow, b"hello")
        bench.pump.wake()

    bench.running.do(say)
    wait_for(lambda: bench.engine.failed == flows, 20, "each has failed at once")


def test_one_timer_for_the_engine(make: Callable[..., Bench]) -> None:
    bench = make()
    late: list[float] = []
    while len(late) < 5 and not any(seconds < 0.1 for seconds in late):  # a busy machine may be late once
        bench.engine.timeouts.clear()
        wanted = bench.running.reactor.seconds() + 0.15

        def set_due(wanted: float = wanted) -> None:
            bench.engine.due = wanted
            bench.pump.wake()

        bench.running.do(set_due)
        wait_for(lambda: bench.engine.timeouts, 20, "the time-out is handled")
        time.sleep(0.05)
        assert len(bench.engine.timeouts) == 1 and bench.engine.timeouts[0] >= wanted
        late.append(bench.engine.timeouts[0] - wanted)
    assert min(late) < 0.1


def test_work_between_units_waits_for_the_commit(make: Callable[..., Bench]) -> None:
    bench = make()
    done: list[str] = []
    bench.running.do(bench.pump.run_between, lambda: done.append("idle"))
    assert done == ["idle"]
    bench.recorder.may_commit.clear()
    bench.client.send(b"R" + PADDING)
    wait_for(lambda: bench.recorder.log[-1:] == ["commit"], 20, "a commit runs")
    bench.running.do(bench.pump.run_between, lambda: done.append(bench.recorder.log[-1]))
    assert done == ["idle"]
    bench.recorder.may_commit.set()
    wait_for(lambda: done == ["idle", "committed"], 20, "it ran after the commit")


def test_stopping_waits_for_the_commit_and_takes_one_last_batch(running: RunningReactor) -> None:
    bench = Bench(running)
    bench.recorder.may_commit.clear()
    bench.client.send(b"R one" + PADDING)
    wait_for(lambda: bench.recorder.log[-1:] == ["commit"], 20, "a commit runs")
    bench.client.send(b"R two" + PADDING)
    running.reactor.callFromThread(lambda: running.reactor.callLater(0.1, bench.recorder.may_commit.set))
    running.do(bench.pump.stop)
    assert bench.recorder.durable == [b"R one" + PADDING, b"R two" + PADDING]
    assert bench.answer() == b"200 R one" and bench.answer() == b"200 R two"
    bench.client.close()


def test_keep_alives_and_stun_never_reach_the_engine(make: Callable[..., Bench]) -> None:
    asked: list[tuple[bytes, int]] = []

    def stun(data: bytes, listener: int, host: str, port: int) -> bytes:
        asked.append((data, listener))
        return b"pong"

    bench = make(stun=stun)
    for data in (b"", b"\r\n\r\n", b"\0", b"\r\n"):
        bench.client.send(data)
    request = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"t" * 12
    bench.client.send(request)
    assert bench.answer() == b"pong"
    assert asked == [(request, 0)] and bench.engine.heard == []


def test_names_are_asked_for_and_answered(make: Callable[..., Bench]) -> None:
    bench = make(resolve=lambda question: succeed([f"answer to {question}"]))

    def ask() -> None:
        bench.engine.asked.append("where")
        bench.pump.wake()

    bench.running.do(ask)
    wait_for(lambda: bench.engine.answers == [("where", ["answer to where"])], 20, "the answer arrives")


def test_a_taken_port_is_named(make: Callable[..., Bench], running: RunningReactor) -> None:
    bench = make()
    taken = ListenerAddress("udp", "127.0.0.1", bench.listeners[0].port)
    free = ListenerAddress("udp", "127.0.0.1", 0)
    with pytest.raises(CannotListen) as refused:
        running.do(Pump(running.reactor, EchoEngine(), MemoryRecorder(), [free, taken]).start)
    assert refused.value.listener is taken
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", free.port))  # what was taken has been given back


def test_what_counts_as_new() -> None:
    head = b"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=1\r\nFrom: <sip:b>;tag=1\r\n"
    assert is_new_request(head + b"To: <sip:a>\r\n\r\n")
    assert is_new_request(head + b"t : <sip:a>\r\n\r\nTo: <sip:a>;tag=7")
    assert not is_new_request(head + b"To: <sip:a>; tag = 9\r\n\r\n")
    assert not is_new_request(b"BYE sip:a SIP/2.0\r\nTo: <sip:a>\r\n\r\n")
    assert not is_new_request(b"SIP/2.0 200 OK\r\nTo: <sip:a>\r\n\r\n")
