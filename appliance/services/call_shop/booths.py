"""Booths: the cards of a shop's screen, and how each booth is set up."""

from __future__ import annotations

import json

from appliance.clock import rfc3339
from appliance.errors import Conflict, UserError
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.places import APPROVE, READ, Place, Places
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.room import Room
from appliance.wire.booths import BoothList, BoothPage, BoothUpdate, BoothView
from appliance.wire.shapes import ById

MOST_PREFIXES = 200


def prefixes(value: object, field: str) -> Sql:
    """Prefixes as JSON text: digits alone, each once. UserError "rate.prefix_not_digits"."""
    found = []
    for at, each in enumerate(value if isinstance(value, list) else []):
        text = str(each).strip().lstrip("+")
        if not text.isascii() or not text.isdigit() or at >= MOST_PREFIXES:
            raise UserError("rate.prefix_not_digits", field=f"{field}[{at}]", prefix=str(each)[:32])
        found.append(text)
    return json.dumps(sorted(set(found)))


FIELDS = (
    Column("name", "name", col.text(longest=60)),
    Column("position", "position", col.count(0, 0, 9999)),
    Column("out_of_order", "out_of_order", col.flag()),
    Column("reason", "reason", col.text(longest=200)),
    Column("blocked", "blocked", prefixes),
    Column("desk", "desk", col.flag()),
)


class Booths:
    """Endpoints of a shop, as the shop uses them."""

    def __init__(self, room: Room, places: Places, cards: Cards, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._cards = cards
        self._audit = audit

    def list(self, actor: Actor, request: BoothList) -> BoothPage:
        """All cards in their order: by place, then by number."""
        places = self._places.shops(actor, READ) if request.shop is None else [self._places.shop(actor, request.shop, READ)]
        running, at = self._cards.meters.by_session(), self._room.clock.utcnow()
        cards: list[BoothView] = []
        for place in places:
            numbers = self._store.booths.positions(place.id)
            own = [self._cards.booth(place, endpoint, running, at, numbers) for endpoint in self._store.endpoints.list(place.id)]
            cards += sorted((card for card in own if request.desks or not card.desk), key=lambda card: (card.position or 10_000, card.number))
        return BoothPage(cards, rfc3339(at))

    def get(self, actor: Actor, request: ById) -> BoothView:
        """One card."""
        place, endpoint = self._places.booth(actor, request.id, READ, "id")
        return self._cards.booth(place, endpoint)

    def update(self, actor: Actor, request: BoothUpdate) -> BoothView:
        """How a booth is set up; it keeps its guest while one is in it."""
        place, endpoint = self._places.booth(actor, request.id, APPROVE, "id")
        with self._room.changes.unit():
            row = self._store.booths.booth(endpoint.id)
            if request.version is not None and request.version != row.version:
                raise Conflict("store.changed_meanwhile", what="booth", id=endpoint.id)
            changed = differing(written(request, FIELDS), row)
            if (changed.get("out_of_order") or changed.get("desk")) and self._store.booths.open_in(endpoint.id) is not None:
                raise Conflict("booth.taken", field="out_of_order" if changed.get("out_of_order") else "desk")
            self._store.booths.set_booth(endpoint.id, changed)
            self._audit.changed(actor, "booths.update", "booth", endpoint.id, row._asdict(), changed)
            if changed:
                self._room.changes.note("booth", endpoint.id)
        return self.card(place, endpoint.id)

    def card(self, place: Place, endpoint_id: int) -> BoothView:
        """A card after a change."""
        endpoint = self._store.endpoints.get(endpoint_id)
        assert endpoint is not None  # endpoints are archived, never deleted
        return self._cards.booth(place, endpoint)
