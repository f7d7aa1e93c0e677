"""The prices as a poster for a shop's window: one page, each country with its lowest price, as large as they fit (product.md N16)."""

from __future__ import annotations

from typing import NamedTuple

from appliance.documents.lettering import REGULAR, STRONG, width_of
from appliance.documents.paper import LEADING, MM, Paper
from appliance.documents.price_list import PriceList
from appliance.money import format_amount
from appliance.words import Words

SIZES = tuple(step / 2 for step in range(72, 11, -1))  # points of a line, the largest first
MOST_COLUMNS = 4
BETWEEN = 10 * MM  # two columns
LINE = 1.75  # of its size: how high a line is
UNCUT = 0.93  # so much of the names must stand whole


class Poster(NamedTuple):
    """What the price list has; a country's lowest price stands for it."""

    prices: PriceList


class _Fit(NamedTuple):
    columns: int
    size: float


def pdf(poster: Poster, words: Words, paper_name: str) -> bytes:
    """One page."""
    prices = poster.prices
    lowest: dict[str, int] = {}
    for row in prices.rows:
        lowest[row.country] = min(row.price_micros, lowest.get(row.country, row.price_micros))
    with Paper(paper_name, words, title=words._("Price list {tariff}", tariff=prices.tariff), author=prices.sender.name) as paper:
        sender = prices.sender
        paper.foot = [sender.name, *paper.own_order(sender.phone, sender.email, sender.web_address)]
        paper.logo(sender.logo)
        scale = paper.page_width / (210 * MM)
        paper.put(sender.name, size=34 * scale, strong=True, most_lines=2)
        paper.down(2 * MM)
        said = words._("Prices of a minute in {currency}, from", currency=words.isolate(prices.currency))
        paper.put(said, size=17 * scale, colour="muted", most_lines=2)
        paper.down(5 * MM)
        paper.rule(weight=2 * scale, colour="accent")
        paper.down(5 * MM)
        _countries(paper, prices, sorted(lowest.items()), scale)
        return paper.pdf()


def _countries(paper: Paper, prices: PriceList, lines: list[tuple[str, int]], scale: float) -> None:
    inside = paper.words._("Each destination has its price in the list inside.")
    note = f"{paper.words.day(prices.at, prices.timezone)} · {inside}"
    low = paper.bottom - 8 * MM
    names = [(country, paper.words.decimal(format_amount(micros, prices.decimals))) for country, micros in lines]
    fit = _fitting(names, low - paper.y, paper.width, scale)
    rows = max(1, int((low - paper.y) / (fit.size * LINE)))
    wide = (paper.width - BETWEEN * (fit.columns - 1)) / fit.columns
    top = paper.y
    for number, (country, amount) in enumerate(names[: rows * fit.columns]):
        column, row = divmod(number, rows)
        start = column * (wide + BETWEEN)
        paper.y = top + row * fit.size * LINE
        room = width_of(amount, STRONG, fit.size) + fit.size / 2
        paper.cell(country, start, start + wide - room, size=fit.size)
        paper.cell(amount, start + wide - room, start + wide, size=fit.size, strong=True, align="end", plain=True)
        paper.down(fit.size * LEADING)
        paper.rule(start, start + wide, weight=0.4)
    paper.y = paper.bottom - 4 * MM
    left = len(lines) - rows * fit.columns
    if left > 0:
        more = paper.words.plural("and {n} more country", "and {n} more countries", left)
        note = f"{more} · {note}"
    paper.cell(note, 0, paper.width, size=8 * scale, colour="muted")


def _fitting(names: list[tuple[str, str]], height: float, width: float, scale: float) -> _Fit:
    """The largest letters with which all countries stand on the page and few names are cut; the smallest where they never do."""
    widths = sorted(width_of(country, REGULAR, 1) + width_of(amount, STRONG, 1) + 0.5 for country, amount in names)
    usual = widths[int(len(widths) * UNCUT)] if widths else 0.0
    for size in SIZES:
        sized = size * scale
        rows = int(height / (sized * LINE))
        columns = max(1, -(-len(names) // rows)) if rows else MOST_COLUMNS + 1
        if columns <= MOST_COLUMNS and usual * sized <= (width - BETWEEN * (columns - 1)) / columns:
            return _Fit(columns, sized)
    return _Fit(MOST_COLUMNS, SIZES[-1] * scale)
