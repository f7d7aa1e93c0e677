"""What waits for the disk while the pump goes on: the machine by virtual time, and the pump with it between real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from appliance.sip import lasting
from appliance.sip.lasting import SLOW_REST, SLOW_SECONDS, SYNC_SECONDS, Lasting, Packet
from appliance.sip.policy import Flow
from appliance.sip.recorder import PumpCounters
from tests.helpers.appliance import wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.sip.pump_doubles import MemoryRecorder
from tests.sip.test_pump import PADDING, Bench

FLOW = Flow("udp", 0, "192.0.2.1", 5060)


def packet(call: str, text: str = "SIP/2.0 200 OK") -> Packet:
    return FLOW, f"{text}\r\nCall-ID: {call}\r\n\r\n".encode()


class HandThread:
    """A commit thread that works when it is told to."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Callable[[], None], Callable[[BaseException | None], None]]] = []

    def run(self, work: Callable[[], None], done: Callable[[BaseException | None], None]) -> None:
        self.jobs.append((work, done))

    def work(self) -> None:
        work, done = self.jobs.pop(0)
        error: BaseException | None = None
        try:
            work()
        except OSError as raised:
            error = raised
        done(error)


class Disk:
    """`Lasting` with a clock, a thread and a recorder under the test's hand; `sent` is what was let go."""

    def __init__(self) -> None:
        self.now = 100.0
        self.thread = HandThread()
        self.recorder = MemoryRecorder(quickly=True)
        self.recorder.begin(True)
        self.counters = PumpCounters()
        self.sent: list[Packet] = []
        self.lasting = Lasting(self.thread, self.recorder, self.counters, self.sent.extend, lambda: self.now)  # type: ignore[arg-type]

    def commit(self, fact: bytes, *packets: Packet) -> None:
        self.recorder.record([fact], self.now)
        self.sent.extend(self.lasting.ahead(self.lasting.commit(list(packets))))
        self.recorder.committed()

    def synced(self, seconds: float = 0.001) -> None:
        self.now += seconds
        self.thread.work()


def test_what_is_promised_waits_for_the_disk_and_the_next_sync_takes_what_came_meanwhile() -> None:
    disk = Disk()
    disk.commit(b"R1", packet("a"))
    disk.commit(b"R2", packet("b"))
    disk.commit(b"R3", packet("c"))
    assert disk.sent == [] and len(disk.thread.jobs) == 1
    disk.synced()
    assert disk.sent == [packet("a")] and disk.recorder.durable == [b"R1", b"R2", b"R3"] and len(disk.thread.jobs) == 1
    disk.synced()
    assert disk.sent == [packet("a"), packet("b"), packet("c")] and not disk.thread.jobs and not disk.lasting.busy
    assert (disk.counters.commits, sum(disk.counters.commit_buckets), disk.counters.commits_failed) == (3, 2, 0)


def test_what_nobody_is_promised_leaves_at_once_and_is_on_the_disk_soon_after() -> None:
    disk = Disk()
    disk.commit(b"RE1", packet("a"))
    assert disk.sent == [packet("a")] and disk.lasting.busy and not disk.thread.jobs
    assert disk.lasting.due == disk.now + SYNC_SECONDS
    disk.lasting.run(disk.now + SYNC_SECONDS / 2)
    assert not disk.thread.jobs
    disk.now += SYNC_SECONDS
    disk.lasting.run(disk.now)
    disk.synced()
    assert disk.recorder.durable == [b"RE1"] and not disk.lasting.busy


def test_one_sync_is_enough_for_both_kinds() -> None:
    disk = Disk()
    disk.commit(b"RE1", packet("a"))
    disk.commit(b"R2", packet("b"))
    disk.synced()
    assert disk.recorder.durable == [b"RE1", b"R2"] and disk.sent == [packet("a"), packet("b")]
    assert disk.lasting.due is None and not disk.lasting.busy


def test_nothing_of_a_call_overtakes_what_waits_of_it() -> None:
    disk = Disk()
    disk.commit(b"R1", packet("a"))
    disk.commit(b"RE2", packet("a", "BYE sip:x SIP/2.0"), packet("b"))
    assert disk.sent == [packet("b")]
    assert disk.lasting.ahead([packet("c"), packet("a", "INFO sip:x SIP/2.0")]) == [packet("c")]
    disk.commit(b"R3", packet("d"))
    assert disk.lasting.ahead([packet("d", "second"), packet("a", "third")]) == []
    disk.synced()
    assert disk.sent == [packet("b"), packet("a"), packet("a", "BYE sip:x SIP/2.0"), packet("a", "INFO sip:x SIP/2.0")]
    disk.synced()
    assert disk.sent[4:] == [packet("d"), packet("d", "second"), packet("a", "third")]
    assert disk.lasting.ahead([packet("a"), packet("d")]) == [packet("a"), packet("d")]


def test_a_call_that_floods_behind_a_disk_that_hangs_is_shed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "MOST_BEHIND", 3)
    disk = Disk()
    disk.commit(b"R1", packet("a"))
    assert disk.lasting.ahead([packet("a", f"INFO {number}") for number in range(5)] + [packet("b")]) == [packet("b")]
    assert disk.counters.shed == 3
    disk.synced()
    assert disk.sent == [packet("a"), packet("a", "INFO 0"), packet("a", "INFO 1")]


