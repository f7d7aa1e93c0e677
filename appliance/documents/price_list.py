"""The price list for customers, by country: on paper, as a spreadsheet, or as comma-separated values (product.md S11)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from appliance.documents.paper import BODY, HEADING, LEADING, MM, SMALL, TITLE, AmountColumn, Paper
from appliance.documents.parties import Sender
from appliance.documents.workbook import Column, workbook
from appliance.money import format_amount
from appliance.words import Words

COLUMNS = ("country", "destination", "prefix", "price_per_minute", "connection_fee", "first_increment", "next_increment", "currency")
ROW = SMALL * LEADING + 3
MOST_LINES = 20  # of the prefixes of one destination; the file of comma-separated values has them all


class PriceRow(NamedTuple):
    """One destination at one price; its prefixes are sorted. Seconds of the first and the following blocks, amounts in micros."""

    country: str
    destination: str
    prefixes: tuple[str, ...]
    price_micros: int
    connection_micros: int
    first_seconds: int
    next_seconds: int


class PriceList(NamedTuple):
    """Rows by country and destination. `decimals`: the least that prices show; `at` is when they hold, ms since 1970 UTC."""

    sender: Sender
    tariff: str
    currency: str
    decimals: int
    at: int
    timezone: str
    rows: tuple[PriceRow, ...]


def comma_separated(prices: PriceList) -> bytes:
    """One line a prefix, with a header; UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in prices.rows:
        for prefix in row.prefixes:
            price, fee = format_amount(row.price_micros, prices.decimals), format_amount(row.connection_micros, prices.decimals)
            writer.writerow((row.country, _safe(row.destination), prefix, price, fee, row.first_seconds, row.next_seconds, prices.currency))
    return out.getvalue().encode("utf-8-sig")


def spreadsheet(prices: PriceList) -> bytes:
    """The same lines as an XLSX file; prices are numbers."""
    widths = {"country": 24, "destination": 32, "prefix": 12}
    amount = partial(format_amount, decimals=prices.decimals)
    lines = (
        (
            row.country,
            row.destination,
            prefix,
            Decimal(amount(row.price_micros)),
            Decimal(amount(row.connection_micros)),
            row.first_seconds,
            row.next_seconds,
            prices.currency,
        )
        for row in prices.rows
        for prefix in row.prefixes
    )
    return b"".join(workbook(prices.tariff, [Column(name, widths.get(name.lower(), 14)) for name in COLUMNS], lines))


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def pdf(prices: PriceList, words: Words, paper_name: str) -> bytes:
    """The list as a PDF; each page repeats the headings, and a country is never parted from its first row."""
    title = words._("Price list {tariff}", tariff=prices.tariff)
    with Paper(paper_name, words, title=title, author=prices.sender.name) as paper:
        sender = prices.sender
        paper.foot = [sender.name, *paper.own_order(sender.phone, sender.email, sender.web_address)]
        paper.logo(sender.logo)
        paper.text(sender.name, end=paper.width * 0.6, size=HEADING, strong=True, most_lines=2)
        paper.put(words.day(prices.at, prices.timezone), start=paper.width * 0.6, colour="muted", align="end")
        paper.down(7 * MM)
        paper.put(words._("Price list"), size=TITLE, strong=True)
        said = words._("Prices of a minute in {currency}, {tariff}", currency=words.isolate(prices.currency), tariff=prices.tariff)
        paper.put(said, colour="muted", most_lines=2)
        _formula(paper)
        paper.down(5 * MM)
        _table(paper, prices)
        return paper.pdf()


def _formula(paper: Paper) -> None:
    """How a call's price comes about, for whoever wishes to work it out again."""
    words = paper.words
    said = (
        words._("What a call costs: connection fee + price per minute × billed seconds ÷ 60."),
        words._("Blocks 60/1: the first 60 seconds count whole, then each second. A block that has begun counts whole; nothing else is added."),
    )
    paper.down(2 * MM)
    for line in said:
        paper.put(line, size=SMALL, colour="muted", most_lines=3)


def _table(paper: Paper, prices: PriceList) -> None:
    _headings(paper)
    width, country = paper.width, None
    prices_of = paper.amounts([_amount(paper, prices, row.price_micros) for row in prices.rows], 0.63 * width, 0.76 * width, SMALL)
    fees_of = paper.amounts([_amount(paper, prices, row.connection_micros) for row in prices.rows], 0.77 * width, 0.89 * width, SMALL)
    for row in prices.rows:
        prefixes = paper.lines(", ".join(row.prefixes), paper.width * 0.24, size=SMALL, most_lines=MOST_LINES, plain=True)
        names = paper.lines(row.destination, paper.width * 0.36, size=SMALL, most_lines=3)
        height = max(len(prefixes), len(names)) * SMALL * LEADING + 3
        new = row.country != country
        if not paper.fits(height + (BODY * 2.2 if new else 0)):
            paper.turn()
            _headings(paper)
            new = True
        if new:
            paper.down(3)
            paper.put(row.country, strong=True, most_lines=1)
            paper.down(2)
            country = row.country
        _row(paper, prices, row, prices_of, fees_of)
        paper.down(height)


def _headings(paper: Paper) -> None:
    words, width = paper.words, paper.width
    places = (
        (words._("Destination"), 0.0, 0.37, "start"),
        (words._("Prefixes"), 0.38, 0.63, "start"),
        (words._("Per minute"), 0.63, 0.76, "end"),
        (words._("Connection"), 0.77, 0.89, "end"),
        (words._("Blocks"), 0.9, 1.0, "end"),
    )
    for text, start, end, align in places:
        paper.text(text, start * width, end * width, size=SMALL, strong=True, colour="muted", align=align, most_lines=1)
    paper.down(ROW)
    paper.rule()
    paper.down(2)


def _amount(paper: Paper, prices: PriceList, micros: int) -> str:
    return paper.words.decimal(format_amount(micros, prices.decimals))


def _row(paper: Paper, prices: PriceList, row: PriceRow, prices_of: AmountColumn, fees_of: AmountColumn) -> None:
    width = paper.width
    paper.text(row.destination, 0, 0.36 * width, size=SMALL, most_lines=3)
    paper.text(", ".join(row.prefixes), 0.38 * width, 0.62 * width, size=SMALL, most_lines=MOST_LINES, plain=True, colour="muted")
    prices_of.put(_amount(paper, prices, row.price_micros), strong=True)
    if row.connection_micros:
        fees_of.put(_amount(paper, prices, row.connection_micros), colour="muted")
    blocks = f"{row.first_seconds}/{row.next_seconds}"
    paper.text(blocks, 0.9 * width, width, size=SMALL, align="end", plain=True, colour="muted")
