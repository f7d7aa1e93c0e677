"""Tills and the goods of a shop: what is set up once, and the two things a till can be asked for beside money."""

from __future__ import annotations

from appliance import signing_device
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, format_percent
from appliance.services.call_shop.bills import reason_of
from appliance.services.call_shop.events import Events
from appliance.services.call_shop.places import APPROVE, READ, USE, WRITE, Place, Places
from appliance.services.call_shop.printing import Queue
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.once import Once
from appliance.services.ground.put_away import need_alive
from appliance.services.ground.room import Room
from appliance.services.money.tax import percent_ppm
from appliance.store.tills import Goods as GoodsRow
from appliance.store.tills import Till
from appliance.wire.shapes import ById, Done, Restored
from appliance.wire.tills import (
    DrawerOpen,
    GoodsCreate,
    GoodsList,
    GoodsPage,
    GoodsUpdate,
    GoodsView,
    PrinterTest,
    PrintJobView,
    TillCreate,
    TillList,
    TillPage,
    TillUpdate,
    TillView,
)

PRINTERS = ("none", "usb", "serial", "network", "spooler", "file", "qt")
COLUMNS = (32, 42, 48)
CODE_PAGES = ("CP437", "CP850", "CP852", "CP858", "CP866", "CP1250", "CP1251", "CP1252", "CP1253", "CP1254", "CP1256", "CP864", "raster")


def one_of(*choices: object) -> col.Convert:
    """One of these. UserError "field.not_a_choice"."""

    def convert(value: object, field: str) -> Sql:
        if value not in choices:
            raise UserError("field.not_a_choice", field=field, choices=", ".join(map(str, choices)))
        return value  # type: ignore[return-value]

    return convert


def _signing_address(value: object, field: str) -> Sql:
    """Where a signing device listens; "" none. UserError "signing.address"."""
    text = str(value or "").strip()
    if text:
        signing_device.device(text, field)
    return text


TILL_FIELDS = (
    Column("name", "name", col.name),
    Column("printer", "printer", one_of(*PRINTERS)),
    Column("address", "address", col.text(longest=200)),
    Column("columns", "columns", one_of(*COLUMNS)),
    Column("code_page", "code_page", one_of(*CODE_PAGES)),
    *(Column(each, each, col.flag(True)) for each in ("drawer", "cutter", "native_qr", "print_always")),
    Column("signing_address", "signing_address", _signing_address),
    Column("signing_seconds", "signing_seconds", col.count(3, 1, 10)),
)
GOODS_FIELDS = (
    Column("name", "name", col.name),
    Column("code", "code", col.text(longest=60)),
    Column("price", "price_micros", col.amount()),
    Column("tax_percent", "tax_ppm", lambda value, field: percent_ppm(None if value is None else str(value), field)),
    Column("cost", "cost_micros", col.amount()),
    Column("stock", "stock", col.count(None, -1_000_000, 1_000_000)),
)


