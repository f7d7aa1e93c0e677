"""Tariffs: price lists, base or derived from another of the reseller's own or from what it buys (product.md S9)."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.billing.schedule import MINUTES_A_DAY
from appliance.billing.tariff import price_rounding
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, format_percent
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.put_away import need_alive
from appliance.services.ground.room import Room
from appliance.services.prices.special_rates import follow
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.wire.description import BandEntry
from appliance.wire.shapes import ById, Done, Listing, Restored
from appliance.wire.tariffs import TariffCreate, TariffPage, TariffUpdate, TariffView


def _price_rule(value: object, field: str) -> Sql:
    """none, half-up-N or up-N."""
    rule = "none" if value is None else str(value)
    price_rounding(rule)
    return rule


FIELDS = (
    Column("name", "name", col.name),
    Column("markup_percent", "markup_ppm", col.percent()),
    Column("surcharge_per_minute", "surcharge_micros", col.amount(least=None)),
    Column("decimals", "decimals", col.count(4, 0, 6)),
    Column("rounding", "rounding", col.choice("half-up", "up")),
    Column("price_rounding", "price_rounding", _price_rule),
    Column("duration_rounding", "duration_rounding", col.choice("up", "down", "nearest")),
    Column("increment_style", "increment_style", col.choice("first-next", "total")),
    Column("timezone", "timezone", col.timezone()),
    Column("band_rule", "band_rule", col.choice("start", "split")),
    Column("loss_guard", "loss_guard", col.flag()),
    Column("on_net_price", "on_net_price_micros", col.amount(None)),
)
"""Fields of requests and of the description file, and their columns."""

INHERITED = ("currency", "decimals", "rounding", "price_rounding", "duration_rounding", "increment_style", "timezone", "band_rule")
"""What a new derived tariff takes from its base where it is not told otherwise."""

DEEPEST = 50  # tariffs in a chain of bases


class Tariffs:
    """`make`, `change` and `set_base` are the rules for every door."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    # rules ---------------------------------------------------------------------------------------------------------
    def make(self, actor: Actor, reseller: Reseller, values: dict[str, Sql], currency: str | None = None, base: Tariff | None = None) -> Tariff:
        """A new tariff; `values` are columns, the name among them."""
        store = self._store
        if store.tariffs.find(reseller.id, str(values["name"])) is not None:
            raise Conflict("tariff.name_taken", field="name", name=str(values["name"]))
        inherited = {} if base is None else {column: getattr(base, column) for column in INHERITED}
        merged: dict[str, Sql] = {"currency": reseller.currency, **inherited, **values}
        if currency is not None:
            merged["currency"] = currency
        if base is None:
            _check_base_values(values)
        else:
            _check_currency(str(merged["currency"]), base)
            merged["base_id"] = base.id
        row_id = store.tariffs.insert(reseller_id=reseller.id, created_at=self._room.clock.utcnow(), **merged)
        self._audit.made(actor, "tariffs.create", "tariff", row_id, merged)
        self._room.changes.note("tariff", row_id)
        return self._row(row_id)

    def change(self, actor: Actor, row: Tariff, values: dict[str, Sql], version: int | None = None) -> bool:
        """Write what differs; whether anything did."""
        changed = differing(values, row)
        if not changed:
            return False
        if "name" in changed and self._store.tariffs.find(row.reseller_id, str(changed["name"])) is not None:
            raise Conflict("tariff.name_taken", field="name", name=str(changed["name"]))
        if row.base_id is None and values.get("base_id") is None:
            _check_base_values(changed)
        self._store.tariffs.update(row.id, changed, version)
        self._audit.changed(actor, "tariffs.update", "tariff", row.id, row._asdict(), changed)
        self._room.changes.note("tariff", row.id, *follow(self._store, self._row(row.id)))
        return True

    def set_base(self, actor: Actor, row: Tariff, base: Tariff | None) -> bool:
        """Hang a tariff below another, or make it a base tariff: its own rates stay and are then all that it has."""
        if row.base_id == (None if base is None else base.id):
            return False
        values: dict[str, Sql] = {"base_id": None, "markup_ppm": 0, "surcharge_micros": 0}
        if base is not None:
            _check_currency(row.currency, base)
            self._check_cycle(row, base)
            values = {"base_id": base.id}
        return self.change(actor, row, values)

    def set_bands(self, actor: Actor, row: Tariff, bands: Sequence[BandEntry]) -> bool:
        """Replace the weekly time bands of a base tariff; whether anything changed."""
        if bands and row.base_id is not None:
            raise UserError("tariff.bands_of_base", field="bands", tariff=row.name)
        wanted = []
        for index, band in enumerate(bands):
            starts, ends = (int(text[:2]) * 60 + int(text[3:]) for text in (band.starts, band.ends))
            if not 0 <= starts < ends <= MINUTES_A_DAY:
                raise UserError("band.times", field=f"bands[{index}].ends")
            wanted += [(band.name, weekday - 1, starts, ends) for weekday in sorted(set(band.weekdays))]
        before = [(band.name, band.weekday, band.from_minute, band.until_minute) for band in self._store.tariffs.bands(row.id)]
        wanted.sort(key=lambda band: (band[1], band[2]))
        if before == wanted:
            return False
        self._store.tariffs.set_bands(row.id, wanted)
        self._audit.changed(actor, "tariffs.set_bands", "tariff", row.id, {"bands": str(before)}, {"bands": str(wanted)})
        self._room.changes.note("tariff", row.id)
        return True

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> TariffPage:
        """The actor's own and what it buys by, by name."""
        if request.reseller is not None:
            reseller = self._lookups.reseller(actor, request.reseller, "tariffs.read")
            rows = list(self._store.tariffs.list(reseller.id, archived=request.archived))
        else:
            reach = self._access.reach(actor, "tariffs.read")
            rows = [row for row in self._store.tariffs.list(archived=request.archived) if reach is None or row.reseller_id in reach]
        wanted = request.search.lower()
        return TariffPage([self.view(row) for row in rows if wanted in row.name.lower()])

    def get(self, actor: Actor, request: ById) -> TariffView:
        """One tariff."""
        return self.view(self._lookups.tariff(actor, request.id, None, "tariffs.read", "id"))

    def create(self, actor: Actor, request: TariffCreate) -> TariffView:
        """A base or derived tariff of the reseller."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "tariffs.write")
            base = None if request.base is None else self._lookups.tariff_of(reseller, request.base, "base")
            values: dict[str, Sql] = {column: value for column, value in written(request, FIELDS).items() if value is not None}
            for field in INHERITED[1:]:
                if getattr(request, field) is None:  # left out: the base's, or the column's default
                    values.pop(field, None)
            currency = None if request.currency is None else str(col.currency(request.currency, "currency"))
            return self.view(self.make(actor, reseller, values, currency, base))

    def update(self, actor: Actor, request: TariffUpdate) -> TariffView:
        """Changes of a tariff; derived ones follow at once."""
        with self._room.changes.unit():
            row = self._own(actor, request.id)
            version = request.version
            if isinstance(request.base, (int, str)) or request.base is None:
                reseller = self._lookups.reseller(actor, row.reseller_id, "tariffs.write")
                if self.set_base(actor, row, None if request.base is None else self._lookups.tariff_of(reseller, request.base, "base")):
                    row, version = self._row(row.id), None
            self.change(actor, row, written(request, FIELDS), version)
            return self.view(self._row(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Out of use: nobody pays, buys or derives by it any more."""
        with self._room.changes.unit():
            row = self._own(actor, request.id)
            store = self._store
            used = (
                any(each.archived_at is None for each in store.tariffs.derived(row.id))
                or any(each.tariff_id == row.id for each in store.resellers.list())
                or any(each.tariff_id == row.id or each.booth_tariff_id == row.id for each in store.customers.list())
                or any(each.cost_tariff_id == row.id for each in store.trunks.list())
            )
            if used:
                raise Conflict("tariff.in_use", field="id", tariff=row.name)
            store.tariffs.archive(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "tariffs.archive", "tariff", row.id, name=row.name)
            self._room.changes.note("tariff", row.id)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """In use again; whoever is to pay by it is given it anew."""
        with self._room.changes.unit():
            row = self._store.tariffs.get(request.id)
            if row is None:
                raise NotFound("tariff.unknown", field="id", tariff=request.id)
            self._access.need(actor, "tariffs.write", row.reseller_id, what="tariff")
            if row.archived_at is None:
                return Restored(row.id, [])
            owner, base = self._store.resellers.get(row.reseller_id), None if row.base_id is None else self._store.tariffs.get(row.base_id)
            for each in (owner, base):
                if each is not None:
                    need_alive(each.name, each.archived_at)
            if self._store.tariffs.find(row.reseller_id, row.name) is not None:
                raise Conflict("tariff.name_taken", field="id", name=row.name)
            self._store.tariffs.restore(row.id, request.version)
            self._audit.noted(actor, "tariffs.restore", "tariff", row.id, name=row.name)
            self._room.changes.note("tariff", row.id)
            return Restored(row.id, [])

    def view(self, row: Tariff) -> TariffView:
        """The row with names instead of ids."""
        owner = self._store.resellers.get(row.reseller_id)
        base = None if row.base_id is None else self._store.tariffs.get(row.base_id)
        on_net = row.on_net_price_micros
        return TariffView(
            id=row.id,
            version=row.version,
            reseller="" if owner is None else owner.name,
            name=row.name,
            currency=row.currency,
            decimals=row.decimals,
            rounding=row.rounding,
            price_rounding=row.price_rounding,
            duration_rounding=row.duration_rounding,
            increment_style=row.increment_style,
            timezone=row.timezone,
            band_rule=row.band_rule,
            base=None if base is None else base.name,
            markup_percent=format_percent(row.markup_ppm),
            surcharge_per_minute=format_amount(row.surcharge_micros),
            loss_guard=bool(row.loss_guard),
            on_net_price=None if on_net is None else format_amount(on_net),
            rates=sum(1 for _ in self._store.rates.active(row.id)),
            archived_at=stamp(row.archived_at),
        )

    def _own(self, actor: Actor, tariff_id: int) -> Tariff:
        row = self._store.tariffs.get(tariff_id)
        if row is None or row.archived_at is not None:
            raise NotFound("tariff.unknown", field="id", tariff=tariff_id)
        self._access.need(actor, "tariffs.write", row.reseller_id, what="tariff")
        return row

    def _check_cycle(self, row: Tariff, base: Tariff) -> None:
        at: Tariff | None = base
        for _ in range(DEEPEST):
            if at is None:
                return
            if at.id == row.id:
                raise UserError("tariff.cycle", field="base", tariff=row.name, base=base.name)
            at = None if at.base_id is None else self._store.tariffs.get(at.base_id)
        raise UserError("tariff.too_deep", field="base", most=DEEPEST)

    def _row(self, row_id: int) -> Tariff:
        row = self._store.tariffs.get(row_id)
        if row is None:
            raise NotFound("tariff.unknown")
        return row


def _check_base_values(values: dict[str, Sql]) -> None:
    """A base tariff has prices of its own: nothing to mark up."""
    for column, field in (("markup_ppm", "markup_percent"), ("surcharge_micros", "surcharge_per_minute")):
        if values.get(column):
            raise UserError("tariff.no_base_to_mark_up", field=field)


def _check_currency(currency: str, base: Tariff) -> None:
    if currency != base.currency:
        raise UserError("tariff.currency_differs", field="currency", currency=currency, base=base.name, base_currency=base.currency)
