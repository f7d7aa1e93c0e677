"""Calls from booths: whether one may begin, who pays for it at level -1, and its line on the guest's bill.

Law: a booth calls only in an open session; a call's line is written in the same part of the unit of work as its
record, whatever ended the call, so that a bill can never miss one. The guest's account stands beside the other levels in
the same credit book: a deposit ends a call exactly where any other account would.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from appliance.billing.admission import Refuse
from appliance.billing.rating import Charge
from appliance.services.calls.call_record import CallRecord, LiveCall
from appliance.services.ground.hot_rows import HotCustomer, HotEndpoint
from appliance.services.ground.room import Room

GUEST_LEVEL = -1
CLOSED = "booth_closed"

BOOTH_CLOSED = Refuse("refused", 403, "Booth closed", detail=CLOSED)
BOOTH_BUSY = Refuse("limit", 486, "Too many calls", detail="booth")
BOOTH_BLOCKED = Refuse("blocked", 403, "Number blocked", detail="booth")
BOOTH_TIME_IS_UP = Refuse("limit", 403, "Time limit reached", detail="booth_time")


class Guest(NamedTuple):
    """Who pays a booth's call at level -1; `max_ms` is what the session's time limit leaves, None for no limit."""

    session: int
    bill: int
    account_id: int
    tariff_id: int
    currency: str
    max_ms: int | None


class BoothCalls:
    """Asked for calls of shops alone: another customer's call never comes here."""

    def __init__(self, room: Room) -> None:
        self._store = room.store
        self._clock = room.clock
        self._changes = room.changes

    def guest(self, endpoint: HotEndpoint, customer: HotCustomer, number: str) -> Guest | Refuse | None:
        """Who sits in the booth, or why it may not call; None for the shop's own phone."""
        booth = self._store.booths.booth(endpoint.id)
        if booth.desk:
            return None
        seat = self._store.booths.seat(endpoint.id)
        if seat is None or seat.state != "open" or booth.out_of_order or customer.booth_tariff_id is None:
            return BOOTH_CLOSED
        if _begins(number, booth.blocked) or _begins(number, self._store.booths.shop(customer.id).blocked):
            return BOOTH_BLOCKED
        left = None if seat.time_limit_seconds is None else seat.time_limit_seconds * 1000 - seat.talked_ms
        if left is not None and left <= 0:
            return BOOTH_TIME_IS_UP
        return Guest(seat.session_id, seat.bill_id, seat.account_id, customer.booth_tariff_id, seat.currency, left)

    def told(self, record: CallRecord) -> None:
        """Something about a booth's call changed."""
        self._changes.note("booth", record.endpoint or 0)

    def knocked(self, record: CallRecord, call: int) -> None:
        """Somebody tried to call from a closed booth: the clerk and the owner hear of it."""
        if record.customer is None:
            return
        shifts = self._store.shifts.open_in(record.customer)
        shift = shifts[0] if len(shifts) == 1 else None
        self._store.till_documents.note(
            shop_id=record.customer,
            at=self._clock.utcnow(),
            kind="closed_booth_call",
            till_id=shift.till_id if shift is not None else None,
            shift_id=shift.id if shift is not None else None,
            operator_id=shift.operator_id if shift is not None else None,
            cdr_id=call,
        )
        self._changes.note("booth", record.endpoint or 0)

    def ended(self, call: LiveCall, duration_ms: int, ended_at: int, charges: list[tuple[int, Charge, int | None]]) -> None:
        """The call is recorded: its line goes onto the bill that its session has now. `charges`: level, charge, entry."""
        record = call.record
        session_id = record.session
        assert session_id is not None  # asked for booths' calls alone
        session = self._store.booths.session(session_id)
        assert session is not None  # sessions are never deleted
        self._changes.note("booth", session.endpoint_id)
        if record.answered_at is None:
            return
        amount, seconds, entry, cost = 0, -(-duration_ms // 1000), None, 0
        for level, made, made_entry in charges:
            if level == GUEST_LEVEL:
                amount, seconds, entry = made.amount_micros, made.billed_seconds, made_entry
            elif level == 0:
                cost = made.amount_micros
        terms = next((meter.terms for meter in call.meters if meter.level == GUEST_LEVEL), None)
        self._store.bills.add_line(
            bill_id=session.bill_id,
            session_id=session_id,
            at=record.answered_at,
            kind="call",
            amount_micros=amount,
            tax_ppm=self._store.booths.shop(session.shop_id).tax_ppm,
            cdr_id=call.call,
            seconds=seconds,
            duration_ms=duration_ms,
            destination=(terms.price.destination if terms is not None else "") or record.destination or "",
            cost_micros=cost,
            entry_id=entry,
        )
        self._store.booths.talked(session_id, duration_ms)
        self._changes.note("bill", session.bill_id)

    def time_left(self, record: CallRecord) -> int | None:
        """What the time limit of the call's session leaves for this call in milliseconds, talk of earlier calls off; None: no limit."""
        session = None if record.session is None else self._store.booths.session(record.session)
        if session is None or session.time_limit_seconds is None:
            return None
        return max(session.time_limit_seconds * 1000 - session.talked_ms, 0)


def _begins(number: str, prefixes: str) -> bool:
    return prefixes != "[]" and number.startswith(tuple(json.loads(prefixes)))
