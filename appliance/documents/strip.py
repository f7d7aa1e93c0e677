"""A till's paper as rows of a fixed number of columns: receipts, X and Z reports, a test page, the drawer's kick alone.

One layout for a thermal printer's bytes and for a PDF strip. A row never wraps a figure: what stands before it is cut. Views
in, rows out; nothing is computed here but places.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from appliance.words import Words

TEXT, RULE, QR, GAP = "text", "rule", "qr", "gap"
START, MIDDLE = "start", "middle"
MARKS = "\u2066\u2067\u2068\u2069\u200e\u200f"


class StripLine(NamedTuple):
    """One line of a bill. Of a call: when it began, how long it was; `number` "" where it is not known any more."""

    kind: str
    text: str
    quantity: int
    amount_micros: int
    number: str = ""
    destination: str = ""
    at: int = 0
    duration_ms: int = 0


class StripPayment(NamedTuple):
    """As `bill_payment` has it."""

    kind: str
    method: str
    amount_micros: int
    currency: str
    value_micros: int


class StripFigure(NamedTuple):
    """A line of an X or Z report: its section, what, how often, how much."""

    section: str
    key: str
    times: int
    amount_micros: int
    currency: str = ""


class Strip(Struct, frozen=True):
    """Everything that one paper says, and what the printer is. `kind`: sale, refund, deposit, loss, x, z, test or drawer."""

    kind: str
    columns: int = 42
    code_page: str = "CP858"
    cutter: bool = True
    native_qr: bool = True
    kick: bool = False
    number: int = 0
    copy: bool = False
    at: int = 0
    timezone: str = ""
    shop: str = ""
    head: str = ""
    foot: str = ""
    tax_number: str = ""
    till: str = ""
    clerk: str = ""
    bill: int = 0
    of: int = 0  # the number of the receipt that a refund is of
    currency: str = ""
    lines: tuple[StripLine, ...] = ()
    exact_micros: int = 0
    total_micros: int = 0
    rounding_micros: int = 0
    lost_micros: int = 0
    taxes: tuple[tuple[int, int, int], ...] = ()  # rate in parts per million, gross, tax
    payments: tuple[StripPayment, ...] = ()
    figures: tuple[StripFigure, ...] = ()
    opened: int = 0
    closed: int = 0
    bills: int = 0
    receipts: tuple[int, ...] = ()  # the first and last number of a shift
    link: str = ""
    hash: str = ""
    signing: str = ""  # "", waiting, signed, silent or wrong: what the till's signing device made of it
    signing_device: str = ""
    signature: str = ""
    signing_qr: str = ""


class Row(NamedTuple):
    """`start` and `end` stand at the two edges; `large` is double width and height; a QR row's `start` is its content."""

    kind: str
    start: str = ""
    end: str = ""
    strong: bool = False
    large: bool = False
    align: str = START


def rows(strip: Strip, words: Words) -> list[Row]:
    """The whole paper, each row fitting its columns."""
    bodies = {"x": _report, "z": _report, "test": _test}
    return [] if strip.kind == "drawer" else [*_head(strip, words), *bodies.get(strip.kind, _bill)(strip, words), *_foot(strip, words)]


def titles(kind: str, words: Words) -> str:
    """What a paper is."""
    return {
        "sale": words._("Receipt"),
        "refund": words._("Refund"),
        "deposit": words._("Deposit receipt"),
        "loss": words._("Bill not paid"),
        "x": words._("X report"),
        "z": words._("Z report"),
        "test": words._("Test page"),
    }[kind]


