"""Credit notes: how an issued invoice is corrected, for it is never changed (directive 2006/112/EC, art. 219).

Law: all credit notes of an invoice together give back no more than it asked for. Calls that were charged anew after they were
invoiced are told of once: by a credit note made for them, or by the account's next invoice.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.billing import ledger as events
from appliance.billing.invoice import Line, Rate, totals
from appliance.errors import Conflict, UserError
from appliance.money import currency_decimals, format_amount, parse_amount
from appliance.services.ground.access import Actor
from appliance.services.ground.numbering import require_certain_time
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.services.money.allocations import Allocations
from appliance.services.money.invoices import CREDIT_NOTE, INVOICE, Invoices
from appliance.store.documents import Document, DocumentLine, DocumentTax
from appliance.wire.invoices import InvoiceCredit, InvoiceView

LONGEST_REASON = 300


class CreditNotes:
    """`propose` is called by whoever charges invoiced calls anew, in the unit of work that posts."""

    def __init__(self, room: Room, invoices: Invoices, allocations: Allocations, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._invoices = invoices
        self._allocations = allocations
        self._once = once

    def propose(self, entry_ids: Sequence[int]) -> list[int]:
        """Entries (of kind rerate, with their call) that correct calls already invoiced: the ids of those invoices, each once.

        The correction itself is posted by the caller; a credit note made of it posts the tax alone. Other entries are passed over.
        """
        found: dict[int, None] = {}
        for entry_id in entry_ids:
            entry = self._store.ledger.get(entry_id)
            if entry is None or entry.call_id is None:
                continue
            for posting in self._store.ledger.postings(entry_id):
                document_id = self._store.documents.invoiced(entry.call_id, posting.account_id)
                if document_id is not None:
                    self._store.documents.propose(entry_id, document_id, self._room.clock.utcnow())
                    found[document_id] = None
                    break
        for document_id in found:
            self._room.changes.note("invoice", document_id)
        return list(found)

    def credit(self, actor: Actor, request: InvoiceCredit) -> InvoiceView:
        """A credit note: for the corrections that wait where there are any and no amount is named, else for the amount or all that is left."""

        def work() -> InvoiceView:
            invoice = self._invoices.reached(actor, request.id, "invoices.write")
            if invoice.kind != INVOICE or invoice.taxed_by != "usage":
                raise Conflict("invoice.not_creditable", field="id", invoice=invoice.label)
            if not request.reason.strip() or len(request.reason) > LONGEST_REASON:
                raise UserError("invoice.reason_missing", field="reason", longest=LONGEST_REASON)
            corrections = [] if request.net is not None else self._store.documents.proposed(invoice.id, invoice.account_id)
            given = sum(amount for _entry, amount in corrections)
            if corrections and given > 0:
                return self._invoices.view(self._issue(actor, invoice, given, request.reason, [entry for entry, _amount in corrections]))
            if corrections:
                raise Conflict("invoice.corrections_ask_more", field="net", invoice=invoice.label)
            left = invoice.net_micros - sum(each.net_micros for each in self._store.documents.crediting(invoice.id))
            net = left if request.net is None else parse_amount(request.net, "net")
            if not 0 < net <= left:
                raise UserError("invoice.credit_too_large", field="net", left=format_amount(left))
            return self._invoices.view(self._issue(actor, invoice, net, request.reason, []))

        return self._once.do(actor, "invoices.credit", request.request_id, request, InvoiceView, work)

    def _issue(self, actor: Actor, invoice: Document, net: int, reason: str, corrections: list[int]) -> Document:
        now = require_certain_time(self._room)
        table = self._store.documents.taxes(invoice.id)
        rates = [Rate(each.category, each.name, each.percent_ppm, each.country) for each in table] or [Rate("O", "", 0, "")]
        line = Line("correction" if corrections else "credit_note", reason, len(corrections) or 1, 0, net)
        sums = totals([line], rates[:1], currency_decimals(invoice.currency))
        net_left, tax_left = self._left(invoice)
        tax = min(sums.tax_micros, tax_left) if sums.net_micros < net_left else tax_left  # the last one takes what rounding left
        posted_net = 0 if corrections else sums.net_micros
        entry_id = None
        if posted_net or tax:
            entry = events.credit_note(invoice.account_id, invoice.reseller_id, posted_net, tax, invoice.currency)
            assert entry is not None  # one of both is not zero
            entry_id = books.post(self._room.ledger, now, entry, reference=invoice.label, operator_id=actor.operator_id, note=reason)
        balance = self._store.accounts.balance(invoice.account_id)
        note = self._invoices.add(
            actor,
            invoice._replace(
                id=0, kind=CREDIT_NOTE, series=CREDIT_NOTE, number=0, label="", issued_at=now, due_on=None, exact_micros=net,
                net_micros=sums.net_micros, tax_micros=tax, total_micros=sums.net_micros + tax, corrects_id=invoice.id, entry_id=entry_id,
                reason=reason, operator_id=actor.operator_id, balance_before_micros=balance - posted_net - tax, balance_after_micros=balance,
                tax_included=0, previous_hash="", hash="",
            ),
            (DocumentLine(0, line.kind, line.text, line.pieces, 0, net, sums.net_micros, 0),),
            (DocumentTax(0, rates[0].category, rates[0].name, rates[0].ppm, rates[0].country, sums.net_micros, tax),),
            (),
        )  # fmt: skip
        if corrections:
            self._store.documents.claim(note.id, corrections)
        self._allocations.credit_note_made(actor, note)
        self._room.changes.note("invoice", invoice.id)
        return self._invoices.told(note)

    def _left(self, invoice: Document) -> tuple[int, int]:
        """Net and tax that no credit note has given back."""
        notes = self._store.documents.crediting(invoice.id)
        return invoice.net_micros - sum(each.net_micros for each in notes), invoice.tax_micros - sum(each.tax_micros for each in notes)
