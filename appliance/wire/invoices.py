"""Invoices, credit notes, statements of account, reminders and what is paid of them (money.md, Documents)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class InvoiceList(Request, frozen=True):
    """Newest first. `state`: open, overdue or paid; `kind`: invoice or credit_note; times as RFC 3339 or ISO dates, `until` not included.
    `in_currency`: amounts in that currency as well, by the rate of the document's day."""

    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None
    kind: str = ""
    state: str = ""
    since: str | None = None
    until: str | None = None
    search: str = ""
    after: int = 0
    limit: int = 100
    in_currency: str = ""


class InvoiceMake(Request, frozen=True):
    """The next invoice of a customer's account, or of a sub-reseller's: everything since the last one and before `until` (now).

    `until` is a time or a date in the customer's time zone and is not included.
    """

    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None
    until: str | None = None
    request_id: str = ""


class InvoiceRunRequest(Request, frozen=True):
    """Invoices of all accounts of the reseller that are taxed by usage, for what came before `until` (not included)."""

    until: str
    reseller: Ref | None = None
    request_id: str = ""


class InvoiceCredit(Request, frozen=True):
    """A credit note for invoice `id`: all that is left of it or, with `net`, a part. The invoice itself stays as it is."""

    id: int
    reason: str
    net: str | None = None
    request_id: str = ""


class InvoicePrint(Request, frozen=True):
    """The document as a PDF that carries its own data (Factur-X); `format`: pdf or xml. `detail`: the list of calls behind it."""

    id: int
    detail: bool = True
    format: str = "pdf"
    paper: str = ""
    language: str = ""


class InvoiceLine(View, frozen=True):
    """One line; `kind`: calls, fee, adjustment, correction, credit. `amount` is as printed, `exact` as the ledger has it."""

    kind: str
    text: str
    count: int
    seconds: int
    amount: str
    exact: str


class InvoiceTax(View, frozen=True):
    """One row of the tax table; `category` as in TaxDecision."""

    category: str
    name: str
    percent: str
    country: str
    net: str
    tax: str


class InvoiceMovement(View, frozen=True):
    """What moved the account beside the lines: payments, refunds, openings."""

    at: str
    kind: str
    text: str
    amount: str


class InvoiceView(View, frozen=True):
    """One issued document (a preview has id 0 and no number). Amounts in `currency`; `exact_net` is what `net` was rounded from.

    `open` is what is not paid yet by allocations, 0.00 for a credit note; `corrects` is the invoice that a credit note is for.
    """

    id: int
    kind: str
    number: str
    issued_at: str
    reseller: str
    account: str
    customer: str | None
    customer_id: int | None
    since: str | None
    until: str
    due_on: str | None
    currency: str
    net: str
    tax: str
    total: str
    exact_net: str
    open: str
    state: str
    reference: str
    balance_before: str
    balance_after: str
    corrects: str | None
    corrects_id: int | None
    reason: str
    reminded: int
    tax_included: bool
    lines: list[InvoiceLine] = []
    taxes: list[InvoiceTax] = []
    movements: list[InvoiceMovement] = []
    converted: dict[str, str] | None = None
    """The amounts by name in the currency that was asked for (`in_currency`), where a rate leads there."""


class InvoicePage(View, frozen=True):
    """`next` is 0 on the last page."""

    invoices: list[InvoiceView]
    next: int = 0


class InvoiceRunView(View, frozen=True):
    """What a run made; `nothing`: accounts that had nothing to be invoiced. `totals` by currency."""

    made: int
    nothing: int
    totals: dict[str, str]
    first: str
    last: str


class Aging(View, frozen=True):
    """What one account owes on invoices, by how long it is overdue; from allocations alone."""

    account: str
    account_id: int
    customer: str | None
    currency: str
    not_due: str
    days_30: str
    days_60: str
    days_90: str
    older: str
    total: str


class AgingPage(View, frozen=True):
    """Worst first."""

    accounts: list[Aging]


class AgingRequest(Request, frozen=True):
    """Of one reseller's accounts, as it is now."""

    reseller: Ref | None = None


class Allocate(Request, frozen=True):
    """Sets payment `payment` against invoice `invoice`: as much as both have left, or `amount`. Without an invoice: the oldest first."""

    payment: int
    invoice: int | None = None
    amount: str | None = None


class Release(Request, frozen=True):
    """Takes a payment's money off an invoice again, for another."""

    payment: int
    invoice: int


class AllocationView(View, frozen=True):
    """One part of a payment or credit note set against an invoice."""

    payment: int | None
    credit_note: str | None
    invoice: str
    invoice_id: int
    amount: str
    at: str


class AllocationPage(View, frozen=True):
    """`left` is what the payment has not been set against anything yet."""

    allocations: list[AllocationView]
    left: str


class AllocationList(Request, frozen=True):
    """Of a payment or of an invoice: name one."""

    payment: int | None = None
    invoice: int | None = None


class Remind(Request, frozen=True):
    """Sends the next reminder of an overdue invoice now."""

    id: int


class InvoiceSend(Request, frozen=True):
    """Sends an invoice or a credit note to its customer by e-mail, the PDF with it."""

    id: int


class LayoutGet(Request, frozen=True):
    """The reseller's way with invoices."""

    reseller: Ref | None = None


class LayoutSet(Request, frozen=True):
    """Changes what is sent; `logo` is a PNG or JPEG in base64, null takes it away."""

    reseller: Ref | None = None
    prefix: str | UnsetType = UNSET
    credit_note_prefix: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    bank_name: str | UnsetType = UNSET
    iban: str | UnsetType = UNSET
    bic: str | UnsetType = UNSET
    registration: str | UnsetType = UNSET
    run_day: int | None | UnsetType = UNSET
    reminder_days: list[int] | UnsetType = UNSET
    tax_included: bool | UnsetType = UNSET
    logo: bytes | None | UnsetType = UNSET


class Layout(View, frozen=True):
    """`prefix` stands before the number; `run_day`: the day of the month on which invoices of the month before are made by themselves,
    null: by hand alone; `reminder_days` after the due date; `tax_included`: prices of accounts taxed by usage contain the tax."""

    reseller: str = ""
    prefix: str = ""
    credit_note_prefix: str = "CN-"
    note: str = ""
    bank_name: str = ""
    iban: str = ""
    bic: str = ""
    registration: str = ""
    run_day: int | None = None
    reminder_days: tuple[int, ...] = (7, 14, 28)
    tax_included: bool = False
    logo: bytes | None = None


class StatementRequest(Request, frozen=True):
    """What moved an account in a period (times or dates, `until` not included), with the balance before and after."""

    since: str
    until: str
    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None


class StatementPrint(StatementRequest, frozen=True):
    """The same on paper or as comma-separated values; `format`: pdf or csv."""

    format: str = "pdf"
    paper: str = ""
    language: str = ""


class StatementRow(View, frozen=True):
    """One movement, or the calls of one day together (`count` of them)."""

    at: str
    kind: str
    text: str
    count: int
    amount: str
    balance: str


class StatementView(View, frozen=True):
    """before + the rows' sum = after."""

    account: str
    customer: str | None
    currency: str
    since: str
    until: str
    before: str
    after: str
    rows: list[StatementRow]
