"""The end of a bill: paid, lost, or refunded later; each in one unit of work with its entry, its document and its booths.

Law: nothing is settled while a call of it runs; a settled bill leaves the guest's account at zero; no money without an
open shift. What the clerk saw is what is settled, or nothing is.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from appliance.billing.shop import (
    CARD,
    CASH,
    Settlement,
    Sold,
    Taxed,
    Tendered,
    change_in,
    foreign_value,
    in_proportion,
    loss,
    refund,
    settle,
    settlement,
    smallest,
    taxes,
    to_unit,
)
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.call_shop.approvals import Approvals, Approved
from appliance.services.call_shop.bill_views import BillViews
from appliance.services.call_shop.bills import reason_of
from appliance.services.call_shop.drawer import Drawer
from appliance.services.call_shop.events import Events
from appliance.services.call_shop.places import READ, USE, Place, Places
from appliance.services.call_shop.printing import Queue
from appliance.services.call_shop.receipts import RECEIPT, TillReceipts, ref
from appliance.services.call_shop.sessions import Sessions
from appliance.services.call_shop.tabs import Standing, Tabs, sold
from appliance.services.ground.access import Actor
from appliance.services.ground.once import Once
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.store.bills import Bill, Line
from appliance.store.shifts import Shift
from appliance.store.till_documents import Document
from appliance.store.tills import Till
from appliance.wire.bills import BillLoss, BillPay, BillQuote, BillRefund, BillSettled, Quote, Tender

LOSSES = ("cancelled", "complaint", "walk_out")
MOST_TENDERS = 20
OF_THE_PRICE = frozenset({"bill.changed", "bill.not_enough", "tender.card_too_much", "tender.not_wanted"})
"""Refusals that a call's final price alone may lead to."""


class Paper(NamedTuple):
    """What a settled bill's document says of its money."""

    total_micros: int
    rounding_micros: int
    change_micros: int
    taxed: list[Taxed]


