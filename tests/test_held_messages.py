"""Messages that wait for company: what a call costs, when it ended and who else may call never depends on the waiting.

The same seconds are played twice through the pump, the switch and the services, once without any waiting. The engine is a
small one that reads real messages: what it tells is what the real one tells of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

import pytest

from appliance.sip import company
from appliance.sip.at_sight import may_wait
from appliance.sip.facts import CallAnswered, CallEnded, DialogState, Fact
from appliance.sip.policy import Admitted, CallRequest, Flow, ListenerAddress
from appliance.sip.transport import Pump
from appliance.switch import Switch
from tests.services.shop import Shop, Simple

PHONE = Flow("udp", 0, "192.0.2.1", 5062)


class Loop:
    """Virtual time in place of the reactor's; nothing of it waits."""

    def __init__(self, shop: Shop) -> None:
        self._clock = shop.clock
        self.seconds: Callable[[], float] = shop.clock.monotonic
        self._due: list[tuple[float, int, Loop.Later]] = []
        self._number = 0

    def callLater(self, delay: float, work: Callable[..., object], *given: Any) -> Loop.Later:  # noqa: N802
        later = Loop.Later(self.seconds() + delay, lambda: work(*given))
        self._number += 1
        heappush(self._due, (later.time, self._number, later))
        return later

    class Later:
        def __init__(self, time: float, work: Callable[[], object]) -> None:
            self.time, self.work, self._active = time, work, True

        def __call__(self) -> None:
            if self._active:
                self._active = False
                self.work()

        def getTime(self) -> float:  # noqa: N802
            return self.time

        def active(self) -> bool:
            return self._active

        def cancel(self) -> None:
            self._active = False

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            at, _, work = heappop(self._due)
            self._clock.advance(max(at - self.seconds(), 0.0))
            work()
        self._clock.advance(max(until - self.seconds(), 0.0))