class Tills:
    """Where money is taken."""

    def __init__(self, room: Room, places: Places, queue: Queue, events: Events, audit: Audit, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._queue = queue
        self._events = events
        self._audit = audit
        self._once = once

    def list(self, actor: Actor, request: TillList) -> TillPage:
        """By shop and name."""
        places = self._places.shops(actor, READ) if request.shop is None else [self._places.shop(actor, request.shop, READ)]
        return TillPage([self.view(place, row) for place in places for row in self._store.tills.of(place.id, archived=request.archived)])

    def create(self, actor: Actor, request: TillCreate) -> TillView:
        """A new till."""
        with self._room.changes.unit():
            place = self._places.shop(actor, request.shop, WRITE)
            values = written(request, TILL_FIELDS)
            row_id = self._store.tills.insert(shop_id=place.id, created_at=self._room.clock.utcnow(), **values)
            self._audit.made(actor, "tills.create", "till", row_id, values)
            self._room.changes.note("till", row_id)
            return self.view(place, self._row(row_id))

    def update(self, actor: Actor, request: TillUpdate) -> TillView:
        """Its name and its printer."""
        with self._room.changes.unit():
            place, row = self._places.till(actor, request.id, APPROVE, "id")
            changed = differing(written(request, TILL_FIELDS), row)
            if changed.keys() & {"signing_address", "signing_seconds"}:
                self._places.till(actor, request.id, WRITE, "id")  # whom the server asks is the owner's to say, not a supervisor's
            self._store.tills.update(row.id, changed, request.version)
            self._audit.changed(actor, "tills.update", "till", row.id, row._asdict(), changed)
            if changed:
                self._room.changes.note("till", row.id)
            return self.view(place, self._row(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Out of use; not while a shift is open."""
        with self._room.changes.unit():
            _, row = self._places.till(actor, request.id, WRITE, "id")
            if self._store.shifts.open_at(row.id) is not None:
                raise Conflict("till.has_shift", field="id")
            self._store.tills.archive(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "tills.archive", "till", row.id)
            self._room.changes.note("till", row.id)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """In use again; Conflict "store.taken" where another till of the shop is called so by now."""
        with self._room.changes.unit():
            place, row = self._places.till(actor, request.id, WRITE, "id", archived=True)
            if row.archived_at is not None:
                need_alive(place.shop.name, place.shop.archived_at)
                self._store.tills.restore(row.id, request.version)
                self._audit.noted(actor, "tills.restore", "till", row.id)
                self._room.changes.note("till", row.id)
            return Restored(row.id, [])

    def open_drawer(self, actor: Actor, request: DrawerOpen) -> PrintJobView:
        """The drawer without a sale: the owner hears of it."""

        def work() -> PrintJobView:
            place, row = self._places.till(actor, request.id, USE, "id")
            till, shift = self._places.working_shift(actor, row.id, place, "id")
            reason = reason_of(request.reason)
            job = self._queue.drawer(till) if till.drawer else None
            if job is None:
                raise Conflict("till.no_drawer", field="id", till=till.name)
            self._events.note(actor, place, "drawer", shift=shift, reason=reason)
            return self._queue.job_view(job)

        return self._once.do(actor, "tills.open_drawer", request.request_id, request, PrintJobView, work)

    def test_page(self, actor: Actor, request: PrinterTest) -> PrintJobView:
        """What the till's printer can do, on paper."""
        with self._room.changes.unit():
            place, row = self._places.till(actor, request.id, USE, "id")
            job = self._queue.test(row, place.language, kick=request.kick)
            if job is None:
                raise Conflict("till.no_printer", field="id", till=row.name)
            if request.kick:
                self._events.note(actor, place, "drawer", reason="test page")
            return self._queue.job_view(job)

    def view(self, place: Place, row: Till) -> TillView:
        """The row with what goes on at it."""
        shift = self._store.shifts.open_at(row.id)
        newest = self._store.till_signatures.newest(row.id) if row.signing_address else None
        return TillView(
            id=row.id,
            version=row.version,
            shop_id=place.id,
            shop=place.shop.name,
            name=row.name,
            printer=row.printer,
            address=row.address,
            columns=row.columns,
            code_page=row.code_page,
            drawer=bool(row.drawer),
            cutter=bool(row.cutter),
            native_qr=bool(row.native_qr),
            print_always=bool(row.print_always),
            shift=None if shift is None else shift.id,
            clerk="" if shift is None else shift.clerk,
            waiting=self._store.tills.waiting(row.id),
            archived=row.archived_at is not None,
            signing_address=row.signing_address,
            signing_seconds=row.signing_seconds,
            signing="" if newest is None else newest.state,
        )

    def _row(self, row_id: int) -> Till:
        row = self._store.tills.get(row_id)
        assert row is not None
        return row


class Goods:
    """What is sold beside calls."""

    def __init__(self, room: Room, places: Places, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._audit = audit

    def list(self, actor: Actor, request: GoodsList) -> GoodsPage:
        """By name; a bar code finds its own alone."""
        place = self._places.shop(actor, request.shop, READ)
        wanted = request.search.strip().lower()
        rows = list(self._store.goods.of(place.id, archived=request.archived))
        exact = [row for row in rows if wanted and row.code.lower() == wanted]
        found = exact or [row for row in rows if wanted in row.name.lower()]
        return GoodsPage([self.view(actor, place, row) for row in found])

    def create(self, actor: Actor, request: GoodsCreate) -> GoodsView:
        """Something new in the list; without a tax rate it has the shop's."""
        with self._room.changes.unit():
            place = self._places.shop(actor, request.shop, APPROVE)
            values = written(request, GOODS_FIELDS)
            if request.tax_percent is None:
                values["tax_ppm"] = place.settings.tax_ppm
            row_id = self._store.goods.insert(shop_id=place.id, created_at=self._room.clock.utcnow(), **values)
            self._audit.made(actor, "goods.create", "goods", row_id, values)
            self._room.changes.note("goods", row_id)
            return self.view(actor, place, self._row(row_id))

    def update(self, actor: Actor, request: GoodsUpdate) -> GoodsView:
        """Another price counts for what is sold from now on."""
        with self._room.changes.unit():
            place, row = self._reached(actor, request.id)
            changed = differing(written(request, GOODS_FIELDS), row)
            if request.stock_change is not None:
                changed["stock"] = int(changed.get("stock", row.stock) or 0) + request.stock_change
            self._store.goods.update(row.id, changed, request.version)
            self._audit.changed(actor, "goods.update", "goods", row.id, row._asdict(), changed)
            if changed:
                self._room.changes.note("goods", row.id)
            return self.view(actor, place, self._row(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """Not sold any more."""
        with self._room.changes.unit():
            _, row = self._reached(actor, request.id)
            self._store.goods.archive(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "goods.archive", "goods", row.id)
            self._room.changes.note("goods", row.id)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """Sold again; Conflict "store.taken" where something else is called so by now."""
        with self._room.changes.unit():
            place, row = self._reached(actor, request.id, archived=True)
            if row.archived_at is not None:
                need_alive(place.shop.name, place.shop.archived_at)
                self._store.goods.restore(row.id, request.version)
                self._audit.noted(actor, "goods.restore", "goods", row.id)
                self._room.changes.note("goods", row.id)
            return Restored(row.id, [])

    def view(self, actor: Actor, place: Place, row: GoodsRow) -> GoodsView:
        """The row; its cost for those alone who may know it."""
        return GoodsView(
            id=row.id,
            version=row.version,
            shop_id=row.shop_id,
            name=row.name,
            code=row.code,
            price=format_amount(row.price_micros),
            currency=place.currency,
            tax_percent=format_percent(row.tax_ppm),
            cost=format_amount(row.cost_micros) if self._places.sees_costs(actor, place) else None,
            stock=row.stock,
            archived=row.archived_at is not None,
        )

    def _reached(self, actor: Actor, goods_id: int, *, archived: bool = False) -> tuple[Place, GoodsRow]:
        row = self._store.goods.get(goods_id)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("goods.unknown", field="id", goods=goods_id)
        try:
            return self._places.shop(actor, row.shop_id, APPROVE), row
        except NotFound:
            raise NotFound("goods.unknown", field="id", goods=goods_id) from None

    def _row(self, row_id: int) -> GoodsRow:
        row = self._store.goods.get(row_id)
        assert row is not None
        return row
