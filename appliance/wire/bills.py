"""Bills of guests: calls, goods, discounts, and how they were paid (callshop.md, Close)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class Approval(Request, frozen=True):
    """A supervisor's login and PIN."""

    login: str
    pin: str


class Tender(Request, frozen=True):
    """What the guest gives: `method` cash or card; `currency` where cash is not in the shop's own."""

    method: str
    amount: str
    currency: str | None = None


class BillList(Request, frozen=True):
    """Bills of a shop, newest first. `state`: open, paid, joined, cancelled, walk_out, complaint; `search`: a receipt's number."""

    shop: Ref
    state: str = ""
    search: str = ""
    since: str | None = None
    until: str | None = None
    after: int = 0
    limit: int = 100


class BillOpen(Request, frozen=True):
    """A bill without a booth: goods over the counter."""

    shop: Ref
    language: str = ""
    request_id: str = ""


class BillAdd(Request, frozen=True):
    """Goods of the price list onto a bill; `quantity` pieces."""

    id: int
    goods: int
    quantity: int = 1
    request_id: str = ""


class BillAddItem(Request, frozen=True):
    """Something with a price typed by hand: told to the owner as manual_price."""

    id: int
    text: str
    amount: str
    quantity: int = 1
    tax_percent: str | None = None
    request_id: str = ""


class BillRemove(Request, frozen=True):
    """Take goods, an item or a discount off an open bill, with a reason: told to the owner as deleted_line. Calls stay."""

    id: int
    line: int
    reason: str
    request_id: str = ""


class BillDiscount(Request, frozen=True):
    """A discount on a bill, or on one line of it: an amount or a percentage. Wants a supervisor, or a supervisor's PIN."""

    id: int
    reason: str
    line: int | None = None
    amount: str | None = None
    percent: str | None = None
    approval: Approval | None = None
    request_id: str = ""


class BillForgive(Request, frozen=True):
    """A short call is not asked for: within the shop's bounds a clerk may, past them a supervisor or PIN is wanted."""

    id: int
    line: int
    reason: str = ""
    approval: Approval | None = None
    request_id: str = ""


class BillSplit(Request, frozen=True):
    """These lines (with their discounts) go to a new bill of their own."""

    id: int
    lines: list[int]
    request_id: str = ""


class BillJoin(Request, frozen=True):
    """An open bill without a booth becomes part of another."""

    id: int
    into_bill: int
    request_id: str = ""


class BillQuote(Request, frozen=True):
    """What these tenders would come to; nothing is written."""

    id: int
    tenders: list[Tender] = []


class Quote(View, frozen=True):
    """`due` is what is still to be given after what was paid in beforehand, rounded for the way it is paid; `missing` of it
    after the tenders; `change` what is given back, in the shop's cash, by `denominations` {coin or note: pieces}."""

    currency: str
    total: str
    rounding: str
    due: str
    tendered: str
    missing: str
    change: str
    denominations: dict[str, int]


class BillPay(Request, frozen=True):
    """Settle a bill at a till with an open shift; its booths close and a receipt is issued.

    `expected` is the total that the clerk saw: another one is refused (bill.changed). Where more was paid in than is
    owed, the rest is paid out in cash and `tenders` stays empty. Refused while a call runs (booth.in_call) unless `hang_up` ends it first;
    where the call's final price is then not what was expected or given, the refusal says that it has ended, and what is due (bill.call_ended).
    `print`: null as the till is set.
    """

    id: int
    till: int
    tenders: list[Tender] = []
    expected: str | None = None
    hang_up: bool = False
    print: bool | None = None
    language: str = ""
    request_id: str = ""


class BillLoss(Request, frozen=True):
    """A bill that will not be paid: its booths close, what is owed goes to the loss account.

    `kind`: cancelled (wants a supervisor or PIN; what was paid in beforehand is given back in cash at `till`), complaint
    (the same), walk_out (what was paid in is kept for what is owed).
    """

    id: int
    kind: str
    reason: str
    till: int | None = None
    hang_up: bool = False
    approval: Approval | None = None
    request_id: str = ""


class BillRefund(Request, frozen=True):
    """Money back on a paid bill, found by its receipt: `lines`, or an `amount`, or all that is left. Wants a supervisor or PIN."""

    id: int
    till: int
    reason: str
    lines: list[int] = []
    amount: str | None = None
    method: str = "cash"
    print: bool | None = None
    approval: Approval | None = None
    request_id: str = ""


class BillLine(View, frozen=True):
    """One line. `kind`: call, goods, item, discount or forgiven; `amount` is what the guest owes for it (tax in it), negative
    for a discount. Of a call: number, destination, country, start, seconds of talk, seconds billed. `number` is cut once
    the person was erased. `cost` is null where the asker may not know it."""

    id: int
    kind: str
    at: str
    text: str
    booth: str
    number: str
    destination: str
    country: str
    seconds: int
    billed_seconds: int
    quantity: int
    amount: str
    tax_percent: str
    line: int | None
    call: int | None
    clerk: str
    reason: str
    removed: bool
    cost: str | None


class TaxLine(View, frozen=True):
    """The tax of one rate in a bill's total."""

    percent: str
    gross: str
    net: str
    tax: str


class BillPayment(View, frozen=True):
    """`kind`: deposit, payment, change, payout or refund; negative where it was given back. `value` is in the bill's currency."""

    at: str
    kind: str
    method: str
    amount: str
    currency: str
    value: str
    clerk: str


class ReceiptRef(View, frozen=True):
    """A document of a bill."""

    id: int
    number: int
    kind: str
    at: str


class BillView(View, frozen=True):
    """One bill. `exact` is the sum of its lines with all decimals, `total` that in the currency's own; `paid` what was paid in
    so far; `due_card` and `due_cash` what is still to be given by card, or in cash (rounded), negative where it is to be
    paid out. `sessions` are those open on it; `running` says whether a call of it runs (then nothing is final)."""

    id: int
    shop_id: int
    shop: str
    state: str
    currency: str
    opened_at: str
    opened_by: str
    settled_at: str | None
    settled_by: str
    reason: str
    language: str
    booths: list[str]
    sessions: list[int]
    running: bool
    lines: list[BillLine]
    calls: str
    goods: str
    discounts: str
    exact: str
    total: str
    rounding: str
    taxes: list[TaxLine]
    payments: list[BillPayment]
    paid: str
    due_card: str
    due_cash: str
    lost: str
    refunded: str
    receipts: list[ReceiptRef]
    cost: str | None = None
    margin: str | None = None


class BillSummary(View, frozen=True):
    """A bill in a list."""

    id: int
    state: str
    currency: str
    opened_at: str
    settled_at: str | None
    booths: list[str]
    note: str
    total: str
    receipt: int | None
    settled_by: str


class BillPage(View, frozen=True):
    """`next` is 0 on the last page."""

    bills: list[BillSummary]
    next: int = 0


class BillSettled(View, frozen=True):
    """A bill that was paid, lost or refunded: the document that was issued, the change, and the print job that waits (null: none)."""

    bill: BillView
    receipt: ReceiptRef | None
    change: str
    denominations: dict[str, int]
    print_job: int | None
    kick_job: int | None = None
