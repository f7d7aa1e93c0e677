"""The settings sheet of an endpoint: what is entered into a phone, to be read, typed or scanned (product.md S21)."""

from __future__ import annotations

from typing import NamedTuple

from appliance.documents.paper import BODY, FIGURE, HEADING, MM, SMALL, TITLE, Paper
from appliance.documents.parties import Sender
from appliance.words import Words


class Sheet(NamedTuple):
    """What the sheet says. `password` "": it is not shown; `uri` is what the code holds; `codecs` empty: the phone's own choice.

    Not `emergency_calls`: it says that the phone cannot call for help.
    """

    sender: Sender
    customer: str
    number: str
    display_name: str
    server: str
    port: int
    transport: str
    realm: str
    user: str
    password: str
    codecs: tuple[str, ...]
    uri: str
    emergency_calls: bool = True


def pdf(sheet: Sheet, words: Words, paper_name: str) -> bytes:
    """The sheet as a PDF of one page."""
    title = words._("Phone settings of {number}", number=sheet.number)
    with Paper(paper_name, words, title=title, author=sheet.sender.name) as paper:
        sender = sheet.sender
        paper.foot = [sender.name, *paper.own_order(sender.phone, sender.email, sender.web_address)]
        paper.logo(sender.logo)
        paper.text(sender.name, end=paper.width * 0.6, size=HEADING, strong=True, most_lines=2)
        paper.put(words._("Phone settings"), start=paper.width * 0.6, size=HEADING, colour="muted", align="end")
        paper.down(8 * MM)
        paper.put(words._("Your number"), size=SMALL, colour="muted")
        paper.put(words.number(sheet.number), size=FIGURE, strong=True, plain=True)
        paper.put(sheet.customer, size=HEADING, colour="muted", most_lines=2)
        paper.down(6 * MM)
        _settings(paper, sheet)
        _help(paper, sheet)
        return paper.pdf()


def _settings(paper: Paper, sheet: Sheet) -> None:
    import segno

    words = paper.words
    code = [list(row) for row in segno.make(sheet.uri, error="m", micro=False).matrix_iter(scale=1, border=2)]
    size = min(52 * MM, paper.width * 0.38)
    if not paper.fits(size + 2 * BODY):
        paper.turn()
    top, edge = paper.y, paper.width - size - 6 * MM
    paper.code(code, paper.width - size, size)
    rows = [
        (words._("SIP server"), sheet.server),
        (words._("Port"), str(sheet.port)),
        (words._("Transport"), sheet.transport.upper()),
        (words._("User name"), sheet.user),
        (words._("Password"), sheet.password or words._("as told to you")),
        (words._("Realm"), sheet.realm),
        (words._("Display name"), sheet.display_name),
        (words._("Codecs"), ", ".join(sheet.codecs) or words._("G.711 first, or any that the phone has")),
    ]
    label = min(36 * MM, edge * 0.42)
    first = paper.page
    for name, value in rows:
        if value:
            strong = value not in (words._("as told to you"), words._("G.711 first, or any that the phone has"))
            paper.pair(name, value, label, edge, strong=strong, plain=strong)
            paper.down(3)
            paper.rule(0, edge)
            paper.down(3)
    if paper.page > first:
        paper.down(8 * MM)
        return
    low, paper.y = paper.y, top + size + 2
    said = words._("Scan the code with a phone app that reads SIP addresses.") if sheet.password else words._("The code holds all but the password.")
    paper.put(said, start=paper.width - size, size=SMALL, colour="muted", align="middle")
    paper.y = max(paper.y, low) + 8 * MM


def _help(paper: Paper, sheet: Sheet) -> None:
    words = paper.words
    paper.put(words._("How to set it up"), size=TITLE if paper.width > 400 else HEADING, strong=True)
    paper.down(2 * MM)
    steps = (
        words._("Add an account of the kind SIP to your phone or app."),
        words._("Enter the settings above, or scan the code."),
        words._("The phone says registered or online: you can be called at your number."),
        words._("Dial numbers as you are used to; abroad with 00 or + first."),
    )
    for number, step in enumerate(steps, 1):
        if not paper.fits(BODY * 6):
            paper.turn()
        paper.text(words.count(number), end=12, strong=True, colour="accent")
        paper.down(paper.text(step, start=16) + 3)
    if not sheet.emergency_calls:
        paper.down(2 * MM)
        said = words._("Emergency numbers such as 112 cannot be called with this phone. Have another one at hand.")
        paper.down(paper.text(said, strong=True, colour="warning"))
    if sheet.password:
        paper.down(2 * MM)
        paper.put(words._("Keep this page where nobody else reads it: whoever has the password can call at your cost."), size=BODY, colour="warning")
