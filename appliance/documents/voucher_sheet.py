"""Vouchers to be cut out: value, code, serial number and who redeems them (product.md P7)."""

from __future__ import annotations

from typing import NamedTuple

from appliance.documents.paper import BODY, LEADING, MM, SMALL, TITLE, Paper
from appliance.documents.parties import Sender
from appliance.words import Words

ACROSS = 2
HEIGHT = 46 * MM
PAD = 5 * MM


class VoucherSheet(NamedTuple):
    """`codes`: (serial number, code as it is printed); `expires_on` an ISO date or ""."""

    sender: Sender
    batch: str
    amount_micros: int
    currency: str
    expires_on: str
    codes: tuple[tuple[int, str], ...]


def pdf(sheet: VoucherSheet, words: Words, paper_name: str) -> bytes:
    """The sheet as a PDF, two vouchers side by side with lines to cut along."""
    title = words._("Vouchers {batch}", batch=sheet.batch)
    with Paper(paper_name, words, title=title, author=sheet.sender.name) as paper:
        paper.foot = [sheet.sender.name, title]
        paper.rule(colour="border", weight=0.4)
        for at in range(0, len(sheet.codes), ACROSS):
            if not paper.fits(HEIGHT):
                paper.turn()
                paper.rule(colour="border", weight=0.4)
            for place, (serial, code) in enumerate(sheet.codes[at : at + ACROSS]):
                _voucher(paper, sheet, serial, code, place)
            paper.down(HEIGHT)
            paper.rule(colour="border", weight=0.4)
        return paper.pdf()


def _voucher(paper: Paper, sheet: VoucherSheet, serial: int, code: str, place: int) -> None:
    words, width, top = paper.words, paper.width / ACROSS, paper.y
    start, end = place * width + (PAD if place else 0), (place + 1) * width - (0 if place else PAD)
    paper.down(PAD)
    paper.text(sheet.sender.name, start, end, strong=True, most_lines=1)
    paper.text(words._("No. {number}", number=words.isolate(str(serial))), start, end, size=SMALL, colour="muted", align="end", most_lines=1)
    paper.down(BODY * LEADING + 3)
    paper.text(words.isolate(words.money(sheet.amount_micros, sheet.currency)), start, end, size=TITLE, strong=True, most_lines=1)
    paper.down(TITLE * LEADING + 2)
    paper.box(BODY * LEADING + 8, colour="background", start=start, end=end)
    paper.down(4)
    paper.text(code, start + 4, end - 4, size=BODY + 1, strong=True, align="middle", plain=True, most_lines=1)
    paper.down(BODY * LEADING + 8)
    redeem = words._("Redeem the code at {place}", place=words.isolate(sheet.sender.web_address)) if sheet.sender.web_address else ""
    until = words._("Good before {day}", day=words.iso_day(sheet.expires_on)) if sheet.expires_on else ""
    for text in filter(None, (redeem, until)):
        paper.text(text, start, end, size=SMALL, colour="muted", most_lines=1)
        paper.down(SMALL * LEADING)
    paper.y = top
