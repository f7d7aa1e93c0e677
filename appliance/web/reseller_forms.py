"""What is typed into the reseller pages' forms, as requests take it: amounts as people write them, ticks, changes alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from appliance.errors import UserError
from appliance.web.visit import Visit

BLANKS = dict.fromkeys(map(ord, " \u00a0\u202f'"))
DECIMALS = 6


def amount(text: str) -> str:
    """ "12,5", "1 250" and "1.250,75" as the wire has them; the last of two different signs parts the decimals. What is no amount stays
    as it is, and is refused at its field."""
    plain = text.strip().translate(BLANKS)
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:
        plain = plain.replace("," if comma < point else ".", "")
    return plain.replace(",", ".") if plain.count(",") == 1 else plain


def ticked(visit: Visit, name: str) -> bool:
    """A box that was ticked."""
    return visit.text(name) == "1"


def whole_or_none(visit: Visit, name: str) -> int | None:
    """A whole number, None for an empty field. UserError number.invalid at the field."""
    text = visit.text(name, 12)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise UserError("field.not_whole", field=name)
    return int(text)


def changed(visit: Visit, view: Any, texts: Iterable[str], ticks: Iterable[str] = ()) -> dict[str, Any]:
    """The fields that differ from what the view says: texts as typed, ticks as they stand on the form."""
    found: dict[str, Any] = {}
    for name in texts:
        if name in visit.typed and visit.text(name, 1000) != (getattr(view, name) or ""):
            found[name] = visit.text(name, 1000)
    for name in ticks:
        if ticked(visit, name) != getattr(view, name):
            found[name] = ticked(visit, name)
    return found


@cache
def zones() -> list[str]:
    """Time zones to choose from."""
    from zoneinfo import available_timezones

    return sorted(each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/")))
