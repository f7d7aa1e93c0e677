"""Shops: their settings, what their guests pay by, chains of them."""

from __future__ import annotations

import json
from collections.abc import Callable

from msgspec import UNSET

from appliance.billing.shop import smallest
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import check_currency, format_amount, format_percent, parse_amount, parse_percent
from appliance.services.call_shop.approvals import Approvals
from appliance.services.call_shop.booths import prefixes
from appliance.services.call_shop.places import READ, WRITE, Place, Places
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.money.tax import percent_ppm
from appliance.services.prices.tariffs import Tariffs
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.wire.guard import FuseView
from appliance.wire.shapes import ById, Done, Listing, Ref
from appliance.wire.shops import ChainPage, ChainSet, ChainView, ShopList, ShopPage, ShopUpdate, ShopView

MOST_VALUES = 40
NOT_FISCAL = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CZ",
        "DE",
        "ES",
        "FR",
        "GR",
        "HR",
        "HU",
        "IT",
        "LT",
        "LV",
        "MT",
        "NO",
        "PL",
        "PT",
        "RO",
        "RS",
        "SE",
        "SI",
        "SK",
        "AR",
        "BR",
        "CL",
        "CO",
        "DO",
        "EC",
        "MX",
        "PE",
        "UY",
        "KE",
        "TZ",
        "UG",
        "GH",
        "NG",
        "RW",
    ]
)
"""Countries that ask more of a till than a chain of receipts: a signing device, a certificate or an immediate report."""


def _denominations(value: object, field: str) -> Sql:
    """Coins and notes as JSON micros, the largest first."""
    found = set()
    for at, each in enumerate(value if isinstance(value, list) else []):
        micros = parse_amount(str(each), f"{field}[{at}]")
        if micros <= 0 or at >= MOST_VALUES:
            raise UserError("denomination.invalid", field=f"{field}[{at}]", text=str(each)[:32])
        found.add(micros)
    return json.dumps(sorted(found, reverse=True))


def _currencies(value: object, field: str) -> Sql:
    """{currency: micros of the shop's} as JSON."""
    found: dict[str, int] = {}
    for currency, text in sorted((value if isinstance(value, dict) else {}).items()):
        micros = parse_amount(str(text), f"{field}.{currency}")
        if micros <= 0 or len(found) >= MOST_VALUES:
            raise UserError("amount.not_positive", field=f"{field}.{currency}")
        found[check_currency(currency, f"{field}.{currency}")] = micros
    return json.dumps(found)


FIELDS = (
    Column("receipt_name", "receipt_name", col.text(longest=100)),
    Column("receipt_head", "receipt_head", col.text(longest=500)),
    Column("receipt_foot", "receipt_foot", col.text(longest=500)),
    Column("tax_number", "tax_number", col.text(longest=60)),
    Column("tax_percent", "tax_ppm", lambda value, field: percent_ppm(None if value is None else str(value), field)),
    Column("rounding", "rounding_micros", col.amount()),
    Column("denominations", "denominations", _denominations),
    Column("currencies", "currencies", _currencies),
    Column("forgive_seconds", "forgive_seconds", col.count(0, 0, 3600)),
    Column("forgive_amount", "forgive_micros", col.amount()),
    Column("warn_seconds", "warn_seconds", col.count(60, 0, 3600)),
    Column("blocked", "blocked", prefixes),
    Column("pin_everything", "pin_everything", col.flag()),
)


