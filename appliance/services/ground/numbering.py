"""Numbered documents need a time that can be trusted: one dated before what is written already would be out of order for ever."""

from __future__ import annotations

from appliance.clock import rfc3339
from appliance.errors import Conflict
from appliance.services.ground.room import Room

PLAY_MS = 1000
"""So much a clock may be put back by those who keep it right."""


def time_is_certain(room: Room) -> bool:
    """Whether the clock is not before what is written."""
    return room.clock.utcnow() + PLAY_MS >= room.store.documents.newest_fact()


def require_certain_time(room: Room) -> int:
    """The present moment; Conflict document.clock_uncertain while the clock is before the newest fact."""
    now, newest = room.clock.utcnow(), room.store.documents.newest_fact()
    if now + PLAY_MS < newest:
        raise Conflict("document.clock_uncertain", now=rfc3339(now), newest=rfc3339(newest))
    return max(now, newest)
