"""The order of a list's rows by one of its columns, as a person expects it: amounts by their size, names by the language, the empty last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any

from PySide6.QtCore import QCollator, QLocale, Qt

from appliance.gui import words
from appliance.gui.column import Column, shown, value_of

AMOUNTS = frozenset({"money", "percent"})
PLAIN = frozenset({"moment", "day", "yes", "count", "duration"})
"""Kinds whose values of the wire stand in the right order themselves."""


def ordered(rows: Sequence[Any], column: Column, *, descending: bool) -> list[Any]:
    """The rows by that column; rows that are alike stay as they were, those without a value come last either way."""
    keys = [(row, _key(column, row)) for row in rows]
    full = [pair for pair in keys if pair[1] is not None]
    if column.kind in PLAIN or column.kind in AMOUNTS:
        full.sort(key=lambda pair: pair[1], reverse=descending)
    else:
        full.sort(key=_by_language(), reverse=descending)
    return [row for row, _value in full] + [row for row, value in keys if value is None]


def _key(column: Column, row: Any) -> Any:
    value = value_of(column.of, row)
    if value is None or value == "":
        return None
    if column.kind in AMOUNTS:
        return words.micros(value) if isinstance(value, str) else value
    return value if column.kind in PLAIN else shown(column, row)


def _by_language() -> Callable[[tuple[Any, str]], Any]:
    """Names as the person's language orders them, and numbers in them by their size."""
    collator = QCollator(QLocale(words.language()))
    collator.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    collator.setNumericMode(True)
    return cmp_to_key(lambda one, other: collator.compare(one[1], other[1]))
