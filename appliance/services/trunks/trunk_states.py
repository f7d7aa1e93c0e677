"""What carriers last said of our registrations. Memory alone: a restart asks them anew."""

from __future__ import annotations

from typing import NamedTuple

from appliance.services.ground.changes import Changes


class TrunkState(NamedTuple):
    """`reason` says why not: the carrier's answer, or what kept us from asking. `since_at` is UTC milliseconds."""

    registered: bool
    reason: str
    since_at: int
    next_try_at: int | None = None  # when we ask again, where we are not registered


class TrunkStates:
    """By trunk; a trunk of which nothing was heard yet is not there."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._states: dict[int, TrunkState] = {}

    def told(self, trunk: int, registered: bool, reason: str, at: int, retry_seconds: float = 0.0) -> None:
        """The engine's news, in the open unit of work; a further failure of the same kind began when the first did."""
        before = self._states.get(trunk)
        since = before.since_at if before is not None and before.registered == registered and (registered or before.reason == reason) else at
        self._states[trunk] = TrunkState(registered, reason, since, at + round(retry_seconds * 1000) if retry_seconds else None)
        self._changes.note("trunk_state", trunk)

    def of(self, trunk: int) -> TrunkState | None:
        """What is known of one."""
        return self._states.get(trunk)
