"""The pump's one timer at the reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OneTimer:
    """`fire` is called at the moment last wanted, or before: one that is due earlier than wanted is left to fire for
    nothing, which costs less than moving it."""

    __slots__ = ("_fire", "_reactor", "_timer")

    def __init__(self, reactor: Any, fire: Callable[[], None]) -> None:
        self._reactor = reactor
        self._fire = fire
        self._timer: Any = None

    def want(self, *moments: float | None) -> None:
        """The earliest of these moments (reactor seconds); None is no moment."""
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is None:
            return
        timer = self._timer
        if timer is not None:
            if timer.getTime() <= due:
                return
            timer.cancel()
        self._timer = self._reactor.callLater(max(0.0, due - self._reactor.seconds()), self._fired)

    def cancel(self) -> None:
        """No moment is wanted any more."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _fired(self) -> None:
        self._timer = None
        self._fire()
