"""A call in the credit book, how it was cut, and what it came to."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from appliance.billing.credit_account import Line
from appliance.billing.rating import Charge


class CutCall(NamedTuple):
    """A call that reached its end."""

    call: int
    duration_ms: int  # the boundary itself
    cause: str  # credit | limit
    level: int | None  # whose account could not pay; None for a limit


class Finish(msgspec.Struct, frozen=True, gc=False):
    """What a call came to. `charges` are in the order of its meters; `covered` seconds came out of its bundle (None: it had none)."""

    duration_ms: int
    late_ms: int  # from the boundary at which it was cut to the end as it was reported
    was_cut: bool
    cause: str  # credit | limit | "" where nobody cut it
    charges: tuple[Charge, ...]
    covered: int | None = None
    level: int | None = None  # whose account could not pay, where it was cut for that


UNMETERED = Finish(0, 0, False, "", ())
"""Of a call that no book knows."""


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
