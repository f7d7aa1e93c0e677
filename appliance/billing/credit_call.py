"""A call in the credit book, and how it was cut."""

from __future__ import annotations

from typing import NamedTuple

from appliance.billing.credit_account import Line


class CutCall(NamedTuple):
    """A call that reached its end."""

    call: int
    duration_ms: int  # the boundary itself
    cause: str  # credit | limit
    level: int | None  # whose account could not pay; None for a limit


class Call:
    """A call from admission on. `max_ms` counts from the answer; `limit` is that on the book's axis."""

    __slots__ = ("answered", "cut", "id", "limit", "lines", "max_ms")

    def __init__(self, call: int, lines: tuple[Line, ...], max_ms: int | None) -> None:
        self.id = call
        self.lines = lines
        self.max_ms = max_ms
        self.limit: int | None = None
        self.answered: int | None = None
        self.cut: CutCall | None = None
