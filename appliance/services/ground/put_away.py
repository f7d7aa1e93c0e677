"""What a thing that was put out of use let go, kept so that restoring it gives that back.

Law: a thing that is restored is what it was, but for what somebody else has by now: that is told, and stays with the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from appliance.errors import Conflict
from appliance.services.ground.room import Room

SECRETS = "endpoint_secret"
SECRETS_MS = 30 * 86_400_000
"""How long the password of a phone that was removed is kept: a number that comes back later gets a new one."""


class PutAway:
    """Works in the open unit of work."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def keep(self, kind: str, row_id: int, facts: Mapping[str, Any]) -> None:
        """Remember `facts` (plain JSON) of a thing; nothing is written where there is nothing to remember."""
        if any(facts.values()):
            self._room.store.put_away.keep(kind, row_id, self._room.clock.utcnow(), json.dumps(facts, separators=(",", ":")))

    def take(self, kind: str, row_id: int) -> dict[str, Any]:
        """What was remembered, {} where nothing was; it is remembered no longer."""
        found = self._room.store.put_away.take(kind, row_id)
        return {} if found is None else dict(json.loads(found))


def need_alive(name: str, archived_at: int | None) -> None:
    """What a restored thing cannot be without; Conflict "restore.needs_first" where it is archived itself."""
    if archived_at is not None:
        raise Conflict("restore.needs_first", field="id", name=name)
