"""A statement of account: what moved it in a period, with the balance after each line; on paper or as comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from appliance.documents.invoice import AccountRow, movement_text
from appliance.documents.paper import HEADING, LEADING, MM, SMALL, TITLE, Paper
from appliance.documents.parties import Receiver, Sender
from appliance.money import format_amount
from appliance.words import Words

ROW = SMALL * LEADING + 3
PLACES = ((0.0, 0.62, "start"), (0.62, 0.81, "end"), (0.81, 1.0, "end"))


class StatementRow(NamedTuple):
    """One movement, or the calls of a day (`kind` calls, `pieces` of them)."""

    at: int
    kind: str
    text: str
    pieces: int
    amount_micros: int
    balance_micros: int


class Statement(NamedTuple):
    """before + the rows = after; moments are ms since 1970 UTC, `until_at` not included."""

    sender: Sender
    receiver: Receiver
    account: str
    currency: str
    timezone: str
    made_at: int
    since_at: int
    until_at: int
    before_micros: int
    after_micros: int
    rows: tuple[StatementRow, ...]


def comma_separated(statement: Statement, words: Words) -> bytes:
    """One line a row with a header; UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("time", "kind", "text", "count", "amount", "balance", "currency"))
    for row in statement.rows:
        said = row.text if row.text[:1] not in tuple("=+-@\t\r") else f"'{row.text}"
        amounts = (format_amount(row.amount_micros), format_amount(row.balance_micros))
        writer.writerow((words.short_moment(row.at, statement.timezone), row.kind, said, row.pieces, *amounts, statement.currency))
    return out.getvalue().encode("utf-8-sig")


def pdf(statement: Statement, words: Words, paper_name: str) -> bytes:
    """The statement as a PDF; each page repeats the headings."""
    title = words._("Statement of account")
    with Paper(paper_name, words, title=title, author=statement.sender.name) as paper:
        sender = statement.sender
        paper.foot = [sender.name, *paper.own_order(sender.phone, sender.email, sender.web_address)]
        middle, top = paper.width * 0.58, paper.y
        paper.logo(sender.logo)
        paper.put(sender.name, end=middle - 8, size=HEADING, strong=True, most_lines=2)
        for line in sender.address.splitlines()[:5]:
            paper.put(line, end=middle - 8, size=SMALL, colour="muted", most_lines=1)
        low, paper.y = paper.y, top
        paper.put(title, start=middle, size=TITLE, strong=True, align="end")
        first, last = words.day(statement.since_at, statement.timezone), words.day(statement.until_at - 1, statement.timezone)
        paper.put(f"{first} – {last}", start=middle, colour="muted", align="end")
        paper.y = max(paper.y, low) + 8 * MM
        for number, line in enumerate(statement.receiver.lines()[:7]):
            paper.put(line, end=85 * MM, strong=number == 0, most_lines=2)
        paper.down(6 * MM)
        said = words._("Credit account {account}, amounts in {currency}", account=statement.account, currency=words.isolate(statement.currency))
        paper.put(said, colour="muted", most_lines=2)
        paper.down(3 * MM)
        _table(paper, statement)
        return paper.pdf()


def _headings(paper: Paper) -> None:
    words = paper.words
    for text, (start, end, align) in zip((words._("What"), words._("Amount"), words._("Balance")), PLACES, strict=True):
        paper.cell(text, start * paper.width, end * paper.width, size=SMALL, strong=True, colour="muted", align=align)
    paper.down(ROW)
    paper.rule()
    paper.down(2)


def _table(paper: Paper, statement: Statement) -> None:
    words, width, currency = paper.words, paper.width, statement.currency
    _headings(paper)
    _row(paper, words._("Balance before"), "", words.amount(words.rounded(statement.before_micros, currency), currency), strong=True)
    for row in statement.rows:
        if not paper.fits(ROW):
            paper.turn()
            _headings(paper)
        text = str(row.pieces) if row.kind == "calls" else row.text
        said = movement_text(AccountRow(row.at, row.kind, text, row.amount_micros), words, statement.timezone)
        _row(
            paper,
            said,
            words.amount(words.rounded(row.amount_micros, currency), currency),
            words.amount(words.rounded(row.balance_micros, currency), currency),
        )
    if not paper.fits(2 * ROW):
        paper.turn()
        _headings(paper)
    paper.rule(0, width)
    paper.down(2)
    _row(paper, words._("Balance after"), "", words.amount(words.rounded(statement.after_micros, currency), currency), strong=True)


def _row(paper: Paper, text: str, amount: str, balance: str, *, strong: bool = False) -> None:
    width = paper.width
    paper.cell(text, 0, 0.61 * width, size=SMALL, strong=strong)
    paper.cell(amount, 0.62 * width, 0.81 * width, size=SMALL, align="end", plain=True)
    paper.cell(balance, 0.81 * width, width, size=SMALL, align="end", plain=True, strong=strong, colour="text" if strong else "muted")
    paper.down(ROW)
