"""Invoices on paper and as data: what was issued, drawn in a language; the same content whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from appliance.billing.invoice import reference
from appliance.documents.invoice import AccountRow, Bank, Invoice, InvoiceLine, TaxRow
from appliance.documents.invoice_calls import CallRow
from appliance.documents.parties import Receiver, Sender
from appliance.errors import UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.room import Room
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.services.money.invoice_parties import kept
from appliance.services.money.invoices import Invoices
from appliance.services.money.layouts import layout_of
from appliance.store.document_sources import Bounds
from appliance.store.documents import Document
from appliance.store.nouns import Nouns
from appliance.wire.invoices import InvoicePrint
from appliance.wire.shapes import Binary
from appliance.words import Words, words

XML = "application/xml"
FORMATS = ("pdf", "xml")


class InvoicePrints:
    """The paper is drawn in a thread where there is one."""

    def __init__(self, room: Room, audit: Audit, invoices: Invoices, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._invoices = invoices
        self._messages = messages

    def make(self, actor: Actor, request: InvoicePrint) -> Callable[[], Binary]:
        """Draws the document when called, and may be called in a thread: the calls are read there, on a connection of its own."""
        if request.format not in FORMATS:
            raise UserError("document.format", field="format", formats=", ".join(FORMATS))
        paper = checked_paper(self._room, request.paper, "documents.paper")
        row = self._invoices.reached(actor, request.id, "invoices.read")
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        seller = self._store.resellers.get(row.reseller_id)
        assert seller is not None  # foreign key
        spoken = words(self._messages.language_of(customer, seller, request.language))
        content = self._content(row, spoken)
        detail = request.detail and row.corrects_id is None and row.taxed_by == "usage"

        def work() -> Binary:
            if request.format == "xml":
                from appliance.documents.factur_x import xml

                return Binary(f"{row.kind}-{row.label}.xml", XML, xml(content, spoken))
            whole = content
            if detail:
                with self._store.reader() as tables:
                    whole = content._replace(calls=calls_of(tables, row))
            return Binary(f"{row.kind}-{row.label}.pdf", PDF, drawn(self._room, whole, spoken.language, paper))

        return work

    def _content(self, row: Document, spoken: Words) -> Invoice:
        documents = self._store.documents
        seller, buyer = kept(*documents.parties(row.id))
        corrected = None if row.corrects_id is None else documents.get(row.corrects_id)
        account = self._store.accounts.get(row.account_id)
        return Invoice(
            kind=row.kind,
            sender=Sender(seller.name, seller.address, seller.phone, seller.email, seller.vat_number, seller.web_address),
            receiver=Receiver(buyer.name, buyer.company, buyer.address, spoken.country(buyer.country), buyer.vat_number),
            seller_country=seller.country,
            buyer_country=buyer.country,
            buyer_email=buyer.email,
            registration=seller.registration,
            note=seller.note,
            logo=layout_of(self._store, row.reseller_id).logo or self._store.brands.get(row.reseller_id).logo or b"",
            number=row.label,
            corrects="" if corrected is None else corrected.label,
            corrects_at=0 if corrected is None else corrected.issued_at,
            reason=row.reason,
            issued_at=row.issued_at,
            from_at=row.from_at or 0,
            until_at=row.until_at,
            due_on=row.due_on or "",
            timezone=row.timezone,
            currency=row.currency,
            reference=reference(f"I{row.id}") if row.kind == "invoice" and row.taxed_by == "usage" else "",
            bank=Bank(seller.bank_name, seller.iban.replace(" ", ""), seller.bic.replace(" ", "")),
            lines=tuple(InvoiceLine(x.kind, x.text, x.pieces, x.seconds, x.amount_micros) for x in documents.lines(row.id)),
            taxes=tuple(TaxRow(x.category, x.name, x.percent_ppm, x.country, x.net_micros, x.tax_micros) for x in documents.taxes(row.id)),
            net_micros=row.net_micros,
            tax_micros=row.tax_micros,
            total_micros=row.total_micros,
            open_micros=self._invoices.state(row)[1],
            taxed_by=row.taxed_by,
            tax_included=bool(row.tax_included),
            balance_before_micros=row.balance_before_micros,
            balance_after_micros=row.balance_after_micros,
            account="" if account is None else account.name,
            movements=tuple(AccountRow(x.at, x.kind, x.text, x.amount_micros) for x in documents.movements(row.id)),
            calls=(),
        )


def calls_of(tables: Nouns, row: Document) -> tuple[CallRow, ...]:
    """Each charged call that a document tells of; numbers that were forgotten since are cut as they are everywhere."""
    bounds = Bounds(row.after_posting, row.last_posting, 0, 0)
    return tuple(
        CallRow(each.at, each.endpoint, each.dialled, each.destination, each.seconds, each.amount_micros)
        for each in tables.document_sources.detail(row.account_id, bounds)
    )
