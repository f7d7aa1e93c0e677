"""Bank statements: files read into lines, each with a proposal whose money it is (money.md, Payments)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class BankImport(Request, frozen=True):
    """A statement file. `format`: camt, mt940 or csv; empty: as it looks. The same line is never taken twice.

    `columns` says what a CSV's columns are, by header or by letter of the column: date, amount, and of currency, name, iban,
    reference, id those that there are. It is kept for the next file of the reseller.
    """

    content: bytes
    name: str = ""
    format: str = ""
    reseller: Ref | None = None
    columns: dict[str, str] | None = None
    currency: str = ""


class BankImported(View, frozen=True):
    """What came in: new lines, lines that were there before, lines that could not be read (with the reason)."""

    statement: int
    new: int
    known: int
    faults: list[str]


class BankList(Request, frozen=True):
    """Lines, newest first. `state`: waiting, booked or ignored."""

    reseller: Ref | None = None
    state: str = "waiting"
    after: int = 0
    limit: int = 100


class BankProposal(View, frozen=True):
    """Whose money a line seems to be. `why`: reference, invoice, iban or amount, the surest first."""

    account: str
    account_id: int
    customer: str | None
    invoice: str | None
    invoice_id: int | None
    why: str


class BankLine(View, frozen=True):
    """One line of a statement; `amount` below zero went out."""

    id: int
    booked_on: str
    amount: str
    currency: str
    name: str
    iban: str
    text: str
    state: str
    payment: int | None
    proposals: list[BankProposal]


class BankPage(View, frozen=True):
    """`next` is 0 on the last page."""

    lines: list[BankLine]
    next: int = 0


class BankConfirm(Request, frozen=True):
    """The line is money of that account: recorded once, and set against the invoice or the oldest ones."""

    line: int
    account: Ref | None = None
    customer: Ref | None = None
    invoice: int | None = None
    reseller: Ref | None = None
    request_id: str = ""


class BankIgnore(Request, frozen=True):
    """The line is no payment of a customer's; with `undo` it waits again."""

    line: int
    undo: bool = False
