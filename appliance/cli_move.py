"""`tollhouse move`: another system's customers, looked at, or moved in."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import Any

from appliance.cli_print import print_rows
from appliance.cli_reach import reach
from appliance.errors import EnvironmentFault
from appliance.wire.moving import MoveApply, MovePreview

CUSTOMERS = ("customer", "key", "what", "old_balance", "new_balance", "credit_limit", "currency", "endpoints")
TOTALS = ("kind", "found", "moved", "refused", "agree", "found_amount", "moved_amount", "refused_amount", "currency")


def move(options: argparse.Namespace) -> int:
    """Preview or move: each customer with both balances, each refused row with its reason, the totals; exit 1 where they do not agree."""
    gc.disable()  # what is read makes no cycles; the process ends soon
    fields: dict[str, Any] = {
        "files": [_place(file) for file in options.files],
        "source": options.source,
        "reseller": options.reseller,
        "currency": (options.currency or "").upper(),
        "realm": options.realm or "",
        "agent": options.agent or "",
        "trunk": options.trunk or "",
        "tariff": options.tariff or "",
        "timezone": options.timezone or "UTC",
        "take": ["*"] if options.take_changes else [],
    }
    with reach(options) as way:
        if options.yes:
            said = way.do("move.apply", MoveApply(**fields, leave_refused=options.leave_refused, cut_over=options.cut_over))
        else:
            said = way.do("move.preview", MovePreview(**fields))
    _told(said, options.format)
    return 0 if said["agree"] else 1


def _told(said: dict[str, Any], style: str) -> None:
    if style == "json":
        print_rows([said], "json")
        return
    for row in said["refused"]:
        where = f"{row['file']}:{row['line']}: " if row["file"] else ""
        print(f"tollhouse: {where}{row['kind']} {row['key']}: {row['reason']}", file=sys.stderr)
    if said["refused_count"] > len(said["refused"]):
        print(f"tollhouse: {said['refused_count'] - len(said['refused'])} more rows are refused", file=sys.stderr)
    for row in said["changed"]:
        print(f"tollhouse: {_changed(row)}", file=sys.stderr)
    if said["changed_count"] > len(said["changed"]):
        print(f"tollhouse: {said['changed_count'] - len(said['changed'])} more things were changed here since", file=sys.stderr)
    for agent, count in said["apart"].items():
        print(f"tollhouse: {count} customers belong to reseller {agent} of the old system: move them with --agent {agent}", file=sys.stderr)
    print_rows(said["customers"], style, CUSTOMERS)
    print_rows(said["totals"], style, TOTALS)
    if said["links"]:
        print_rows(said["links"], style, ("login", "customer", "link"))
    if said["cut_over"]:
        print("tollhouse: this was the cut-over: nothing more comes from there", file=sys.stderr)


def _changed(row: dict[str, Any]) -> str:
    """What was changed here since the last move, and what becomes of it."""
    told = f" ({row['here']} here, {row['there']} there)" if row["there"] else f" ({row['here']})" if row["here"] else ""
    end = "the old system's word is taken" if row["taken"] else "it stays; --take-changes takes the old system's word"
    return f"{row['kind']} {row['name']}: {row['field']} was changed here since{told}: {end}"


def _place(file: str) -> str:
    """The file's whole path, since a running server reads it; EnvironmentFault file.unreadable."""
    place = Path(file).expanduser().absolute()
    try:
        with place.open("rb"):
            return str(place)
    except OSError as error:
        raise EnvironmentFault("file.unreadable", file=file, reason=error.strerror or error) from error