def test_a_slow_disk_is_known_while_it_is_slow_and_for_a_while_after() -> None:
    disk = Disk()
    assert not disk.lasting.slow(disk.now)
    disk.commit(b"R1", packet("a"))
    assert not disk.lasting.slow(disk.now + SLOW_SECONDS / 2) and disk.lasting.slow(disk.now + SLOW_SECONDS * 2)
    disk.synced(SLOW_SECONDS * 2)
    assert disk.lasting.slow(disk.now + SLOW_REST / 2) and not disk.lasting.slow(disk.now + SLOW_REST * 2)
    disk.lasting.kept(disk.now - SLOW_SECONDS * 3)
    assert disk.lasting.slow(disk.now)


def test_a_disk_that_did_not_keep_it_lets_the_packets_go_and_is_trusted_no_more() -> None:
    disk = Disk()
    disk.recorder.fail_sync = 1
    disk.commit(b"R1", packet("a"))
    disk.synced()
    assert disk.sent == [packet("a")] and disk.recorder.log[-1] == "unsynced" and disk.counters.commits_failed == 1


def test_the_last_sync_waits_for_nothing() -> None:
    disk = Disk()
    disk.lasting.hurry()
    assert not disk.thread.jobs
    disk.commit(b"RE1", packet("a"))
    disk.lasting.hurry()
    disk.lasting.hurry()
    assert len(disk.thread.jobs) == 1
    disk.synced()
    assert disk.recorder.durable == [b"RE1"] and not disk.lasting.busy


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


@pytest.fixture
def bench(running: RunningReactor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Its disk is never too slow, however long the test holds it up."""
    monkeypatch.setattr(lasting, "SLOW_SECONDS", 60.0)
    one = Bench(running, recorder=MemoryRecorder(quickly=True))
    yield one
    one.close()


def held(bench: Bench, data: bytes) -> None:
    bench.recorder.may_commit.clear()
    bench.client.send(data + PADDING)
    wait_for(lambda: bench.recorder.log[-1:] == ["committed"], 20, "it is recorded")


def test_the_pump_goes_on_while_the_disk_works(bench: Bench) -> None:
    held(bench, b"R one")
    assert bench.silent()
    assert bench.ask(b"PING") == b"200 PING"
    assert bench.ask(b"RE end") == b"200 RE end"
    assert bench.recorder.durable == []
    bench.recorder.may_commit.set()
    assert bench.answer() == b"200 R one"
    wait_for(lambda: bench.recorder.durable == [b"R one" + PADDING, b"RE end" + PADDING], 20, "all is on the disk")
    assert bench.recorder.threads == {"commit"} and bench.engine.open_batches == 0


def test_an_end_that_comes_alone_is_on_the_disk_soon(bench: Bench) -> None:
    assert bench.ask(b"RE end") == b"200 RE end"
    wait_for(lambda: bench.recorder.durable == [b"RE end" + PADDING], 20, "a sync of its own")


def test_a_quick_commit_that_fails_drops_the_answers_and_offers_the_facts_again(bench: Bench) -> None:
    bench.recorder.fail = 1
    assert bench.ask(b"REGISTER") == b"500 REGISTER"
    assert bench.silent()
    wait_for(lambda: bench.recorder.durable == [b"REGISTER" + PADDING], 20, "the fact is offered again and written")
    assert bench.recorder.log[:3] == ["begin", "commit", "failed"] and bench.engine.open_batches == 0


def test_beside_a_disk_that_takes_long_units_are_committed_in_the_thread(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    held(bench, b"R one")
    monkeypatch.setattr(lasting, "SLOW_SECONDS", 0.0)
    bench.client.send(b"R two" + PADDING)
    assert bench.silent()
    bench.client.send(b"PING" + PADDING)
    assert bench.silent() and not bench.recorder.unit_quick
    bench.recorder.may_commit.set()
    assert [bench.answer() for _ in range(3)] == [b"200 R one", b"200 R two", b"200 PING"]
    assert bench.engine.open_batches == 0


def test_work_between_units_need_not_wait_and_opens_no_quick_unit(bench: Bench) -> None:
    held(bench, b"R one")
    seen: list[bool] = []
    bench.running.do(bench.pump.run_between, lambda: seen.append(bench.recorder.unit_quick))
    assert seen == [False]


def test_stopping_waits_for_the_disk(running: RunningReactor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "SLOW_SECONDS", 60.0)
    bench = Bench(running, recorder=MemoryRecorder(quickly=True))
    held(bench, b"R one")
    bench.client.send(b"RE two" + PADDING)
    assert bench.answer() == b"200 RE two"
    running.reactor.callFromThread(lambda: running.reactor.callLater(0.1, bench.recorder.may_commit.set))
    running.do(bench.pump.stop)
    assert bench.recorder.durable == [b"R one" + PADDING, b"RE two" + PADDING]
    assert bench.answer() == b"200 R one"
    bench.client.close()
