"""What the pump asks of its two neighbours, the record keeper and the engine, and what it reports about itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Protocol

from appliance.sip.facts import Fact
from appliance.sip.policy import Flow, ListenerAddress


class Recorder(Protocol):
    """Whoever keeps the records (`appliance.switch`). All but `commit` and `sync` is called on the reactor's thread."""

    def begin(self, quick: bool) -> None:
        """The unit of work opens, before the engine asks its first question. A unit that wrote nothing is left open
        and `begin` comes again: cheap when nothing is to be done. `quick`: its commit need not reach the disk by itself."""
        ...

    def between(self) -> None:
        """Others write now: what they open is no quick unit."""
        ...

    def record(self, facts: Sequence[Fact], now: float) -> None:
        """Write these facts into the open unit of work; a fault of one call must undo itself alone."""
        ...

    def needs_commit(self) -> bool:
        """Whether the open unit wrote anything, by questions or by facts. False ends the unit."""
        ...

    def quick(self) -> bool:
        """Whether the commit of the open unit goes into the log alone, and `sync` puts it on the disk."""
        ...

    def lasting(self) -> bool:
        """Whether the open unit says what must be on the disk before its packets leave."""
        ...

    def commit(self) -> None:
        """COMMIT; of a unit that is not quick in the commit thread, while nothing else uses the connection."""
        ...

    def sync(self) -> None:
        """All that was committed goes to the disk; in the commit thread, beside whatever else is done."""
        ...

    def unsynced(self, error: BaseException) -> None:
        """The disk did not keep what it was given: no further unit is quick."""
        ...

    def committed(self) -> None:
        """The unit is committed and its packets have been handed to the sockets, or wait for the disk: tell whoever wants to know."""
        ...

    def failed(self, error: BaseException) -> None:
        """The unit is lost: roll back what is left of it. Its facts will be offered again."""
        ...


class PumpedEngine(Protocol):
    """What the pump uses of `appliance.sip.engine.Engine`."""

    stalled: bool

    def receive(self, data: bytes, flow: Flow, now: float) -> None: ...
    def receive_message(self, data: bytes, flow: Flow, now: float) -> None: ...
    def known_by_address(self, flow: Flow) -> bool: ...
    def connection_lost(self, flow: Flow, now: float) -> None: ...
    def send_failed(self, flow: Flow, now: float) -> None: ...
    def handle_timeout(self, now: float) -> None: ...
    def next_timeout(self) -> float | None: ...
    def facts(self) -> list[Fact]: ...
    def packets(self) -> list[tuple[Flow, bytes]]: ...
    def questions(self) -> Sequence[object]: ...
    def located(self, question: Any, answers: Any, now: float) -> None: ...
    def recorded(self) -> None: ...
    def unrecorded(self, now: float) -> None: ...


class CannotListen(Exception):
    """An address and port could not be taken; `error` is the system's own."""

    def __init__(self, listener: ListenerAddress, error: BaseException) -> None:
        super().__init__(f"{listener.transport}:{listener.host}:{listener.port}: {error}")
        self.listener = listener
        self.error = error


COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Seconds, upper bounds."""


class PumpCounters:
    """Sums since the start, for the console and for /metrics."""

    __slots__ = (
        "batches",
        "commit_buckets",
        "commit_seconds_max",
        "commit_seconds_sum",
        "commits",
        "commits_failed",
        "received",
        "refused_stalled",
        "sent",
        "shed",
    )

    def __init__(self) -> None:
        self.received = 0  # datagrams and stream messages
        self.sent = 0
        self.batches = 0
        self.commits = 0
        self.commits_failed = 0
        self.commit_seconds_max = 0.0
        self.commit_seconds_sum = 0.0
        self.commit_buckets = [0] * (len(COMMIT_BUCKETS) + 1)  # the last one takes all that took longer
        self.refused_stalled = 0  # answered 503 without state while a commit outlasted its wait
        self.shed = 0  # messages and packets thrown away because too many were waiting

    def kept(self, seconds: float) -> None:
        """The disk took so long to make something durable."""
        self.commit_seconds_sum += seconds
        self.commit_buckets[bisect_left(COMMIT_BUCKETS, seconds)] += 1
        self.commit_seconds_max = max(self.commit_seconds_max, seconds)
