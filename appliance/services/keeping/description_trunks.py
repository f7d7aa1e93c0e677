"""The trunks, routes and incoming numbers of a description file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET

from appliance.errors import NotFound, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.columns import written
from appliance.services.ground.fields import inside
from appliance.services.ground.room import Room
from appliance.services.keeping.description_tally import Tally
from appliance.services.trunks.trunks import FIELDS
from appliance.store.resellers import Reseller
from appliance.store.trunks import Trunk
from appliance.wire.description import RouteEntry, TrunkEntry, TrunkNumberEntry
from appliance.wire.shapes import given

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns

NO_HOST = "trunk.invalid"
"""The host of a trunk that was given none: a name that leads nowhere (RFC 2606)."""


class TrunkSection:
    """`apply` trunks, then `routes`; `numbers` once the endpoints are there."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally) -> None:
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._tally = tally
        self._entries: Sequence[TrunkEntry] = ()

    def apply(self, entries: Sequence[TrunkEntry]) -> None:
        """Trunks without their numbers."""
        self._entries = entries
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            with inside(f"trunks[{index}]"):
                if entry.name in seen:
                    raise UserError("description.twice", field="name", name=entry.name)
                seen.add(entry.name)
                self._one(entry)

    def _one(self, entry: TrunkEntry) -> None:
        row = self._store.trunks.find(entry.name)
        values = written(entry, FIELDS)
        if row is None:
            reseller = self._reseller(entry.reseller)
        else:
            owner = self._store.resellers.get(row.reseller_id)
            assert owner is not None
            reseller = owner
            if entry.reseller is not UNSET and entry.reseller != reseller.name:
                raise UserError("trunk.reseller_fixed", field="reseller", reseller=reseller.name)
        if entry.cost_tariff is not UNSET:
            values["cost_tariff_id"] = (
                None if entry.cost_tariff is None else self._nouns.lookups.tariff_of(reseller, entry.cost_tariff, "cost_tariff").id
            )
        if row is not None:
            changed = self._nouns.trunks.change(self._actor, row, values, entry.password, entry.certificate)
            self._tally.noted("trunks", "changed" if changed else "")
            return
        if "host" not in values:
            values["host"] = NO_HOST
            self._tally.warnings.append(f"trunk {entry.name} has no host: no call can go out by it")
        self._nouns.trunks.make(self._actor, reseller, values, entry.password, entry.certificate)
        self._tally.created("trunks")

    def routes(self, entries: Sequence[RouteEntry]) -> None:
        """Routes by reseller and prefix."""
        seen: set[tuple[int, str]] = set()
        for index, entry in enumerate(entries):
            with inside(f"routes[{index}]"):
                reseller = self._reseller(entry.reseller)
                if (reseller.id, entry.prefix) in seen:
                    raise UserError("description.twice", field="prefix", name=entry.prefix)
                seen.add((reseller.id, entry.prefix))
                trunks = None if entry.trunks is UNSET else [self._trunk(name, f"trunks[{at}]") for at, name in enumerate(entry.trunks)]
                order = None if entry.order is UNSET else entry.order or "priority"
                weights = None if entry.weights is UNSET else entry.weights
                self._tally.noted("routes", self._nouns.routes.put(self._actor, reseller, entry.prefix, trunks, order, weights))

    def numbers(self) -> None:
        """Incoming numbers and the endpoints that they ring."""
        seen: set[str] = set()
        for index, entry in enumerate(self._entries):
            if entry.numbers is UNSET:
                continue
            row = self._trunk(entry.name, "name")
            for place, number in enumerate(entry.numbers):
                with inside(f"trunks[{index}].numbers[{place}]"):
                    if number.did in seen:
                        raise UserError("description.twice", field="did", name=number.did)
                    seen.add(number.did)
                    before = self._store.trunks.find_did(number.did)
                    changed = self._number(row, number)
                    self._tally.noted("numbers", ("created" if before is None else "changed") if changed else "")

    def _number(self, row: Trunk, number: TrunkNumberEntry) -> bool:
        """Whether anything of it changed. What a number that was sold rings is its last buyer's."""
        trunks, links = self._nouns.trunks, given(number.sold, [])
        before = self._store.trunks.find_did(number.did)
        here = before is not None and before.trunk_id == row.id
        if not links and not (here and self._store.number_sales.of(number.did)):
            return trunks.put_number(self._actor, row, number, set_up=False)
        changed = not here and trunks.put_number(self._actor, row, TrunkNumberEntry(did=number.did, endpoint=None), set_up=False)
        for place, link in enumerate(links):
            with inside(f"sold[{place}]"):
                changed |= trunks.sales.agree(self._actor, number.did, link, set_up=False)
        return trunks.sales.ring(self._actor, number, set_up=False) or changed

    def _trunk(self, name: str, field: str) -> Trunk:
        row = self._store.trunks.find(name)
        if row is None:
            raise NotFound("trunk.unknown", field=field, trunk=name)
        return row

    def _reseller(self, name: object) -> Reseller:
        row = self._store.resellers.find(name) if isinstance(name, str) else self._store.resellers.root()
        if row is None:
            raise NotFound("reseller.unknown", field="reseller", reseller=name if isinstance(name, str) else "")
        return row
