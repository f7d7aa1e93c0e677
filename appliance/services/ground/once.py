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
            kept = self.seen(actor, operation, request_id, request, view)
            if kept is not None:
                return kept
            reply = work()
            self.keep(actor, operation, request_id, request, reply)
            return reply

    def seen(self, actor: Actor, operation: str, request_id: str, request: object, view: type[V]) -> V | None:
        """The kept reply of the first time, None where there is none; Conflict as of `do`. For work in steps, which asks first."""
        if not request_id:
            return None
        if len(request_id) > LONGEST_ID:
            raise Conflict("request.id_too_long", field="request_id", longest=LONGEST_ID)
        seen = self._room.store.requests.find(request_id)
        if seen is None:
            return None
        if (seen.operation, seen.request_hash, seen.operator_id) != (operation, content_of(request), actor.operator_id):
            raise Conflict("request.id_used", field="request_id", request_id=request_id)
        return msgspec.json.decode(seen.reply, type=view)

    def keep(self, actor: Actor, operation: str, request_id: str, request: object, reply: object) -> None:
        """Note the reply in the open unit of work, where there is an id."""
        if request_id:
            said = msgspec.json.encode(reply).decode()
            self._room.store.requests.add(Seen(request_id, actor.operator_id, operation, content_of(request), said, self._room.clock.utcnow()))


def content_of(request: object) -> str:
    """What two requests that ask for the same have in common."""
    return hashlib.sha256(msgspec.json.encode(request)).hexdigest()
