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
