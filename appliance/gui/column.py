"""A column of a list: where its value stands, how it is shown, and the state that a cell may tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from appliance.gui import words

RIGHT = frozenset({"money", "count", "duration", "percent"})
Of = str | Callable[[Any], Any]


class State(NamedTuple):
    """A state in words; `tone` (good, warning, danger, muted, accent) gives it colour and shape."""

    text: str
    tone: str = "muted"


@dataclass(frozen=True)
class Column:
    """One column. `of`: the view's field or a callable of the view. `kind`: text, money, number, moment, day, duration (seconds),
    count, percent, state, yes, code (a name that is never cut). `currency` likewise names where a money column's currency is found.
    `otherwise` is what a cell without a value says."""

    of: Of
    title: str
    kind: str = "text"
    width: int = 120
    currency: Of | None = None
    tip: Callable[[Any], str] | None = None
    shown: bool = True
    grows: bool = False
    otherwise: Callable[[Any], str] | None = None

    @property
    def name(self) -> str:
        """What the column is remembered by."""
        return self.of if isinstance(self.of, str) else self.title


def value_of(of: Of, view: Any) -> Any:
    """The field or what the callable makes of the view."""
    return getattr(view, of) if isinstance(of, str) else of(view)


def shown(column: Column, view: Any) -> str:
    """The cell's text as a person reads it."""
    value = value_of(column.of, view)
    if value is None or value == "":
        return "" if column.otherwise is None else column.otherwise(view)
    if column.kind == "money":
        return words.money(value, None if column.currency is None else value_of(column.currency, view))
    if column.kind == "state":
        return value.text if isinstance(value, State) else str(value)
    if column.kind == "yes":
        return words._("Yes") if value else ""
    formats: dict[str, Callable[[Any], str]] = {
        "number": words.number,
        "moment": words.moment,
        "day": words.day,
        "duration": words.duration,
        "count": words.count,
        "percent": words.percent,
    }
    return formats.get(column.kind, str)(value)