class Checkout:
    """Every method takes the client's request id: a retry settles once."""

    def __init__(
        self,
        room: Room,
        places: Places,
        tabs: Tabs,
        views: BillViews,
        sessions: Sessions,
        drawer: Drawer,
        receipts: TillReceipts,
        queue: Queue,
        approvals: Approvals,
        events: Events,
        once: Once,
    ) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._tabs = tabs
        self._views = views
        self._sessions = sessions
        self._drawer = drawer
        self._receipts = receipts
        self._queue = queue
        self._approvals = approvals
        self._events = events
        self._once = once

    # looking ---------------------------------------------------------------------------------------------------------
    def quote(self, actor: Actor, request: BillQuote) -> Quote:
        """What these tenders would come to."""
        place, bill = self._places.bill(actor, request.id, READ)
        standing = self._tabs.standing(bill)
        tenders = self._tendered(place, request.tenders)
        made = settle(standing.due_micros, place.decimals, place.settings.rounding_micros, tenders)
        given_back = made.change_micros
        return Quote(
            currency=bill.currency,
            total=format_amount(to_unit(standing.exact_micros, smallest(place.decimals))),
            rounding=format_amount(made.rounding_micros),
            due=format_amount(made.payable_micros),
            tendered=format_amount(made.card_micros + made.cash_micros),
            missing=format_amount(made.missing_micros),
            change=format_amount(given_back),
            denominations=_pieces(place, given_back),
        )

    def running(self, actor: Actor, bill_id: int) -> list[int]:
        """Calls that run on an open bill: they are ended before it is settled."""
        _, bill = self._places.bill(actor, bill_id, USE, settled=True)
        calls = (self._sessions.call_of(each) for each in self._store.booths.open_on(bill.id))
        return [call for call in calls if call is not None]

    def running_in(self, actor: Actor, session_id: int) -> list[int]:
        """The call that runs in a session."""
        _, row = self._places.session(actor, session_id, USE)
        call = self._sessions.call_of(row)
        return [] if call is None else [call]

    # paying ----------------------------------------------------------------------------------------------------------
    def pay(self, actor: Actor, request: BillPay) -> BillSettled:
        """The bill is paid, its booths are free, its receipt is issued."""

        def work() -> BillSettled:
            place, bill = self._places.bill(actor, request.id, USE)
            till, shift = self._places.working_shift(actor, request.till, place)
            tenders = self._tendered(place, request.tenders)
            sessions = self._store.booths.open_on(bill.id)
            self._sessions.idle(sessions)
            standing = self._tabs.standing(bill)
            total = to_unit(standing.exact_micros, smallest(place.decimals))
            if request.expected is not None and parse_amount(request.expected, "expected") != total:
                raise Conflict("bill.changed", field="expected", total=format_amount(total))
            made = settle(standing.due_micros, place.decimals, place.settings.rounding_micros, tenders)
            _check(made, tenders)
            taxed = taxes(sold(standing.lines), place.decimals)
            entry = settlement(place.books, bill.account_id, till.id, made, tenders, taxed)
            if entry is not None:
                entry_id = self._drawer.post(actor, shift, entry, "bill", bill_id=bill.id, reference=f"bill {bill.id}")
                self._keep(actor, bill, shift, entry_id, place, tenders, made.change_micros, "change" if made.payable_micros > 0 else "payout")
            paper = Paper(standing.paid_micros + made.payable_micros, made.rounding_micros, made.change_micros, taxed)
            self._settled(actor, bill, "paid", shift, paper, "")
            self._sessions.close(actor, sessions, "paid")
            document = self._issue(actor, place, bill, till, shift, "sale", standing, paper, request.language)
            cash = any(tender.method == CASH for tender in tenders) or made.payable_micros < 0
            job = self._queue.document(till, document, request.print, kick=cash, language=request.language)
            return self._done(actor, place, bill, document, made.change_micros, job)

        return self._once.do(actor, "bills.pay", request.request_id, request, BillSettled, work)

    def _tendered(self, place: Place, tenders: list[Tender]) -> list[Tendered]:
        if len(tenders) > MOST_TENDERS:
            raise UserError("field.out_of_range", field="tenders", least=0, most=MOST_TENDERS)
        rates: dict[str, int] = json.loads(place.settings.currencies)
        found = []
        for at, tender in enumerate(tenders):
            amount = parse_amount(tender.amount, f"tenders[{at}].amount")
            currency = tender.currency or place.currency
            if tender.method not in (CASH, CARD):
                raise UserError("tender.method", field=f"tenders[{at}].method", choices=f"{CASH}, {CARD}")
            if amount <= 0:
                raise UserError("amount.not_positive", field=f"tenders[{at}].amount")
            if currency == place.currency:
                if amount % smallest(place.decimals):
                    raise UserError("amount.too_precise", field=f"tenders[{at}].amount", text=tender.amount)
                found.append(Tendered(tender.method, amount, currency, amount))
            elif tender.method == CARD or currency not in rates:
                raise UserError("tender.currency", field=f"tenders[{at}].currency", currency=currency)
            else:
                found.append(Tendered(CASH, amount, currency, foreign_value(amount, rates[currency], place.decimals)))
        return found

    def _keep(
        self, actor: Actor, bill: Bill, shift: Shift | None, entry_id: int, place: Place, tenders: list[Tendered], given_back: int, back: str
    ) -> None:
        """What was given and given back, beside the entry."""
        rates: dict[str, int] = json.loads(place.settings.currencies)
        rows = [("payment", each.method, each.amount_micros, each.currency, each.value_micros) for each in tenders]
        if given_back:
            rows.append((back, CASH, -given_back, bill.currency, -given_back))
        for kind, method, amount, currency, value in rows:
            self._store.bills.pay(
                bill_id=bill.id,
                shift_id=None if shift is None else shift.id,
                at=self._room.clock.utcnow(),
                kind=kind,
                method=method,
                amount_micros=amount,
                currency=currency,
                value_micros=value,
                rate="" if currency == bill.currency else format_amount(rates[currency]),
                entry_id=entry_id,
                operator_id=actor.operator_id,
            )

    def after_call(self, actor: Actor, bill_id: int, refused: UserError) -> UserError:
        """What a till is told whose payment was refused when the running call had been ended for it: that it has ended, and what is due now."""
        if refused.code not in OF_THE_PRICE:
            return refused
        return Conflict("bill.call_ended", field=refused.field, due=self.quote(actor, BillQuote(bill_id)).due)

    # losing ----------------------------------------------------------------------------------------------------------
    def write_off(self, actor: Actor, request: BillLoss, hashes: Hashes | None = None) -> BillSettled:
        """A bill that nobody pays: what is owed is a loss, its calls and their cost stay."""
        if request.kind not in LOSSES:
            raise UserError("field.not_a_choice", field="kind", choices=", ".join(LOSSES))
        place, _ = self._places.bill(actor, request.id, USE, settled=True)
        approved = Approved(None)
        if request.kind != "walk_out" or place.settings.pin_everything:
            approved = self._approvals.need(actor, place, request.approval, hashes)

        def work() -> BillSettled:
            place, bill = self._places.bill(actor, request.id, USE)
            reason = reason_of(request.reason)
            sessions = self._store.booths.open_on(bill.id)
            self._sessions.idle(sessions)
            standing = self._tabs.standing(bill)
            walked = request.kind == "walk_out"
            back = 0 if walked else standing.paid_micros
            till, shift = self._till_of(actor, place, request.till, back)
            owed = standing.exact_micros - standing.paid_micros if walked else standing.exact_micros
            taxed = self._tax_of_part(place, standing.lines, standing.paid_micros) if walked else []
            entry = loss(place.books, bill.account_id, None if till is None else till.id, owed, back, taxed)
            if entry is not None:
                entry_id = self._drawer.post(actor, shift, entry, "payout", bill_id=bill.id, reason=reason, reference=f"bill {bill.id}")
                self._keep(actor, bill, shift, entry_id, place, [], back, "payout")
            total = standing.paid_micros if walked else 0
            paper = Paper(total, 0, back, taxed)
            self._settled(actor, bill, request.kind, shift, paper, reason, lost=owed)
            self._sessions.close(actor, sessions, request.kind)
            document = self._issue(actor, place, bill, till, shift, "loss", standing, paper, "", lost=owed)
            kind = {"cancelled": "cancel"}.get(request.kind, request.kind)
            self._events.note(
                actor,
                place,
                kind,
                shift=shift,
                amount=owed,
                bill_id=bill.id,
                session_id=sessions[0].id if sessions else None,
                document_id=document.id,
                approved_by=approved.operator_id,
                reason=reason,
            )
            job = None if till is None or not back else self._queue.document(till, document, None, kick=True)
            return self._done(actor, place, bill, document, back, job)

        return self._once.do(actor, "bills.write_off", request.request_id, request, BillSettled, work)

    def _till_of(self, actor: Actor, place: Place, till_id: int | None, back: int) -> tuple[Till | None, Shift | None]:
        if till_id is None:
            if back:
                raise UserError("field.missing", field="till")
            return None, None
        return self._places.working_shift(actor, till_id, place)

    # giving back -----------------------------------------------------------------------------------------------------
    def refund(self, actor: Actor, request: BillRefund, hashes: Hashes | None = None) -> BillSettled:
        """Money back on a paid bill, the tax in it with it."""
        place, _ = self._places.bill(actor, request.id, USE, settled=True)
        approved = self._approvals.need(actor, place, request.approval, hashes)

        def work() -> BillSettled:
            place, bill = self._places.bill(actor, request.id, USE, settled=True)
            if bill.state != "paid":
                raise Conflict("bill.not_paid", field="id", state=bill.state)
            reason = reason_of(request.reason)
            till, shift = self._places.working_shift(actor, request.till, place)
            if request.method not in (CASH, CARD):
                raise UserError("tender.method", field="method", choices=f"{CASH}, {CARD}")
            lines = self._store.bills.lines(bill.id)
            amount, left, of = self._refunded(place, bill, lines, request)
            taxed = self._tax_left(bill) if amount == left else self._tax_of_part(place, of, amount)
            entry = refund(place.books, till.id, request.method, amount, taxed)
            assert entry is not None  # it is not zero
            entry_id = self._drawer.post(actor, shift, entry, "refund", bill_id=bill.id, reason=reason, reference=f"bill {bill.id}")
            self._store.bills.pay(
                bill_id=bill.id,
                shift_id=shift.id,
                at=self._room.clock.utcnow(),
                kind="refund",
                method=request.method,
                amount_micros=-amount,
                currency=bill.currency,
                value_micros=-amount,
                entry_id=entry_id,
                operator_id=actor.operator_id,
            )
            self._store.bills.update(bill.id, {"refunded_micros": bill.refunded_micros + amount})
            sale = next((each for each in self._store.till_documents.of_bill(bill.id) if each.kind == "sale"), None)
            content = {
                "total": -amount,
                "payments": [["refund", request.method, -amount, bill.currency, -amount]],
                "taxes": [[each.tax_ppm, -each.gross_micros, -each.tax_micros] for each in taxed],
                "of": 0 if sale is None else sale.number,
                "tax_number": place.settings.tax_number,
            }
            document = self._receipts.issue(
                actor, place, RECEIPT, "refund", content, till_id=till.id, shift_id=shift.id, bill_id=bill.id, language=bill.language
            )
            self._events.note(
                actor,
                place,
                "refund",
                shift=shift,
                amount=amount,
                bill_id=bill.id,
                document_id=document.id,
                approved_by=approved.operator_id,
                reason=reason,
            )
            self._room.changes.note("bill", bill.id)
            job = self._queue.document(till, document, request.print, kick=request.method == CASH)
            return self._done(actor, place, bill, document, amount, job)

        return self._once.do(actor, "bills.refund", request.request_id, request, BillSettled, work)

    def _refunded(self, place: Place, bill: Bill, lines: list[Line], request: BillRefund) -> tuple[int, int, list[Line]]:
        """How much of what is left, and whose tax is in it."""
        paid = sum(each.value_micros for each in self._store.bills.payments(self._store.bills.joined(bill.id)) if each.kind != "refund")
        left = paid - bill.refunded_micros
        of = lines
        if request.lines:
            chosen = set(request.lines)
            if not {line.id for line in lines if line.line_id is None}.issuperset(chosen):
                raise NotFound("bill.line_unknown", field="lines")
            of = [line for line in lines if line.id in chosen or line.line_id in chosen]
        if request.amount is not None:
            amount = parse_amount(request.amount, "amount")
        elif request.lines:
            amount = to_unit(sum(line.amount_micros for line in of), smallest(place.decimals))
        else:
            amount = left
        if not 0 < amount <= left or amount % smallest(place.decimals):
            raise UserError("bill.refund_too_large", field="amount", left=format_amount(left))
        return amount, left, of

    def _tax_left(self, bill: Bill) -> list[Taxed]:
        """The tax of a bill less what went back already: the last part takes the rest."""
        sums: dict[int, list[int]] = {}
        for document in self._store.till_documents.of_bill(bill.id):
            if document.kind in ("sale", "refund"):
                for ppm, gross, tax in json.loads(document.content)["taxes"]:
                    of = sums.setdefault(ppm, [0, 0])
                    of[0] += gross
                    of[1] += tax
        return [Taxed(ppm, gross, tax, 0) for ppm, (gross, tax) in sorted(sums.items()) if gross or tax]

    def _tax_of_part(self, place: Place, lines: list[Line], amount: int) -> list[Taxed]:
        """The tax in a part of what these lines come to, each rate in proportion."""
        whole = sold(lines)
        keys = sorted({(line.tax_ppm, line.of_calls) for line in whole})
        weights = [max(sum(line.gross_micros for line in whole if (line.tax_ppm, line.of_calls) == key), 0) for key in keys]
        parts = in_proportion(amount, weights)
        return taxes([Sold(part, ppm, of_calls) for part, (ppm, of_calls) in zip(parts, keys, strict=True)], place.decimals)

    # what all of them do -----------------------------------------------------------------------------------------------
    def _settled(self, actor: Actor, bill: Bill, state: str, shift: Shift | None, paper: Paper, reason: str, lost: int = 0) -> None:
        self._store.bills.update(
            bill.id,
            {
                "state": state,
                "settled_at": self._room.clock.utcnow(),
                "settled_by": actor.operator_id,
                "shift_id": None if shift is None else shift.id,
                "reason": reason,
                "total_micros": paper.total_micros,
                "tax_micros": sum(each.tax_micros for each in paper.taxed),
                "rounding_micros": paper.rounding_micros,
                "lost_micros": lost,
            },
        )
        self._room.changes.note("bill", bill.id)

    def _issue(
        self,
        actor: Actor,
        place: Place,
        bill: Bill,
        till: Till | None,
        shift: Shift | None,
        kind: str,
        standing: Standing,
        paper: Paper,
        language: str,
        lost: int = 0,
    ) -> Document:
        payments = self._store.bills.payments(self._store.bills.joined(bill.id))
        content = {
            "lines": [_kept(line) for line in standing.lines],
            "exact": standing.exact_micros,
            "total": paper.total_micros,
            "rounding": paper.rounding_micros,
            "change": paper.change_micros,
            "lost": lost,
            "taxes": [[each.tax_ppm, each.gross_micros, each.tax_micros] for each in paper.taxed],
            "payments": [[each.kind, each.method, each.amount_micros, each.currency, each.value_micros] for each in payments],
            "tax_number": place.settings.tax_number,
        }
        return self._receipts.issue(
            actor,
            place,
            RECEIPT,
            kind,
            content,
            till_id=None if till is None else till.id,
            shift_id=None if shift is None else shift.id,
            bill_id=bill.id,
            language=language or bill.language,
        )

    def _done(self, actor: Actor, place: Place, bill: Bill, document: Document, change: int, job: int | None) -> BillSettled:
        row = self._tabs.bill(bill.id)
        return BillSettled(self._views.view(actor, place, row), ref(document), format_amount(change), _pieces(place, change), job)


def _kept(line: Line) -> list[object]:
    """A line as a document keeps it; `services/call_shop/strips` reads it."""
    of_call = [line.cdr_id or 0, line.at, line.duration_ms, line.seconds, line.destination]
    return [line.id, line.kind, line.text, line.quantity, line.amount_micros, line.tax_ppm, *of_call]


def _check(made: Settlement, tenders: list[Tendered]) -> None:
    """Enough was given, by card no more than is owed, and nothing where nothing is."""
    if made.payable_micros <= 0 and tenders:
        raise UserError("tender.not_wanted", field="tenders")
    if made.payable_micros > 0 and made.card_micros > made.payable_micros:
        raise UserError("tender.card_too_much", field="tenders", due=format_amount(made.payable_micros))
    if made.missing_micros:
        raise UserError("bill.not_enough", field="tenders", missing=format_amount(made.missing_micros))


def _pieces(place: Place, micros: int) -> dict[str, int]:
    return {format_amount(value): number for value, number in change_in(micros, place.denominations).items()}
