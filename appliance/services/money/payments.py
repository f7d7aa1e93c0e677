"""Payments: money received or given back, and its entry in the ledger in one unit of work (product.md S8).

Where the account's tax point is the payment, tax is split off what was received; where it is usage, all of it is
credit. A payment is never changed: a mistake is reversed once, and what is given back is a refund.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from appliance.billing import ledger as events
from appliance.billing.tax import OUTSIDE, Decision, TaxSplit, add_tax, split_gross
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import currency_decimals, divide_half_up, format_amount, format_percent, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.ground.shown_in import ShownIn
from appliance.services.money import books
from appliance.services.money.approvals import Approvals
from appliance.services.money.taxes import Taxes
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
UNTAXED = Decision(OUTSIDE, 0, "", "", "none")

Listener = Callable[[Actor, Payment], None]
"""Told of each payment row inside the unit of work that writes it."""

Till = Callable[[Actor, int], str | None]
"""The name of the cash account of an operator's open shift in a reseller; None: the reseller's own cash."""


class Money(NamedTuple):
    """What moves: the split amount, its tax, how and with what words."""

    kind: str
    method: str
    split: TaxSplit
    tax: Decision
    reference: str
    note: str


class Payments:
    """Every method that moves money takes the client's request id: a retry pays once.

    `book` is the rule for every door where money comes in. `listeners` follow in the same unit of work; `till` is set where there are tills.
    """

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, taxes: Taxes, approvals: Approvals) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._taxes = taxes
        self._approvals = approvals
        self.listeners: list[Listener] = []
        self.till: Till = lambda actor, reseller_id: None
        approvals.executors["payments.record"] = (PaymentRecord, self.record)
        approvals.executors["payments.refund"] = (PaymentRefund, self.refund)
        approvals.executors["payments.reverse"] = (PaymentReverse, self.reverse)

    # requests ------------------------------------------------------------------------------------------------------
    def record(self, actor: Actor, request: PaymentRecord) -> PaymentView:
        """Money received; running calls feel it at once."""

        def work() -> PaymentView:
            account, customer = self._payer(actor, request)
            tax = self._tax(account, customer)
            split = self._split(account, tax, request.amount, request.net)
            self._approvals.guard(actor, account, "payment", split.gross_micros, "payments.record", request)
            money = Money("payment", request.method, split, tax, request.reference, request.note)
            return self.view(self.book(actor, account, customer, money))

        return self._approvals.asking(actor, lambda: self._once.do(actor, "payments.record", request.request_id, request, PaymentView, work))

    def reverse(self, actor: Actor, request: PaymentReverse) -> PaymentView:
        """The payment was a mistake: every posting of it the other way, tax with it, once."""

        def work() -> PaymentView:
            payment, account, customer = self._reached(actor, request.payment)
            self._untouched(payment)
            self._approvals.guard(actor, account, "refund", payment.gross_micros, "payments.reverse", request)
            sides = [
                events.Side(posting.amount_micros, payment.currency, posting.account_id) for posting in self._store.ledger.postings(payment.entry_id)
            ]
            entry = events.reversal(sides)
            assert entry is not None  # a payment moves something
            money = Money("reversal", payment.method, _opposite(payment), _tax_of(payment), payment.reference, request.note)
            return self.view(self._keep(actor, account, customer, money, entry, payment.id, payment.entry_id))

        return self._approvals.asking(actor, lambda: self._once.do(actor, "payments.reverse", request.request_id, request, PaymentView, work))

    def refund(self, actor: Actor, request: PaymentRefund) -> PaymentView:
        """Money given back: what is left of a payment, or a part of that; tax in proportion, the last part taking the rest."""

        def work() -> PaymentView:
            payment, account, customer = self._reached(actor, request.payment)
            split = self._part(payment, request.amount)
            self._approvals.guard(actor, account, "refund", split.gross_micros, "payments.refund", request)
            money = Money("refund", request.method or payment.method, split, _tax_of(payment), payment.reference, request.note)
            return self.view(self.book(actor, account, customer, money, payment.id))

        return self._approvals.asking(actor, lambda: self._once.do(actor, "payments.refund", request.request_id, request, PaymentView, work))

    def preview(self, actor: Actor, request: PaymentPreview) -> PaymentEffect:
        """What `record`, `reverse` or `refund` would write, refused where they would refuse."""
        if request.payment is None:
            account, customer = self._payer(actor, request)
            tax = self._tax(account, customer)
            split = self._split(account, tax, request.amount or "", request.net)
        else:
            payment, account, customer = self._reached(actor, request.payment)
            tax = _tax_of(payment)
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
            tax_percent=format_percent(tax.ppm),
            tax_name=tax.name,
            tax_category=tax.category,
            balance_before=format_amount(account.balance_micros),
            balance_after=format_amount(account.balance_micros + split.net_micros),
        )

    def list(self, actor: Actor, request: PaymentList) -> PaymentPage:
        """Newest first; of one customer or account where it is named."""
        limit = max(1, min(request.limit, 1000))
        found = list(islice(self._filtered(actor, request, request.after), limit + 1))
        shown = ShownIn(self._room.hot.prices, request.in_currency)
        views = [self.view(row) for row in found[:limit]]
        if shown:
            views = [_shown(view, row.at, shown) for view, row in zip(views, found, strict=False)]
        return PaymentPage(views, found[limit - 1].id if len(found) > limit else 0)

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
            tax_percent=format_percent(row.tax_ppm),
        )

    def book(self, actor: Actor, account: Account, customer: Customer | None, money: Money, refunds: int | None = None) -> Payment:
        """Money that came in or went out, posted in the open unit of work; the payment's row."""
        _check_texts(money.method, money.reference, money.note)
        where = self.money_of(actor, account.reseller_id, money.method)
        entry = events.payment(account.id, account.reseller_id, money.split, account.currency, where)
        assert entry is not None  # the gross amount is not zero
        return self._keep(actor, account, customer, money, entry, refunds, None)

    def money_of(self, actor: Actor, reseller_id: int, method: str) -> tuple[str, str]:
        """Kind and name of the account where money of a method lies."""
        return (CASH, self.till(actor, reseller_id) or "") if method == CASH else ("bank", method)

    def taken(self, account: Account, customer: Customer | None, gross_micros: int) -> tuple[TaxSplit, Decision]:
        """What is credit and what is tax of money that comes in."""
        tax = self._tax(account, customer)
        return split_gross(gross_micros, tax.ppm, currency_decimals(account.currency)), tax

    # parts ---------------------------------------------------------------------------------------------------------
    def _payer(self, actor: Actor, request: PaymentRecord | PaymentPreview) -> tuple[Account, Customer | None]:
        return self._lookups.payer(actor, request.customer, request.account, request.reseller, "payments.record")

    def _tax(self, account: Account, customer: Customer | None) -> Decision:
        return self._taxes.at_payment(account, customer) or UNTAXED

    def _split(self, account: Account, tax: Decision, amount: str, net: bool) -> TaxSplit:
        micros = parse_amount(amount, "amount")
        if micros <= 0:
            raise UserError("amount.not_positive", field="amount")
        return (add_tax if net else split_gross)(micros, tax.ppm, currency_decimals(account.currency))

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

    def _keep(
        self,
        actor: Actor,
        account: Account,
        customer: Customer | None,
        money: Money,
        entry: events.Entry,
        undoes: int | None,
        reverses_entry: int | None,
    ) -> Payment:
        now, split = self._room.clock.utcnow(), money.split
        entry_id = books.post(
            self._room.ledger, now, entry, reference=money.reference, reverses=reverses_entry, operator_id=actor.operator_id, note=money.note
        )
        row_id = self._store.payments.insert(
            account_id=account.id,
            customer_id=None if customer is None else customer.id,
            entry_id=entry_id,
            at=now,
            kind=money.kind,
            method=money.method,
            gross_micros=split.gross_micros,
            tax_micros=split.tax_micros,
            credit_micros=split.net_micros,
            currency=account.currency,
            reference=money.reference,
            note=money.note,
            reverses_payment_id=undoes,
            operator_id=actor.operator_id,
            tax_ppm=money.tax.ppm,
            tax_category=money.tax.category,
            tax_country=money.tax.country,
        )
        gross = format_amount(split.gross_micros)
        self._audit.noted(actor, f"payments.{money.kind}", "payment", row_id, account_id=account.id, gross=gross, method=money.method, undoes=undoes)
        self._room.changes.note("payment", row_id)
        row = self._store.payments.get(row_id)
        assert row is not None  # just written
        for listener in self.listeners:
            listener(actor, row)
        return row

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


def _tax_of(payment: Payment) -> Decision:
    """What undoing a payment undoes with it: the rate that it was taxed by, whatever it is now."""
    return Decision(payment.tax_category, payment.tax_ppm, "", payment.tax_country, "payment")


def _opposite(payment: Payment) -> TaxSplit:
    return TaxSplit(-payment.gross_micros, -payment.credit_micros, -payment.tax_micros)


def _check_texts(method: str, reference: str, note: str) -> None:
    if not method.strip() or len(method) > LONGEST_METHOD:
        raise UserError("field.wrong_text", field="method", longest=LONGEST_METHOD)
    for field, text in (("reference", reference), ("note", note)):
        if len(text) > LONGEST_NOTE:
            raise UserError("field.wrong_text", field=field, longest=LONGEST_NOTE)


def _shown(view: PaymentView, at: int, shown: ShownIn) -> PaymentView:
    """With its amounts in the viewer's currency."""
    named = {name: (getattr(view, name), view.currency) for name in ("gross", "tax", "credit", "balance_after")}
    return msgspec.structs.replace(view, converted=shown.amounts(named, at))
