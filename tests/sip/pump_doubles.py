"""An engine that answers everything and a recorder in memory, both under the test's hand."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from appliance.sip.policy import Flow


class EchoEngine:
    """Answers `X…` with `200 X…`, or `503 X…` while stalled. Whatever begins with R leaves a fact; P leaves none."""

    def __init__(self) -> None:
        self.stalled = False
        self.heard: list[tuple[str, bytes]] = []
        self.flows: list[Flow] = []
        self.lost: list[Flow] = []
        self.failed: list[Flow] = []
        self.timeouts: list[float] = []
        self.recordings = 0
        self.due: float | None = None
        self._facts: list[Any] = []
        self._packets: list[tuple[Flow, bytes]] = []
        self._closed: list[list[Any]] = []
        self._open: list[Any] = []
        self.asked: list[Any] = []
        self.answers: list[Any] = []

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        if data.startswith(b"BUG"):
            raise ZeroDivisionError
        self.heard.append(("datagram", data))
        self.flows.append(flow)
        self._packets.append((flow, (b"503 " if self.stalled else b"200 ") + data))
        if data.startswith(b"R") and not self.stalled:
            self._facts.append(data)

    def receive_message(self, data: bytes, flow: Flow, now: float) -> None:
        self.receive(data, flow, now)
        self.heard[-1] = ("message", data)

    def say(self, flow: Flow, data: bytes) -> None:
        self._packets.append((flow, data))

    def known_by_address(self, flow: Flow) -> bool:
        return False

    def connection_lost(self, flow: Flow, now: float) -> None:
        self.lost.append(flow)

    def send_failed(self, flow: Flow, now: float) -> None:
        self.failed.append(flow)

    def handle_timeout(self, now: float) -> None:
        self.timeouts.append(now)
        self.due = None

    def next_timeout(self) -> float | None:
        return self.due

    def facts(self) -> list[Any]:
        facts, self._facts = self._facts, []
        self._open.extend(facts)
        return facts

    def packets(self) -> list[tuple[Flow, bytes]]:
        packets, self._packets = self._packets, []
        self._closed.append(self._open)
        self._open = []
        return packets

    def questions(self) -> list[Any]:
        asked, self.asked = self.asked, []
        return asked

    def located(self, question: Any, answers: Any, now: float) -> None:
        self.answers.append((question, answers))

    def recorded(self) -> None:
        self._closed.pop(0)
        self.recordings += 1

    def unrecorded(self, now: float) -> None:
        facts = self._closed.pop(0)
        self._facts = facts + self._facts
        self._packets.extend((self.flows[-1], b"500 " + fact) for fact in facts)

    @property
    def open_batches(self) -> int:
        """Batches closed and neither recorded nor undone."""
        return len(self._closed)


class MemoryRecorder:
    """`may_commit` holds every commit up until it is set, of quick units every sync; `fail` and `fail_sync` make the next so many
    fail. With `quickly` units are quick where the pump lets them, and those of facts that begin with RE promise nothing."""

    def __init__(self, *, quickly: bool = False) -> None:
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.quickly = quickly
        self.fail = 0
        self.fail_sync = 0
        self.log: list[str] = []
        self.durable: list[Any] = []
        self.threads: set[str] = set()
        self.unit_quick = False
        self._unit: list[Any] = []
        self._in_log: list[Any] = []

    def begin(self, quick: bool) -> None:
        self.unit_quick = quick and self.quickly
        if self.log[-1:] != ["begin"]:
            self.log.append("begin")

    def between(self) -> None:
        self.unit_quick = False

    def record(self, facts: Sequence[Any], now: float) -> None:
        self._unit.extend(facts)

    def needs_commit(self) -> bool:
        return bool(self._unit)

    def quick(self) -> bool:
        return self.unit_quick

    def lasting(self) -> bool:
        return not all(fact.startswith(b"RE") for fact in self._unit)

    def commit(self) -> None:
        self.log.append("commit")
        if not self.unit_quick:
            self.threads.add(threading.current_thread().name)
            assert self.may_commit.wait(10)
        if self.fail:
            self.fail -= 1
            raise OSError("no space left")
        (self._in_log if self.unit_quick else self.durable).extend(self._unit)

    def sync(self) -> None:
        self.threads.add(threading.current_thread().name)
        in_log, self._in_log = self._in_log, []
        assert self.may_commit.wait(10)
        if self.fail_sync:
            self.fail_sync -= 1
            raise OSError("the disk is broken")
        self.durable.extend(in_log)

    def unsynced(self, error: BaseException) -> None:
        self.log.append("unsynced")
        self.quickly = False

    def committed(self) -> None:
        self._unit = []
        self.log.append("committed")

    def failed(self, error: BaseException) -> None:
        self._unit = []
        self.log.append("failed")
