"""Invoices: made on demand or by a run over a period, numbered without gaps, never changed (money.md, Documents)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

import msgspec

from appliance.billing import ledger as events
from appliance.billing.invoice import reference
from appliance.clock import rfc3339
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, format_percent
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.numbering import require_certain_time
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.ground.shown_in import ShownIn
from appliance.services.ground.stepwise import Steps
from appliance.services.money import books
from appliance.services.money.allocations import Allocations
from appliance.services.money.invoice_draft import FEE, Draft, Drafts, boundary, zone_of
from appliance.services.money.invoice_parties import parties_of
from appliance.services.money.layouts import layout_of
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.documents import Document, DocumentLine, DocumentTax, Movement, hash_of
from appliance.wire.invoices import (
    InvoiceLine,
    InvoiceList,
    InvoiceMake,
    InvoiceMovement,
    InvoicePage,
    InvoiceRunRequest,
    InvoiceRunView,
    InvoiceTax,
    InvoiceView,
)
from appliance.wire.shapes import ById

INVOICE, CREDIT_NOTE = "invoice", "credit_note"
USUAL_DAYS = 14
A_STEP = 10
NUMBER_WIDTH = 4


class Invoices:
    """`issue` writes what `Drafts` worked out; `add` is the one place where a document gets its number."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, drafts: Drafts, allocations: Allocations) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._drafts = drafts
        self._allocations = allocations
        self.issued: list[Callable[[Document], None]] = []

    # rules ---------------------------------------------------------------------------------------------------------
    def issue(self, actor: Actor, draft: Draft) -> Document:
        """The document of a draft with its number, its tax posted, in the open unit of work. A sum below zero makes a credit note."""
        now = require_certain_time(self._room)
        account, sums = draft.account, draft.totals
        kind = CREDIT_NOTE if sums.total_micros < 0 else INVOICE
        entry_id = None
        if draft.taxed_by == "usage" and sums.tax_micros:
            entry = events.invoice_tax(account.id, account.reseller_id, sums.tax_micros, account.currency, _shares(draft))
            assert entry is not None  # there is a tax
            entry_id = books.post(self._room.ledger, now, entry, reference="invoice", operator_id=actor.operator_id)
        due = None
        if kind == INVOICE and draft.taxed_by == "usage":
            days = USUAL_DAYS if draft.customer is None else draft.customer.payment_terms_days
            due = (date.fromisoformat(rfc3339(now)[:10]) + timedelta(days=days)).isoformat()
        document = self.add(
            actor,
            Document(
                id=0, kind=kind, reseller_id=account.reseller_id, series=kind, number=0, label="", account_id=account.id,
                customer_id=None if draft.customer is None else draft.customer.id, buyer_reseller_id=account.owner_reseller_id,
                issued_at=now, from_at=draft.from_at, until_at=draft.until_at, due_on=due, timezone=draft.timezone,
                after_posting=draft.bounds.after, last_posting=draft.bounds.last, currency=account.currency,
                exact_micros=sums.exact_micros, net_micros=sums.net_micros, tax_micros=sums.tax_micros, total_micros=sums.total_micros,
                taxed_by=draft.taxed_by, tax_included=int(draft.included), balance_before_micros=draft.before_micros,
                balance_after_micros=draft.after_micros, corrects_id=None, entry_id=entry_id, reason="", operator_id=actor.operator_id,
                previous_hash="", hash="",
            ),
            lines_of(draft),
            taxes_of(draft),
            draft.movements,
        )  # fmt: skip
        if kind == INVOICE and draft.taxed_by == "usage":
            self._allocations.invoice_made(actor, account.id)
        return self.told(document)

    def told(self, document: Document) -> Document:
        """Whoever wants to hear of what was issued hears it, once all that belongs to it is written."""
        for listener in self.issued:
            listener(document)
        return document

    def add(
        self, actor: Actor, document: Document, lines: tuple[DocumentLine, ...], taxes: tuple[DocumentTax, ...], movements: tuple[Movement, ...]
    ) -> Document:
        """The document as it is kept: numbered, chained to the one before it, with who sold and who bought."""
        layout = layout_of(self._store, document.reseller_id)
        previous = self._store.documents.last_hash(document.reseller_id, document.series)
        number = self._store.documents.next_number(document.reseller_id, document.series)
        prefix = layout.credit_note_prefix if document.kind == CREDIT_NOTE else layout.prefix
        numbered = document._replace(number=number, label=f"{prefix}{number:0{NUMBER_WIDTH}d}", previous_hash=previous)
        whole = numbered._replace(hash=hash_of(numbered, lines, taxes, movements))
        row_id = self._store.documents.insert(**{name: value for name, value in whole._asdict().items() if name != "id"})
        self._store.documents.add_parts(row_id, lines, taxes, movements)
        seller, buyer = parties_of(self._room, whole, layout)
        self._store.documents.set_parties(row_id, seller, buyer)
        self._audit.noted(actor, "invoices.make", "invoice", row_id, number=whole.label, total=format_amount(whole.total_micros))
        self._room.changes.note("invoice", row_id)
        return whole._replace(id=row_id)

    # requests ------------------------------------------------------------------------------------------------------
    def preview(self, actor: Actor, request: InvoiceMake) -> InvoiceView:
        """What `make` would issue, without a number."""
        draft = self._draft(actor, request, "invoices.read")
        return self._view_of_draft(draft)

    def make(self, actor: Actor, request: InvoiceMake) -> InvoiceView:
        """The next invoice of an account; Conflict invoice.nothing where there is nothing to be told."""

        def work() -> InvoiceView:
            return self.view(self.issue(actor, self._draft(actor, request, "invoices.write")))

        return self._once.do(actor, "invoices.make", request.request_id, request, InvoiceView, work)

    def run(self, actor: Actor, request: InvoiceRunRequest) -> Steps[InvoiceRunView]:
        """Invoices of all accounts of the reseller that are taxed by usage, a few a step; a run that broke off is simply run again."""
        reseller = self._lookups.reseller(actor, request.reseller, "invoices.write")
        boundary(request.until, "until", reseller.timezone)
        accounts = [row for row in self._store.accounts.list("credit", reseller.id) if row.tax_point == "usage"]
        totals: dict[str, int] = {}
        made: list[str] = []
        for at in range(0, len(accounts), A_STEP):
            with self._room.changes.unit():
                for account in accounts[at : at + A_STEP]:
                    document = self.issue_due(actor, account, request.until)
                    if document is not None:
                        made.append(document.label)
                        totals[document.currency] = totals.get(document.currency, 0) + document.total_micros
            yield None
        sums = {currency: format_amount(micros) for currency, micros in sorted(totals.items())}
        return InvoiceRunView(len(made), len(accounts) - len(made), sums, made[0] if made else "", made[-1] if made else "")

    def issue_due(self, actor: Actor, account: Account, until: str) -> Document | None:
        """An account's invoice up to a boundary in its own zone; None where there is nothing to be told."""
        customer = self._customer_of(account)
        until_at = self._until(until, zone_of(self._room, account, customer))
        draft = self._drafts.of(account, customer, until_at)
        return self.issue(actor, draft) if draft.lines else None

    def get(self, actor: Actor, request: ById) -> InvoiceView:
        """One document whole."""
        return self.view(self.reached(actor, request.id, "invoices.read"))

    def list(self, actor: Actor, request: InvoiceList) -> InvoicePage:
        """Newest first, without their lines."""
        limit = max(1, min(request.limit, 1000))
        found = list(islice(self._filtered(actor, request), limit + 1))
        shown = ShownIn(self._room.hot.prices, request.in_currency)
        views = [self.view(row, whole=False) for row in found[:limit]]
        if shown:
            views = [_shown(view, row.issued_at, shown) for view, row in zip(views, found, strict=False)]
        return InvoicePage(views, found[limit - 1].id if len(found) > limit else 0)

    def reached(self, actor: Actor, document_id: int, permission: str) -> Document:
        """A document within reach; NotFound invoice.unknown."""
        row = self._store.documents.get(document_id)
        if row is None:
            raise NotFound("invoice.unknown", field="id", invoice=document_id)
        self._access.need(actor, permission, row.reseller_id, row.customer_id, what="invoice")
        return row

    # parts ---------------------------------------------------------------------------------------------------------
    def _draft(self, actor: Actor, request: InvoiceMake, permission: str) -> Draft:
        account, customer = self._lookups.payer(actor, request.customer, request.account, request.reseller, permission)
        customer = customer or self._customer_of(account)
        zone = zone_of(self._room, account, customer)
        until_at = self._room.clock.utcnow() + 1 if request.until is None else self._until(request.until, zone)
        draft = self._drafts.of(account, customer, until_at)
        if not draft.lines:
            raise Conflict("invoice.nothing", account=account.name, until=rfc3339(until_at))
        return draft

    def _until(self, text: str, timezone: str) -> int:
        until_at = boundary(text, "until", timezone)
        if until_at > self._room.clock.utcnow() + 1:
            raise UserError("invoice.until_future", field="until")
        return until_at

    def _customer_of(self, account: Account) -> Customer | None:
        """Whom an account's documents go to: the first of those who share it and are there."""
        payers = list(self._store.customers.of_account(account.id))
        return next((each for each in payers if each.archived_at is None), payers[0] if payers else None)

    def _filtered(self, actor: Actor, request: InvoiceList) -> Iterator[Document]:
        account_id = customer_id = None
        if request.customer is not None:
            customer_id = self._lookups.customer(actor, request.customer, request.reseller, "invoices.read", archived=True).id
        elif request.account is not None:
            account_id = self._lookups.account(actor, request.account, request.reseller, "invoices.read").id
        reach = self._access.reach(actor, "invoices.read")
        if customer_id is not None or account_id is not None:
            reach = None
        elif request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "invoices.read").id})
        since, until = moment(request.since, "since"), moment(request.until, "until")
        wanted = request.search.strip().lower()
        for row in self._store.documents.newest(
            None if reach is None else sorted(reach), account_id=account_id, customer_id=customer_id, kind=request.kind, before_id=request.after
        ):
            if (since is not None and row.issued_at < since) or (until is not None and row.issued_at >= until):
                continue
            if request.state and self.state(row)[0] != request.state:
                continue
            if wanted and wanted not in row.label.lower() and wanted not in self._names(row).lower():
                continue
            yield row

    def _names(self, row: Document) -> str:
        account = self._store.accounts.get(row.account_id)
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        return f"{'' if account is None else account.name}\n{'' if customer is None else customer.name}"

    # views ---------------------------------------------------------------------------------------------------------
    def state(self, row: Document) -> tuple[str, int]:
        """(open, overdue, paid or "" for what is not to be paid; micros open)."""
        if row.kind != INVOICE or row.taxed_by != "usage":
            return ("paid" if row.kind == INVOICE else "", 0)
        left = row.total_micros - self._store.allocations.paid(row.id)
        if left <= 0:
            return "paid", 0
        return ("overdue" if row.due_on is not None and row.due_on < rfc3339(self._room.clock.utcnow())[:10] else "open"), left

    def view(self, row: Document, *, whole: bool = True) -> InvoiceView:
        """The document with names in the place of ids."""
        state, left = self.state(row)
        corrects = None if row.corrects_id is None else self._store.documents.get(row.corrects_id)
        documents = self._store.documents
        lines: Sequence[DocumentLine] = documents.lines(row.id) if whole else ()
        return self._shown(
            row, state, left, None if corrects is None else corrects.label, lines,
            documents.taxes(row.id) if whole else [], documents.movements(row.id) if whole else [], documents.reminded(row.id),
        )  # fmt: skip

    def _view_of_draft(self, draft: Draft) -> InvoiceView:
        account, sums = draft.account, draft.totals
        row = Document(
            0, INVOICE if sums.total_micros >= 0 else CREDIT_NOTE, account.reseller_id, "", 0, "", account.id,
            None if draft.customer is None else draft.customer.id, account.owner_reseller_id, self._room.clock.utcnow(), draft.from_at,
            draft.until_at, None, draft.timezone, draft.bounds.after, draft.bounds.last, account.currency, sums.exact_micros,
            sums.net_micros, sums.tax_micros, sums.total_micros, draft.taxed_by, int(draft.included), draft.before_micros,
            draft.after_micros, None, None, "", None, "", "",
        )  # fmt: skip
        return self._shown(row, "", sums.total_micros, None, lines_of(draft), taxes_of(draft), draft.movements, 0)

    def _shown(
        self,
        row: Document,
        state: str,
        left: int,
        corrects: str | None,
        lines: Sequence[DocumentLine],
        taxes: Sequence[DocumentTax],
        movements: Sequence[Movement],
        reminded: int,
    ) -> InvoiceView:
        reseller, account = self._store.resellers.get(row.reseller_id), self._store.accounts.get(row.account_id)
        assert reseller is not None and account is not None  # foreign keys
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        return InvoiceView(
            id=row.id, kind=row.kind, number=row.label, issued_at=rfc3339(row.issued_at), reseller=reseller.name, account=account.name,
            customer=None if customer is None else customer.name, customer_id=row.customer_id, since=stamp(row.from_at),
            until=rfc3339(row.until_at), due_on=row.due_on, currency=row.currency, net=format_amount(row.net_micros),
            tax=format_amount(row.tax_micros), total=format_amount(row.total_micros), exact_net=format_amount(row.exact_micros),
            open=format_amount(left), state=state, reference=reference(f"I{row.id}") if row.id else "",
            balance_before=format_amount(row.balance_before_micros), balance_after=format_amount(row.balance_after_micros),
            corrects=corrects, corrects_id=row.corrects_id, reason=row.reason, reminded=reminded, tax_included=bool(row.tax_included),
            lines=[
                InvoiceLine(x.kind, x.text, x.pieces, x.seconds, format_amount(x.amount_micros), format_amount(x.exact_micros)) for x in lines
            ],
            taxes=[
                InvoiceTax(x.category, x.name, format_percent(x.percent_ppm), x.country, format_amount(x.net_micros), format_amount(x.tax_micros))
                for x in taxes
            ],
            movements=[InvoiceMovement(rfc3339(x.at), x.kind, x.text, format_amount(x.amount_micros)) for x in movements],
        )  # fmt: skip


