"""`tollhouse import`: a rate deck looked at, or written into a tariff."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import Any

from appliance.cli_print import print_rows
from appliance.cli_reach import reach
from appliance.errors import EnvironmentFault, UserError
from appliance.wire.decks import ColumnRef, DeckApply, DeckPreview

SHOWN = 200
MOST_SENT = 20 * 1024 * 1024  # a larger file is not sent to a running server but read by it
COUNTS = ("tariff", "reseller", "currency", "applied", "rows", "rates", "added", "changed", "removed", "unchanged")


def import_deck(options: argparse.Namespace) -> int:
    """Preview or apply; says what was guessed, what cannot be read, and what differs."""
    gc.disable()  # a search for cycles among a deck's million objects finds none; the process ends soon
    content, path = _content(options.file)
    fields: dict[str, Any] = {
        "tariff": options.tariff,
        "reseller": options.reseller,
        "content": content,
        "path": path,
        "file": "" if options.file == "-" else Path(options.file).name,
        "sheet": int(options.sheet) if options.sheet and options.sheet.isdigit() else options.sheet,
        "header_row": options.header_row,
        "columns": None if options.columns is None else _columns(options.columns),
        "delimiter": options.delimiter,
        "encoding": options.encoding,
        "decimal": options.decimal,
        "dates": options.dates,
        "price_unit": options.price_unit,
        "increments": options.increments,
        "increments_for": _by_name(options.increments_for),
        "increment_style": options.increment_style,
        "duplicates": options.duplicates,
        "rise_percent": options.rise_percent,
        "keep": options.keep,
        "profile": options.profile,
        "show": SHOWN,
    }
    with reach(options) as way:
        said = way.do("decks.apply", DeckApply(**fields)) if options.yes else way.do("decks.preview", DeckPreview(**fields))
    said.pop("sample")
    if options.format == "json":
        print_rows([said], "json")
        return 0
    for problem in said["problems"]:
        print(f"tollhouse: line {problem['line']}: {problem['reason']}", file=sys.stderr)
    print_rows([{name: said[name] for name in COUNTS}], options.format)
    return 0


def _content(file: str) -> tuple[bytes | None, str | None]:
    """The file's bytes, or its place where it is large."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(), None
        place = Path(file).expanduser().absolute()
        if place.stat().st_size > MOST_SENT:
            return None, str(place)
        return place.read_bytes(), None
    except OSError as error:
        raise EnvironmentFault("file.unreadable", file=file, reason=error.strerror or error) from error


def _columns(text: str) -> dict[str, ColumnRef | list[ColumnRef]]:
    found: dict[str, ColumnRef | list[ColumnRef]] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UserError("deck.columns", field="columns", text=part)
        wanted: list[ColumnRef] = [int(each) if each.strip().isdigit() else each.strip() for each in value.split("+")]
        found[name.strip()] = wanted[0] if len(wanted) == 1 else wanted
    return found


def _by_name(texts: list[str] | None) -> dict[str, str] | None:
    if not texts:
        return None
    found = {}
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not sign or not name.strip():
            raise UserError("deck.increments", field="increments_for", text=text)
        found[name.strip()] = value.strip()
    return found
