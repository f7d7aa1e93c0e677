"""Comma-separated values (RFC 4180) of rows, in which no text can begin a formula of a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def lines(rows: Iterable[Iterable[object]]) -> str:
    """The rows as text; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: object) -> object:
    """What phones and customers say of themselves is hostile: no text may begin a formula in a spreadsheet."""
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and not value[1:].replace(".", "").isdigit() and value:
        return "'" + value
    return "" if value is None else value
