"""A write that a client may send twice happens once: the reply of the first is given again.

The client's request id is its key. The same id with another content is a mistake of the client and refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

import msgspec

from appliance.errors import Conflict
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.store.requests import Seen

V = TypeVar("V")

LONGEST_ID = 200


class Once:
    """One unit of work for the deed and the note of it."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def do(self, actor: Actor, operation: str, request_id: str, request: object, view: type[V], work: Callable[[], V]) -> V:
        """`work()` in a unit of work, or the kept reply of the first time. Without an id it is simply done.

        Conflict "request.id_used" where the id came with another request or from another operator.
        """
        with self._room.changes.unit():
            if not request_id:
                return work()
            if len(request_id) > LONGEST_ID:
                raise Conflict("request.id_too_long", field="request_id", longest=LONGEST_ID)
            content = hashlib.sha256(msgspec.json.encode(request)).hexdigest()
            seen = self._room.store.requests.find(request_id)
            if seen is not None:
                if (seen.operation, seen.request_hash, seen.operator_id) != (operation, content, actor.operator_id):
                    raise Conflict("request.id_used", field="request_id", request_id=request_id)
                return msgspec.json.decode(seen.reply, type=view)
            reply = work()
            self._room.store.requests.add(
                Seen(request_id, actor.operator_id, operation, content, msgspec.json.encode(reply).decode(), self._room.clock.utcnow())
            )
            return reply