class AtOnce:
    """In place of the commit thread: done at once, told soon."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def run(self, work: Callable[[], None], done: Callable[[BaseException | None], None]) -> None:
        work()
        self._loop.callLater(0, done, None)

    def stop(self) -> None:
        pass


class Wire:
    """In place of a socket."""

    def __init__(self) -> None:
        self.index = 0
        self.failed: list[tuple[str, int]] = []
        self.paused = False
        self.waiting: list[bytes] = []
        self.sent: list[bytes] = []

    def read(self, limit: int, take: Callable[[bytes, str, int], None]) -> int:
        waiting, self.waiting = self.waiting, []
        for data in waiting:
            take(data, PHONE.host, PHONE.port)
        return len(waiting)

    def send(self, data: bytes, host: str, port: int) -> None:
        self.sent.append(data)

    def resume(self) -> None:
        self.paused = False

    def pause(self) -> None:
        self.paused = True

    def close(self) -> None:
        pass


class SmallEngine:
    """INVITE admits, a 200 answers, BYE ends; whoever is out of credit is cut."""

    stalled = False

    def __init__(self, switch: Switch, alice: int) -> None:
        self._switch = switch
        self._alice = alice
        self._news: list[Fact] = []
        self.calls: dict[str, Admitted] = {}
        self.refused: list[str] = []
        self.heard: list[tuple[str, float]] = []
        self.late = 0  # messages told after the moment they arrived at
        self._packets: list[tuple[Flow, bytes]] = []

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        kind, name = data.split(b" ", 1)[0].decode(), data.split(b"Call-ID: ")[1].split(b"\r\n")[0].decode()
        self.heard.append((f"{kind} {name}", now))
        self.late += now < self._switch._clock.monotonic()
        if kind == "INVITE":
            request = CallRequest(name, "4930123456", "1000001", "", False, flow, "", endpoint=self._alice)
            answer = self._switch.admit(request, now)
            if isinstance(answer, Admitted):
                self.calls[name] = answer
            else:
                self.refused.append(name)
        elif kind == "SIP/2.0" and name in self.calls and data.startswith(b"SIP/2.0 200") and b" INVITE\r\n" in data:
            dialog = DialogState(name, "a", "b", "sip:a@b", "sip:c@d", "sip:c@d", 1, (), flow)
            self._news.append(CallAnswered(self.calls[name].call, self.calls[name].routes[0].trunk, None, "", "", dialog, dialog, now))
        elif kind == "BYE":
            self._end(name, "normal", "caller", now)

    def _end(self, name: str, cause: str, by: str, now: float) -> None:
        call = self.calls.pop(name, None)
        if call is not None:
            self._news.append(CallEnded(call.call, 200, cause, by, call.routes[0].trunk, "", "", None, now))

    def known_by_address(self, flow: Flow) -> bool:
        return False

    def handle_timeout(self, now: float) -> None:
        for cut in self._switch.limits_reached(now):
            name = next((name for name, call in self.calls.items() if call.call == cut.call), None)
            if name is not None:
                self._end(name, cut.cause, "server", now)

    def next_timeout(self) -> float | None:
        return self._switch.next_limit()

    def facts(self) -> list[Fact]:
        news, self._news = self._news, []
        return news

    def packets(self) -> list[tuple[Flow, bytes]]:
        return []

    def questions(self) -> list[object]:
        return []

    def recorded(self) -> None:
        pass


def message(start: str, name: str, cseq: str = "1 INVITE", more: str = "") -> bytes:
    return f"{start}\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n{more}Call-ID: {name}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n".encode()


class Played:
    """A shop, its pump, and what arrives when."""

    def __init__(self, folder: Path, most_calls: int = 1000) -> None:
        self.shop = Shop(folder)
        self.shop.start()
        self.it = Simple(self.shop, "0.30")
        with self.shop.services.changes.unit():
            self.shop.store.endpoints.update(self.it.alice, {"max_calls": most_calls})
            self.shop.services.changes.note("endpoint", self.it.alice)
        self.loop = Loop(self.shop)
        self.switch = Switch(self.shop.services, [ListenerAddress("udp", "192.0.2.9", 5060)])
        self.engine = SmallEngine(self.switch, self.it.alice)
        self.pump = Pump(self.loop, self.engine, self.switch, [])  # type: ignore[arg-type]
        self.wire = Wire()
        self.pump._sockets[0] = self.wire  # type: ignore[assignment]
        self.pump._takers[0] = self.pump._taker(0)
        self.pump._thread = AtOnce(self.loop)  # type: ignore[assignment]
        self.start = self.loop.seconds()

    def at(self, ms: int, work: Callable[[], object]) -> None:
        self.loop.callLater(self.start + ms / 1000 - self.loop.seconds(), work)

    def hears(self, ms: int, data: bytes) -> None:
        def arrive() -> None:
            self.wire.waiting.append(data)
            if not self.wire.paused:
                self.pump._on_readable(self.wire)  # type: ignore[arg-type]

        self.at(ms, arrive)

    def told(self) -> list[tuple[object, ...]]:
        """Of every call: when it ended, how long it was, what it cost, and why it ended."""
        calls = self.shop.store.calls
        rows = [calls.get(call) for call in range(1, calls.next_id())]
        return [
            (row.id, row.started_at, row.ended_at, row.duration_ms, row.billed_seconds, row.amount_micros, row.cause, row.ended_by)
            for row in rows
            if row
        ]


def schedule(seed: int) -> list[tuple[int, str, str]]:
    """Eighty calls of two seconds, on one account with money for few of them, which is paid into: when what arrives."""
    chance = Random(seed)
    events = []
    for number in range(80):
        begun = chance.randrange(5, 2_000)
        answered = begun + chance.randrange(20, 400)
        ended = answered + chance.randrange(200, 2_500)
        name = f"call-{number}"
        events += [(begun, "INVITE", name), (answered, "200", name), (answered + 3, "ACK", name), (ended, "BYE", name), (ended + 2, "200 BYE", name)]
    events += [(chance.randrange(100, 4_000), "pay", "0.05") for _ in range(8)]
    return sorted(events)


def play(folder: Path, events: list[tuple[int, str, str]], most_calls: int) -> Played:
    played = Played(folder, most_calls)

    def pay(amount: str) -> Callable[[], None]:
        def work() -> None:
            played.shop.services.changes.begin()
            with played.shop.services.changes.part():
                played.shop._fund(played.it.account, played.it.root, amount)
            played.pump.wake()

        return lambda: played.pump.run_between(work)

    for at, kind, name in events:
        if kind == "pay":
            played.at(at, pay(name))
        elif kind == "INVITE":
            played.hears(at, message("INVITE sip:x SIP/2.0", name, more="Proxy-Authorization: Digest\r\n"))
        elif kind == "200":
            played.hears(at, message("SIP/2.0 200 OK", name))
        elif kind == "200 BYE":
            played.hears(at, message("SIP/2.0 200 OK", name, "2 BYE"))
        else:
            played.hears(at, message(f"{kind} sip:x SIP/2.0", name, f"2 {kind}"))
    played.loop.run(played.start + 8)
    return played


@pytest.mark.parametrize(("most_calls", "causes"), [(12, {"normal", "limit"}), (1000, {"normal", "credit", "no_funds"})])
@pytest.mark.parametrize("seed", range(4))
def test_what_calls_cost_does_not_depend_on_the_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, most_calls: int, causes: set[str]
) -> None:
    events = schedule(seed)
    waited = play(tmp_path / "waited", events, most_calls)
    monkeypatch.setattr(company, "HELD_SECONDS", 0.0)
    alone = play(tmp_path / "alone", events, most_calls)
    try:
        assert waited.told() == alone.told()
        assert {row[6] for row in alone.told()} >= causes
        assert waited.engine.late > 20 and alone.engine.late == 0
        assert sorted(waited.engine.heard) == sorted(alone.engine.heard), "each was told at its own moment"
        assert waited.pump.counters.commits < alone.pump.counters.commits
        waited.shop.verify()
    finally:
        waited.shop.store.close()
        alone.shop.store.close()


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    one = Played(tmp_path / "data")
    yield one
    one.shop.store.close()


def bye(name: str) -> bytes:
    return message("BYE sip:x SIP/2.0", name, "2 BYE")


def test_one_alone_does_not_wait_and_the_next_waits_for_company(played: Played) -> None:
    for ms, name in ((0, "a"), (10, "b"), (12, "c"), (100, "d")):
        played.hears(ms, bye(name))
    played.loop.run(played.start + 0.001)
    assert [name for name, _ in played.engine.heard] == ["BYE a"]
    played.loop.run(played.start + 0.024)
    assert len(played.engine.heard) == 1 and played.pump.heard_until() == pytest.approx(played.start + 0.010)
    played.loop.run(played.start + 0.026)
    at = [(name, round((moment - played.start) * 1000)) for name, moment in played.engine.heard]
    assert at == [("BYE a", 0), ("BYE b", 10), ("BYE c", 12)]
    assert played.pump.heard_until() == played.loop.seconds()
    played.loop.run(played.start + 0.101)
    assert played.engine.heard[-1][0] == "BYE d"


@pytest.mark.parametrize(
    ("later", "first"),
    [
        (message("INFO sip:x SIP/2.0", "b"), ["BYE b", "INFO b"]),  # of its Call-ID: that one alone
        (message("INFO sip:x SIP/2.0", "c"), ["INFO c"]),
        (message("SIP/2.0 180 Ringing", "c"), ["SIP/2.0 c"]),
        (message("SIP/2.0 486 Busy Here", "c"), ["ACK x", "BYE b", "SIP/2.0 c"]),
        (message("REFER sip:x SIP/2.0", "c"), ["ACK x", "BYE b", "REFER c"]),
        (message("SIP/2.0 200 OK", "c"), ["ACK x", "BYE b", "SIP/2.0 c"]),
        (message("OPTIONS sip:x SIP/2.0", "c").replace(b"Call-ID: ", b"call-id : \r\n Call-ID: "), ["ACK x", "BYE b", "OPTIONS c"]),
    ],
)
def test_what_goes_before_what(played: Played, later: bytes, first: list[str]) -> None:
    played.hears(0, bye("a"))
    played.hears(4, message("ACK sip:x SIP/2.0", "x", "1 ACK"))
    played.hears(5, bye("b"))
    played.hears(8, later)
    played.loop.run(played.start + 0.010)
    assert [name for name, _ in played.engine.heard] == ["BYE a", *first]
    played.loop.run(played.start + 0.030)
    assert sorted(name for name, _ in played.engine.heard) == sorted({"BYE a", "ACK x", "BYE b", *first})


def test_work_between_and_the_stop_come_after_what_arrived(played: Played) -> None:
    seen: list[int] = []
    played.hears(0, bye("a"))
    played.hears(5, bye("b"))
    played.at(8, lambda: played.pump.run_between(lambda: seen.append(len(played.engine.heard))))
    played.hears(9, bye("c"))
    played.at(10, played.pump.stop)
    played.loop.run(played.start + 0.011)
    assert seen == [2] and [name for name, _ in played.engine.heard] == ["BYE a", "BYE b", "BYE c"]


def test_only_what_nobody_waits_for_is_held() -> None:
    held = [message("ACK sip:x SIP/2.0", "a", "1 ACK"), bye("a"), message("SIP/2.0 100 Trying", "a"), message("SIP/2.0 200 OK", "a", "2 BYE")]
    assert [may_wait(data) for data in held] == [True] * 4
    kinds = ("INVITE", "CANCEL", "PRACK", "UPDATE", "REGISTER", "INFO", "REFER")
    others = [message(f"{kind} sip:x SIP/2.0", "a", f"2 {kind}") for kind in kinds]
    others += [message("SIP/2.0 200 OK", "a"), message("SIP/2.0 180 Ringing", "a"), message("SIP/2.0 481 Gone", "a", "2 BYE")]
    others += [message("ACK sip:x SIP/2.0", "a", "1 ACK") + b"v=0\r\n"]
    assert not any(may_wait(data) for data in others)
