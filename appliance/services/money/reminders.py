"""Reminders of overdue invoices: by level, so many days after the due date, each once (money.md, Documents)."""

from __future__ import annotations

from datetime import date

from appliance.billing.invoice import reference
from appliance.clock import rfc3339
from appliance.errors import Conflict
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.room import Room
from appliance.services.mail.notices import Notices
from appliance.services.money.invoices import Invoices
from appliance.services.money.layouts import layout_of
from appliance.store.documents import Document
from appliance.wire.invoices import InvoiceView, Remind
from appliance.words import words

A_STEP = 10


class Reminders:
    """`step` is the job's work: a few invoices at a time, all of them once a day."""

    def __init__(self, room: Room, audit: Audit, invoices: Invoices, notices: Notices) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._invoices = invoices
        self._notices = notices
        self._day = ""
        self._waiting: list[int] = []

    def remind(self, actor: Actor, request: Remind) -> InvoiceView:
        """The next reminder of one invoice, now."""
        with self._room.changes.unit():
            row = self._invoices.reached(actor, request.id, "invoices.write")
            state, _left = self._invoices.state(row)
            if state != "overdue":
                raise Conflict("reminder.not_overdue", field="id", invoice=row.label)
            if not self._send(row, self._store.documents.reminded(row.id) + 1):
                raise Conflict("reminder.no_address", field="id", invoice=row.label)
            self._audit.noted(actor, "invoices.remind", "invoice", row.id)
            return self._invoices.view(row)

    def step(self) -> None:
        """Send what is due, where a day's round is due or under way."""
        today = rfc3339(self._room.clock.utcnow())[:10]
        if today != self._day:
            self._day = today
            self._waiting = [each.id for each in self._store.allocations.open_of(None) if each.due_on is not None and each.due_on < today]
        for _each in range(min(A_STEP, len(self._waiting))):
            row = self._store.documents.get(self._waiting.pop(0))  # one that cannot be sent keeps no other back
            if row is not None and self._invoices.state(row)[0] == "overdue":
                self._due(row, date.fromisoformat(today))

    def _due(self, row: Document, today: date) -> None:
        """The level that so many days ask for, where it has not been sent; one level a day."""
        late = (today - date.fromisoformat(row.due_on or today.isoformat())).days
        days = layout_of(self._store, row.reseller_id).reminder_days
        sent = self._store.documents.reminded(row.id)
        if sent < len(days) and late >= days[sent]:
            self._room.changes.begin()
            with self._room.changes.unit():
                self._send(row, sent + 1)

    def _send(self, row: Document, level: int) -> bool:
        reseller = self._store.resellers.get(row.reseller_id)
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        buyer = None if row.buyer_reseller_id is None else self._store.resellers.get(row.buyer_reseller_id)
        person = customer.person_id if customer is not None else buyer.person_id if buyer is not None else None
        assert reseller is not None  # foreign key
        if person is None:
            return False
        layout, spoken = layout_of(self._store, reseller.id), words(self._notices.language_of(customer, reseller))
        due_on = date.fromisoformat(row.due_on or rfc3339(row.issued_at)[:10])
        values = {
            "number": row.label,
            "amount": spoken.money(self._invoices.state(row)[1], row.currency),
            "total": spoken.money(row.total_micros, row.currency),
            "issued_on": spoken.day(row.issued_at, row.timezone),
            "due_on": spoken.calendar_day(due_on),
            "level": str(level),
            "reference": reference(f"I{row.id}"),
            "bank_name": layout.bank_name,
            "iban": layout.iban,
            "bic": layout.bic,
        }
        message = self._notices.tell("reminder", reseller, person, values, customer, f"invoice:{row.id}")
        if message is not None:
            self._store.documents.remind(row.id, level, self._room.clock.utcnow(), message)
            self._room.changes.note("invoice", row.id)
        return message is not None
