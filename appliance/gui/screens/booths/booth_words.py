"""What booths, their sessions and bills are called, and how their figures are written."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.gui import words
from appliance.gui.column import State
from appliance.gui.words import _, plural
from appliance.i18n import sentence
from appliance.wire.booths import BoothView, SessionView
from appliance.wire.guard import FuseView

TONES = {"closed": "muted", "open": "good", "in_call": "accent", "paused": "warning", "to_pay": "warning", "out_of_order": "danger"}


def booth_state(state: str) -> State:
    """A booth's state as word and tone."""
    said = {
        "closed": _("Closed"),
        "open": _("Open"),
        "in_call": _("In call"),
        "paused": _("Paused"),
        "to_pay": _("To pay"),
        "out_of_order": _("Out of order"),
    }
    return State(said.get(state, state), TONES.get(state, "muted"))


def bill_state(state: str) -> State:
    """A bill's state as word and tone."""
    said = {
        "open": State(_("Open"), "accent"),
        "paid": State(_("Paid"), "good"),
        "joined": State(_("Joined to another")),
        "cancelled": State(_("Cancelled"), "danger"),
        "walk_out": State(_("Walked out"), "danger"),
        "complaint": State(_("Complaint"), "warning"),
    }
    return said.get(state, State(state))


def line_kind(kind: str) -> str:
    """What a line of a bill is."""
    said = {"call": _("Call"), "goods": _("Goods"), "item": _("Item"), "discount": _("Discount"), "forgiven": _("Forgiven")}
    return said.get(kind, kind)


def receipt_kind(kind: str) -> str:
    """What a document of the till is."""
    said = {
        "sale": _("Receipt"),
        "refund": _("Refund"),
        "deposit": _("Deposit"),
        "loss": _("Loss"),
        "x": _("X report"),
        "z": _("Z report"),
    }
    return said.get(kind, kind)


def event_kind(kind: str) -> str:
    """What an exception at the till is."""
    said = {
        "drawer": _("Drawer opened"),
        "reprint": _("Printed again"),
        "cancel": _("Cancelled"),
        "discount": _("Discount"),
        "manual_price": _("Price typed by hand"),
        "refund": _("Refund"),
        "closed_booth_call": _("Call from a closed booth"),
        "deleted_line": _("Line taken off"),
        "walk_out": _("Walked out"),
        "complaint": _("Complaint"),
        "forgiven": _("Call forgiven"),
        "recount": _("Counted again"),
        "forced_close": _("Shift closed by another"),
        "not_signed": _("Not signed by the device"),
    }
    return said.get(kind, kind)


def stopped_text(fuse: FuseView) -> str:
    """Why the shop's calls were stopped, and who lets them go on."""
    why = sentence(fuse.reason, fuse.parameters, words.language())
    why = fuse.words if why.startswith(fuse.reason) else why
    return _("No calls from the booths: {why} A supervisor lets them go on.", why=why)


def parts_text(session: SessionView) -> str:
    """Whose bills were joined to this one, and what they brought; "" where none were."""
    others = [each for each in session.parts if each.session != session.id]
    return " · ".join(_("with {booth}: {money}", booth=each.note or each.booth, money=words.money(each.amount, session.currency)) for each in others)


def signing_word(state: str) -> str:
    """What a till's signing device made of a document."""
    said = {"waiting": _("Waits for the device"), "signed": _("Signed"), "silent": _("No answer"), "wrong": _("Wrong answer")}
    return said.get(state, state)


def cash_kind(kind: str) -> str:
    """What a movement of the drawer is."""
    said = {
        "float": _("Float"),
        "bill": _("Bill"),
        "change": _("Change"),
        "deposit": _("Deposit"),
        "payout": _("Paid out"),
        "refund": _("Refund"),
        "in": _("Put in"),
        "out": _("Taken out"),
        "drop": _("To the safe"),
        "count": _("Counted"),
    }
    return said.get(kind, kind)


def clock_time(seconds: float) -> str:
    """`3:07`, or `1:03:07`: running time that is read at a glance."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return words.isolate(f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}")


def pieces(denominations: Mapping[str, int], currency: str) -> str:
    """`1 × 10.00 EUR, 2 × 0.20 EUR`: which notes and coins to give."""
    parts = [f"{words.count(number_of)} × {words.money(value, currency)}" for value, number_of in denominations.items() if number_of]
    return ", ".join(parts)


def seconds_left(seconds: int) -> str:
    """How much talk is left, in whole words."""
    if seconds < 60:
        return plural("{n} second left", "{n} seconds left", seconds)
    return plural("{n} minute left", "{n} minutes left", seconds // 60)


def card_name(booth: BoothView) -> str:
    """What a reader of the screen is told of a card."""
    parts = [booth.name, booth_state(booth.state).text]
    if booth.session is not None:
        parts += [booth.session.note, words.money(booth.session.total, booth.session.currency)]
    if booth.call is not None:
        parts += [words.number(booth.call.number), booth.call.destination]
    return ", ".join(filter(None, parts))
