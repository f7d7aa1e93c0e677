"""Long work in steps, so that no call waits for it.

A service's method is a generator: each step runs on the store's thread with the units of work that it opens, and is short. It
yields a callable that runs on another thread (it must touch neither the store nor memory that others change) and is
sent its result, or None to let others have their turn. What it returns is the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

V = TypeVar("V")
Steps = Generator[Callable[[], object] | None, Any, V]


class Pace:
    """How many things one step takes on, so that it holds the store's thread for about `seconds`: what a step took decides on the next."""

    __slots__ = ("_fewest", "_most", "_seconds", "count")

    def __init__(self, fewest: int, most: int, seconds: float) -> None:
        """Begins with the fewest."""
        self._fewest = fewest
        self._most = most
        self._seconds = seconds
        self.count = fewest

    def took(self, done: int, seconds: float) -> None:
        """A step did so many in so long: past its time the next is as much smaller, within it a quarter greater at most."""
        fitting = int(done * self._seconds / max(seconds, 1e-6))
        if done < self.count and fitting > self.count:
            return  # a rest, which says little
        self.count = max(self._fewest, min(self._most, fitting, max(self.count * 5 // 4, self._fewest)))


def finish(steps: Steps[V]) -> V:
    """All steps at once, where nobody else waits."""
    result: object = None
    while True:
        try:
            work = steps.send(result)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        result = None if work is None else work()


def let_go(*lists: list[Any]) -> None:
    """Empty great lists a little at a time: dropped whole they would hold up whoever waits."""
    for each in lists:
        while each:
            each.pop()
