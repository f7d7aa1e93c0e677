"""What `verify` found in the books and the database."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class VerifyRequest(Request, frozen=True):
    """`deep` also recomputes every charge from its explanation."""

    deep: bool = True


class FaultView(View, frozen=True):
    """One fault. `code` is a key of the catalogue; `ids` name the rows."""

    code: str
    what: str
    ids: list[int]


class Findings(View, frozen=True):
    """`ok` where there is no fault; the counts say what was looked at."""

    ok: bool
    faults: list[FaultView]
    entries: int
    calls: int
    charges: int