def _head(strip: Strip, words: Words) -> Iterator[Row]:
    for line in _wrapped(strip.shop, strip.columns // 2):
        yield Row(TEXT, line, strong=True, large=True, align=MIDDLE)
    for paragraph in strip.head.splitlines():
        for line in _wrapped(paragraph, strip.columns):
            yield Row(TEXT, line, align=MIDDLE)
    if strip.tax_number:
        for line in _wrapped(words._("Tax number {number}", number=words.isolate(strip.tax_number)), strip.columns):
            yield Row(TEXT, line, align=MIDDLE)
    yield Row(GAP)
    if strip.copy:
        copy = words._("Copy")
        yield Row(TEXT, f"*** {copy} ***", strong=True, large=True, align=MIDDLE)
    number = words._("No. {number}", number=words.isolate(str(strip.number))) if strip.number else ""
    yield _pair(strip, titles(strip.kind, words), number, strong=True)
    yield _pair(strip, words.moment(strip.at, strip.timezone), strip.till)
    if strip.clerk:
        yield _pair(
            strip, words._("Clerk {name}", name=words.isolate(strip.clerk)), words._("Bill {number}", number=strip.bill) if strip.bill else ""
        )
    if strip.of:
        yield _pair(strip, words._("Of receipt"), words._("No. {number}", number=words.isolate(str(strip.of))))
    yield Row(RULE)


def _bill(strip: Strip, words: Words) -> Iterator[Row]:
    for line in strip.lines:
        yield from _line(strip, words, line)
    if strip.lines:
        yield Row(RULE)
        yield _pair(strip, words._("Sum"), words.amount(_rounded(strip.exact_micros, words, strip.currency), strip.currency))
        difference = strip.total_micros - _rounded(strip.exact_micros, words, strip.currency)
        if difference and not strip.lost_micros:
            yield _pair(strip, words._("Rounding"), words.amount(difference, strip.currency))
    if strip.kind == "loss":
        yield _pair(strip, words._("Not paid"), words.money(strip.lost_micros, strip.currency), strong=True)
    else:
        yield _total(strip, words)
    for ppm, gross, tax in strip.taxes:
        if tax:
            label = words._(
                "Tax {rate} of {amount}",
                rate=words.isolate(words.percent(ppm)),
                amount=words.isolate(words.amount(_rounded(gross, words, strip.currency), strip.currency)),
            )
            yield _pair(strip, label, words.amount(_rounded(tax, words, strip.currency), strip.currency))
    if strip.payments:
        yield Row(GAP)
    for payment in strip.payments:
        yield from _payment(strip, words, payment)


def _total(strip: Strip, words: Words) -> Row:
    label, amount = words._("Total"), words.money(strip.total_micros, strip.currency)
    large = 2 * (length(label) + 1 + length(amount)) <= strip.columns
    return Row(TEXT, label, amount, strong=True, large=large) if large else _pair(strip, label, amount, strong=True)


def _line(strip: Strip, words: Words, line: StripLine) -> Iterator[Row]:
    amount = words.amount(_rounded(line.amount_micros, words, strip.currency), strip.currency)
    if line.kind == "call":
        yield _pair(strip, " ".join(filter(None, (words.isolate(line.number), line.destination))), "")
        minutes, seconds = divmod(-(-line.duration_ms // 1000), 60)
        yield _pair(strip, f"  {words.clock(line.at, strip.timezone)}  {words.isolate(f'{minutes}:{seconds:02d}')}", amount)
        return
    label = {"discount": words._("Discount"), "forgiven": words._("Not charged")}.get(line.kind, "") or line.text
    yield _pair(strip, label if line.quantity == 1 else f"{line.quantity} {_times(words)} {label}", amount)


def _payment(strip: Strip, words: Words, payment: StripPayment) -> Iterator[Row]:
    method = {"cash": words._("Cash"), "card": words._("Card")}.get(payment.method, payment.method)
    label = {
        "deposit": words._("Paid in beforehand, {method}", method=method),
        "change": words._("Change"),
        "payout": words._("Paid out"),
        "refund": words._("Given back, {method}", method=method),
    }.get(payment.kind, method)
    amount = abs(payment.amount_micros) if payment.kind in ("change", "payout", "refund") else payment.amount_micros
    if payment.currency == strip.currency:
        yield _pair(strip, label, words.amount(amount, strip.currency))
    else:
        yield _pair(strip, f"{label} {words.isolate(words.money(amount, payment.currency))}", words.amount(payment.value_micros, strip.currency))


def _report(strip: Strip, words: Words) -> Iterator[Row]:
    yield _pair(strip, words._("Shift from"), words.moment(strip.opened, strip.timezone))
    if strip.closed:
        yield _pair(strip, words._("until"), words.moment(strip.closed, strip.timezone))
    if strip.receipts:
        first, last = strip.receipts[0], strip.receipts[-1]
        yield _pair(strip, words._("Receipts"), words.isolate(f"{first}-{last}"))
    yield _pair(strip, words._("Bills paid"), words.count(strip.bills))
    yield _pair(strip, words._("Total"), words.money(strip.total_micros, strip.currency), strong=True)
    if strip.rounding_micros:
        yield _pair(strip, words._("Rounding"), words.amount(strip.rounding_micros, strip.currency))
    section = ""
    for figure in strip.figures:
        if figure.section != section:
            section = figure.section
            yield Row(GAP)
            yield Row(TEXT, _cut(_section(section, words), strip.columns), strong=True)
        count = f"{words.count(figure.times)} {_times(words)} " if figure.times else ""
        amount = words.amount(figure.amount_micros, figure.currency or strip.currency)
        yield _pair(strip, f"{count}{_figure(figure, words)}", f"{amount} {figure.currency}".strip())


def _times(words: Words) -> str:
    """The sign between how many and what; a letter would turn a line from the right round it, and not every printer has the sign."""
    return "×" if words.right_to_left else "x"


def _section(section: str, words: Words) -> str:
    return {
        "sales": words._("Sales"),
        "taxes": words._("Tax inside"),
        "payments": words._("Payments"),
        "losses": words._("Not paid"),
        "cash": words._("Cash drawer"),
        "events": words._("To be looked at"),
    }[section]


def _figure(figure: StripFigure, words: Words) -> str:
    known = {
        "call": words._("Calls"),
        "goods": words._("Goods"),
        "item": words._("Typed by hand"),
        "discount": words._("Discounts"),
        "forgiven": words._("Not charged"),
        "cancelled": words._("Cancelled"),
        "complaint": words._("Complaints"),
        "walk_out": words._("Walked out"),
        "opened": words._("Opened with"),
        "received": words._("Received"),
        "paid_out": words._("Paid out"),
        "expected": words._("Expected"),
        "counted": words._("Counted"),
        "difference": words._("Difference"),
        "cash": words._("Cash"),
        "card": words._("Card"),
        "deposit": words._("deposits"),
        "payment": words._("paid"),
        "change": words._("change"),
        "payout": words._("paid out"),
        "refund": words._("refunds"),
        "drawer": words._("Drawer opened"),
        "reprint": words._("Reprints"),
        "not_signed": words._("Not signed"),
        "cancel": words._("Cancels"),
        "manual_price": words._("Prices by hand"),
        "closed_booth_call": words._("Calls on closed booths"),
        "deleted_line": words._("Lines taken off"),
        "recount": words._("Counted again"),
        "forced_close": words._("Closed by another"),
    }
    if figure.section == "taxes":
        return words.isolate(f"{words.decimal(figure.key)} %")
    return " ".join(known.get(word, word) for word in figure.key.split(" ") if not (figure.section == "payments" and word == figure.currency))


def _test(strip: Strip, words: Words) -> Iterator[Row]:
    yield Row(TEXT, "".join(str(at % 10) for at in range(1, strip.columns + 1)))
    yield _pair(strip, words._("Columns"), str(strip.columns))
    yield _pair(strip, words._("Code page"), strip.code_page)
    yield Row(TEXT, "ABCDEFGHIJ abcdefghij 0123456789")
    yield Row(TEXT, "\u20ac \u00e4\u00f6\u00fc\u00df \u00e9\u00e8\u00e7 \u00f1\u00bf\u00a1 \u00e5\u00f8\u00e6")
    yield Row(TEXT, words._("Strong"), strong=True)
    yield Row(TEXT, words._("Large"), large=True)
    yield _pair(strip, words._("Total"), words.money(1_234_560_000, "EUR"), strong=True)
    yield Row(QR, strip.link or "tollhouse")


def _foot(strip: Strip, words: Words) -> Iterator[Row]:
    if strip.kind != "test":
        yield Row(RULE)
        for paragraph in strip.foot.splitlines():
            for line in _wrapped(paragraph, strip.columns):
                yield Row(TEXT, line, align=MIDDLE)
        yield from _signed(strip, words)
        if strip.link and strip.kind not in ("x", "z"):
            yield Row(QR, strip.link)
        if strip.hash:
            yield Row(TEXT, " ".join(strip.hash[at : at + 4] for at in range(0, 16, 4)), align=MIDDLE)
    yield Row(GAP)


def _signed(strip: Strip, words: Words) -> Iterator[Row]:
    """What the signing device said, or plainly that it said nothing."""
    if strip.signing == "signed":
        if strip.signing_device:
            yield _pair(strip, words._("Signing device"), words.isolate(strip.signing_device))
        for line in _wrapped(strip.signature, strip.columns):
            yield Row(TEXT, line)
        if strip.signing_qr:
            yield Row(QR, strip.signing_qr)
    elif strip.signing:
        said = {
            "silent": words._("Not signed: the signing device did not answer."),
            "wrong": words._("Not signed: the signing device gave a wrong answer."),
            "waiting": words._("Not signed yet."),
        }[strip.signing]
        for line in _wrapped(said, strip.columns):
            yield Row(TEXT, line, strong=True, align=MIDDLE)


def _pair(strip: Strip, start: str, end: str, *, strong: bool = False) -> Row:
    """The figure whole, what it is of cut where it must be."""
    room = strip.columns - (length(end) + 1 if end else 0)
    return Row(TEXT, _cut(start, max(room, 4)), end, strong)


def length(text: str) -> int:
    """Columns that a text takes: marks of direction take none."""
    return len(text) - sum(text.count(mark) for mark in MARKS)


def _cut(text: str, columns: int) -> str:
    return text if length(text) <= columns else text.translate(dict.fromkeys(map(ord, MARKS)))[: columns - 1].rstrip() + "."


def _wrapped(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, columns) if text.strip() else []


def _rounded(micros: int, words: Words, currency: str) -> int:
    """To the currency's own decimals, for paper; the books keep the micros."""
    return words.rounded(micros, currency)
