"""Sessions: a guest takes a booth, pays in, moves, is joined to others, and is asked to pay.

Law: a session has exactly one open bill while it is open; money paid in is on the bill's account in the same unit of
work as it is in the drawer, and counts for the running call at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import msgspec
from msgspec import UNSET

from appliance.billing.shop import CARD, CASH, paid_in, smallest
from appliance.errors import Conflict, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.call_shop.booths import Booths
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.drawer import Drawer
from appliance.services.call_shop.places import READ, USE, Place, Places
from appliance.services.call_shop.printing import Queue
from appliance.services.call_shop.receipts import RECEIPT, TillReceipts
from appliance.services.call_shop.tabs import UNBOUNDED_MICROS, Tabs
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.store.bills import Bill
from appliance.store.booths import Session
from appliance.store.shifts import Shift
from appliance.store.tills import Till
from appliance.wire.booths import (
    BoothView,
    SessionHangUp,
    SessionJoin,
    SessionList,
    SessionOpen,
    SessionPage,
    SessionState,
    SessionTopUp,
    SessionTransfer,
    SessionUpdate,
    SessionView,
)
from appliance.wire.shapes import ById, Done, given

MODES = ("postpaid", "deposit")
STATES = ("open", "paused", "locked")
LONGEST_NOTE = 200
LONGEST_SECONDS = 86_400
MOST = 500


class Sessions:
    """Every method that moves money takes the client's request id: a retry pays once."""

    def __init__(
        self, room: Room, places: Places, cards: Cards, booths: Booths, tabs: Tabs, drawer: Drawer, receipts: TillReceipts, queue: Queue, once: Once
    ) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._cards = cards
        self._booths = booths
        self._tabs = tabs
        self._drawer = drawer
        self._receipts = receipts
        self._queue = queue
        self._once = once

    # reading ---------------------------------------------------------------------------------------------------------
    def get(self, actor: Actor, request: ById) -> SessionView:
        """One session, closed ones too."""
        _, row = self._places.session(actor, request.id, READ, closed=True)
        return self._cards.session(row)

    def list(self, actor: Actor, request: SessionList) -> SessionPage:
        """Newest first."""
        place = self._places.shop(actor, request.shop, READ)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        limit = max(1, min(request.limit, MOST))
        rows = (
            row
            for row in self._store.booths.newest(place.id, request.after or None)
            if (not request.state or row.state == request.state)
            and (request.booth is None or row.endpoint_id == request.booth)
            and (since is None or row.opened_at >= since)
            and (until is None or row.opened_at < until)
        )
        found = list(islice(rows, limit + 1))
        return SessionPage([self._cards.session(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    # a guest comes ---------------------------------------------------------------------------------------------------
    def open(self, actor: Actor, request: SessionOpen) -> BoothView:
        """A booth for a guest, with what is paid in beforehand."""

        def work() -> BoothView:
            place, endpoint = self._places.booth(actor, request.booth, USE)
            settings = self._store.booths.booth(endpoint.id)
            if place.shop.booth_tariff_id is None:
                raise Conflict("booth.no_tariff", field="booth")
            if settings.out_of_order or settings.desk:
                raise Conflict("booth.out_of_order" if settings.out_of_order else "booth.desk", field="booth")
            if self._store.booths.open_in(endpoint.id) is not None:
                raise Conflict("booth.taken", field="booth")
            limit, seconds = self._limits(request.mode, request.money_limit, request.time_limit_seconds)
            language = str(col.language()(request.language or place.language, "language") or "")
            bill = self._tabs.open(actor, place, language, _account_limit(request.mode, limit))
            session_id = self._store.booths.insert_session(
                shop_id=place.id,
                endpoint_id=endpoint.id,
                bill_id=bill.id,
                mode=request.mode,
                money_limit_micros=limit,
                time_limit_seconds=seconds,
                opened_at=self._room.clock.utcnow(),
                opened_by=actor.operator_id,
            )
            self._store.booths.set_guest(session_id, str(col.text(longest=LONGEST_NOTE)(request.note, "note")))
            self._room.changes.note("booth", endpoint.id)
            warnings: Sequence[str] = ()
            if request.mode == "deposit":
                if request.till is None:
                    raise UserError("field.missing", field="till")
                warnings = self._pay_in(actor, place, bill, request.till, request.method, request.deposit or "", request.print, "deposit")
            return self._card(place, endpoint.id, warnings)

        return self._once.do(actor, "booth_sessions.open", request.request_id, request, BoothView, work)

    def top_up(self, actor: Actor, request: SessionTopUp) -> BoothView:
        """More money: the running call may last longer at once."""

        def work() -> BoothView:
            place, row = self._places.session(actor, request.id, USE)
            warnings = self._pay_in(actor, place, self._tabs.bill(row.bill_id), request.till, request.method, request.amount, request.print, "amount")
            return self._card(place, row.endpoint_id, warnings)

        return self._once.do(actor, "booth_sessions.top_up", request.request_id, request, BoothView, work)

    def _pay_in(
        self, actor: Actor, place: Place, bill: Bill, till_id: int, method: str, text: str, print_it: bool | None, field: str
    ) -> Sequence[str]:
        """Cash or card, held for the guest; what the clerk should be told."""
        till, shift = self._places.working_shift(actor, till_id, place)
        amount = parse_amount(text, field)
        if amount <= 0 or amount % smallest(place.decimals):
            raise UserError("amount.not_positive" if amount <= 0 else "amount.too_precise", field=field, text=text)
        if method not in (CASH, CARD):
            raise UserError("tender.method", field="method", choices=f"{CASH}, {CARD}")
        entry = paid_in(place.books, bill.account_id, till.id, method, amount)
        assert entry is not None  # it is not zero
        entry_id = self._drawer.post(actor, shift, entry, "deposit", bill_id=bill.id, reference=f"bill {bill.id}")
        self._store.bills.pay(
            bill_id=bill.id,
            shift_id=shift.id,
            at=self._room.clock.utcnow(),
            kind="deposit",
            method=method,
            amount_micros=amount,
            currency=place.currency,
            value_micros=amount,
            entry_id=entry_id,
            operator_id=actor.operator_id,
        )
        self._paper(actor, place, bill, till, shift, method, amount, print_it)
        self._tabs.told(bill.id)
        own = sum(self._room.ledger.funds(place.shop.credit_account_id))
        return ["shop_credit"] if amount > own else []

    def _paper(self, actor: Actor, place: Place, bill: Bill, till: Till, shift: Shift, method: str, amount: int, print_it: bool | None) -> None:
        content = {"total": amount, "payments": [["deposit", method, amount, place.currency, amount]], "tax_number": place.settings.tax_number}
        document = self._receipts.issue(
            actor, place, RECEIPT, "deposit", content, till_id=till.id, shift_id=shift.id, bill_id=bill.id, language=bill.language
        )
        self._queue.document(till, document, print_it, kick=method == CASH)

    # while he is there -----------------------------------------------------------------------------------------------
    def update(self, actor: Actor, request: SessionUpdate) -> BoothView:
        """Note, language and limits."""
        with self._room.changes.unit():
            place, row = self._places.session(actor, request.id, USE)
            bill = self._tabs.bill(row.bill_id)
            if request.note is not UNSET:
                self._store.booths.set_guest(row.id, str(col.text(longest=LONGEST_NOTE)(request.note, "note")))
            if request.language is not UNSET:
                self._store.bills.update(bill.id, {"language": col.language()(request.language or place.language, "language")})
            old = None if row.money_limit_micros is None else format_amount(row.money_limit_micros)
            limit, seconds = self._limits(row.mode, given(request.money_limit, old), given(request.time_limit_seconds, row.time_limit_seconds))
            self._store.booths.update_session(row.id, {"money_limit_micros": limit, "time_limit_seconds": seconds}, request.version)
            if limit != row.money_limit_micros:
                self._room.ledger.set_limit(bill.account_id, _account_limit(row.mode, limit))
            calls = self._cards.meters.calls
            if seconds != row.time_limit_seconds and calls is not None:
                calls.time_limit_changed(row.id)
            self._tabs.told(bill.id)
            return self._card(place, row.endpoint_id)

    def set_state(self, actor: Actor, request: SessionState) -> BoothView:
        """Open, paused or to be paid. A retry finds it done."""
        if request.state not in STATES:
            raise UserError("field.not_a_choice", field="state", choices=", ".join(STATES))
        with self._room.changes.unit():
            place, row = self._places.session(actor, request.id, USE)
            if request.state == "locked" and self._cards.meters.runs(row):
                raise Conflict("booth.in_call", field="id")
            locked_at = self._room.clock.utcnow() if request.state == "locked" else None
            if request.state != row.state:
                self._store.booths.update_session(row.id, {"state": request.state, "locked_at": locked_at})
                self._tabs.told(row.bill_id)
            return self._card(place, row.endpoint_id)

    def transfer(self, actor: Actor, request: SessionTransfer) -> BoothView:
        """The guest takes another booth with all he has."""

        def work() -> BoothView:
            place, row = self._places.session(actor, request.id, USE)
            its, endpoint = self._places.booth(actor, request.booth, USE)
            self._idle(row)
            if its.id != place.id:
                raise Conflict("bill.not_same_shop", field="booth")
            settings = self._store.booths.booth(endpoint.id)
            if settings.out_of_order or settings.desk or self._store.booths.open_in(endpoint.id) is not None:
                raise Conflict("booth.free_wanted", field="booth")
            self._store.booths.update_session(row.id, {"endpoint_id": endpoint.id})
            self._room.changes.note("booth", row.endpoint_id, endpoint.id)
            return self._card(place, endpoint.id)

        return self._once.do(actor, "booth_sessions.transfer", request.request_id, request, BoothView, work)

    def join(self, actor: Actor, request: SessionJoin) -> int:
        """This session's bill becomes part of another; the booth is free. The id of the bill that has it all."""
        place, row = self._places.session(actor, request.id, USE)
        its, into = self._places.bill(actor, request.into_bill, USE, "into_bill")
        if its.id != place.id or into.id == row.bill_id:
            raise Conflict("bill.not_same_shop", field="into_bill")
        bill = self._tabs.bill(row.bill_id)
        others = self._store.booths.open_on(bill.id)
        for each in others:
            self._idle(each)
        self._tabs.spare(into, -self._room.ledger.funds(bill.account_id)[0])
        self._tabs.pour(actor, place, bill, into)
        self.close(actor, others, "joined")
        return into.id

    def hang_up(self, actor: Actor, request: SessionHangUp) -> int | None:
        """The session's running call; None where there is none any more."""
        _, row = self._places.session(actor, request.id, USE)
        return self.call_of(row)

    def call_of(self, row: Session) -> int | None:
        """A session's running call."""
        live = self._cards.meters.call_of(row)
        return None if live is None else live.call

    def close(self, actor: Actor, sessions: Sequence[Session], outcome: str) -> None:
        """The booths are free; inside the unit of work that settles the bill."""
        now = self._room.clock.utcnow()
        for row in sessions:
            self._store.booths.update_session(
                row.id, {"state": "closed", "closed_at": now, "closed_by": actor.operator_id, "outcome": outcome, "locked_at": row.locked_at or now}
            )
            self._room.changes.note("booth", row.endpoint_id)

    def idle(self, sessions: Sequence[Session]) -> None:
        """Conflict "booth.in_call" where a call of any of them runs."""
        for row in sessions:
            self._idle(row)

    def done(self, call: int | None) -> Done:
        """The reply of whoever hung up."""
        return Done(call or 0)

    # parts -----------------------------------------------------------------------------------------------------------
    def _idle(self, row: Session) -> None:
        if self._cards.meters.runs(row):
            raise Conflict("booth.in_call", field="id", booth=self._cards.booth_name(row.endpoint_id))

    def _limits(self, mode: str, money_limit: str | None, seconds: int | None) -> tuple[int | None, int | None]:
        if mode not in MODES:
            raise UserError("field.not_a_choice", field="mode", choices=", ".join(MODES))
        if money_limit is not None and mode != "postpaid":
            raise UserError("session.limit_for_postpaid", field="money_limit")
        limit = None if money_limit is None else parse_amount(money_limit, "money_limit")
        if limit is not None and limit <= 0:
            raise UserError("amount.not_positive", field="money_limit")
        if seconds is not None and not 0 < seconds <= LONGEST_SECONDS:
            raise UserError("field.out_of_range", field="time_limit_seconds", least=1, most=LONGEST_SECONDS)
        return limit, seconds

    def _card(self, place: Place, endpoint_id: int, warnings: Sequence[str] = ()) -> BoothView:
        card = self._booths.card(place, endpoint_id)
        if warnings and card.session is not None:
            card = msgspec.structs.replace(card, session=msgspec.structs.replace(card.session, warnings=list(warnings)))
        return card


def _account_limit(mode: str, money_limit: int | None) -> int:
    if mode == "deposit":
        return 0
    return UNBOUNDED_MICROS if money_limit is None else money_limit
