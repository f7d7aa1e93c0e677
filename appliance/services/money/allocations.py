"""What is paid of invoices: payments and credit notes set against them, the oldest first or by hand (money.md, Payments).

Law: nothing is ever set against an invoice beyond its total, nor of a payment beyond what it brought; aging and reminders know
nothing but these rows. Money that nobody owes yet waits for the next invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from appliance.clock import rfc3339
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.allocations import Allocation, OpenInvoice
from appliance.store.documents import Document
from appliance.store.payments import Payment
from appliance.wire.invoices import Aging, AgingPage, AgingRequest, Allocate, AllocationList, AllocationPage, AllocationView, Release


class Allocations:
    """`payment_made`, `payment_undone` and `invoice_made` are called inside the units of work that make them."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._preferred: int | None = None

    # rules ---------------------------------------------------------------------------------------------------------
    @contextmanager
    def preferring(self, invoice: int | None) -> Iterator[None]:
        """Money that comes in meanwhile pays this invoice before the oldest ones."""
        self._preferred = invoice
        try:
            yield
        finally:
            self._preferred = None

    def payment_made(self, actor: Actor, payment: Payment) -> None:
        """New money pays the oldest invoices; what is taken back is taken off the newest that it paid."""
        if payment.kind == "payment":
            if self._preferred is not None:
                self.allocate(actor, Allocate(payment.id, self._preferred))
            self._oldest_first(actor, payment.account_id)
        elif payment.reverses_payment_id is not None:
            self._take_off(actor, payment.reverses_payment_id)

    def invoice_made(self, actor: Actor, account_id: int) -> None:
        """Money that waited pays a new invoice."""
        self._oldest_first(actor, account_id)

    def credit_note_made(self, actor: Actor, note: Document) -> None:
        """It pays the invoice that it corrects; what that had been paid already is free for others."""
        assert note.corrects_id is not None
        invoice = self._store.documents.get(note.corrects_id)
        assert invoice is not None  # foreign key
        over = note.total_micros - (invoice.total_micros - self._store.allocations.paid(invoice.id))
        for row in reversed(self._store.allocations.of_document(invoice.id)):
            if over <= 0:
                break
            if row.payment_id is not None:
                part = min(over, self._store.allocations.between(row.payment_id, invoice.id))
                if part > 0:
                    self._write(actor, invoice.id, -part, payment=row.payment_id)
                    over -= part
        room = invoice.total_micros - self._store.allocations.paid(invoice.id)
        if min(room, note.total_micros) > 0:
            self._write(actor, invoice.id, min(room, note.total_micros), note=note.id)
        self._oldest_first(actor, invoice.account_id)

    def _oldest_first(self, actor: Actor, account_id: int) -> None:
        loose = self._store.allocations.loose(account_id)
        for invoice in self._store.allocations.open(account_id) if loose else ():
            left = invoice.open_micros
            while left > 0 and loose:
                payment, amount = loose[0]
                part = min(left, amount)
                self._write(actor, invoice.id, part, payment=payment)
                left -= part
                loose[0] = (payment, amount - part)
                if amount == part:
                    loose.pop(0)

    def _take_off(self, actor: Actor, payment_id: int) -> None:
        over = self._store.allocations.set_of_payment(payment_id) - self._brought(payment_id)
        for row in reversed(self._store.allocations.of_payment(payment_id)):
            part = min(over, self._store.allocations.between(payment_id, row.document_id))
            if part > 0:
                self._write(actor, row.document_id, -part, payment=payment_id)
                over -= part

    def _brought(self, payment_id: int) -> int:
        payment = self._store.payments.get(payment_id)
        assert payment is not None  # somebody names it
        return payment.gross_micros + sum(each.gross_micros for each in self._store.payments.undoing(payment_id))

    def _write(self, actor: Actor, document_id: int, micros: int, *, payment: int | None = None, note: int | None = None) -> None:
        now = self._room.clock.utcnow()
        self._store.allocations.insert(
            document_id=document_id, payment_id=payment, credit_note_id=note, amount_micros=micros, at=now, operator_id=actor.operator_id
        )
        self._room.changes.note("invoice", document_id)

    # requests ------------------------------------------------------------------------------------------------------
    def allocate(self, actor: Actor, request: Allocate) -> AllocationPage:
        """A payment set against an invoice, or the oldest ones."""
        with self._room.changes.unit():
            payment = self._payment(actor, request.payment, "payments.record")
            if payment.kind != "payment":
                raise Conflict("allocation.no_payment", field="payment", payment=payment.id)
            left = self._brought(payment.id) - self._store.allocations.set_of_payment(payment.id)
            if request.invoice is None:
                for invoice in self._store.allocations.open(payment.account_id):
                    part = min(left, invoice.open_micros)
                    if part > 0:
                        self._write(actor, invoice.id, part, payment=payment.id)
                        left -= part
            else:
                found = self._invoice(actor, request.invoice, "payments.record")
                if found.account_id != payment.account_id:
                    raise Conflict("allocation.other_account", field="invoice", invoice=found.label)
                room = found.total_micros - self._store.allocations.paid(found.id)
                amount = min(left, room) if request.amount is None else parse_amount(request.amount, "amount")
                if not 0 < amount <= min(left, room):
                    raise UserError("allocation.too_much", field="amount", left=format_amount(left), open=format_amount(room))
                self._write(actor, found.id, amount, payment=payment.id)
            self._audit.noted(actor, "invoices.allocate", "payment", payment.id, invoice=request.invoice, amount=request.amount)
            return self.list(actor, AllocationList(payment=payment.id))

    def release(self, actor: Actor, request: Release) -> AllocationPage:
        """A payment taken off an invoice."""
        with self._room.changes.unit():
            payment = self._payment(actor, request.payment, "payments.record")
            found = self._invoice(actor, request.invoice, "payments.record")
            amount = self._store.allocations.between(payment.id, found.id)
            if amount <= 0:
                raise Conflict("allocation.none", field="invoice", invoice=found.label)
            self._write(actor, found.id, -amount, payment=payment.id)
            self._audit.noted(actor, "invoices.release", "payment", payment.id, invoice=found.id, amount=format_amount(amount))
            return self.list(actor, AllocationList(payment=payment.id))

    def list(self, actor: Actor, request: AllocationList) -> AllocationPage:
        """Of a payment, or of an invoice."""
        if (request.payment is None) is (request.invoice is None):
            raise UserError("allocation.name_one", field="payment")
        if request.payment is not None:
            payment = self._payment(actor, request.payment, "invoices.read")
            rows = self._store.allocations.of_payment(payment.id)
            left = self._brought(payment.id) - sum(each.amount_micros for each in rows) if payment.kind == "payment" else 0
            return AllocationPage([self._view(row) for row in rows], format_amount(left))
        assert request.invoice is not None
        document = self._invoice(actor, request.invoice, "invoices.read")
        return AllocationPage([self._view(row) for row in self._store.allocations.of_document(document.id)], "0.00")

    def aging(self, actor: Actor, request: AgingRequest) -> AgingPage:
        """What is owed on invoices by account, the longest overdue first."""
        reach = self._access.reach(actor, "invoices.read")
        if request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "invoices.read").id})
        today = date.fromisoformat(rfc3339(self._room.clock.utcnow())[:10])
        by_account: dict[int, list[int]] = {}
        for row in (*self._store.allocations.open_of(reach), *(OpenInvoice(*row) for row in self._store.moving.open_of(reach))):
            by_account.setdefault(row.account_id, [0, 0, 0, 0, 0])[_bucket(row, today)] += row.open_micros
        found = []
        for account_id, sums in sorted(by_account.items(), key=lambda each: tuple(-amount for amount in reversed(each[1]))):
            account = self._store.accounts.get(account_id)
            assert account is not None  # foreign key
            customer = next(iter(self._store.customers.of_account(account_id)), None)
            not_due, days_30, days_60, days_90, older, total = (format_amount(each) for each in (*sums, sum(sums)))
            name = None if customer is None else customer.name
            found.append(Aging(account.name, account_id, name, account.currency, not_due, days_30, days_60, days_90, older, total))
        return AgingPage(found)

    # parts ---------------------------------------------------------------------------------------------------------
    def _payment(self, actor: Actor, payment_id: int, permission: str) -> Payment:
        row = self._store.payments.get(payment_id)
        if row is None:
            raise NotFound("payment.unknown", field="payment", payment=payment_id)
        account = self._store.accounts.get(row.account_id)
        assert account is not None  # foreign key
        self._access.need(actor, permission, account.reseller_id, row.customer_id, what="payment")
        return row

    def _invoice(self, actor: Actor, document_id: int, permission: str) -> Document:
        row = self._store.documents.get(document_id)
        if row is None:
            raise NotFound("invoice.unknown", field="invoice", invoice=document_id)
        self._access.need(actor, permission, row.reseller_id, row.customer_id, what="invoice")
        if row.kind != "invoice" or row.taxed_by != "usage":
            raise Conflict("allocation.not_payable", field="invoice", invoice=row.label)
        return row

    def _view(self, row: Allocation) -> AllocationView:
        document = self._store.documents.get(row.document_id)
        note = None if row.credit_note_id is None else self._store.documents.get(row.credit_note_id)
        assert document is not None  # foreign key
        amount = format_amount(row.amount_micros)
        return AllocationView(row.payment_id, None if note is None else note.label, document.label, document.id, amount, stamp(row.at) or "")


def _bucket(row: OpenInvoice, today: date) -> int:
    """Which column of aging: not due, up to 30, 60, 90 days late, older."""
    late = 0 if row.due_on is None else (today - date.fromisoformat(row.due_on)).days
    return 0 if late <= 0 else min(1 + (late - 1) // 30, 4)