class Shops:
    """A shop is a customer; what is its own stands beside it. `tripped` says what stops a customer's calls, once who watches them is there."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, places: Places, tariffs: Tariffs, approvals: Approvals, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._places = places
        self._tariffs = tariffs
        self._approvals = approvals
        self._audit = audit
        self.tripped: Callable[[int], FuseView | None] = lambda customer_id: None

    def list(self, actor: Actor, request: ShopList) -> ShopPage:
        """By name."""
        wanted = request.search.strip().lower()
        reseller = None if request.reseller is None else self._lookups.reseller(actor, request.reseller, READ).id
        return ShopPage(
            [
                self.view(actor, place)
                for place in self._places.shops(actor, READ)
                if wanted in place.shop.name.lower() and (reseller is None or place.reseller.id == reseller)
            ]
        )

    def get(self, actor: Actor, request: ById) -> ShopView:
        """One shop, with those whose PIN approves in it."""
        return self.view(actor, self._places.shop(actor, request.id, READ, "id"), whole=True)

    def update(self, actor: Actor, request: ShopUpdate) -> ShopView:
        """Settings; other prices count for calls that begin from now on."""
        with self._room.changes.unit():
            place = self._places.shop(actor, request.id, WRITE, "id")
            if request.version is not None and request.version != place.settings.version:
                raise Conflict("store.changed_meanwhile", what="shop", id=place.id)
            values = written(request, FIELDS)
            if values.get("rounding_micros") and not _whole(int(values["rounding_micros"] or 0), place.decimals):
                raise UserError("amount.too_precise", field="rounding", text=request.rounding)
            changed = differing(values, place.settings)
            self._store.booths.set_shop(place.id, changed)
            self._audit.changed(actor, "shops.update", "shop", place.id, place.settings._asdict(), changed)
            self._set_tariff(actor, place, request)
            self._room.changes.note("shop", place.id)
        return self.get(actor, ById(place.id))

    def _set_tariff(self, actor: Actor, place: Place, request: ShopUpdate) -> None:
        tariff_id = place.shop.booth_tariff_id
        if isinstance(request.booth_tariff, (int, str)):
            tariff_id = self._lookups.tariff_of(place.reseller, request.booth_tariff, "booth_tariff").id
        elif request.booth_markup_percent is not UNSET:
            tariff_id = self._marked_up(actor, place, parse_percent(request.booth_markup_percent, "booth_markup_percent")).id
        if tariff_id != place.shop.booth_tariff_id:
            self._store.customers.update(place.id, {"booth_tariff_id": tariff_id})
            self._audit.changed(
                actor, "shops.update", "customer", place.id, {"booth_tariff_id": place.shop.booth_tariff_id}, {"booth_tariff_id": tariff_id}
            )
            self._room.changes.note("customer", place.id)

    def _marked_up(self, actor: Actor, place: Place, ppm: int) -> Tariff:
        """The tariff so much above what the shop pays: made once, changed after that."""
        now = self._booth_tariff(place)
        if now is not None and now.base_id == place.shop.tariff_id:
            self._tariffs.change(actor, now, {"markup_ppm": ppm})
            return now
        base = self._store.tariffs.get(place.shop.tariff_id)
        assert base is not None  # foreign key
        name = f"{place.shop.name}: booths"
        taken = self._store.tariffs.find(place.reseller.id, name)
        return self._tariffs.make(actor, place.reseller, {"name": name if taken is None else f"{name} {place.id}", "markup_ppm": ppm}, base=base)

    def view(self, actor: Actor, place: Place, *, whole: bool = False) -> ShopView:
        """The shop as its screens need it."""
        settings, tariff = place.settings, self._booth_tariff(place)
        own = sum(self._room.ledger.funds(place.shop.credit_account_id))
        spent, seconds = self._store.bills.usual_price(place.id)
        chain = None if place.shop.chain_id is None else self._store.operators.chain(place.shop.chain_id)
        derived = tariff is not None and tariff.base_id == place.shop.tariff_id
        return ShopView(
            id=place.id,
            version=settings.version,
            name=place.shop.name,
            reseller=place.reseller.name,
            chain=None if chain is None else chain.name,
            currency=place.currency,
            decimals=place.decimals,
            country=place.reseller.country,
            language=place.language,
            booth_tariff=None if tariff is None else tariff.name,
            booth_markup_percent=format_percent(tariff.markup_ppm)
            if tariff is not None and derived and self._places.sees_costs(actor, place)
            else None,
            receipt_name=settings.receipt_name,
            receipt_head=settings.receipt_head,
            receipt_foot=settings.receipt_foot,
            tax_number=settings.tax_number,
            tax_percent=format_percent(settings.tax_ppm),
            rounding=format_amount(settings.rounding_micros),
            denominations=[format_amount(each) for each in place.denominations],
            currencies={currency: format_amount(each) for currency, each in json.loads(settings.currencies).items()},
            forgive_seconds=settings.forgive_seconds,
            forgive_amount=format_amount(settings.forgive_micros),
            warn_seconds=settings.warn_seconds,
            blocked=json.loads(settings.blocked),
            pin_everything=bool(settings.pin_everything),
            available=format_amount(own),
            available_minutes=max(own, 0) * seconds // (spent * 60) if spent else None,
            open_sessions=len(self._store.booths.open_sessions(place.id)),
            open_shifts=len(self._store.shifts.open_in(place.id)),
            approvers=self._approvals.approvers(place) if whole else [],
            fiscal_notice=place.reseller.country in NOT_FISCAL,
            fiscal_countries=sorted(NOT_FISCAL) if whole else [],
            fuse=self.tripped(place.id),
        )

    def _booth_tariff(self, place: Place) -> Tariff | None:
        return None if place.shop.booth_tariff_id is None else self._store.tariffs.get(place.shop.booth_tariff_id)


class Chains:
    """Shops of one reseller that some operators have in common."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    def list(self, actor: Actor, request: Listing) -> ChainPage:
        """By name."""
        reach = self._access.reach(actor, "customers.read")
        wanted = None if request.reseller is None else self._lookups.reseller(actor, request.reseller, "customers.read").id
        return ChainPage(
            [
                self._view(chain.id)
                for chain in self._store.operators.chains()
                if (reach is None or chain.reseller_id in reach) and wanted in (None, chain.reseller_id)
            ]
        )

    def set(self, actor: Actor, request: ChainSet) -> ChainView:
        """Exactly these shops belong to it then."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "customers.write")
            name = str(col.name(request.name, "name"))
            chain = self._store.operators.find_chain(reseller.id, name)
            chain_id = self._store.operators.insert_chain(reseller.id, name) if chain is None else chain.id
            wanted = {row.id for row in (self._shop(actor, each, f"shops[{at}]", reseller.name) for at, each in enumerate(request.shops))}
            for row in list(self._store.customers.list(reseller.id)):
                if (row.chain_id == chain_id) is not (row.id in wanted):
                    self._store.customers.update(row.id, {"chain_id": chain_id if row.id in wanted else None})
                    self._room.changes.note("customer", row.id)
                    self._room.changes.note("shop", row.id)
            self._audit.noted(actor, "chains.set", "chain", chain_id, name=name, shops=", ".join(map(str, sorted(wanted))))
            self._room.changes.note("operator")
            return self._view(chain_id)

    def put(self, actor: Actor, reseller: Reseller, shop_id: int, name: str | None) -> str:
        """The one chain that a shop belongs to, made where it is missing; None: none. "changed" or ""; inside an open unit of work."""
        chain_id = None
        if name is not None:
            chain = self._store.operators.find_chain(reseller.id, str(col.name(name, "chain")))
            chain_id = self._store.operators.insert_chain(reseller.id, name) if chain is None else chain.id
        row = self._store.customers.get(shop_id)
        if row is None or row.chain_id == chain_id:
            return ""
        self._store.customers.update(shop_id, {"chain_id": chain_id})
        self._audit.changed(actor, "chains.set", "customer", shop_id, {"chain_id": row.chain_id}, {"chain_id": chain_id})
        for kind, changed in (("customer", shop_id), ("shop", shop_id), ("operator", 0)):
            self._room.changes.note(kind, changed)
        return "changed"

    def remove(self, actor: Actor, request: ById) -> Done:
        """Its shops stand alone again; roles in it are gone."""
        with self._room.changes.unit():
            chain = self._store.operators.chain(request.id)
            if chain is None:
                raise NotFound("chain.unknown", field="id", chain=request.id)
            self._access.need(actor, "customers.write", chain.reseller_id, what="chain")
            for row in list(self._store.customers.list(chain.reseller_id, archived=True)):
                if row.chain_id == chain.id:
                    self._store.customers.update(row.id, {"chain_id": None})
                    self._room.changes.note("customer", row.id)
            self._store.operators.remove_chain(chain.id)
            self._audit.noted(actor, "chains.remove", "chain", chain.id, name=chain.name)
            self._room.changes.note("operator")
            return Done(chain.id)

    def _shop(self, actor: Actor, ref: Ref, field: str, reseller: str) -> Customer:
        row = self._lookups.customer(actor, ref, reseller, "customers.write", field)
        if not row.call_shop:
            raise UserError("operator.not_a_shop", field=field)
        return row

    def _view(self, chain_id: int) -> ChainView:
        chain = self._store.operators.chain(chain_id)
        assert chain is not None
        reseller = self._store.resellers.get(chain.reseller_id)
        shops = [row.name for row in self._store.customers.list(chain.reseller_id) if row.chain_id == chain_id]
        return ChainView(chain.id, chain.name, "" if reseller is None else reseller.name, shops)


def _whole(micros: int, decimals: int) -> bool:
    return micros % smallest(decimals) == 0
