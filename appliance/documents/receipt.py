"""The receipt of a payment: who, what, tax, and the balance that it left (product.md S8)."""

from __future__ import annotations

from typing import NamedTuple

from appliance.documents.paper import BODY, FIGURE, HEADING, MM, SMALL, TITLE, Paper
from appliance.documents.parties import Receiver, Sender
from appliance.words import Words


class Receipt(NamedTuple):
    """What a receipt says. `kind`: payment, refund or reversal; amounts in micros of `currency`, gross = credit + tax.

    `tax_ppm` None: the rate is not known any more, and the amount stands alone. `original`: the number of the receipt that this one
    undoes, 0 where there is none. Moments are ms since 1970 UTC; `timezone` is the one they are written in.
    """

    sender: Sender
    receiver: Receiver
    number: int
    kind: str
    at: int
    issued_at: int
    timezone: str
    method: str
    reference: str
    note: str
    currency: str
    gross_micros: int
    tax_micros: int
    credit_micros: int
    tax_ppm: int | None
    balance_micros: int
    account: str
    copy: bool
    original: int = 0


def title_of(kind: str, words: Words) -> str:
    """What the paper is called."""
    titles = {"refund": words._("Refund receipt"), "reversal": words._("Reversal of a receipt")}
    return titles.get(kind, words._("Receipt"))


def method_of(method: str, words: Words) -> str:
    """How it was paid; a method that the reseller named itself stays as it is."""
    known = {"cash": words._("Cash"), "bank": words._("Bank transfer"), "card": words._("Card"), "voucher": words._("Voucher")}
    return known.get(method, method)


def pdf(receipt: Receipt, words: Words, paper_name: str) -> bytes:
    """The receipt as a PDF of one page, or more where a note is long."""
    title = f"{title_of(receipt.kind, words)} {receipt.number}"
    with Paper(paper_name, words, title=title, author=receipt.sender.name) as paper:
        sender = receipt.sender
        vat = words._("VAT number {number}", number=words.isolate(sender.vat_number)) if sender.vat_number else ""
        paper.foot = [each for each in (sender.name, vat, *paper.own_order(sender.phone, sender.email, sender.web_address)) if each]
        _head(paper, receipt)
        _facts(paper, receipt)
        _amounts(paper, receipt)
        return paper.pdf()


def _head(paper: Paper, receipt: Receipt) -> None:
    words, middle = paper.words, paper.width * 0.58
    top = paper.y
    paper.logo(receipt.sender.logo)
    paper.put(receipt.sender.name, end=middle - 8, size=HEADING, strong=True, most_lines=3)
    for line in receipt.sender.address.splitlines()[:5]:
        paper.put(line, end=middle - 8, size=SMALL, colour="muted", most_lines=2)
    low, paper.y = paper.y, top
    paper.put(title_of(receipt.kind, words), start=middle, size=HEADING, strong=True, align="end")
    paper.put(words._("No. {number}", number=words.isolate(str(receipt.number))), start=middle, align="end")
    paper.put(words.day(receipt.issued_at, receipt.timezone), start=middle, colour="muted", align="end")
    if receipt.copy:
        paper.put(words._("Copy"), start=middle, strong=True, colour="warning", align="end")
    tall = paper.page_height > 250 * MM
    paper.y = max(paper.y, low, 45 * MM if tall else 0) + 6 * MM  # the place of an envelope's window on big paper
    for number, line in enumerate(receipt.receiver.lines()[:7]):
        paper.put(line, end=85 * MM, strong=number == 0, most_lines=2)
    if receipt.receiver.vat_number:
        paper.put(words._("VAT number {number}", number=words.isolate(receipt.receiver.vat_number)), end=85 * MM, size=SMALL, colour="muted")
    paper.y = max(paper.y, 90 * MM if tall else 0) + 7 * MM


def _facts(paper: Paper, receipt: Receipt) -> None:
    words = paper.words
    sign = "" if receipt.gross_micros >= 0 else words._("Given back")
    paper.put(sign or words._("Received"), size=SMALL, colour="muted")
    paper.put(words.isolate(words.money(abs(receipt.gross_micros), receipt.currency)), size=FIGURE if paper.width > 400 else TITLE, strong=True)
    paper.down(4 * MM)
    rows = [
        (words._("Date"), words.moment(receipt.at, receipt.timezone)),
        (words._("Method"), method_of(receipt.method, words)),
        (words._("Reference"), receipt.reference),
        (words._("Credit account"), receipt.account),
        (words._("Undoes receipt"), words._("No. {number}", number=words.isolate(str(receipt.original))) if receipt.original else ""),
        (words._("Note"), receipt.note),
    ]
    for label, value in rows:
        if value:
            paper.pair(label, value, 38 * MM)
            paper.down(1.5)
    paper.down(4 * MM)


def _amounts(paper: Paper, receipt: Receipt) -> None:
    words, currency = paper.words, receipt.currency
    rows: list[tuple[str, int, bool]] = []
    if receipt.tax_micros:
        rate = "" if receipt.tax_ppm is None else words.percent(receipt.tax_ppm)
        tax = words._("Tax {rate}", rate=words.isolate(rate)) if rate else words._("Tax")
        rows += [(words._("Net amount"), receipt.credit_micros, False), (tax, receipt.tax_micros, False)]
    rows.append((words._("Total"), receipt.gross_micros, True))
    texts = [words.money(amount, currency) for _, amount, _ in rows]
    balance = words.money(receipt.balance_micros, currency)
    line = BODY * 1.9
    if not paper.fits(line * (len(rows) + 2) + 6 * MM):
        paper.turn()  # a table is never parted from its total
    column = paper.amounts([*texts, balance], paper.width * 0.55, paper.width)
    for (label, _, strong), text in zip(rows, texts, strict=True):
        if strong:
            paper.rule()
            paper.down(5)
        paper.text(label, end=paper.width * 0.55, strong=strong)
        column.put(text, strong=strong)
        paper.down(line)
    paper.down(3 * MM)
    paper.text(words._("Balance after this"), end=paper.width * 0.55, colour="muted")
    column.put(balance, colour="muted")
    paper.down(line)
