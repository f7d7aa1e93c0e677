"""Number ranges of resellers: what they may contain, and what is warned about (product.md S4).

A range that contains, as whole numbers, an emergency or short number of the reseller's country is refused. One that
overlaps valid public numbers as whole E.164 numbers, or another reseller's range, is warned about. A shared first
digit is no clash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from appliance.errors import UserError
from appliance.store.resellers import Reseller

WIDEST = 15  # digits of a number: E.164's longest
LONGEST_SHORT = 6  # no short number has more digits
ALWAYS_EMERGENCY = ("112", "911")
SAMPLES = 200  # numbers of a range that are tried as E.164 numbers


def parse_range(text: str, field: str | None = "number_range") -> tuple[str, str]:
    """ "1000000-1999999" as its first and last number. UserError "number_range.invalid"."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not (dash and first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise UserError("number_range.invalid", field=field, range=text)
    if len(first) != len(last) or len(first) > WIDEST or first > last:
        raise UserError("number_range.invalid", field=field, range=text)
    return first, last


def country_of(country: str, timezone: str) -> str:
    """The country, or the one of the time zone where none is given; "" where that tells nothing."""
    if country:
        return country
    from babel.core import get_global  # here: only this rare question needs Babel's tables

    territory = get_global("zone_territories").get(timezone, "")
    return str(territory) if len(territory) == 2 and territory.isalpha() else ""


def check_range(first: str, last: str, country: str, field: str | None = "number_range") -> None:
    """UserError "number_range.emergency" or "number_range.short_number" names the first number that clashes."""
    clash = next(_short_numbers(first, last, country), None)
    if clash is not None:
        code, number = clash
        raise UserError(code, field=field, number=number, country=country)


def is_short_number(number: str, country: str) -> bool:
    """Whether a single number clashes in the same way."""
    return next(_short_numbers(number, number, country), None) is not None


def warnings(reseller: str, first: str, last: str, others: Iterable[Reseller]) -> list[str]:
    """What is allowed and still worth saying."""
    found = [
        f"number range {first}-{last} of {reseller} overlaps that of {other.name} ({other.number_first}-{other.number_last})"
        for other in others
        if len(other.number_first) == len(first) and other.number_first <= last and first <= other.number_last
    ]
    public = _public_number(first, last)
    if public is not None:
        found.append(f"number range {first}-{last} of {reseller} overlaps public numbers such as +{public}; calls to those ring here")
    return found


def free_range(others: Iterable[Reseller]) -> tuple[str, str]:
    """The first block of a million that overlaps nobody's: 1000000-1999999, 2000000-2999999, …"""
    taken = [(other.number_first, other.number_last) for other in others]
    block = 1
    while True:
        first, last = f"{block}000000", f"{block}999999"
        if not any(len(low) == len(first) and low <= last and first <= high for low, high in taken):
            return first, last
        block += 1


def _short_numbers(first: str, last: str, country: str) -> Iterator[tuple[str, str]]:
    width = len(first)
    if width > LONGEST_SHORT:
        return
    for number in ALWAYS_EMERGENCY:
        if len(number) == width and first <= number <= last:
            yield "number_range.emergency", number
    patterns = _patterns(country)
    if not patterns:
        return
    emergency, short, messages_only = patterns
    for value in range(int(first), int(last) + 1):
        number = str(value).zfill(width)
        if emergency.fullmatch(number):
            yield "number_range.emergency", number
        elif short.fullmatch(number) and not messages_only.fullmatch(number):
            yield "number_range.short_number", number


def _patterns(country: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]] | None:
    from phonenumbers import PhoneMetadata  # here: a table of every country's short numbers

    metadata = PhoneMetadata.short_metadata_for_region(country) if country else None
    if metadata is None:
        return None

    def pattern(part: object) -> re.Pattern[str]:
        return re.compile(getattr(part, "national_number_pattern", None) or r"(?!)")

    return pattern(metadata.emergency), pattern(metadata.short_code), pattern(metadata.sms_services)


def _public_number(first: str, last: str) -> str | None:
    import phonenumbers  # here: it costs 30 ms to import, and a server that changes no range never needs it

    low, high = int(first), int(last)
    step = max(1, (high - low) // SAMPLES)
    for value in range(low, high + 1, step):
        number = str(value).zfill(len(first))
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse("+" + number)):
                return number
        except phonenumbers.NumberParseException:
            continue
    return None
