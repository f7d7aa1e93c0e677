"""Bank statements: read into lines, each proposed to somebody, confirmed once (money.md, Payments).

Law: a line comes in once, however often its file does, and is booked once. Nothing is booked without somebody's word.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from appliance.billing.bank_files import StatementLine, read
from appliance.billing.invoice import checked_reference, reference
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.services.money.allocations import Allocations
from appliance.services.money.payments import LONGEST_NOTE, Money, Payments
from appliance.store.allocations import OpenInvoice
from appliance.store.bank import BankLine as Row
from appliance.wire.bank import BankConfirm, BankIgnore, BankImport, BankImported, BankLine, BankList, BankPage, BankProposal

METHOD = "bank"
PROFILE = "bank.columns"
MOST_FAULTS = 50
MOST_PROPOSALS = 5
LONGEST = 500
FEWEST, MOST, UNIT_SECONDS = 20, 500, 0.006  # lines in one unit of work, and how long it is to take


class Bank:
    """Import, proposals, confirmation."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, payments: Payments, allocations: Allocations) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._payments = payments
        self._allocations = allocations

    def load(self, actor: Actor, request: BankImport) -> Steps[BankImported]:
        """The lines of a file that were not there yet, a few a unit of work: what breaks off is asked for again, and the rest comes in."""
        reseller = self._lookups.reseller(actor, request.reseller, "bank.write")
        scope = f"reseller:{reseller.id}"
        kept = self._store.settings.get(PROFILE, scope)
        columns = request.columns if request.columns is not None else None if kept is None else json.loads(kept)
        found = yield partial(read, request.content, request.format, columns, request.currency or reseller.currency)
        name = request.name[:200]
        with self._room.changes.unit():
            if request.columns is not None:
                self._store.settings.put(PROFILE, json.dumps(request.columns), scope)
            statement = self._store.bank.add_statement(reseller.id, name, found.form, self._room.clock.utcnow(), actor.operator_id)
        new, done, pace, clock = 0, 0, Pace(FEWEST, MOST, UNIT_SECONDS), self._room.clock
        marked = yield lambda: list(_marked(found.lines))
        while done < len(marked):
            begun, part = clock.monotonic(), marked[done : done + pace.count]
            with self._room.changes.unit():
                for line, fingerprint in part:
                    if not self._store.bank.known(reseller.id, fingerprint):
                        self._add(statement, reseller.id, fingerprint, line)
                        new += 1
                self._room.changes.note("bank_line", statement)
            done += len(part)
            pace.took(len(part), clock.monotonic() - begun)
            yield None
        with self._room.changes.unit():
            self._audit.noted(actor, "bank.import", "bank_statement", statement, name=name, lines=len(found.lines), new=new)
            self._room.changes.note("bank_line", statement)
        return BankImported(statement, new, len(found.lines) - new, found.faults[:MOST_FAULTS])

    def _add(self, statement: int, reseller_id: int, fingerprint: str, line: StatementLine) -> None:
        self._store.bank.insert(
            statement_id=statement,
            reseller_id=reseller_id,
            fingerprint=fingerprint,
            booked_on=line.booked_on,
            amount_micros=line.amount_micros,
            currency=line.currency,
            name=line.name[:LONGEST],
            iban=line.iban[:50],
            text=line.text[:LONGEST],
            reference=line.reference[:LONGEST],
        )

    def lines(self, actor: Actor, request: BankList) -> BankPage:
        """Newest first, those that wait with whose money they seem to be."""
        reseller = self._lookups.reseller(actor, request.reseller, "bank.write")
        limit = max(1, min(request.limit, 500))
        found = list(islice(self._store.bank.newest(reseller.id, request.state, request.after), limit + 1))
        open_invoices = self._store.allocations.open_of(frozenset({reseller.id})) if any(row.state == "waiting" for row in found) else []
        shown = [self._view(row, open_invoices) for row in found[:limit]]
        return BankPage(shown, found[limit - 1].id if len(found) > limit else 0)

    def confirm(self, actor: Actor, request: BankConfirm) -> BankLine:
        """The line as a payment, once."""
        return self._once.do(actor, "bank.confirm", request.request_id, request, BankLine, lambda: self._confirm(actor, request))

    def _confirm(self, actor: Actor, request: BankConfirm) -> BankLine:
        row = self._reached(actor, request.line)
        if row.state == "booked":
            raise Conflict("bank.booked", field="line", payment=row.payment_id)
        if row.amount_micros <= 0:
            raise Conflict("bank.went_out", field="line")
        account, customer = self._lookups.payer(actor, request.customer, request.account, request.reseller, "payments.record")
        if account.reseller_id != row.reseller_id:
            raise NotFound("account.unknown", field="account", account=account.name)
        if account.currency != row.currency:
            raise Conflict("bank.other_currency", field="account", currency=account.currency)
        split, tax = self._payments.taken(account, customer, row.amount_micros)
        said = f"{row.booked_on} {row.text}"[:LONGEST_NOTE]
        with self._allocations.preferring(request.invoice):
            payment = self._payments.book(actor, account, customer, Money("payment", METHOD, split, tax, row.reference[:LONGEST_NOTE], said))
        self._store.bank.update(row.id, {"state": "booked", "payment_id": payment.id, "account_id": account.id})
        self._room.changes.note("bank_line", row.id)
        return self._view(self._row(row.id), [])

    def ignore(self, actor: Actor, request: BankIgnore) -> BankLine:
        """Not a customer's money; or, with `undo`, perhaps after all."""
        with self._room.changes.unit():
            row = self._reached(actor, request.line)
            if row.state == "booked":
                raise Conflict("bank.booked", field="line", payment=row.payment_id)
            self._store.bank.update(row.id, {"state": "waiting" if request.undo else "ignored"})
            self._audit.noted(actor, "bank.ignore", "bank_line", row.id, undo=request.undo)
            self._room.changes.note("bank_line", row.id)
            return self._view(self._row(row.id), [])

    # proposals -----------------------------------------------------------------------------------------------------
    def _proposals(self, row: Row, open_invoices: list[OpenInvoice]) -> list[BankProposal]:
        if row.state != "waiting" or row.amount_micros <= 0:
            return []
        found: dict[int, BankProposal] = {}
        for account_id, invoice_id, why in self._guesses(row, open_invoices):
            if account_id not in found and len(found) < MOST_PROPOSALS:
                proposal = self._proposal(row, account_id, invoice_id, why)
                if proposal is not None:
                    found[account_id] = proposal
        return list(found.values())

    def _guesses(self, row: Row, open_invoices: list[OpenInvoice]) -> Iterator[tuple[int, int | None, str]]:
        """(account, invoice, why), the surest first."""
        told = checked_reference(row.reference) or checked_reference(row.text)
        if told[4:5] == "I" and told[5:].isdigit():
            document = self._store.documents.get(int(told[5:]))
            if document is not None and told == reference(f"I{document.id}"):
                yield document.account_id, document.id, "reference"
        elif told[4:5] == "A" and told[5:].isdigit():
            yield int(told[5:]), None, "reference"
        words = {each.strip(".,;:()#").casefold() for each in f"{row.reference} {row.text}".split()}
        for invoice in open_invoices:
            if invoice.label.casefold() in words and invoice.currency == row.currency:
                yield invoice.account_id, invoice.id, "invoice"
        payer = self._store.bank.payer(row.reseller_id, row.iban)
        if payer is not None:
            yield payer, None, "iban"
        same = [each for each in open_invoices if each.open_micros == row.amount_micros and each.currency == row.currency]
        for invoice in same:
            yield invoice.account_id, invoice.id, "amount"

    def _proposal(self, row: Row, account_id: int, invoice_id: int | None, why: str) -> BankProposal | None:
        account = self._store.accounts.get(account_id)
        if account is None or account.kind != "credit" or account.reseller_id != row.reseller_id or account.currency != row.currency:
            return None
        customer = next((each for each in self._store.customers.of_account(account.id) if each.archived_at is None), None)
        document = None if invoice_id is None else self._store.documents.get(invoice_id)
        name, label = None if customer is None else customer.name, None if document is None else document.label
        return BankProposal(account.name, account.id, name, label, invoice_id, why)

    # parts ---------------------------------------------------------------------------------------------------------
    def _reached(self, actor: Actor, line: int) -> Row:
        row = self._store.bank.get(line)
        if row is None:
            raise NotFound("bank.unknown", field="line", line=line)
        self._access.need(actor, "bank.write", row.reseller_id, what="bank")
        return row

    def _row(self, line: int) -> Row:
        row = self._store.bank.get(line)
        if row is None:
            raise UserError("bank.unknown", field="line", line=line)
        return row

    def _view(self, row: Row, open_invoices: list[OpenInvoice]) -> BankLine:
        return BankLine(
            id=row.id,
            booked_on=row.booked_on,
            amount=format_amount(row.amount_micros),
            currency=row.currency,
            name=row.name,
            iban=row.iban,
            text=" ".join(filter(None, (row.reference, row.text))),
            state=row.state,
            payment=row.payment_id,
            proposals=self._proposals(row, open_invoices),
        )


def _marked(lines: Iterable[StatementLine]) -> Iterator[tuple[StatementLine, str]]:
    """Each line with what it is known again by: the bank's own number, or all it says and how often it said so in this file."""
    seen = Counter[str]()
    for line in lines:
        said = line.bank_id or "|".join(str(each) for each in line)
        seen[said] += 1
        yield line, hashlib.sha256(f"{said}|{seen[said]}".encode()).hexdigest()
