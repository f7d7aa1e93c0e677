"""Bills while they are open: what is on them, what comes off, how they are joined and split."""

from __future__ import annotations

from itertools import islice

from appliance.billing.shop import DISCOUNT_LINE, FORGIVEN_LINE, GOODS_LINE, ITEM_LINE, in_proportion
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import MICROS, format_amount, parse_amount, parse_percent, round_ratio
from appliance.services.call_shop.approvals import Approvals
from appliance.services.call_shop.bill_views import BillViews
from appliance.services.call_shop.events import Events
from appliance.services.call_shop.places import READ, USE, Place, Places
from appliance.services.call_shop.sessions import Sessions
from appliance.services.call_shop.tabs import Tabs
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment
from appliance.services.ground.once import Once
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.money.tax import percent_ppm
from appliance.store.bills import Bill, Line
from appliance.wire.bills import (
    BillAdd,
    BillAddItem,
    BillDiscount,
    BillForgive,
    BillJoin,
    BillList,
    BillOpen,
    BillPage,
    BillRemove,
    BillSplit,
    BillView,
)
from appliance.wire.booths import SessionJoin
from appliance.wire.shapes import ById

MOST = 500
MOST_PIECES = 9_999
LONGEST_TEXT = 120
LARGEST_MICROS = 10**12


def reason_of(text: str, field: str = "reason") -> str:
    """A reason that says something. UserError "reason.wanted"."""
    found = str(col.text(longest=200)(text, field))
    if not found:
        raise UserError("reason.wanted", field=field)
    return found