def _shares(draft: Draft) -> tuple[int, int] | None:
    """Where prices contain the tax: what of it comes out of calls, and what out of fees; None where it is put on top."""
    if not draft.included:
        return None
    tax, exact = draft.totals.tax_micros, draft.totals.exact_micros
    fees = sum(line.exact_micros for line in draft.lines if line.kind == FEE)
    of_fees = tax * fees // exact if exact else 0
    return tax - of_fees, of_fees


def lines_of(draft: Draft) -> tuple[DocumentLine, ...]:
    """The draft's lines as they are kept."""
    return tuple(
        DocumentLine(place, line.kind, line.text, line.pieces, line.seconds, line.exact_micros, shown, line.tax)
        for place, (line, shown) in enumerate(zip(draft.lines, draft.totals.shown, strict=True))
    )


def taxes_of(draft: Draft) -> tuple[DocumentTax, ...]:
    """The draft's tax table as it is kept."""
    return tuple(
        DocumentTax(place, each.rate.category, each.rate.name, each.rate.ppm, each.rate.country, each.net_micros, each.tax_micros)
        for place, each in enumerate(draft.totals.taxes)
    )


def _shown(view: InvoiceView, at: int, shown: ShownIn) -> InvoiceView:
    """With its amounts in the viewer's currency."""
    named = {name: (getattr(view, name), view.currency) for name in ("net", "tax", "total", "open")}
    return msgspec.structs.replace(view, converted=shown.amounts(named, at))
