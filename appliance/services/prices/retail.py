"""The automatic retail tariff: what a reseller buys by plus its retail percentage (product.md S9).

It is made only where the reseller has no tariff of that name. The root buys from its carriers: its retail derives
from the cost tariff of its first trunk; where no trunk has one yet it starts as an empty base tariff, and is hung
below the first cost tariff as long as nobody has touched it.
"""

from __future__ import annotations

from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Sql
from appliance.services.ground.room import Room
from appliance.services.prices.special_rates import follow, rehang
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff

NAME = "retail"
AUTOMATIC = "tariffs.automatic"


class Retail:
    """Called after a reseller, its buying tariff or its percentage was written."""

    def __init__(self, room: Room, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit

    def ensure(self, actor: Actor, reseller: Reseller) -> bool:
        """Make it where it is missing, or hang an untouched empty one below what is bought by now; whether anything was written."""
        base = self._bought(reseller)
        found = self._store.tariffs.find(reseller.id, NAME)
        if found is None:
            self._make(actor, reseller, base)
            return True
        if base is None or base.id == found.id or not self._untouched(found):
            return False
        values: dict[str, Sql] = {"base_id": base.id, "markup_ppm": reseller.retail_markup_ppm, "decimals": base.decimals, "rounding": base.rounding}
        if found.currency != base.currency:
            return False
        self._write(actor, found, values)
        return True

    def follow(self, actor: Actor, reseller: Reseller, markup_before_ppm: int) -> bool:
        """A new percentage moves the automatic tariff with it, unless somebody gave that one its own; whether it did."""
        found = self._store.tariffs.find(reseller.id, NAME)
        base = self._bought(reseller)
        if found is None or base is None or found.base_id != base.id or found.markup_ppm != markup_before_ppm:
            return False
        if found.markup_ppm == reseller.retail_markup_ppm:
            return False
        self._write(actor, found, {"markup_ppm": reseller.retail_markup_ppm})
        return True

    def rehang(self, actor: Actor, reseller: Reseller, old_id: int, new_id: int) -> None:
        """Tariffs of the reseller that derive from `old_id`, and customers that pay by it, go over to `new_id`; other currencies stay."""
        new = self._store.tariffs.get(new_id)
        assert new is not None  # its id was looked up
        for tariff in list(self._store.tariffs.derived(old_id)):
            if tariff.reseller_id == reseller.id and tariff.archived_at is None and tariff.currency == new.currency:
                self._write(actor, tariff, {"base_id": new_id})
        for customer in list(self._store.customers.list(reseller.id)):
            if customer.tariff_id == old_id:
                self._store.customers.update(customer.id, {"tariff_id": new_id})
                special = rehang(self._store, customer.id, new)
                if special is not None:
                    self._room.changes.note("tariff", special)
                self._audit.changed(actor, "customers.update", "customer", customer.id, {"tariff_id": old_id}, {"tariff_id": new_id})
                self._room.changes.note("customer", customer.id)

    def _bought(self, reseller: Reseller) -> Tariff | None:
        if reseller.parent_id is not None:
            return None if reseller.tariff_id is None else self._store.tariffs.get(reseller.tariff_id)
        costs = [trunk.cost_tariff_id for trunk in self._store.trunks.list() if trunk.reseller_id == reseller.id and trunk.cost_tariff_id is not None]
        return self._store.tariffs.get(costs[0]) if costs else None

    def _untouched(self, tariff: Tariff) -> bool:
        """Made here and never changed since: a tariff that somebody gave by that name is left alone."""
        if tariff.base_id is not None or tariff.version != 1 or self._store.rates.sets(tariff.id):
            return False
        return any(act.operation == AUTOMATIC for act in self._store.audit.of("tariff", tariff.id))

    def _make(self, actor: Actor, reseller: Reseller, base: Tariff | None) -> None:
        values: dict[str, Sql] = {"name": NAME, "currency": reseller.currency}
        if base is not None:
            values |= {
                "currency": base.currency,
                "decimals": base.decimals,
                "rounding": base.rounding,
                "duration_rounding": base.duration_rounding,
                "timezone": base.timezone,
                "base_id": base.id,
                "markup_ppm": reseller.retail_markup_ppm,
            }
        row_id = self._store.tariffs.insert(reseller_id=reseller.id, created_at=self._room.clock.utcnow(), **values)
        self._audit.made(actor, AUTOMATIC, "tariff", row_id, values)
        self._room.changes.note("tariff", row_id)

    def _write(self, actor: Actor, tariff: Tariff, values: dict[str, Sql]) -> None:
        self._store.tariffs.update(tariff.id, values)
        fresh = self._store.tariffs.get(tariff.id)
        assert fresh is not None  # just written
        for special in follow(self._store, fresh):
            self._room.changes.note("tariff", special)
        self._audit.changed(actor, "tariffs.update", "tariff", tariff.id, tariff._asdict(), values)
        self._room.changes.note("tariff", tariff.id)
