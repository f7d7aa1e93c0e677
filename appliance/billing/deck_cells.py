"""Cells of a deck into values: prices, increments, seconds, dates, yes and no. A cell that cannot be read is a Fault.

Prices are exact: digits are shifted, multiplied and rounded once, half up, to micros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo

from appliance.billing.deck_prefixes import Fault, fault
from appliance.billing.deck_words import AT_ONCE, BLOCKED, FREE, MONTHS, NO, SIGNS, YES, plain
from appliance.money import MICROS, divide_half_up

MOST_MICROS = 10**9 * MICROS
UNITS = {"minute": (1, 1), "second": (60, 1), "cents": (1, 100)}
"""What a price of each unit is multiplied and divided by."""

LONGEST_SECONDS = 10_000_000
_NUMBER = re.compile(r"\d[\d.,'’\u00a0\u202f ]*\d|\d")
_SCIENTIFIC = re.compile(r"\d[eE][+-]?\d")
_AROUND = re.compile(r"(?:[a-z]{3}|us|euros?|cts?|cents?)?\s*(?:(?:/|per|p\.?|pro|por|par|al)\s*(?:min(?:ute|uto|uut|\.)?|m)\b\.?)?", re.IGNORECASE)
_INCREMENTS = re.compile(
    r"(\d+)(?:[.,]0+)?\s*(?:s|secs?|seconds?|sek|segs?)?\.?(?:\s*[/+:;,x|-]\s*(\d+)(?:[.,]0+)?\s*(?:s|secs?|seconds?|sek|segs?)?\.?)?", re.I
)
_COUNT = re.compile(r"(\d+)(?:[.,]0+)?\s*(?:s|secs?|seconds?|sek|segs?)?\.?", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.]\d+)?)?(?:Z|\+00:00)?)?")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?[-/. ]*(?:de |of )?([^\W\d]+)\.?[-/., ]*(?:de |of )?(\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"([^\W\d]+)\.?[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})")


class BlockedCell:
    """The price cell says that the destination is not served."""


BLOCKED_CELL = BlockedCell()


# prices -------------------------------------------------------------------------------------------------------------
def price_of(text: str, decimal: str, unit: str = "minute") -> tuple[int, bool] | BlockedCell | Fault:
    """Micros per minute, and whether rounding to micros lost anything."""
    cell = text.strip()
    if not cell:
        return fault("deck.no_price")
    lowered = cell.casefold()
    if lowered in BLOCKED:
        return BLOCKED_CELL
    if lowered in FREE:
        return 0, False
    if _SCIENTIFIC.search(cell):
        return fault("deck.price_scientific", text=cell[:40])
    numbers = _NUMBER.findall(cell[1:] if cell[:1] in ".," else cell)
    if cell[:1] in ".," and numbers:
        numbers = [cell]
    if len(numbers) > 1:
        return fault("deck.two_prices", text=cell[:40])
    if not numbers:
        return fault("deck.price_unclear", text=cell[:40])
    before, _, after = cell.partition(numbers[0])
    if before.strip().endswith(("-", "−")) or (before.strip().endswith("(") and after.strip().startswith(")")):
        return fault("deck.price_negative", text=cell[:40])
    cents = "¢" in cell or plain(after) in ("ct", "cts", "cent", "cents")
    for part in (before, after):
        rest = part.strip().strip("()").strip()
        for sign in SIGNS:
            rest = rest.replace(sign, "") if len(sign) == 1 else rest
        rest = rest.replace("¢", "").strip()
        if rest and not _AROUND.fullmatch(rest):
            return fault("deck.price_unclear", text=cell[:40])
    number = plain_number(numbers[0], decimal)
    if number is None:
        return fault("deck.price_decimal", text=cell[:40], decimal=decimal)
    multiplied, divided = UNITS["cents" if cents else unit]
    whole, _, fraction = number.partition(".")
    numerator, denominator = int((whole + fraction) or 0) * MICROS * multiplied, 10 ** len(fraction) * divided
    micros = divide_half_up(numerator, denominator)
    if micros > MOST_MICROS:
        return fault("deck.price_unclear", text=cell[:40])
    return micros, micros * denominator != numerator


def plain_number(text: str, decimal: str) -> str | None:
    """ "1.234,5" with a decimal comma as "1234.5"; None where its signs do not fit."""
    body = re.sub(r"['’\u00a0\u202f ]", "", text)
    grouping = "," if decimal == "." else "."
    if grouping in body:
        whole, sign, fraction = body.partition(decimal)
        groups = whole.split(grouping)
        if len(groups) == 2 and not sign:
            return None  # 1,234 may be a thousand or one and a bit
        if len(groups[0]) not in (1, 2, 3) or any(len(group) != 3 for group in groups[1:]) or groups[0] in ("0", "00", "000"):
            return None
        body = "".join(groups) + sign + fraction
    if decimal != ".":
        body = body.replace(decimal, ".")
    digits = body.replace(".", "", 1)
    return body if digits.isascii() and digits.isdigit() else None


def guess_decimal(texts: Iterable[str]) -> str:
    """The decimal sign that most cells have; a point where none tells."""
    points = commas = 0
    for text in texts:
        for number in _NUMBER.findall(text)[:1]:
            body = number.strip()
            last = max(body.rfind("."), body.rfind(","))
            if last < 0 or body.count(body[last]) > 1:
                continue
            other = "," if body[last] == "." else "."
            sure = other in body or len(body) - last - 1 != 3 or body[:last].strip("0") == ""
            weight = 10 if sure else 1
            if body[last] == ".":
                points += weight
            else:
                commas += weight
    return "," if commas > points else "."


# whole numbers ------------------------------------------------------------------------------------------------------
def increments_of(text: str) -> tuple[int, int | None] | None | Fault:
    """(60, 6) of "60/6", (60, None) of "60", None of an empty cell."""
    cell = text.strip()
    if not cell:
        return None
    if _ISO.fullmatch(cell) or _NUMERIC.fullmatch(cell):
        return fault("deck.increment_became_date", text=cell[:40])
    match = _INCREMENTS.fullmatch(cell)
    if match is None or int(match[1]) > LONGEST_SECONDS or int(match[2] or 0) > LONGEST_SECONDS:
        return fault("deck.increment_unclear", text=cell[:40])
    following = None if match[2] is None else int(match[2])
    if following == 0 or (following is None and int(match[1]) == 0):
        return fault("deck.increment_zero", text=cell[:40])
    return int(match[1]), following


def count_of(text: str) -> int | None | Fault:
    """Whole seconds; None of an empty cell."""
    cell = text.strip()
    if not cell:
        return None
    match = _COUNT.fullmatch(cell)
    if match is None or int(match[1]) > LONGEST_SECONDS:
        return fault("deck.seconds_unclear", text=cell[:40])
    return int(match[1])


def flag_of(text: str) -> bool | Fault:
    """Yes or no; an empty cell is no."""
    cell = text.strip().casefold()
    if cell in NO or cell == "0.0":
        return False
    if cell in YES or cell in BLOCKED or cell == "1.0":
        return True
    return fault("deck.flag_unclear", text=cell[:40])


# dates --------------------------------------------------------------------------------------------------------------
def moment_of(text: str, order: str, zone: tzinfo, *, until: bool = False) -> int | None | Fault:
    """UTC milliseconds of a date's midnight in the zone; None for "ASAP" and an empty cell. `order` is day-first or month-first.

    Where the price ends (`until`), a date without a time of day is the last day, and its end is meant.
    """
    cell = " ".join(text.split())
    if not cell or cell.casefold() in AT_ONCE or cell in ("-", "0"):
        return None
    parts = _date_parts(cell, order)
    if parts is None:
        return fault("deck.date_unclear", text=cell[:40])
    year, month, day, hour, minute, second = [*parts, 0, 0, 0][:6]
    if year < 100:
        year += 2000
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        moment = int(at.timestamp()) * 1000
    except (ValueError, OverflowError):
        return fault("deck.date_unclear", text=cell[:40])
    return moment + 86_400_000 if until and not (hour or minute or second) else moment


def _date_parts(cell: str, order: str) -> list[int] | None:
    match = _ISO.fullmatch(cell) or _COMPACT.fullmatch(cell)
    if match:
        return [int(part or 0) for part in match.groups()]
    match = _NUMERIC.fullmatch(cell)
    if match:
        first, second, year, *clock = (int(part or 0) for part in match.groups())
        return [year, second, first, *clock] if order == "day-first" else [year, first, second, *clock]
    match = _DAY_MONTH.fullmatch(cell)
    if match:
        month = MONTHS.get(plain(match[2]))
        return None if month is None else [int(match[3]), month, int(match[1])]
    match = _MONTH_DAY.fullmatch(cell)
    if match:
        month = MONTHS.get(plain(match[1]))
        return None if month is None else [int(match[3]), month, int(match[2])]
    return None


def guess_dates(texts: Iterable[str]) -> str:
    """Whether the day comes first, by the dates that can be read only one way; day first where none tells."""
    days = months = 0
    for text in texts:
        match = _NUMERIC.fullmatch(" ".join(text.split()))
        if match:
            days += int(match[1]) > 12
            months += int(match[2]) > 12
    return "month-first" if months > days else "day-first"
