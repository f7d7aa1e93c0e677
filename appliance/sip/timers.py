"""One heap of timers for the whole engine.

Law of this file: a timer is a small list in a heap, cancelled by emptying it. An emptied timer holds nothing alive,
and leaves the heap when its moment comes or when the dead outnumber the living.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

SWEEP_AT = 4096  # dead timers before the heap is cleared of them, if they are also more than half of it

#: A handle: [when, running number, target or None, token]. Keep it only to cancel it.
Timer = list[Any]


class TimerTarget(Protocol):
    """Whoever wants to be woken."""

    def on_timer(self, token: Any, now: float) -> None:
        """The moment set with `Timers.at` has come."""
        ...


class Timers:
    """Timers in order of their moments; equal moments in the order they were set."""

    __slots__ = ("_dead", "_heap", "_number")

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._number = 0
        self._dead = 0

    def __len__(self) -> int:
        """How many timers wait."""
        return len(self._heap) - self._dead

    def at(self, when: float, target: TimerTarget, token: Any = None) -> Timer:
        """Wake `target.on_timer(token, now)` at `when` (engine seconds)."""
        self._number = number = self._number + 1
        timer: Timer = [when, number, target, token]
        heappush(self._heap, timer)
        return timer

    def cancel(self, timer: Timer | None) -> None:
        """Forget a timer; one that has fired or is cancelled already, or None, is no fault."""
        if timer is None or timer[2] is None:
            return
        timer[2] = timer[3] = None
        self._dead += 1
        if self._dead > SWEEP_AT and self._dead * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2] is not None]
            heapify(self._heap)
            self._dead = 0

    def next(self) -> float | None:
        """The earliest moment that is waited for, or None."""
        while self._heap:
            first = self._heap[0]
            if first[2] is not None:
                when: float = first[0]
                return when
            heappop(self._heap)
            self._dead -= 1
        return None

    def due(self, now: float) -> Iterator[tuple[TimerTarget, Any]]:
        """Take out, one by one, the timers whose moment is not after `now`.

        Timers set or cancelled meanwhile are seen; one that is set for `now` again fires in the same turn.
        """
        while self._heap and self._heap[0][0] <= now:
            timer = heappop(self._heap)
            target = timer[2]
            if target is None:
                self._dead -= 1
                continue
            token = timer[3]
            timer[2] = timer[3] = None
            yield target, token

    def run(self, now: float) -> int:
        """Fire all that is due; how many there were."""
        fired = 0
        for target, token in self.due(now):
            target.on_timer(token, now)
            fired += 1
        return fired
