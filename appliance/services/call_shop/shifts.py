"""Shifts: opened with a counted float, closed by a blind count; each movement of cash belongs to one.

Law: what a clerk should have is shown to him only after he has counted; the drawer's account is zero while no shift is
open; a difference is posted, never forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice

from appliance.billing.shop import brought, counted_in, counted_out, smallest
from appliance.clock import rfc3339
from appliance.errors import Conflict, UserError
from appliance.money import currency_decimals, format_amount, parse_amount
from appliance.services.call_shop.approvals import Approvals
from appliance.services.call_shop.bills import reason_of
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.drawer import Drawer, counted
from appliance.services.call_shop.events import Events
from appliance.services.call_shop.places import APPROVE, USE, Place, Places
from appliance.services.call_shop.reports import Reports
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.once import Once
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.store.shifts import Movement, Shift
from appliance.wire.shapes import ById
from appliance.wire.shifts import (
    CashFigures,
    CashLine,
    CashMove,
    ShiftClose,
    ShiftCount,
    ShiftList,
    ShiftOpen,
    ShiftPage,
    ShiftReport,
    ShiftReportMake,
    ShiftView,
)

KINDS = ("in", "out", "drop")
MOST = 200


class Shifts:
    """Every method that moves money takes the client's request id: a retry does it once."""

    def __init__(
        self, room: Room, places: Places, cards: Cards, drawer: Drawer, reports: Reports, approvals: Approvals, events: Events, once: Once
    ) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._cards = cards
        self._drawer = drawer
        self._reports = reports
        self._approvals = approvals
        self._events = events
        self._once = once

    # reading ---------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: ShiftList) -> ShiftPage:
        """Newest first; a clerk's own ones alone."""
        place = self._places.shop(actor, request.shop, USE)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        limit = max(1, min(request.limit, MOST))
        every = self._places.may(actor, APPROVE, place)
        rows = (
            row
            for row in self._store.shifts.newest(place.id, request.after or None)
            if (every or row.operator_id == actor.operator_id)
            and (request.open is None or request.open is (row.closed_at is None))
            and (since is None or row.opened_at >= since)
            and (until is None or row.opened_at < until)
        )
        found = list(islice(rows, limit + 1))
        return ShiftPage([self.view(actor, place, row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def get(self, actor: Actor, request: ById) -> ShiftView:
        """One shift with its movements, as far as they are shown."""
        place, row = self._reached(actor, request.id, closed=True)
        return self.view(actor, place, row, whole=True)

    # the day -----------------------------------------------------------------------------------------------------------
    def open(self, actor: Actor, request: ShiftOpen) -> ShiftView:
        """The asker's time at a till begins."""

        def work() -> ShiftView:
            place, till = self._places.till(actor, request.till, USE)
            there = self._store.shifts.open_at(till.id)
            if there is not None:
                raise Conflict("shift.open_already", field="till", clerk=there.clerk)
            amounts = counted(place, request.counted)
            shift_id = self._store.shifts.insert(
                shop_id=place.id, till_id=till.id, operator_id=actor.operator_id, clerk=actor.name, opened_at=self._room.clock.utcnow()
            )
            shift = self._shift(shift_id)
            entry = counted_in(place.books, till.id, amounts)
            if entry is not None:
                self._drawer.post(actor, shift, entry, "float", reference=f"shift {shift_id}")
            self._told(shift)
            return self.view(actor, place, shift, whole=True)

        return self._once.do(actor, "shifts.open", request.request_id, request, ShiftView, work)

    def move(self, actor: Actor, request: CashMove) -> ShiftView:
        """Cash in or out of the drawer, with a reason, or into the safe."""

        def work() -> ShiftView:
            place, shift = self._reached(actor, request.id)
            if request.kind not in KINDS:
                raise UserError("field.not_a_choice", field="kind", choices=", ".join(KINDS))
            currency = request.currency or place.currency
            if currency != place.currency and currency not in json.loads(place.settings.currencies):
                raise UserError("tender.currency", field="currency", currency=currency)
            amount = parse_amount(request.amount, "amount")
            if amount <= 0 or amount % smallest(currency_decimals(currency)):
                raise UserError("amount.not_positive" if amount <= 0 else "amount.too_precise", field="amount", text=request.amount)
            entry = brought(place.books, shift.till_id, request.kind, amount if request.kind == "in" else -amount, currency)
            assert entry is not None  # it is not zero
            self._drawer.post(actor, shift, entry, request.kind, reason=reason_of(request.reason), reference=f"shift {shift.id}")
            self._told(shift)
            return self.view(actor, place, shift, whole=True)

        return self._once.do(actor, "shifts.move", request.request_id, request, ShiftView, work)

    def count(self, actor: Actor, request: ShiftCount) -> ShiftView:
        """What lies in the drawer, told before anybody is shown what should; a second count is told to the owner."""

        def work() -> ShiftView:
            place, shift = self._reached(actor, request.id)
            amounts = counted(place, request.counted)
            before = self._store.shifts.counts(shift.id)
            self._store.shifts.count(
                shift_id=shift.id,
                at=self._room.clock.utcnow(),
                operator_id=actor.operator_id,
                counted=json.dumps(request.counted, sort_keys=True),
                last_movement_id=self._store.shifts.last_movement(shift.id),
            )
            if before:
                first = counted(place, json.loads(before[-1].counted)).get(place.currency, 0)
                self._events.note(actor, place, "recount", shift=shift, amount=amounts.get(place.currency, 0) - first)
            self._told(shift)
            return self.view(actor, place, shift, whole=True)

        return self._once.do(actor, "shifts.count", request.request_id, request, ShiftView, work)

    def close(self, actor: Actor, request: ShiftClose, hashes: Hashes | None = None) -> ShiftReport:
        """The counted shift is over: Z."""
        place, shift = self._places.shift(actor, request.id, USE, closed=True)
        approved_by = None
        if shift.operator_id != actor.operator_id:
            approved_by = self._approvals.need(actor, place, request.approval, hashes).operator_id

        def work() -> ShiftReport:
            place, shift = self._places.shift(actor, request.id, USE)
            counts = self._store.shifts.counts(shift.id)
            if not counts:
                raise Conflict("shift.not_counted", field="id")
            if counts[-1].last_movement_id != self._store.shifts.last_movement(shift.id):
                raise Conflict("shift.count_again", field="id")
            forced = shift.operator_id != actor.operator_id
            reason = request.reason.strip()
            if forced and not reason:
                raise UserError("shift.reason_wanted", field="reason", clerk=shift.clerk)
            there = counted(place, json.loads(counts[-1].counted))
            expected = self._store.shifts.in_drawer(shift.id)
            entry = counted_out(place.books, shift.till_id, expected, there)
            if entry is not None:
                self._drawer.post(actor, shift, entry, "count", reference=f"shift {shift.id}")
            now = self._room.clock.utcnow()
            self._store.shifts.close(shift.id, {"closed_at": now, "closed_by": actor.operator_id, "close_reason": reason})
            if forced:
                difference = there.get(place.currency, 0) - expected.get(place.currency, 0)
                self._events.note(actor, place, "forced_close", shift=shift, amount=difference, approved_by=approved_by, reason=reason)
            self._told(shift)
            shift = self._shift(shift.id)
            return self._reports.make(actor, place, shift, "z", self.view(actor, place, shift, whole=True, figures=True), request.print)

        return self._once.do(actor, "shifts.close", request.request_id, request, ShiftReport, work)

    def report(self, actor: Actor, request: ShiftReportMake, hashes: Hashes | None = None) -> ShiftReport:
        """How a shift stands now: X."""
        place, _ = self._places.shift(actor, request.id, USE)
        self._approvals.need(actor, place, request.approval, hashes)

        def work() -> ShiftReport:
            place, shift = self._places.shift(actor, request.id, USE)
            return self._reports.make(actor, place, shift, "x", self.view(actor, place, shift, whole=True, figures=True), request.print)

        return self._once.do(actor, "shifts.report", request.request_id, request, ShiftReport, work)

    # views -------------------------------------------------------------------------------------------------------------
    def view(self, actor: Actor, place: Place, row: Shift, *, whole: bool = False, figures: bool = False) -> ShiftView:
        """A shift; `figures`: whatever the asker may know."""
        counts = self._store.shifts.counts(row.id)
        shown = figures or row.closed_at is not None or bool(counts) or self._places.may(actor, APPROVE, place)
        movements = self._store.shifts.movements(row.id)
        till = self._store.tills.get(row.till_id)
        z = self._store.till_documents.of_shift(row.id, "z")
        there = counted(place, json.loads(counts[-1].counted)) if counts else None
        return ShiftView(
            id=row.id,
            version=row.version,
            shop_id=place.id,
            till=row.till_id,
            till_name="" if till is None else till.name,
            clerk=row.clerk,
            opened_at=rfc3339(row.opened_at),
            closed_at=stamp(row.closed_at),
            closed_by=self._cards.login(row.closed_by),
            close_reason=row.close_reason,
            cash=[*self._cash(place, movements, there, shown=shown)],
            counts=len(counts),
            mine=row.operator_id == actor.operator_id,
            movements=[self._line(each) for each in movements] if whole and shown else [],
            z_report=z[-1].id if z else None,
        )

    def _cash(self, place: Place, movements: Sequence[Movement], there: dict[str, int] | None, *, shown: bool) -> Sequence[CashFigures]:
        found = []
        for currency in sorted(
            {place.currency, *(each.currency for each in movements), *(there or {})}, key=lambda each: (each != place.currency, each)
        ):
            own = [each for each in movements if each.currency == currency]
            opened = sum(each.amount_micros for each in own if each.kind == "float")
            inside = [each.amount_micros for each in own if each.kind not in ("float", "count")]
            received, paid = sum(each for each in inside if each > 0), sum(each for each in inside if each < 0)
            expected = opened + received + paid
            counted_now = None if there is None else there.get(currency, 0)
            found.append(
                CashFigures(
                    currency=currency,
                    opened_with=format_amount(opened),
                    received=format_amount(received) if shown else None,
                    paid_out=format_amount(-paid) if shown else None,
                    expected=format_amount(expected) if shown else None,
                    counted=None if counted_now is None else format_amount(counted_now),
                    difference=format_amount(counted_now - expected) if shown and counted_now is not None else None,
                )
            )
        return found

    def _line(self, row: Movement) -> CashLine:
        return CashLine(
            id=row.id,
            at=rfc3339(row.at),
            kind=row.kind,
            amount=format_amount(row.amount_micros),
            currency=row.currency,
            clerk=self._cards.login(row.operator_id),
            reason=row.reason,
            bill=row.bill_id,
        )

    def _reached(self, actor: Actor, shift_id: int, *, closed: bool = False) -> tuple[Place, Shift]:
        """One's own, or anybody's for who may approve."""
        place, row = self._places.shift(actor, shift_id, USE, closed=closed)
        if row.operator_id != actor.operator_id and not self._places.may(actor, APPROVE, place):
            raise Conflict("shift.not_yours", field="id", clerk=row.clerk)
        return place, row

    def _shift(self, shift_id: int) -> Shift:
        row = self._store.shifts.get(shift_id)
        assert row is not None
        return row

    def _told(self, shift: Shift) -> None:
        self._room.changes.note("shift", shift.id)
        self._room.changes.note("till", shift.till_id)
