"""A customer's calls of a period on paper: one line a call, and what they come to."""

from __future__ import annotations

from typing import NamedTuple

from appliance.documents.paper import HEADING, LEADING, MM, SMALL, TITLE, Paper
from appliance.documents.parties import Receiver, Sender
from appliance.words import Words

ROW = SMALL * LEADING + 3
PLACES = ((0.0, 0.2, "start"), (0.2, 0.42, "start"), (0.42, 0.74, "start"), (0.74, 0.84, "end"), (0.84, 1.0, "end"))


class ListedCall(NamedTuple):
    """One call; `seconds` None: it was not answered."""

    at: int
    number: str
    destination: str
    seconds: int | None
    amount_micros: int


class CallList(NamedTuple):
    """Newest first; moments are ms since 1970 UTC. `left_out`: calls that the paper has no room for."""

    sender: Sender
    receiver: Receiver
    currency: str
    timezone: str
    period: str
    calls: tuple[ListedCall, ...]
    left_out: int
    seconds: int
    amount_micros: int


def pdf(content: CallList, words: Words, paper_name: str) -> bytes:
    """The list as a PDF; each page repeats the headings."""
    title = words._("Calls")
    with Paper(paper_name, words, title=title, author=content.sender.name) as paper:
        sender = content.sender
        paper.foot = [sender.name, *paper.own_order(sender.phone, sender.email, sender.web_address)]
        middle, top = paper.width * 0.58, paper.y
        paper.logo(sender.logo)
        paper.put(sender.name, end=middle - 8, size=HEADING, strong=True, most_lines=2)
        low, paper.y = paper.y, top
        paper.put(title, start=middle, size=TITLE, strong=True, align="end")
        paper.put(content.period, start=middle, colour="muted", align="end")
        paper.y = max(paper.y, low) + 8 * MM
        for number, line in enumerate(content.receiver.lines()[:7]):
            paper.put(line, end=85 * MM, strong=number == 0, most_lines=2)
        paper.down(6 * MM)
        _table(paper, content)
        return paper.pdf()


def _headings(paper: Paper) -> None:
    words = paper.words
    texts = (words._("When"), words._("Number"), words._("Destination"), words._("Talk"), words._("Price"))
    for text, (start, end, align) in zip(texts, PLACES, strict=True):
        paper.cell(text, start * paper.width, end * paper.width, size=SMALL, strong=True, colour="muted", align=align)
    paper.down(ROW)
    paper.rule()
    paper.down(2)


def _table(paper: Paper, content: CallList) -> None:
    words, width = paper.words, paper.width
    _headings(paper)
    for call in content.calls:
        if not paper.fits(ROW):
            paper.turn()
            _headings(paper)
        talk = "–" if call.seconds is None else _talk(call.seconds)
        amount = words.amount(call.amount_micros, content.currency) if call.seconds is not None else ""
        texts = (words.short_moment(call.at, content.timezone), words.number(call.number), call.destination, talk, amount)
        for text, (start, end, align) in zip(texts, PLACES, strict=True):
            paper.cell(text, start * width, (end if align == "end" else end - 0.01) * width, size=SMALL, align=align, plain=align == "end")
        paper.down(ROW)
    if not paper.fits(3 * ROW):
        paper.turn()
        _headings(paper)
    paper.rule(0, width)
    paper.down(2)
    for text, (start, end, align) in zip((_talk(content.seconds), words.amount(content.amount_micros, content.currency)), PLACES[3:], strict=True):
        paper.cell(text, (start - 0.06 if start == 0.74 else start) * width, end * width, size=SMALL, strong=True, align=align, plain=True)
    paper.cell(words._("All calls, amounts in {currency}", currency=content.currency), 0, 0.66 * width, size=SMALL, strong=True)
    paper.down(ROW)
    if content.left_out:
        paper.put(
            words.plural("{n} more call is in the CSV file.", "{n} more calls are in the CSV file.", content.left_out), size=SMALL, colour="muted"
        )


def _talk(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds < 3600 else f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
