"""Call records as a spreadsheet: moments as dates, amounts as numbers, everything else as the text it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from appliance.documents.workbook import Cell, Column, workbook
from appliance.wire.cdrs import CdrRow

MOMENTS = frozenset({"started_at", "answered_at", "ended_at"})
AMOUNTS = frozenset({"amount", "cost"})
WIDTHS = {"id": 9, "started_at": 20, "answered_at": 20, "customer": 24, "destination": 24, "caller": 18, "dialled": 18, "normalised": 18}
NAME = "Calls"


def parts(records: Iterable[list[CdrRow]]) -> Iterator[bytes]:
    """The file, part by part, of records that come some at a time."""
    columns = [Column(name, WIDTHS.get(name, 14)) for name in CdrRow.__struct_fields__]
    makers = [(name, _maker(name)) for name in CdrRow.__struct_fields__]
    return workbook(NAME, columns, ([make(getattr(row, name)) for name, make in makers] for part in records for row in part))


def _maker(name: str) -> Callable[[object], Cell]:
    if name in MOMENTS:
        return _moment
    return _amount if name in AMOUNTS else _plain


def _moment(value: object) -> Cell:
    """An RFC 3339 moment in UTC."""
    return datetime.fromisoformat(str(value)).replace(tzinfo=None) if value else None


def _amount(value: object) -> Cell:
    return Decimal(str(value)) if value not in (None, "") else None


def _plain(value: object) -> Cell:
    if value is None or isinstance(value, str):
        return value
    return int(value) if isinstance(value, int) else str(value)
