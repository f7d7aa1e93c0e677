"""Rows on standard output: one JSON object a line, CSV, or a table that a person reads."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from appliance.wire import codec

MOST_WIDTH = 40
TABLE_LOOKAHEAD = 200  # rows whose widths a table is laid out by


def print_rows(rows: Iterable[object], style: str, columns: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """Print structs or dicts as `json`, `csv` or `table`; how many there were. `columns` are a table's and CSV's, default all."""
    target = out or sys.stdout
    plain = (codec.plain(row) for row in rows)
    if style == "json":
        count = 0
        for row in plain:
            target.write(json.dumps(row, ensure_ascii=False, separators=(", ", ": ")) + "\n")
            count += 1
        return count
    if style == "csv":
        return _csv(plain, columns, target)
    return _table(plain, columns, target)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _csv(rows: Iterable[dict[str, Any]], columns: Sequence[str] | None, out: TextIO) -> int:
    writer = csv.writer(out, lineterminator="\n")
    count = 0
    names = list(columns or ())
    for row in rows:
        if not count:
            names = names or list(row)
            writer.writerow(names)
        writer.writerow([_safe(_text(row.get(name))) for name in names])
        count += 1
    if not count and names:
        writer.writerow(names)
    return count


def _safe(text: str) -> str:
    """A text that a spreadsheet would take for a formula is marked as text (a phone names itself as it likes)."""
    formula = text[:1] in {"=", "@", "\t", "\r"} or (text[:1] in {"+", "-"} and not text[1:].replace(".", "", 1).isdigit())
    return f"'{text}" if formula else text


def _cut(text: str, width: int) -> str:
    clean = "".join(sign if sign.isprintable() else "·" for sign in text)
    return clean if len(clean) <= width else clean[: width - 1] + "…"


def _table(rows: Iterable[dict[str, Any]], columns: Sequence[str] | None, out: TextIO) -> int:
    count = 0
    pending: list[dict[str, Any]] = []
    layout: list[tuple[str, int]] = []

    def lay_out() -> None:
        names = list(columns or (pending[0] if pending else ()))
        for name in names:
            widest = max([len(name), *(len(_text(row.get(name))) for row in pending)])
            layout.append((name, min(widest, MOST_WIDTH)))
        out.write("  ".join(name.ljust(width) for name, width in layout).rstrip() + "\n")
        for row in pending:
            line(row)

    def line(row: dict[str, Any]) -> None:
        out.write("  ".join(_cut(_text(row.get(name)), width).ljust(width) for name, width in layout).rstrip() + "\n")

    for row in rows:
        count += 1
        if layout:
            line(row)
            continue
        pending.append(row)
        if len(pending) == TABLE_LOOKAHEAD:
            lay_out()
    if not layout and (pending or columns):
        lay_out()
    return count
