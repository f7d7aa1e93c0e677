"""What stands in another system's columns, made into what is kept here. Each gives a value, or raises `Unreadable` with its reason."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo

from appliance.money import LARGEST_MICROS

_DECIMAL = re.compile(r"[+-]?(\d{1,20}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
_HA1 = re.compile(r"[0-9a-fA-F]{32}")
LONGEST_NAME = 200


class Unreadable(ValueError):
    """A value that is none; `code` is of the catalogue."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text[:64]


def micros(text: str | None) -> int:
    """Micros of a decimal number as databases write it, exponents too, half up past six decimals; nothing is 0."""
    plain = (text or "").strip()
    if not plain:
        return 0
    if not _DECIMAL.fullmatch(plain):
        raise Unreadable("move.amount", plain)
    try:
        found = int((Decimal(plain) * 1_000_000).to_integral_value(ROUND_HALF_UP))
    except InvalidOperation:
        raise Unreadable("move.amount", plain) from None
    if abs(found) > LARGEST_MICROS:
        raise Unreadable("move.amount", plain)
    return found


def whole(text: str | None, otherwise: int = 0) -> int:
    """A whole number of any sign; nothing is `otherwise`."""
    plain = (text or "").strip()
    if not plain:
        return otherwise
    if not plain.removeprefix("-").isdigit() or len(plain) > 18 or not plain.isascii():
        raise Unreadable("move.number", plain)
    return int(plain)


def moment(text: str | None, zone: str) -> int:
    """Milliseconds of `2024-05-01 12:00:00` in a time zone, of RFC 3339, or of seconds since 1970."""
    plain = (text or "").strip()
    if plain.isascii() and plain.isdigit() and 8 < len(plain) < 12:
        return int(plain) * 1000
    try:
        found = datetime.fromisoformat(plain.replace("Z", "+00:00"))
        if found.tzinfo is None:
            found = found.replace(tzinfo=_zone(zone))
        if not 1980 <= found.year < 2200:
            raise ValueError
        return round(found.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Unreadable("move.time", plain) from None


def day(text: str | None) -> str | None:
    """The ISO date that a date or time begins with; None for nothing, and for the zero date of MySQL."""
    plain = (text or "").strip()[:10]
    if not plain or plain.startswith(("0000", "1000-01-01")):
        return None
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        raise Unreadable("move.time", plain) from None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def clean(text: str | None, longest: int = LONGEST_NAME) -> str:
    """One line without control characters and without blanks at its ends."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())[:longest].strip()


def joined(*texts: str | None, between: str = " ") -> str:
    """Those that say something, one after the other."""
    return between.join(filter(None, (clean(text) for text in texts)))


def digits(text: str | None) -> str:
    """The digits of a number, without what people write between them; "" where it is none."""
    plain = "".join(sign for sign in text or "" if sign not in " +-.()/")
    return plain if plain.isascii() and plain.isdigit() and len(plain) <= 32 else ""


def caller_number(text: str | None) -> str:
    """The digits of a caller id, which may stand behind a name: `"Al" <3120123>`."""
    plain = text or ""
    inside = re.search(r"<\s*(\+?[0-9 ]+)\s*>", plain)
    return digits(inside[1] if inside else plain)


def caller_name(text: str | None) -> str:
    """The name of a caller id."""
    plain = (text or "").partition("<")[0]
    return clean(plain.replace('"', ""), 80) if "<" in (text or "") else ""


def ha1(text: str | None) -> str:
    """A digest in lower case; "" where there is none. Unreadable move.ha1 for anything else."""
    plain = (text or "").strip()
    if plain and not _HA1.fullmatch(plain):
        raise Unreadable("move.ha1", "")
    return plain.lower()


def language(text: str | None) -> str:
    """`pt-BR` of `pt_BR`; "" where it is no language."""
    plain = (text or "").strip().replace("_", "-")
    head, _, tail = plain.partition("-")
    if not (head.isascii() and head.isalpha() and 2 <= len(head) <= 3):
        return ""
    return f"{head.lower()}-{tail.upper()}" if len(tail) == 2 and tail.isalpha() else head.lower()


def currency(text: str | None) -> str:
    """A code of ISO 4217; "" where it is none."""
    plain = (text or "").strip().upper()
    return plain if len(plain) == 3 and plain.isascii() and plain.isalpha() else ""


def country(text: str | None) -> str:
    """Two letters, of those or of an English name; "" where it is unknown."""
    plain = clean(text)
    if len(plain) == 2 and plain.isascii() and plain.isalpha():
        return plain.upper()
    return _countries().get(plain.casefold(), "")


@cache
def _countries() -> dict[str, str]:
    from babel import Locale  # here: only a file that writes names out needs Babel's tables

    return {name.casefold(): code for code, name in Locale("en").territories.items() if len(code) == 2}
