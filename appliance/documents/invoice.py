"""What an invoice or a credit note says, and its words: the content of the paper and of the data in it."""

from __future__ import annotations

from typing import NamedTuple

from appliance.documents.invoice_calls import CallRow
from appliance.documents.parties import Receiver, Sender
from appliance.documents.receipt import method_of
from appliance.words import NO_BLANK, Words


class InvoiceLine(NamedTuple):
    """`kind`: calls, fee, adjustment, correction, credit, credit_note. `seconds` 0 where there are none."""

    kind: str
    text: str
    pieces: int
    seconds: int
    amount_micros: int


class TaxRow(NamedTuple):
    """One rate; `category` as in EN 16931 (S, Z, E, AE, O)."""

    category: str
    name: str
    percent_ppm: int
    country: str
    net_micros: int
    tax_micros: int


class AccountRow(NamedTuple):
    """What moved the account beside the document; `kind` as the ledger has it."""

    at: int
    kind: str
    text: str
    amount_micros: int


class Bank(NamedTuple):
    """Where to pay."""

    name: str
    iban: str
    bic: str


class Invoice(NamedTuple):
    """What the paper says; everything is worked out. Amounts in micros of `currency`, moments ms since 1970 UTC.

    `kind`: invoice or credit_note. `due_on` is an ISO date or "". `open_micros`: what is still to be paid. `calls` is empty where
    they are not wanted. `buyer_country` and `seller_country` are codes.
    """

    kind: str
    sender: Sender
    receiver: Receiver
    seller_country: str
    buyer_country: str
    buyer_email: str
    registration: str
    note: str
    logo: bytes
    number: str
    corrects: str
    corrects_at: int
    reason: str
    issued_at: int
    from_at: int
    until_at: int
    due_on: str
    timezone: str
    currency: str
    reference: str
    bank: Bank
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxRow, ...]
    net_micros: int
    tax_micros: int
    total_micros: int
    open_micros: int
    taxed_by: str
    tax_included: bool
    balance_before_micros: int
    balance_after_micros: int
    account: str
    movements: tuple[AccountRow, ...]
    calls: tuple[CallRow, ...]


def title_of(invoice: Invoice, words: Words) -> str:
    """What the paper is called."""
    return words._("Credit note") if invoice.kind == "credit_note" else words._("Invoice")


def line_text(line: InvoiceLine, words: Words) -> str:
    """What a line is for."""
    if line.kind == "calls":
        return line.text or words._("Other destinations")
    if line.kind == "correction":
        return words._("Corrections of earlier calls")
    if line.kind == "credit":
        return words._("Prepaid credit, {method}", method=line.text)
    if line.kind == "adjustment":
        return line.text or words._("Adjustment")
    return line.text


def duration(seconds: int) -> str:
    """`1:02:03`, `2:03`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def tax_text(row: TaxRow, words: Words) -> str:
    """`VAT 21 % on 10.00`."""
    rate = words.percent(row.percent_ppm)
    name = row.name or words._("Tax")
    said = rate.replace(NO_BLANK, "") in name.replace(NO_BLANK, "").replace(" ", "")
    return name if row.percent_ppm == 0 or said else f"{name} {words.isolate(rate)}"


def movement_text(row: AccountRow, words: Words, timezone: str) -> str:
    """What moved an account, in a few words."""
    known = {
        "payment": words._("Payment, {method}", method=method_of(row.text, words)) if row.text else words._("Payment"),
        "refund": words._("Refund"),
        "opening": words._("Opening balance"),
        "transfer": words._("Transfer"),
        "write_off": words._("Written off"),
        "exchange": words._("Change of currency"),
        "credit_note": words._("Credit note"),
        "credited": words._("Correction by credit note"),
        "fee": words._("Monthly fee"),
        "adjustment": words._("Adjustment"),
        "rerate": words._("Correction of calls"),
        "call_refund": words._("Refund of a call"),
        "invoice": words._("Tax of an invoice"),
    }
    said = words._("Calls ({count})", count=row.text) if row.kind == "calls" else known.get(row.kind, row.text or row.kind)
    return f"{words.apart(words.day(row.at, timezone))}  {said}"
