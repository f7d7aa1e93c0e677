"""Payments: money received from a customer or a reseller, or given back (product.md S8)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class PaymentRecord(Request, frozen=True):
    """Money received. Name the customer or the credit account. A repeated `request_id` pays once.

    `amount` is what was received: where the account's tax point is the payment, tax is split off by the customer's
    rate. With `net` it is the credit that is wanted, and the tax comes on top. `method`: cash, bank, card or what the reseller uses.
    """

    amount: str
    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None
    method: str = "cash"
    reference: str = ""
    note: str = ""
    net: bool = False
    request_id: str = ""


class PaymentReverse(Request, frozen=True):
    """Undoes a payment recorded by mistake, tax with it; once."""

    payment: int
    note: str = ""
    request_id: str = ""


class PaymentRefund(Request, frozen=True):
    """Gives money back: all of a payment or, with `amount`, a part of it."""

    payment: int
    amount: str | None = None
    method: str = ""
    note: str = ""
    request_id: str = ""


class PaymentPreview(Request, frozen=True):
    """What a payment would do, or the undoing of one; nothing is written.

    Either an amount with the customer or account that it is from, or the `payment` that is reversed or (`refund`, all that
    is left or with `amount` a part of it) given back.
    """

    amount: str | None = None
    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None
    payment: int | None = None
    refund: bool = False
    net: bool = False


class PaymentFilter(Request, frozen=True):
    """Which payments. `kind`: payment, refund or reversal; `since` and `until` (not included) are times or ISO dates.

    `search` is part of the customer's or account's name, the reference, the note, or the payment's number.
    """

    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None
    kind: str = ""
    method: str = ""
    since: str | None = None
    until: str | None = None
    search: str = ""


class PaymentList(PaymentFilter, frozen=True):
    """Newest first; `after` is the last page's `next`. `in_currency`: amounts in that currency as well, by the rate of the payment's day."""

    after: int = 0
    limit: int = 100
    in_currency: str = ""


class PaymentView(View, frozen=True):
    """One payment. `kind`: payment, refund or reversal; gross = credit + tax. `given_back`: how much of its gross was undone since."""

    id: int
    at: str
    kind: str
    account: str
    customer: str | None
    method: str
    gross: str
    tax: str
    credit: str
    currency: str
    reference: str
    note: str
    reverses: int | None
    entry: int
    balance_after: str
    customer_id: int | None = None
    given_back: str = "0.00"
    tax_percent: str = "0"
    converted: dict[str, str] | None = None
    """The amounts by name in the currency that was asked for (`in_currency`), where a rate leads there."""


class PaymentPage(View, frozen=True):
    """`next` is 0 on the last page."""

    payments: list[PaymentView]
    next: int = 0


class PaymentEffect(View, frozen=True):
    """What would be written: amounts with their sign, and the account's balance before and after it."""

    account: str
    customer: str | None
    currency: str
    gross: str
    tax: str
    credit: str
    tax_percent: str
    balance_before: str
    balance_after: str
    tax_name: str = ""
    tax_category: str = "O"


class PaymentTotal(View, frozen=True):
    """The sum of payments in one currency, what was given back taken off."""

    currency: str
    count: int
    gross: str
    tax: str
    credit: str


class PaymentTotals(View, frozen=True):
    """By currency."""

    totals: list[PaymentTotal]
