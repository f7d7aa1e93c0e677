"""Packets that wait until what they say is on the disk, while the pump goes on.

Law: a unit of work is in the log before anything of it leaves, and outlives this program. What begins a charge, or is
promised to somebody, is on the disk as well before it leaves, and outlives a power cut: an answered call, a
registration. That a call was let out, or has ended, may follow `SYNC_SECONDS` later: a power cut in between finds a call
that was never answered, or one whose end is its last heartbeat, as if the power had gone so much earlier.

One sync runs at a time, in the commit thread, and makes everything lasting that was committed before it began. A disk that
is slow is not worked like this (`slow`): then commits are made in the thread as well, and nothing is read meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.sip.at_sight import call_id_of
from appliance.sip.commit_thread import CommitThread
from appliance.sip.policy import Flow
from appliance.sip.recorder import PumpCounters, Recorder

SYNC_SECONDS = 0.025  # until what nobody waits for is on the disk
SLOW_SECONDS = 0.1  # a sync, or a commit into the log, that takes longer shows a slow disk
SLOW_REST = 10.0  # seconds until it is trusted again
MOST_BEHIND = 2_000  # packets that wait at any time before what comes behind them is shed, as a network would

log = logging.getLogger("tollhouse.sip.transport")

Packet = tuple[Flow, bytes]


class Lasting:
    """See the module."""

    __slots__ = ("_counters", "_due", "_ids", "_in_hand", "_next", "_recorder", "_seconds", "_slow_until", "_started", "_synced", "_thread")

    def __init__(
        self,
        thread: CommitThread,
        recorder: Recorder,
        counters: PumpCounters,
        synced: Callable[[list[Packet]], None],
        seconds: Callable[[], float],
    ) -> None:
        """`synced` is told, on the reactor's thread, what may leave now."""
        self._thread = thread
        self._recorder = recorder
        self._counters = counters
        self._synced = synced
        self._seconds = seconds
        self._in_hand: list[Packet] = []  # wait for the sync that runs
        self._next: list[Packet] = []  # wait for the one after it
        self._ids: set[bytes] = set()  # their Call-IDs: nothing of those calls may overtake them
        self._started: float | None = None
        self._slow_until = float("-inf")
        self._due: float | None = None

    @property
    def due(self) -> float | None:
        """When the next sync is to begin; None where all is on the disk, or one runs, whose end begins it."""
        return self._due if self._started is None else None

    @property
    def busy(self) -> bool:
        """Whether anything is not on the disk yet."""
        return self._started is not None or self._due is not None

    def slow(self, now: float) -> bool:
        """Whether the disk is, or was lately, too slow to write to on the reactor's thread."""
        return now < self._slow_until or (self._started is not None and now - self._started > SLOW_SECONDS)

    def kept(self, began: float) -> None:
        """The disk made something durable, which was begun then."""
        now = self._seconds()
        self._counters.kept(now - began)
        self._took(began, now)

    def _took(self, began: float, now: float) -> None:
        if now - began > SLOW_SECONDS:
            self._slow_until = now + SLOW_REST

    def commit(self, packets: list[Packet]) -> list[Packet]:
        """The open unit goes into the log; its packets, without those that wait for the disk. Raises where it is not recorded."""
        began = self._seconds()
        must_last = self._recorder.lasting()
        self._recorder.commit()
        now = self._seconds()
        self._took(began, now)
        self._counters.commits += 1
        if not must_last:
            if self._due is None:
                self._due = now + SYNC_SECONDS
            return packets
        self._next += packets
        self._ids |= _calls(packets)
        self._due = now
        self.run(now)
        return []

    def run(self, now: float) -> None:
        """Begin the sync that is due, unless one runs: the next begins when that one ends."""
        if self._due is not None and self._due <= now and self._started is None:
            self._due = None
            self._started = self._seconds()
            self._in_hand, self._next = self._next, []
            self._thread.run(self._recorder.sync, self._done)

    def hurry(self) -> None:
        """What waits for company waits no longer."""
        if self._due is not None:
            self._due = float("-inf")
            self.run(0.0)

    def ahead(self, packets: list[Packet]) -> list[Packet]:
        """Those that may leave now; what is of a call whose packets wait, waits behind them."""
        if not self._ids:
            return packets
        free: list[Packet] = []
        for packet in packets:
            if call_id_of(packet[1]) not in self._ids:
                free.append(packet)
            elif len(self._next) + len(self._in_hand) >= MOST_BEHIND:
                self._counters.shed += 1
            elif self._next:
                self._next.append(packet)
            else:
                self._in_hand.append(packet)
        return free

    def _done(self, error: BaseException | None) -> None:
        began, self._started = self._started or 0.0, None
        self.kept(began)
        if error is not None:
            self._counters.commits_failed += 1
            log.error("the disk did not keep what was recorded: %s", error)
            self._recorder.unsynced(error)
        packets, self._in_hand = self._in_hand, []
        self._ids = _calls(self._next)
        self.run(self._seconds())
        self._synced(packets)


def _calls(packets: list[Packet]) -> set[bytes]:
    """The Call-IDs of what we built ourselves, which always shows one."""
    return {call_id_of(data) for _, data in packets} - {b""}
