"""What the rows of an unknown deck are: where the header stands, which column holds what, how numbers and dates are written.

The law of this file: a guess is by name first, by content where names are silent, and it is always shown. A column
is taken for prefixes or prices only where its cells look so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from appliance.billing.deck_cells import guess_dates, guess_decimal
from appliance.billing.deck_prefixes import CATCH_ALL
from appliance.billing.deck_words import BLOCKED, FREE, ROLES, currency_in, plain, roles_of
from appliance.errors import UserError

Row = tuple[int, list[str]]
"""The line it stands in, counted from 1, and its cells."""

LOOKED_AT = 60  # rows in which a header is sought
SAMPLED = 300  # rows by whose cells a column is judged
ESSENTIAL = ("prefix", "price")
JOINED = ("destination",)
"""Fields that may be made of several columns."""

_PREFIX = re.compile(r"[+_^'(]{0,3}\d[\d\s().,;/+|&\[\]XZNxzn*!^$-]*(?:\.\.?\*?)?")
_PRICE = re.compile(r"\D{0,6}\d*[.,]?\d+\s?\D{0,10}")
_DECIMAL = re.compile(r"\D{0,5}\d*[.,]\d+\D{0,10}")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_PAIR = re.compile(r"\d{1,4}\s*/\s*\d{1,4}")


class Layout(NamedTuple):
    """How the rows are to be read. `header` is an index into the rows, -1 where there is none; columns count from 0."""

    header: int
    columns: Mapping[str, tuple[int, ...]]
    names: tuple[str, ...]
    decimal: str
    dates: str
    price_unit: str
    currency: str
    twice: tuple[str, ...]  # headers that stand over more than one column of the same field

    def one(self, role: str) -> int:
        """The column of a field, -1 where it has none."""
        found = self.columns.get(role, ())
        return found[0] if found else -1


class Given(NamedTuple):
    """What was said and need not be guessed; None: guess it. Rows are lines of the file, `header_row` 0 says there is none."""

    header_row: int | None = None
    columns: Mapping[str, Sequence[int | str]] | None = None
    decimal: str | None = None
    dates: str | None = None
    price_unit: str | None = None


def layout_of(rows: Sequence[Row], given: Given) -> Layout:
    """The layout of a sheet. UserError: deck.field_unknown, deck.no_such_column, deck.header_row for what was said wrongly."""
    header = _header(rows, given)
    names = tuple(rows[header][1]) if header >= 0 else ()
    sample = _sample(rows, header)
    columns: dict[str, tuple[int, ...]] = _said(given, names, sample)
    if given.columns is None or not all(role in columns for role in ESSENTIAL):
        taken = {column for found in columns.values() for column in found}
        _by_name(columns, taken, names, sample)
        _by_content(columns, taken, sample, bool(names))
    prices = [cells[column] for column in columns.get("price", ()) for cells in sample if column < len(cells)]
    moments = [cells[column] for role in ("valid_from", "valid_until") for column in columns.get(role, ()) for cells in sample if column < len(cells)]
    price_name = " ".join(names[column] for column in columns.get("price", ()) if column < len(names))
    return Layout(
        header,
        columns,
        names,
        given.decimal or guess_decimal(prices),
        given.dates or guess_dates(moments),
        given.price_unit or _unit(price_name),
        currency_in(price_name) or (currency_in(prices[0]) if prices else ""),
        _twice(columns, names),
    )


# the header ---------------------------------------------------------------------------------------------------------
def _header(rows: Sequence[Row], given: Given) -> int:
    if given.header_row == 0:
        return -1
    if given.header_row is not None:
        for index, (line, _) in enumerate(rows):
            if line == given.header_row:
                return index
        raise UserError("deck.header_row", field="header_row", row=given.header_row)
    best, found = 1, -1
    for index, (_, cells) in enumerate(rows[:LOOKED_AT]):
        named = [found[0] for found in map(roles_of, cells) if found]
        roles = {role for _, _, role in named}
        if len(roles) > best and max(sure for sure, _, _ in named) >= 2 and roles & {"prefix", "price", "country_code"} and not _is_data(cells):
            best, found = len(roles), index
    return found


def _is_data(cells: Sequence[str]) -> bool:
    """Whether a row has a number of its own, which a header has not."""
    return any(_DECIMAL.fullmatch(cell) or (cell.isdigit() and len(cell) > 1) for cell in map(str.strip, cells))


def _sample(rows: Sequence[Row], header: int) -> list[list[str]]:
    """Rows with data from all over the sheet."""
    found = [cells for _, cells in rows[header + 1 :] if len([*filter(None, map(str.strip, cells))]) > 1]
    if len(found) <= SAMPLED:
        return found
    step = len(found) // (SAMPLED // 2)
    return found[: SAMPLED // 2] + found[SAMPLED // 2 :: step]


# columns ------------------------------------------------------------------------------------------------------------
def _said(given: Given, names: tuple[str, ...], sample: list[list[str]]) -> dict[str, tuple[int, ...]]:
    columns: dict[str, tuple[int, ...]] = {}
    width = max([len(names), *map(len, sample)])
    for role, wanted in (given.columns or {}).items():
        field = f"columns.{role}"
        known = role if role in ROLES else next((found for sure, _, found in roles_of(role) if sure == 3), "")
        if not known:
            raise UserError("deck.field_unknown", field=field, name=role, known=", ".join(ROLES))
        found = []
        for each in wanted:
            column = _column(each, names)
            if column is None or not 0 <= column < max(width, 1):
                raise UserError("deck.no_such_column", field=field, column=each)
            found.append(column)
        columns[known] = tuple(found)
    return columns


def _column(wanted: int | str, names: tuple[str, ...]) -> int | None:
    if isinstance(wanted, int) or wanted.isdigit():
        return int(wanted) - 1
    same = [index for index, name in enumerate(names) if name.strip().casefold() == wanted.strip().casefold()]
    return same[0] if same else None


def _by_name(columns: dict[str, tuple[int, ...]], taken: set[int], names: tuple[str, ...], sample: list[list[str]]) -> None:
    wishes = sorted((-sure, rank, index, role) for index, name in enumerate(names) for sure, rank, role in roles_of(name) if index not in taken)
    for _, _, index, role in wishes:
        if role in columns or index in taken or not _fits(role, index, sample):
            continue
        columns[role] = (index,)
        taken.add(index)
    if "prefix" not in columns and "country_code" in columns:
        columns["prefix"] = columns.pop("country_code")
    if "country_code" in columns and _whole_codes(columns["prefix"][0], columns["country_code"][0], sample):
        del columns["country_code"]
    country = columns.pop("country", None)
    if country is not None:
        columns["destination"] = (*country, *columns.get("destination", ()))


def _fits(role: str, column: int, sample: list[list[str]]) -> bool:
    """Whether the cells look like the field at all; most fields are taken by their name alone."""
    cells = [row[column].strip() for row in sample if column < len(row) and row[column].strip()]
    if not cells:
        return role not in ESSENTIAL or not sample
    if role in ("prefix", "country_code"):
        return _share(cells, _looks_prefix) >= 0.3
    if role in ("price", "price_first"):
        return _share(cells, _looks_price) >= 0.3
    if role == "country":
        return _share(cells, lambda cell: bool(_LETTERS.search(cell))) >= 0.3
    return True


def _whole_codes(prefix: int, country: int, sample: list[list[str]]) -> bool:
    """Whether the prefixes have their country code in them already."""
    pairs = [(row[prefix].strip().lstrip("+"), row[country].strip().lstrip("+")) for row in sample if len(row) > max(prefix, country)]
    telling = [(code, head) for code, head in pairs if code and head]
    return bool(telling) and sum(1 for code, head in telling if code.startswith(head)) * 2 > len(telling)


def _share(cells: Sequence[str], test: object) -> float:
    assert callable(test)
    return sum(1 for cell in cells if test(cell)) / len(cells)


def _looks_prefix(cell: str) -> bool:
    return bool(_PREFIX.fullmatch(cell)) or cell.casefold() in CATCH_ALL


def _looks_price(cell: str) -> bool:
    return bool(_PRICE.fullmatch(cell)) or cell.casefold() in BLOCKED or cell.casefold() in FREE


def _by_content(columns: dict[str, tuple[int, ...]], taken: set[int], sample: list[list[str]], named: bool) -> None:
    """Fill in prefix, price and destination from the cells; without a header also a column of increments."""
    width = max((len(row) for row in sample), default=0)
    seen: dict[int, list[str]] = {}
    for column in range(width):
        cells = [row[column].strip() for row in sample if column < len(row) and row[column].strip()]
        if column not in taken and len(cells) * 2 >= len(sample):
            seen[column] = cells

    def best(score: object) -> int | None:
        assert callable(score)
        scored = sorted(((score(cells), -column) for column, cells in seen.items()), reverse=True)
        if not scored or scored[0][0] <= 0:
            return None
        del seen[-scored[0][1]]
        return -int(scored[0][1])

    def varied(cells: list[str]) -> float:
        return len(set(cells)) / len(cells)

    for role, score in (
        ("prefix", lambda cells: varied(cells) + 0.01 if _share(cells, _whole_code) >= 0.7 else 0),
        ("price", lambda cells: varied(cells) + 0.01 if _share(cells, _DECIMAL.fullmatch) >= 0.6 else 0),
        ("price", lambda cells: varied(cells) + 0.01 if _share(cells, _looks_price) >= 0.8 else 0),
        ("destination", lambda cells: varied(cells) + 0.01 if _share(cells, _LETTERS.search) >= 0.6 else 0),
        ("next_increment", lambda cells: 1 if not named and _share(cells, _PAIR.fullmatch) >= 0.8 else 0),
    ):
        if role not in columns:
            found = best(score)
            if found is not None:
                columns[role] = (found,)


def _whole_code(cell: str) -> bool:
    return bool(_PREFIX.fullmatch(cell)) and not re.fullmatch(r"\d*[.,]\d{1,2}|\d?[.,]\d+", cell)


def _unit(name: str) -> str:
    words = plain(name).split()
    if "second" in words or "sec" in words or "sekunde" in words:
        return "second"
    return "cents" if {"cents", "cent", "ct", "cts", "centimos", "centavos"} & set(words) or "¢" in name else "minute"


def _twice(columns: Mapping[str, tuple[int, ...]], names: tuple[str, ...]) -> tuple[str, ...]:
    """Headers of fields in use that stand over another column as well."""
    plain_names = [plain(name) for name in names]
    return tuple(
        names[column]
        for found in columns.values()
        for column in found
        if column < len(names) and names[column] and plain_names.count(plain_names[column]) > 1
    )
