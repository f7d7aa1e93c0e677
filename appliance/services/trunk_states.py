"""What carriers last said of our registrations. Memory alone: a restart asks them anew."""

from __future__ import annotations

from typing import NamedTuple

from appliance.services.changes import Changes


class TrunkState(NamedTuple):
    """`reason` says why not: the carrier's answer, or what kept us from asking. `since_at` is UTC milliseconds."""

    registered: bool
    reason: str
    since_at: int


class TrunkStates:
    """By trunk; a trunk of which nothing was heard yet is not there."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._states: dict[int, TrunkState] = {}

    def told(self, trunk: int, registered: bool, reason: str, at: int) -> None:
        """The engine's news, in the open unit of work."""
        self._states[trunk] = TrunkState(registered, reason, at)
        self._changes.note("trunk_state", trunk)

    def of(self, trunk: int) -> TrunkState | None:
        """What is known of one."""
        return self._states.get(trunk)
