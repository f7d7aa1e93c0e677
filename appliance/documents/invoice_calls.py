"""The appendix of an invoice: each call, by phone and time, in a table of thousands of rows."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from appliance.documents.paper import BODY, HEADING, LEADING, SMALL, Paper

ROW = SMALL * LEADING + 1.4
PLACES = ((0.0, 0.2, "start"), (0.2, 0.42, "start"), (0.42, 0.76, "start"), (0.76, 0.86, "end"), (0.86, 1.0, "end"))


class CallRow(NamedTuple):
    """One charged call; `at` ms since 1970 UTC."""

    at: int
    endpoint: str
    number: str
    destination: str
    seconds: int
    amount_micros: int


def calls_of(paper: Paper, calls: tuple[CallRow, ...], timezone: str, currency: str) -> None:
    """From a page of its own; a phone's heading is never parted from its first call."""
    words = paper.words
    paper.turn()
    paper.put(words._("Call detail"), size=HEADING, strong=True)
    paper.down(4)
    _headings(paper)
    for endpoint, rows in groupby(calls, key=lambda row: row.endpoint):
        if not paper.fits(BODY * LEADING + 3 * ROW):
            _turn(paper)
        paper.down(3)
        paper.put(words.isolate(endpoint) if endpoint else words._("Other phones"), strong=True, most_lines=1)
        paper.down(1.5)
        for row in rows:
            if not paper.fits(ROW):
                _turn(paper)
            texts = (
                words.short_moment(row.at, timezone), words.number(row.number), row.destination,
                _duration(row.seconds), words.amount(row.amount_micros, currency),
            )  # fmt: skip
            for place, (text, (start, end, align)) in enumerate(zip(texts, PLACES, strict=True)):
                plain = place != 2
                colour = "text" if place in (1, 4) else "muted"
                paper.cell(text, start * paper.width, end * paper.width - 4, size=SMALL, align=align, plain=plain, colour=colour)
            paper.down(ROW)


def _turn(paper: Paper) -> None:
    paper.turn()
    _headings(paper)


def _headings(paper: Paper) -> None:
    words = paper.words
    texts = (words._("Time"), words._("Number"), words._("Destination"), words._("Duration"), words._("Amount"))
    for text, (start, end, align) in zip(texts, PLACES, strict=True):
        paper.cell(text, start * paper.width, end * paper.width - 4, size=SMALL, strong=True, colour="muted", align=align)
    paper.down(ROW)
    paper.rule()
    paper.down(2)


def _duration(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    return f"{minutes}:{left:02d}"
