"""The tariffs of a description file: bases before what derives from them, across resellers.

A name is sought among the reseller's own tariffs (those of this file included), then its buying tariff; what a
reseller buys by is itself one of its parent's. So tariffs and assignments are worked off together until none is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET

from appliance.errors import NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.columns import written
from appliance.services.ground.fields import inside
from appliance.services.ground.room import Room
from appliance.services.keeping.description_resellers import Buying
from appliance.services.keeping.description_tally import Tally
from appliance.services.prices.tariffs import FIELDS
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.wire.description import TariffEntry

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns

Waiting = dict[tuple[int, str], tuple[int, TariffEntry]]


class TariffSection:
    """One pass over the file's tariffs and the resellers' buying tariffs."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally) -> None:
        self._room = room
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._tally = tally

    def apply(self, entries: Sequence[TariffEntry], buying: Sequence[Buying]) -> None:
        """Write all; `buying` is worked off with them."""
        waiting: Waiting = {}
        for index, entry in enumerate(entries):
            with inside(f"tariffs[{index}]"):
                reseller = self._reseller(entry)
                if (reseller.id, entry.name) in waiting:
                    raise UserError("description.twice", field="name", name=entry.name)
                waiting[(reseller.id, entry.name)] = (index, entry)
        assignments = list(buying)
        while waiting or assignments:
            left = len(waiting) + len(assignments)
            assignments = [each for each in assignments if not self._assign(each, waiting)]
            for key in list(waiting):
                index, entry = waiting[key]
                with inside(f"tariffs[{index}]"):
                    if self._write(key[0], entry, waiting):
                        del waiting[key]
            if len(waiting) + len(assignments) == left:
                self._stuck(waiting, assignments)

    def _assign(self, wanted: Buying, waiting: Waiting) -> bool:
        """Whether the reseller has its buying tariff now; False: it is not there yet."""
        path, row, name = wanted.path, wanted.row, wanted.tariff
        with inside(path):
            if name is None:
                tariff_id = None
            elif row.parent_id is None:
                raise UserError("reseller.root_buys_from_carriers", field="tariff")
            elif (row.parent_id, name) in waiting:
                return False
            else:
                parent = self._store.resellers.get(row.parent_id)
                assert parent is not None
                try:
                    tariff_id = self._nouns.lookups.tariff_of(parent, name).id
                except NotFound:
                    return False
            current = self._store.resellers.get(row.id)
            assert current is not None
            if self._nouns.resellers.assign_tariff(self._actor, current, tariff_id) and not wanted.new:
                self._tally.changed("resellers")
            return True

    def _write(self, reseller_id: int, entry: TariffEntry, waiting: Waiting) -> bool:
        """Whether it was written; False: its base is not there yet."""
        reseller = self._store.resellers.get(reseller_id)
        assert reseller is not None
        base: Tariff | None = None
        if isinstance(entry.base, str):
            if entry.base != entry.name and (reseller_id, entry.base) in waiting:
                return False
            base = self._base(reseller, entry)
            if base is None:
                return False
        row = self._store.tariffs.find(reseller_id, entry.name)
        values = written(entry, FIELDS)
        if row is None:
            currency = None if entry.currency is UNSET else str(col.currency(entry.currency, "currency"))
            row = self._nouns.tariffs.make(self._actor, reseller, values, currency, base)
            self._tally.created("tariffs")
            if entry.bands is not UNSET:
                self._nouns.tariffs.set_bands(self._actor, row, entry.bands or ())
            if entry.tiers is not UNSET:
                self._nouns.pricing.parts.write_tiers(self._actor, row, entry.tiers or ())
        else:
            if entry.currency is not UNSET and entry.currency != row.currency:
                raise UserError("tariff.currency_fixed", field="currency", currency=row.currency)
            changed = False
            if entry.base is not UNSET and self._nouns.tariffs.set_base(self._actor, row, base):
                changed = True
                row = self._again(row)
            changed = self._nouns.tariffs.change(self._actor, row, values) or changed
            if entry.bands is not UNSET:
                changed = self._nouns.tariffs.set_bands(self._actor, row, entry.bands or ()) or changed
            if entry.tiers is not UNSET:
                changed = self._nouns.pricing.parts.write_tiers(self._actor, row, entry.tiers or ()) or changed
            self._tally.noted("tariffs", "changed" if changed else "")
        self._rates(row, entry)
        return True

    def _base(self, reseller: Reseller, entry: TariffEntry) -> Tariff | None:
        """The base by its name; a tariff named as its base can only mean the buying tariff."""
        assert isinstance(entry.base, str)
        if entry.base == entry.name:
            buying = None if reseller.tariff_id is None else self._store.tariffs.get(reseller.tariff_id)
            return buying if buying is not None and buying.name == entry.base else None
        try:
            return self._nouns.lookups.tariff_of(reseller, entry.base, "base")
        except NotFound:
            return None

    def _rates(self, row: Tariff, entry: TariffEntry) -> None:
        row = self._again(row)
        for name, wrong in (("rates", row.base_id is not None), ("overrides", row.base_id is None)):
            wanted = getattr(entry, name)
            if wanted is UNSET or not wanted:
                continue
            if wrong:
                raise UserError("tariff.rates_of_derived" if name == "rates" else "tariff.overrides_of_base", field=name, tariff=row.name)
            done = self._nouns.rates.write(self._actor, row, wanted, "apply", name)
            self._tally.created("rates", done.added)
            self._tally.changed("rates", done.changed)
            self._tally.same(done.unchanged)

    def _reseller(self, entry: TariffEntry) -> Reseller:
        row = self._store.resellers.root() if entry.reseller is UNSET else self._store.resellers.find(entry.reseller)
        if row is None:
            raise NotFound("reseller.unknown", field="reseller", reseller="" if entry.reseller is UNSET else entry.reseller)
        return row

    def _stuck(self, waiting: Waiting, assignments: Sequence[Buying]) -> None:
        """Nothing moves any more: a name that is nowhere, or tariffs that derive from one another."""
        for (reseller_id, _), (index, entry) in waiting.items():
            if (reseller_id, entry.base) not in waiting or entry.base == entry.name:
                raise NotFound("tariff.unknown", field=f"tariffs[{index}].base", tariff=entry.base)
        for each in assignments:
            if (each.row.parent_id, each.tariff) not in waiting:
                raise NotFound("tariff.unknown", field=f"{each.path}.tariff", tariff=each.tariff)
        index, entry = next(iter(waiting.values()))
        raise UserError("tariff.cycle", field=f"tariffs[{index}].base", tariff=entry.name)

    def _again(self, row: Tariff) -> Tariff:
        fresh = self._store.tariffs.get(row.id)
        assert fresh is not None
        return fresh
