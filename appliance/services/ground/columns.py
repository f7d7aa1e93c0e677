"""From what was sent to what is written: one table a noun says which field goes to which column, and how.

A field left out (UNSET) is left out of the result; null gives the column's default ("null clears"). A converter
refuses a wrong value with the name of the field.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from appliance.billing.number import dial_plan
from appliance.errors import UserError
from appliance.money import check_currency, parse_amount, parse_percent

Sql = None | int | str | bytes
Convert = Callable[[object, str], Sql]

LONGEST_TEXT = 2000
LONGEST_NAME = 200
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
_DOMAIN = re.compile(r"^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.?$")


class Column(NamedTuple):
    """One field of a request or a description entry, and the column it is kept in."""

    field: str
    column: str
    convert: Convert


def written(request: object, table: Sequence[Column]) -> dict[str, Sql]:
    """The columns of every field that was sent."""
    found: dict[str, Sql] = {}
    for field, column, convert in table:
        value = getattr(request, field, msgspec.UNSET)
        if value is not msgspec.UNSET:
            found[column] = convert(value, field)
    return found


def differing(values: Mapping[str, Sql], row: object) -> dict[str, Sql]:
    """Those of the values that the row does not have already."""
    return {column: value for column, value in values.items() if getattr(row, column) != value}


def text(default: str = "", longest: int = LONGEST_TEXT) -> Convert:
    """A text; null gives the default."""

    def convert(value: object, field: str) -> Sql:
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > longest or "\x00" in value:
            raise UserError("field.wrong_text", field=field, longest=longest)
        return value.strip()

    return convert


def optional_text(value: object, field: str) -> Sql:
    """A text or nothing; an empty text is nothing."""
    return text()(value, field) or None


def name(value: object, field: str) -> Sql:
    """A natural key: not empty, one line, no blank at either end (the same key must be found again)."""
    if not isinstance(value, str) or not value or value != value.strip() or len(value) > LONGEST_NAME or any(ord(each) < 32 for each in value):
        raise UserError("field.wrong_name", field=field, longest=LONGEST_NAME)
    return value


def flag(default: bool = False) -> Convert:
    """True or false as 1 or 0."""
    return lambda value, field: int(default if value is None else bool(value))


def count(default: int | None = None, least: int = 0, most: int = 2_000_000_000) -> Convert:
    """A whole number; null gives the default, None being "no limit"."""

    def convert(value: object, field: str) -> Sql:
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise UserError("field.out_of_range", field=field, least=least, most=most)
        return value

    return convert


def amount(default: int | None = 0, least: int | None = 0) -> Convert:
    """Micros of a decimal string."""

    def convert(value: object, field: str) -> Sql:
        if value is None:
            return default
        micros = parse_amount(str(value), field)
        if least is not None and micros < least:
            raise UserError("amount.negative", field=field)
        return micros

    return convert


def percent(least_ppm: int = -1_000_000, default: int = 0) -> Convert:
    """Parts per million of a percentage; -100 at least, since a price below zero is none."""

    def convert(value: object, field: str) -> Sql:
        if value is None:
            return default
        ppm = parse_percent(str(value), field)
        if ppm < least_ppm:
            raise UserError("percent.too_low", field=field)
        return ppm

    return convert


def choice(*choices: str) -> Convert:
    """One of a few words; null gives the first."""

    def convert(value: object, field: str) -> Sql:
        if value is None:
            return choices[0]
        if value not in choices:
            raise UserError("field.not_a_choice", field=field, choices=", ".join(choices))
        return str(value)

    return convert


def texts(each: Callable[[str, str], str] | None = None, most: int = 200) -> Convert:
    """A list of texts as JSON; null gives the empty list. `each` checks one and may rewrite it."""

    def convert(value: object, field: str) -> Sql:
        items = [] if value is None else value
        if not isinstance(items, (list, tuple)) or len(items) > most:
            raise UserError("field.too_many", field=field, most=most)
        return json.dumps([each(str(item), f"{field}[{index}]") if each else str(item) for index, item in enumerate(items)])

    return convert


def plan(default: str | None) -> Convert:
    """A dial plan as JSON with its keys in order, so that the same plan is the same text."""

    def convert(value: object, field: str) -> Sql:
        if value is None:
            return default
        dial_plan(value, field)
        return json.dumps(value, sort_keys=True, ensure_ascii=False)

    return convert


def currency(value: object, field: str) -> Sql:
    """An ISO 4217 code."""
    return check_currency(str(value), field)


def display_currency(value: object, field: str) -> Sql:
    """An ISO 4217 code, or nothing: the account's."""
    return "" if value in (None, "") else check_currency(str(value), field)


def timezone(default: str = "") -> Convert:
    """A name of the time zone database; null and "" give the default."""

    def convert(value: object, field: str) -> Sql:
        if value in (None, ""):
            return default
        try:
            zoneinfo.ZoneInfo(str(value))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise UserError("timezone.unknown", field=field, timezone=str(value)) from None
        return str(value)

    return convert


def language(default: str = "") -> Convert:
    """A language tag such as nl or pt-BR."""

    def convert(value: object, field: str) -> Sql:
        if value in (None, ""):
            return default
        if not _LANGUAGE.match(str(value)):
            raise UserError("language.invalid", field=field, language=str(value))
        return str(value)

    return convert


def country(value: object, field: str) -> Sql:
    """Two capital letters (ISO 3166-1), or nothing."""
    if value in (None, ""):
        return ""
    code = str(value).strip().upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise UserError("country.invalid", field=field, country=str(value))
    return code


def domain(value: object, field: str) -> Sql:
    """A host name or address, lower case; realms compare so."""
    found = str(value).strip().lower().rstrip(".")
    if not _DOMAIN.match(found):
        raise UserError("domain.invalid", field=field, domain=str(value))
    return found


def digits(value: object, field: str) -> Sql:
    """A number to show to the callee: digits with an optional leading +, or nothing."""
    found = "" if value is None else str(value).strip()
    if found and not (found.removeprefix("+").isascii() and found.removeprefix("+").isdigit() and len(found) <= 32):
        raise UserError("number.not_digits", field=field, number=found)
    return found