class Bills:
    """Every method that moves money takes the client's request id: a retry does it once."""

    def __init__(
        self, room: Room, places: Places, views: BillViews, tabs: Tabs, sessions: Sessions, approvals: Approvals, events: Events, once: Once
    ) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._views = views
        self._tabs = tabs
        self._sessions = sessions
        self._approvals = approvals
        self._events = events
        self._once = once

    def get(self, actor: Actor, request: ById) -> BillView:
        """One bill with all its lines."""
        place, bill = self._places.bill(actor, request.id, READ, settled=True)
        return self._views.view(actor, place, bill)

    def list(self, actor: Actor, request: BillList) -> BillPage:
        """Newest first; `search` is a receipt's number."""
        place = self._places.shop(actor, request.shop, READ)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        limit = max(1, min(request.limit, MOST))
        if request.search.strip():
            number = request.search.strip()
            document = self._store.till_documents.find(place.id, "receipt", int(number)) if number.isdigit() and len(number) < 12 else None
            bill = None if document is None or document.bill_id is None else self._store.bills.get(document.bill_id)
            return BillPage([] if bill is None else [self._views.summary(bill)])
        rows = (
            row
            for row in self._store.bills.newest(place.id, request.after or None, request.state)
            if (since is None or row.opened_at >= since) and (until is None or row.opened_at < until)
        )
        found = list(islice(rows, limit + 1))
        return BillPage([self._views.summary(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def open(self, actor: Actor, request: BillOpen) -> BillView:
        """A bill without a booth."""

        def work() -> BillView:
            place = self._places.shop(actor, request.shop, USE)
            language = str(col.language()(request.language or place.language, "language") or "")
            return self._views.view(actor, place, self._tabs.open(actor, place, language))

        return self._once.do(actor, "bills.open", request.request_id, request, BillView, work)

    def add_goods(self, actor: Actor, request: BillAdd) -> BillView:
        """Goods of the price list at their price."""

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            goods = self._store.goods.get(request.goods)
            if goods is None or goods.shop_id != place.id or goods.archived_at is not None:
                raise NotFound("goods.unknown", field="goods", goods=request.goods)
            pieces = _pieces(request.quantity)
            self._tabs.spare(bill, goods.price_micros * pieces)
            self._tabs.add(
                actor,
                place,
                bill,
                GOODS_LINE,
                goods.price_micros * pieces,
                text=goods.name,
                quantity=pieces,
                tax_ppm=goods.tax_ppm,
                goods_id=goods.id,
                cost_micros=goods.cost_micros * pieces,
            )
            self._store.goods.move(goods.id, -pieces)
            self._room.changes.note("goods", goods.id)
            return self._again(actor, place, bill)

        return self._once.do(actor, "bills.add_goods", request.request_id, request, BillView, work)

    def add_item(self, actor: Actor, request: BillAddItem) -> BillView:
        """Something with a price by hand; the owner hears of it."""

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            text = str(col.name(request.text, "text"))[:LONGEST_TEXT]
            pieces = _pieces(request.quantity)
            each = parse_amount(request.amount, "amount")
            if not 0 < each * pieces < LARGEST_MICROS:
                raise UserError("amount.not_positive" if each <= 0 else "amount.too_large", field="amount")
            tax = place.settings.tax_ppm if request.tax_percent is None else percent_ppm(request.tax_percent, "tax_percent")
            self._tabs.spare(bill, each * pieces)
            self._tabs.add(actor, place, bill, ITEM_LINE, each * pieces, text=text, quantity=pieces, tax_ppm=tax)
            self._events.note(actor, place, "manual_price", amount=each * pieces, bill_id=bill.id, reason=text)
            return self._again(actor, place, bill)

        return self._once.do(actor, "bills.add_item", request.request_id, request, BillView, work)

    def remove_line(self, actor: Actor, request: BillRemove) -> BillView:
        """A line comes off, with its discounts; calls stay. The owner hears of it."""

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            line = self._line(bill, request.line)
            if line.kind == "call":
                raise Conflict("bill.line_stays", field="line")
            reason = reason_of(request.reason)
            for each in [line, *(other for other in self._store.bills.lines(bill.id) if other.line_id == line.id)]:
                if each.kind in (DISCOUNT_LINE, FORGIVEN_LINE) and each is line:
                    self._tabs.spare(bill, -each.amount_micros)
                self._tabs.take_off(actor, place, bill, each)
            self._events.note(actor, place, "deleted_line", amount=line.amount_micros, bill_id=bill.id, reason=reason)
            return self._again(actor, place, bill)

        return self._once.do(actor, "bills.remove_line", request.request_id, request, BillView, work)

    def discount(self, actor: Actor, request: BillDiscount, hashes: Hashes | None = None) -> BillView:
        """Less for a line, or for the whole bill: then by tax rate in proportion, so that each rate's tax is right."""
        place, _ = self._places.bill(actor, request.id, USE, settled=True)
        approved = self._approvals.need(actor, place, request.approval, hashes)

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            reason = reason_of(request.reason)
            lines = self._store.bills.lines(bill.id)
            target = None if request.line is None else self._line(bill, request.line)
            if target is not None and target.amount_micros <= 0:
                raise Conflict("bill.line_unknown", field="line")
            of = lines if target is None else [line for line in lines if line.id == target.id or line.line_id == target.id]
            base = sum(line.amount_micros for line in of)
            amount = self._off(request, base)
            rates = sorted({line.tax_ppm for line in of})
            weights = [max(sum(line.amount_micros for line in of if line.tax_ppm == ppm), 0) for ppm in rates]
            for ppm, part in zip(rates, in_proportion(amount, weights), strict=True):
                if part:
                    self._tabs.add(
                        actor, place, bill, DISCOUNT_LINE, -part, tax_ppm=ppm, line_id=request.line, approved_by=approved.operator_id, reason=reason
                    )
            self._events.note(actor, place, "discount", amount=amount, bill_id=bill.id, approved_by=approved.operator_id, reason=reason)
            return self._again(actor, place, bill)

        return self._once.do(actor, "bills.discount", request.request_id, request, BillView, work)

    def _off(self, request: BillDiscount, base: int) -> int:
        if (request.amount is None) is (request.percent is None):
            raise UserError("bill.amount_or_percent", field="amount")
        if request.amount is not None:
            amount = parse_amount(request.amount, "amount")
        else:
            amount = round_ratio(base * parse_percent(request.percent or "", "percent"), MICROS, 2)
        if not 0 < amount <= base:
            raise UserError("bill.discount_too_large", field="amount" if request.amount is not None else "percent", most=format_amount(max(base, 0)))
        return amount

    def forgive(self, actor: Actor, request: BillForgive, hashes: Hashes | None = None) -> BillView:
        """A short call is not asked for. A clerk may within the shop's bounds; past them somebody else is wanted."""
        place, bill = self._places.bill(actor, request.id, USE, settled=True)
        call = self._line(bill, request.line)
        approved_by = None
        if not self._within_bounds(place, call):
            approved_by = self._approvals.need(actor, place, request.approval, hashes).operator_id

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            line = self._line(bill, request.line)
            off = sum(each.amount_micros for each in self._store.bills.lines(bill.id) if each.id == line.id or each.line_id == line.id)
            if line.kind != "call" or off <= 0:
                raise Conflict("bill.line_unknown", field="line")
            reason = str(col.text(longest=200)(request.reason, "reason"))
            self._tabs.add(actor, place, bill, FORGIVEN_LINE, -off, tax_ppm=line.tax_ppm, line_id=line.id, approved_by=approved_by, reason=reason)
            self._events.note(actor, place, "forgiven", amount=off, bill_id=bill.id, approved_by=approved_by, reason=reason)
            return self._again(actor, place, bill)

        return self._once.do(actor, "bills.forgive", request.request_id, request, BillView, work)

    def _within_bounds(self, place: Place, line: Line) -> bool:
        settings = place.settings
        shifts = self._store.shifts.open_in(place.id)
        done = sum(self._store.bills.forgiven(shift.id) for shift in shifts)
        return bool(shifts) and line.duration_ms < settings.forgive_seconds * 1000 and done + line.amount_micros <= settings.forgive_micros

    def split(self, actor: Actor, request: BillSplit) -> BillView:
        """Some lines, with what was taken off them, go to a bill of their own: the new one."""

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            lines = self._store.bills.lines(bill.id)
            known = {line.id for line in lines if line.line_id is None}
            if not request.lines or not known.issuperset(request.lines):
                raise NotFound("bill.line_unknown", field="lines")
            chosen = set(request.lines)
            moving = [line for line in lines if line.id in chosen or line.line_id in chosen]
            new = self._tabs.open(actor, place, bill.language, split_from=bill.id)
            self._tabs.move_lines(actor, place, moving, bill, new)
            return self._again(actor, place, new)

        return self._once.do(actor, "bills.split", request.request_id, request, BillView, work)

    def join(self, actor: Actor, request: BillJoin) -> BillView:
        """A bill without a booth becomes part of another."""

        def work() -> BillView:
            place, bill = self._places.bill(actor, request.id, USE)
            its, into = self._places.bill(actor, request.into_bill, USE, "into_bill")
            if its.id != place.id or into.id == bill.id:
                raise Conflict("bill.not_same_shop", field="into_bill")
            if self._store.booths.open_on(bill.id):
                raise Conflict("bill.has_sessions", field="id")
            self._tabs.spare(into, self._tabs.standing(bill).due_micros)
            self._tabs.pour(actor, place, bill, into)
            return self._again(actor, place, into)

        return self._once.do(actor, "bills.join", request.request_id, request, BillView, work)

    def join_session(self, actor: Actor, request: SessionJoin) -> BillView:
        """A booth's bill becomes part of another: that one."""

        def work() -> BillView:
            into = self._tabs.bill(self._sessions.join(actor, request))
            return self._views.view(actor, self._places.of(into.shop_id), into)

        return self._once.do(actor, "booth_sessions.join", request.request_id, request, BillView, work)

    # parts -----------------------------------------------------------------------------------------------------------
    def _line(self, bill: Bill, line_id: int) -> Line:
        line = self._store.bills.line(line_id)
        if line is None or line.bill_id != bill.id or line.removed_at is not None:
            raise NotFound("bill.line_unknown", field="line", line=line_id)
        return line

    def _again(self, actor: Actor, place: Place, bill: Bill) -> BillView:
        return self._views.view(actor, place, self._tabs.bill(bill.id))


def _pieces(quantity: int) -> int:
    if not 1 <= quantity <= MOST_PIECES:
        raise UserError("field.out_of_range", field="quantity", least=1, most=MOST_PIECES)
    return quantity
