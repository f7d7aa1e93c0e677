"""The timers of the whole engine: one heap for what is due within the second, plain lists for what comes later.

Law of this file: a timer is a small list, cancelled by emptying it; an emptied timer holds nothing alive. Nearly every
timer of SIP is set half a minute ahead and cancelled, or fires into nothing: it lies in the list of its second and is
put in order only when that second comes, so that setting one costs the same among ten and among fifty thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from math import ceil, floor
from typing import Any, Protocol

SWEEP_AT = 4096  # dead timers before they are cleared away, if they are also more than half of all
ABOUT_SECONDS = 0.25

#: A handle: [when, running number, target or None, token]. Keep it only to cancel it.
Timer = list[Any]


class TimerTarget(Protocol):
    """Whoever wants to be woken."""

    def on_timer(self, token: Any, now: float) -> None:
        """The moment set with `Timers.at` has come."""
        ...


class Timers:
    """Timers in order of their moments; equal moments in the order they were set."""

    __slots__ = ("_dead", "_gone", "_later", "_near", "_near_until", "_number", "_seconds")

    def __init__(self) -> None:
        self._near: list[Timer] = []  # a heap: all that is due before `_near_until`
        self._near_until = float("-inf")
        self._later: dict[int, list[Timer]] = {}  # by the second they are due in
        self._seconds: list[int] = []  # a heap: the keys of `_later`
        self._number = 0  # ever set
        self._gone = 0  # of these, fired or cleared away
        self._dead = 0  # cancelled, and not cleared away

    def __len__(self) -> int:
        """How many timers wait."""
        return self._number - self._gone - self._dead

    @property
    def held(self) -> int:
        """How many are kept, the dead among them."""
        return self._number - self._gone

    def at(self, when: float, target: TimerTarget, token: Any = None) -> Timer:
        """Wake `target.on_timer(token, now)` at `when` (engine seconds)."""
        self._number = number = self._number + 1
        timer: Timer = [when, number, target, token]
        if when < self._near_until:
            heappush(self._near, timer)
            return timer
        second = floor(when)
        try:
            self._later[second].append(timer)
        except KeyError:
            self._later[second] = [timer]
            heappush(self._seconds, second)
        return timer

    def about(self, when: float, target: TimerTarget, token: Any = None) -> Timer:
        """As `at`, for what only ends a wait: up to `ABOUT_SECONDS` later, so that many are one wake."""
        return self.at(ceil(when / ABOUT_SECONDS) * ABOUT_SECONDS, target, token)

    def cancel(self, timer: Timer | None) -> None:
        """Forget a timer; one that has fired or is cancelled already, or None, is no fault."""
        if timer is None or timer[2] is None:
            return
        timer[2] = timer[3] = None
        self._dead += 1
        if self._dead > SWEEP_AT and self._dead * 2 > self.held:
            self._sweep()

    def _sweep(self) -> None:
        self._near = [timer for timer in self._near if timer[2] is not None]
        heapify(self._near)
        alive = {second: [timer for timer in waiting if timer[2] is not None] for second, waiting in self._later.items()}
        self._later = {second: waiting for second, waiting in alive.items() if waiting}
        self._seconds = sorted(self._later)
        self._gone += self._dead
        self._dead = 0

    def _first(self) -> Timer | None:
        """The earliest that lives, in its place in the heap."""
        while True:
            near = self._near
            while near:
                first = near[0]
                if first[2] is not None:
                    return first
                heappop(near)
                self._gone += 1
                self._dead -= 1
            if not self._seconds:
                return None
            second = heappop(self._seconds)
            waiting = self._later.pop(second)
            self._near_until = second + 1.0
            self._near = [timer for timer in waiting if timer[2] is not None]
            gone = len(waiting) - len(self._near)
            self._gone += gone
            self._dead -= gone
            heapify(self._near)

    def next(self) -> float | None:
        """The earliest moment that is waited for, or None."""
        near = self._near
        first = near[0] if near and near[0][2] is not None else self._first()
        return None if first is None else first[0]

    def due(self, now: float) -> Iterator[tuple[TimerTarget, Any]]:
        """Take out, one by one, the timers whose moment is not after `now`.

        Timers set or cancelled meanwhile are seen; one that is set for `now` again fires in the same turn.
        """
        while (timer := self._first()) is not None and timer[0] <= now:
            heappop(self._near)
            self._gone += 1
            target, token = timer[2], timer[3]
            timer[2] = timer[3] = None
            yield target, token

    def run(self, now: float) -> int:
        """Fire all that is due; how many there were."""
        fired = 0
        for target, token in self.due(now):
            target.on_timer(token, now)
            fired += 1
        return fired
