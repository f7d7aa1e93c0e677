"""The words of a rate deck's reading: fields, signs, encodings, and what a difference is called."""

from __future__ import annotations

from appliance.gui.column import State
from appliance.gui.words import _, isolate, micros, percent
from appliance.wire.decks import DeckDifference, DeckProblem, DeckView

Choices = list[tuple[str | None, str]]


def roles() -> dict[str, str]:
    """The fields that a column can hold, by the word of the wire, in the order of a list."""
    return {
        "prefix": _("Prefix"),
        "prefix_until": _("Prefix, last of a range"),
        "country_code": _("Country code"),
        "country": _("Country"),
        "destination": _("Destination"),
        "price": _("Price"),
        "price_first": _("Price of the first block"),
        "connection_fee": _("Connection fee"),
        "first_increment": _("First block"),
        "next_increment": _("Following blocks"),
        "minimum_seconds": _("Least time"),
        "free_below_seconds": _("Free below seconds"),
        "free_seconds": _("Free seconds"),
        "grace": _("Grace time"),
        "minimum_charge": _("Least charge"),
        "maximum_charge": _("Highest charge"),
        "blocked": _("Blocked"),
        "discontinued": _("Discontinued"),
        "valid_from": _("Valid from"),
        "valid_until": _("Valid until"),
        "band": _("Time band"),
        "origin": _("Caller's country"),
    }


def role_word(role: str) -> str:
    """What a person calls the field."""
    return roles().get(role, role)


def guessed(value: str) -> str:
    """How a field says that nobody chose: what was found stands beside it."""
    return _("As found: {value}", value=value) if value else _("As found")


def delimiters() -> dict[str, str]:
    """Signs between cells."""
    return {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Bar")}


def encodings() -> list[str]:
    """Encodings that decks come in."""
    return ["utf-8", "utf-16", "windows-1252", "windows-1250", "windows-1251", "windows-1254", "windows-1256", "gb18030"]


def decimals() -> dict[str, str]:
    """What stands before the decimals."""
    return {".": _("Point, as in 0.125"), ",": _("Comma, as in 0,125")}


def dates() -> dict[str, str]:
    """The order of dates."""
    return {"day-first": _("Day first"), "month-first": _("Month first")}


def units() -> dict[str, str]:
    """What a price is for."""
    return {"minute": _("Amount a minute"), "second": _("Amount a second"), "cents": _("Cents a minute")}


def duplicates() -> dict[str, str]:
    """Which line counts where a prefix stands twice."""
    return {"first": _("The first line"), "last": _("The last line"), "lowest": _("The lowest price"), "highest": _("The highest price")}


def what_state(difference: DeckDifference) -> State:
    """Added, removed, dearer or cheaper: in a word and its colour."""
    if difference.what == "added":
        return State(_("Added"), "good")
    if difference.what == "removed":
        return State(_("Removed"), "danger")
    if difference.before is not None and difference.after is not None:
        step = micros(difference.after) - micros(difference.before)
        if step > 0:
            return State(_("Dearer"), "warning")
        if step < 0:
            return State(_("Cheaper"), "accent")
    return State(_("Changed"), "muted")


def percent_words(difference: DeckDifference) -> str:
    """By how much, with its sign."""
    if not difference.percent:
        return ""
    return isolate(f"+{percent(difference.percent)}") if micros(difference.percent) > 0 else percent(difference.percent)


def problem_state(problem: DeckProblem) -> State:
    """Whether the line is left out or only worth a look."""
    return State(_("Left out"), "danger") if problem.refused else State(_("Look at it"), "warning")


def importable(view: DeckView) -> bool:
    """Whether there is anything that could be written."""
    return not view.missing and view.rates > 0 and bool(view.added + view.changed + view.removed)
