"""Registrations that wait a moment for each other, so that many share one commit.

Law of this file: nothing is answered before it is recorded. What waits has no answer yet, and waits 50 ms at most; where
none came shortly before it, it does not wait at all.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.sip.facts import BindingsChanged
from appliance.sip.message import Response
from appliance.sip.timers import Timers
from appliance.sip.transaction import ServerTransaction

HELD_SECONDS = 0.05

Release = Callable[[ServerTransaction, Response, BindingsChanged, float], None]


class Registering:
    """`release` records one and answers it."""

    __slots__ = ("_release", "_released", "_timers", "_waiting")

    def __init__(self, timers: Timers, release: Release) -> None:
        self._timers = timers
        self._release = release
        self._released = float("-inf")
        self._waiting: dict[int, tuple[ServerTransaction, Response, BindingsChanged]] = {}

    def __contains__(self, endpoint: object) -> bool:
        """Whether one of that endpoint waits. Another of it must come after: `release` first."""
        return endpoint in self._waiting

    def take(self, tx: ServerTransaction, response: Response, changed: BindingsChanged, now: float) -> None:
        """Release it now or soon."""
        next_at = self._released + HELD_SECONDS
        if now >= next_at and not self._waiting:
            self._released = now
            self._release(tx, response, changed, now)
            return
        if not self._waiting:
            self._timers.at(next_at, self)
        self._waiting[changed.endpoint] = tx, response, changed

    def release(self, now: float) -> None:
        """Let go of all that wait."""
        waiting, self._waiting = self._waiting, {}
        self._released = now
        for tx, response, changed in waiting.values():
            self._release(tx, response, changed, now)

    def on_timer(self, token: None, now: float) -> None:  # noqa: ARG002
        """Called by the timers."""
        self.release(now)
