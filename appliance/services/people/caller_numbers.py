"""Numbers that somebody may show: each that is set was vouched for by whoever set it, which is kept (sip.md, Calls, Caller number)."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.services.ground.access import Actor
from appliance.services.ground.columns import Sql
from appliance.services.ground.room import Room

METHOD = "operator"
"""How it was proved: an operator says so."""


def vouch(room: Room, actor: Actor, kind: str, owner_id: int, values: Mapping[str, Sql]) -> None:
    """In the open unit of work that writes these columns of an endpoint, customer or reseller: keep who set its number, and when."""
    number = values.get("caller_number")
    if number:
        room.store.numbers.verify(kind, owner_id, str(number), room.clock.utcnow(), actor.name, METHOD)
