"""The call shops of a description file: a customer's settings as a shop, its booths, tills and goods, and who works there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from appliance.errors import Conflict, NotFound, UserError
from appliance.money import parse_percent
from appliance.services.call_shop.booths import FIELDS as BOOTH_FIELDS
from appliance.services.call_shop.shops import FIELDS as SHOP_FIELDS
from appliance.services.call_shop.tills import GOODS_FIELDS, TILL_FIELDS
from appliance.services.ground.access import Actor
from appliance.services.ground.columns import Column, differing, written
from appliance.services.ground.fields import inside
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.keeping.description_tally import Tally
from appliance.store.resellers import Reseller
from appliance.wire.booths import BoothUpdate
from appliance.wire.description_shop import BoothEntry, GoodsEntry, ShopEntry, TillEntry
from appliance.wire.shapes import ById, given
from appliance.wire.shops import ShopUpdate
from appliance.wire.tills import GoodsCreate, GoodsUpdate, TillCreate, TillUpdate

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class ShopSection:
    """One shop after the other, each once its customer and endpoints are there; the rules are those of the shop's services."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally, hashes: Hashes) -> None:
        self._store = room.store
        self._nouns = nouns
        self._shop = nouns.call_shop
        self._actor = actor
        self._tally = tally
        self._hashes = hashes

    def apply(self, reseller: Reseller, customer_id: int, entry: ShopEntry) -> None:
        """What the file says of one customer's shop."""
        row = self._store.customers.get(customer_id)
        if row is None or not row.call_shop:
            raise Conflict("shop.off", field="shop", shop="" if row is None else row.name)
        with inside("shop"):
            self._settings(customer_id, entry)
            if entry.chain is not UNSET:
                self._tally.noted("chains", self._shop.chains.put(self._actor, reseller, customer_id, entry.chain))
            for at, booth in enumerate(given(entry.booths, [])):
                with inside(f"booths[{at}]"):
                    self._booth(customer_id, booth)
            tills = _by_name(given(entry.tills, []), "tills")
            for at, till in enumerate(tills):
                with inside(f"tills[{at}]"):
                    self._till(customer_id, till)
            for at, goods in enumerate(_by_name(given(entry.goods, []), "goods")):
                with inside(f"goods[{at}]"):
                    self._goods(customer_id, goods)
            for at, person in enumerate(given(entry.operators, [])):
                with inside(f"operators[{at}]"):
                    what = self._nouns.operators.describe(self._actor, reseller, person, self._hashes, shop_id=customer_id)
                    self._tally.noted("operators", what)

    def _settings(self, customer_id: int, entry: ShopEntry) -> None:
        changes = _differing(entry, SHOP_FIELDS, self._store.booths.shop(customer_id))
        row = self._store.customers.get(customer_id)
        assert row is not None  # it was there a moment ago
        now = None if row.booth_tariff_id is None else self._store.tariffs.get(row.booth_tariff_id)
        if isinstance(entry.booth_tariff, str):
            if now is None or now.name != entry.booth_tariff:
                changes["booth_tariff"] = entry.booth_tariff
        elif entry.booth_markup_percent is not UNSET:
            ppm = parse_percent(entry.booth_markup_percent, "booth_markup_percent")
            if now is None or now.base_id != row.tariff_id or now.markup_ppm != ppm:
                changes["booth_markup_percent"] = entry.booth_markup_percent
        if changes:
            self._shop.shops.update(self._actor, msgspec.structs.replace(ShopUpdate(customer_id), **changes))
        self._tally.noted("shops", "changed" if changes else "")

    def _booth(self, customer_id: int, entry: BoothEntry) -> None:
        endpoint = self._store.endpoints.find(entry.number)
        if endpoint is None or endpoint.customer_id != customer_id:
            raise NotFound("endpoint.unknown", field="number", endpoint=entry.number)
        changes = _differing(entry, BOOTH_FIELDS, self._store.booths.booth(endpoint.id))
        if changes:
            self._shop.booths.update(self._actor, msgspec.structs.replace(BoothUpdate(endpoint.id), **changes))
        self._tally.noted("booths", "changed" if changes else "")

    def _till(self, customer_id: int, entry: TillEntry) -> None:
        row = next((each for each in self._store.tills.of(customer_id) if each.name == entry.name), None)
        if row is None:
            self._shop.tills.create(self._actor, TillCreate(customer_id, **_sent(entry, TILL_FIELDS)))
            self._tally.created("tills")
            return
        changes = _differing(entry, TILL_FIELDS, row)
        if changes:
            self._shop.tills.update(self._actor, msgspec.structs.replace(TillUpdate(row.id), **changes))
        self._tally.noted("tills", "changed" if changes else "")

    def _goods(self, customer_id: int, entry: GoodsEntry) -> None:
        row = next((each for each in self._store.goods.of(customer_id) if each.name == entry.name), None)
        if row is None:
            if entry.price is UNSET:
                raise UserError("field.missing", field="price")
            self._shop.goods.create(self._actor, GoodsCreate(customer_id, **_sent(entry, GOODS_FIELDS)))
            self._tally.created("goods")
            return
        if entry.tax_percent is None:  # the shop's, as at the creation
            entry = msgspec.structs.replace(entry, tax_percent=self._shop.shops.get(self._actor, ById(customer_id)).tax_percent)
        changes = _differing(entry, GOODS_FIELDS, row)
        if row.stock is not None and entry.stock is not None:
            changes.pop("stock", None)  # what was sold and came in since counts
        if changes:
            self._shop.goods.update(self._actor, msgspec.structs.replace(GoodsUpdate(row.id), **changes))
        self._tally.noted("goods", "changed" if changes else "")


def _sent(entry: object, table: Sequence[Column]) -> dict[str, Any]:
    """The fields that a file gives, for a request that makes a thing: null is what a thing has when nobody says."""
    values = {field: getattr(entry, field, UNSET) for field, _, _ in table}
    return {field: value for field, value in values.items() if value is not UNSET and value is not None}


def _differing(entry: object, table: Sequence[Column], row: object) -> dict[str, Any]:
    """The fields that a file gives and that the row does not have so already."""
    columns = differing(written(entry, table), row)
    return {field: getattr(entry, field) for field, column, _ in table if column in columns}


def _by_name(entries: Sequence[Any], section: str) -> Sequence[Any]:
    seen: set[str] = set()
    for at, entry in enumerate(entries):
        if entry.name in seen:
            raise UserError("description.twice", field=f"{section}[{at}].name", name=entry.name)
        seen.add(entry.name)
    return entries
