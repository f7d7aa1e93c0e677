"""Invoices and credit notes by e-mail, the PDF with them (money.md, Documents): when they are issued, and when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from appliance.billing.invoice import reference
from appliance.errors import Conflict
from appliance.services.ground.access import Actor, folder_owner
from appliance.services.ground.audit import Audit
from appliance.services.ground.room import Room
from appliance.services.mail.notices import Notices
from appliance.services.money.invoice_print import InvoicePrints
from appliance.services.money.invoices import Invoices
from appliance.services.money.layouts import layout_of
from appliance.store.documents import Document
from appliance.wire.invoices import InvoicePrint, InvoiceSend, InvoiceView
from appliance.wire.shapes import Binary
from appliance.words import words


class InvoiceMails:
    """`issued` is told of each document; `papers` draws what a message names."""

    def __init__(self, room: Room, audit: Audit, invoices: Invoices, notices: Notices, prints: InvoicePrints) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._invoices = invoices
        self._notices = notices
        self._prints = prints

    def send(self, actor: Actor, request: InvoiceSend) -> InvoiceView:
        """The document to its customer, now; Conflict invoice.no_address."""
        with self._room.changes.unit():
            row = self._invoices.reached(actor, request.id, "invoices.write")
            if self._send(row) is None:
                raise Conflict("invoice.no_address", field="id", invoice=row.label)
            self._audit.noted(actor, "invoices.send", "invoice", row.id)
            return self._invoices.view(row)

    def issued(self, row: Document) -> None:
        """A document was issued in the open unit: it goes by e-mail where that is set and its buyer has an address."""
        if self._room.settings.get("documents.email_invoices", True):
            self._send(row)

    def papers(self, attachment: str) -> Callable[[], Binary]:
        """What draws the paper of a message ("invoice:ID")."""
        _, _, number = attachment.partition(":")
        return self._prints.make(folder_owner(), InvoicePrint(int(number)))

    def _send(self, row: Document) -> int | None:
        reseller = self._store.resellers.get(row.reseller_id)
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        buyer = None if row.buyer_reseller_id is None else self._store.resellers.get(row.buyer_reseller_id)
        person = customer.person_id if customer is not None else buyer.person_id if buyer is not None else None
        assert reseller is not None  # foreign key
        if person is None:
            return None
        layout, spoken = layout_of(self._store, reseller.id), words(self._notices.language_of(customer, reseller))
        corrected = None if row.corrects_id is None else self._store.documents.get(row.corrects_id)
        values = {
            "number": row.label,
            "total": spoken.money(abs(row.total_micros), row.currency),
            "issued_on": spoken.day(row.issued_at, row.timezone),
        }
        if row.kind != "invoice":
            values |= {"invoice": "" if corrected is None else corrected.label, "reason": row.reason}
            return self._notices.tell("credit_note", reseller, person, values, customer, f"invoice:{row.id}")
        owed = row.taxed_by == "usage"
        values |= {
            "open": spoken.money(self._invoices.state(row)[1], row.currency),
            "due_on": "" if row.due_on is None else spoken.calendar_day(date.fromisoformat(row.due_on)),
            "reference": reference(f"I{row.id}") if owed else "",
            "bank_name": layout.bank_name if owed else "",
            "iban": layout.iban if owed else "",
            "bic": layout.bic if owed else "",
        }
        return self._notices.tell("invoice", reseller, person, values, customer, f"invoice:{row.id}")
