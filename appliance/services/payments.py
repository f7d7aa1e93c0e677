"""Payments: money received or given back, and its entry in the ledger in one unit of work (product.md S8).

Where the account's tax point is the payment, tax is split off what was received; where it is usage, all of it is
credit. A payment is never changed: a mistake is reversed once, and what is given back is a refund.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from appliance.billing import ledger as events
from appliance.billing.tax import TaxSplit, split_gross
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import currency_decimals, divide_half_up, format_amount, format_percent, parse_amount
from appliance.services import books
from appliance.services.access import Access, Actor
from appliance.services.audit import Audit
from appliance.services.lookups import Lookups
from appliance.services.moments import moment, stamp
from appliance.services.once import Once
from appliance.services.room import Room
from appliance.services.tax import percent_ppm
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.payments import Payment
from appliance.wire.payments import (
    PaymentEffect,
    PaymentFilter,
    PaymentList,
    PaymentPage,
    PaymentPreview,
    PaymentRecord,
    PaymentRefund,
    PaymentReverse,
    PaymentTotal,
    PaymentTotals,
    PaymentView,
)

CASH = "cash"
LONGEST_METHOD = 40
LONGEST_NOTE = 500


class Payments:
    """Every method that moves money takes the client's request id: a retry pays once."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once

    # requests ------------------------------------------------------------------------------------------------------
    def record(self, actor: Actor, request: PaymentRecord) -> PaymentView:
        """Money received; running calls feel it at once."""

        def work() -> PaymentView:
            account, customer = self._payer(actor, request)
            split = self._split(account, customer, request.amount)
            _check_texts(request.method, request.reference, request.note)
            return self._write(actor, account, customer, "payment", request.method, split, request.reference, request.note)

        return self._once.do(actor, "payments.record", request.request_id, request, PaymentView, work)

    def reverse(self, actor: Actor, request: PaymentReverse) -> PaymentView:
        """The payment was a mistake: every posting of it the other way, tax with it, once."""

        def work() -> PaymentView:
            payment, account, customer = self._reached(actor, request.payment)
            self._untouched(payment)
            sides = [
                events.Side(posting.amount_micros, payment.currency, posting.account_id) for posting in self._store.ledger.postings(payment.entry_id)
            ]
            entry = events.reversal(sides)
            assert entry is not None  # a payment moves something
            split = _opposite(payment)
            return self._keep(
                actor, account, customer, "reversal", payment.method, split, payment.reference, request.note, entry, payment.id, payment.entry_id
            )

        return self._once.do(actor, "payments.reverse", request.request_id, request, PaymentView, work)

    def refund(self, actor: Actor, request: PaymentRefund) -> PaymentView:
        """Money given back: what is left of a payment, or a part of that; tax in proportion, the last part taking the rest."""

        def work() -> PaymentView:
            payment, account, customer = self._reached(actor, request.payment)
            split = self._part(payment, request.amount)
            method = request.method or payment.method
            _check_texts(method, "", request.note)
            return self._write(actor, account, customer, "refund", method, split, payment.reference, request.note, payment.id)

        return self._once.do(actor, "payments.refund", request.request_id, request, PaymentView, work)

    def preview(self, actor: Actor, request: PaymentPreview) -> PaymentEffect:
        """What `record`, `reverse` or `refund` would write, refused where they would refuse."""
        if request.payment is None:
            account, customer = self._payer(actor, request)
            split = self._split(account, customer, request.amount or "")
        else:
            payment, account, customer = self._reached(actor, request.payment)
            if not request.refund:
                self._untouched(payment)
            split = self._part(payment, request.amount) if request.refund else _opposite(payment)
        return PaymentEffect(
            account=account.name,
            customer=None if customer is None else customer.name,
            currency=account.currency,
            gross=format_amount(split.gross_micros),
            tax=format_amount(split.tax_micros),
            credit=format_amount(split.net_micros),
            tax_percent=format_percent(_tax_ppm(account, customer)),
            balance_before=format_amount(account.balance_micros),
            balance_after=format_amount(account.balance_micros + split.net_micros),
        )

    def list(self, actor: Actor, request: PaymentList) -> PaymentPage:
        """Newest first; of one customer or account where it is named."""
        limit = max(1, min(request.limit, 1000))
        found = list(islice(self._filtered(actor, request, request.after), limit + 1))
        return PaymentPage([self.view(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def totals(self, actor: Actor, request: PaymentFilter) -> PaymentTotals:
        """The sums of all that `list` would show, by currency."""
        sums: dict[str, list[int]] = {}
        for row in self._filtered(actor, request, 0):
            of = sums.setdefault(row.currency, [0, 0, 0, 0])
            for at, value in enumerate((1, row.gross_micros, row.tax_micros, row.credit_micros)):
                of[at] += value
        return PaymentTotals(
            [
                PaymentTotal(currency, count, format_amount(gross), format_amount(tax), format_amount(credit))
                for currency, (count, gross, tax, credit) in sorted(sums.items())
            ]
        )

    def _filtered(self, actor: Actor, request: PaymentFilter, after: int) -> Iterator[Payment]:
        account_id = customer_id = None
        resellers: frozenset[int] | None = frozenset()
        if request.customer is not None:
            customer_id = self._lookups.customer(actor, request.customer, request.reseller, "payments.read", archived=True).id
        elif request.account is not None:
            account_id = self._lookups.account(actor, request.account, request.reseller, "payments.read").id
        else:
            resellers = self._access.reach(actor, "payments.read")
            if request.reseller is not None:
                resellers = frozenset({self._lookups.reseller(actor, request.reseller, "payments.read").id})
        named = account_id is not None or customer_id is not None
        since, until = moment(request.since, "since"), moment(request.until, "until")
        for row in self._store.payments.newest(account_id=account_id, customer_id=customer_id, before_id=after or None):
            if (request.kind and row.kind != request.kind) or (request.method and row.method != request.method):
                continue
            if (since is not None and row.at < since) or (until is not None and row.at >= until):
                continue
            if not named and resellers is not None and self._account(row.account_id).reseller_id not in resellers:
                continue
            if request.search and not self._found(row, request.search.strip().lower()):
                continue
            yield row

    def _found(self, row: Payment, wanted: str) -> bool:
        if wanted == str(row.id) or wanted in row.reference.lower() or wanted in row.note.lower():
            return True
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        return wanted in self._account(row.account_id).name.lower() or (customer is not None and wanted in customer.name.lower())

    def view(self, row: Payment) -> PaymentView:
        """The row with names instead of ids, and the balance that it left."""
        account = self._account(row.account_id)
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        after = next((each.balance_after_micros for each in self._store.ledger.postings(row.entry_id) if each.account_id == row.account_id), 0)
        return PaymentView(
            id=row.id,
            at=stamp(row.at) or "",
            kind=row.kind,
            account=account.name,
            customer=None if customer is None else customer.name,
            method=row.method,
            gross=format_amount(row.gross_micros),
            tax=format_amount(row.tax_micros),
            credit=format_amount(row.credit_micros),
            currency=row.currency,
            reference=row.reference,
            note=row.note,
            reverses=row.reverses_payment_id,
            entry=row.entry_id,
            balance_after=format_amount(after),
            customer_id=row.customer_id,
            given_back=format_amount(-sum(each.gross_micros for each in self._store.payments.undoing(row.id))),
        )

    # parts ---------------------------------------------------------------------------------------------------------
    def _payer(self, actor: Actor, request: PaymentRecord | PaymentPreview) -> tuple[Account, Customer | None]:
        if (request.customer is None) is (request.account is None):
            raise UserError("payment.name_customer_or_account", field="customer")
        if request.customer is not None:
            customer = self._lookups.customer(actor, request.customer, request.reseller, "payments.record")
            return self._account(customer.credit_account_id), customer
        assert request.account is not None
        account = self._lookups.account(actor, request.account, request.reseller, "payments.record")
        if account.archived_at is not None:
            raise NotFound("account.unknown", field="account", account=request.account)
        payers = [each for each in self._store.customers.of_account(account.id) if each.archived_at is None]
        return account, payers[0] if len(payers) == 1 else None

    def _split(self, account: Account, customer: Customer | None, amount: str) -> TaxSplit:
        gross = parse_amount(amount, "amount")
        if gross <= 0:
            raise UserError("amount.not_positive", field="amount")
        return split_gross(gross, _tax_ppm(account, customer), currency_decimals(account.currency))

    def _part(self, payment: Payment, amount: str | None) -> TaxSplit:
        """The opposite of what is left of a payment, or of a part of that."""
        if payment.kind != "payment":
            raise Conflict("payment.not_refundable", field="payment", payment=payment.id)
        before = list(self._store.payments.undoing(payment.id))
        if any(each.kind == "reversal" for each in before):
            raise Conflict("payment.reversed", field="payment", payment=payment.id)
        gross_left = payment.gross_micros + sum(each.gross_micros for each in before)
        tax_left = payment.tax_micros + sum(each.tax_micros for each in before)
        gross = gross_left if amount is None else parse_amount(amount, "amount")
        if not 0 < gross <= gross_left:
            raise UserError("payment.refund_too_large", field="amount", left=format_amount(gross_left))
        tax = tax_left if gross == gross_left else min(tax_left, divide_half_up(payment.tax_micros * gross, payment.gross_micros))
        return TaxSplit(-gross, tax - gross, -tax)

    def _write(
        self,
        actor: Actor,
        account: Account,
        customer: Customer | None,
        kind: str,
        method: str,
        split: TaxSplit,
        reference: str,
        note: str,
        refunds: int | None = None,
    ) -> PaymentView:
        money = (CASH, "") if method == CASH else ("bank", method)
        entry = events.payment(account.id, account.reseller_id, split, account.currency, money)
        assert entry is not None  # the gross amount is not zero
        return self._keep(actor, account, customer, kind, method, split, reference, note, entry, refunds, None)

    def _keep(
        self,
        actor: Actor,
        account: Account,
        customer: Customer | None,
        kind: str,
        method: str,
        split: TaxSplit,
        reference: str,
        note: str,
        entry: events.Entry,
        undoes: int | None,
        reverses_entry: int | None,
    ) -> PaymentView:
        now = self._room.clock.utcnow()
        entry_id = books.post(self._room.ledger, now, entry, reference=reference, reverses=reverses_entry, operator_id=actor.operator_id, note=note)
        row_id = self._store.payments.insert(
            account_id=account.id,
            customer_id=None if customer is None else customer.id,
            entry_id=entry_id,
            at=now,
            kind=kind,
            method=method,
            gross_micros=split.gross_micros,
            tax_micros=split.tax_micros,
            credit_micros=split.net_micros,
            currency=account.currency,
            reference=reference,
            note=note,
            reverses_payment_id=undoes,
            operator_id=actor.operator_id,
        )
        self._audit.noted(
            actor, f"payments.{kind}", "payment", row_id, account_id=account.id, gross=format_amount(split.gross_micros), method=method, undoes=undoes
        )
        self._room.changes.note("payment", row_id)
        row = self._store.payments.get(row_id)
        assert row is not None
        return self.view(row)

    def _reached(self, actor: Actor, payment_id: int) -> tuple[Payment, Account, Customer | None]:
        row = self._store.payments.get(payment_id)
        if row is None:
            raise NotFound("payment.unknown", field="payment", payment=payment_id)
        account = self._account(row.account_id)
        self._access.need(actor, "payments.undo", account.reseller_id, row.customer_id, what="payment")
        return row, account, None if row.customer_id is None else self._store.customers.get(row.customer_id)

    def _untouched(self, payment: Payment) -> None:
        if payment.kind != "payment":
            raise Conflict("payment.not_reversible", field="payment", payment=payment.id)
        if self._store.payments.reversal_of(payment.id) is not None:
            raise Conflict("payment.reversed", field="payment", payment=payment.id)

    def _account(self, account_id: int) -> Account:
        row = self._store.accounts.get(account_id)
        assert row is not None  # foreign key
        return row


def _tax_ppm(account: Account, customer: Customer | None) -> int:
    return 0 if account.tax_point != "payment" or customer is None else percent_ppm(customer.tax)


def _opposite(payment: Payment) -> TaxSplit:
    return TaxSplit(-payment.gross_micros, -payment.credit_micros, -payment.tax_micros)


def _check_texts(method: str, reference: str, note: str) -> None:
    if not method.strip() or len(method) > LONGEST_METHOD:
        raise UserError("field.wrong_text", field="method", longest=LONGEST_METHOD)
    for field, text in (("reference", reference), ("note", note)):
        if len(text) > LONGEST_NOTE:
            raise UserError("field.wrong_text", field=field, longest=LONGEST_NOTE)
