"""What the demo's terminal shows: running calls, balances, the last calls. Data in, lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

LAST_CALLS = 8
MOST_CALLS = 12

CLEAR_TO_END = "\x1b[J"
HOME = "\x1b[H"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class View(NamedTuple):
    """One moment of the demo. Rows are as `calls`, `balances` and `cdrs` print them."""

    seconds: float
    address: str
    calls: Sequence[Mapping[str, Any]]
    balances: Sequence[Mapping[str, Any]]
    ended: Sequence[Mapping[str, Any]]  # newest first
    total: int
    charged: Mapping[str, str]  # by currency


def _columns(rows: Sequence[Sequence[str]], right: frozenset[int]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _calls(view: View, now: float) -> list[str]:
    rows = [("", "endpoint", "dialled", "state", "time", "so far", "ends in")]
    for call in view.calls[:MOST_CALLS]:
        answered, ends = call.get("answered_seconds"), call.get("ends_seconds")
        rows.append(
            (
                call["customer"] or "",
                call["endpoint"] or "",
                call["dialled"],
                call["state"],
                _clock(now - answered) if answered is not None else "",
                f"{call['consumed']} {call['currency']}" if answered is not None else "",
                _clock(max(0.0, ends - now)) if ends is not None else "",
            )
        )
    more = len(view.calls) - MOST_CALLS
    return _columns(rows, frozenset({4, 5, 6})) + ([f"… and {more} more"] if more > 0 else [])


def _balances(view: View) -> list[str]:
    rows = [("", "owner", "balance", "limit", "held")]
    for row in view.balances:
        rows.append((row["account"], row["owner"], f"{row['balance']} {row['currency']}", row["credit_limit"], row["reserved"]))
    return _columns(rows, frozenset({2, 3, 4}))


def _ended(view: View) -> list[str]:
    rows = [("", "dialled", "destination", "s", "charged", "cost", "ended")]
    for cdr in view.ended[:LAST_CALLS]:
        own = next((charge for charge in cdr["charges"] if charge["level"] == 0), None)
        charged = f"{own['amount']} {own['currency']}" if own else "-"
        rows.append((cdr["customer"] or "", cdr["dialled"], cdr["destination"] or "", str(cdr["billed_seconds"]), charged, cdr["cost"], cdr["cause"]))
    return _columns(rows, frozenset({3, 4, 5}))


def lines(view: View, now: float, *, colour: bool) -> list[str]:
    """The whole screen. `now` is on the axis of the calls' `answered_seconds` and `ends_seconds`."""
    strong, faint, plain = (BOLD, DIM, PLAIN) if colour else ("", "", "")
    charged = ", ".join(f"{amount} {currency}" for currency, amount in view.charged.items()) or "nothing yet"
    out = [f"{strong}Tollhouse demo{plain}  {view.address}  running {_clock(view.seconds)}  calls {view.total}  charged {charged}"]
    for title, part in (
        (f"Running calls ({len(view.calls)})", _calls(view, now)),
        ("Credit accounts", _balances(view)),
        ("Last calls", _ended(view)),
    ):
        out += ["", f"{strong}{title}{plain}"]
        out += [f"{faint}{part[0]}{plain}", *part[1:]] if part else []
    return [*out, "", f"{faint}Ctrl-C ends the demo.{plain}"]


def frame(text: Sequence[str], width: int, height: int) -> str:
    """The lines as one write that repaints a terminal of that size without flicker."""
    shown = list(text[: max(1, height - 1)])
    return HOME + "".join(f"{_cut(line, width)}\x1b[K\n" for line in shown) + CLEAR_TO_END


def _cut(line: str, width: int) -> str:
    """No more than `width` visible characters; colour codes take no room."""
    if len(line) <= width:
        return line
    out, room, at = [], width, 0
    while at < len(line) and room > 0:
        if line[at] == "\x1b":
            end = line.index("m", at) + 1
            out.append(line[at:end])
            at = end
        else:
            out.append(line[at])
            at += 1
            room -= 1
    return "".join(out) + PLAIN


def news(before: Sequence[int], view: View) -> list[str]:
    """For an output that is no terminal: one line for each call that ended since the ids of `before` were shown."""
    seen = set(before)
    said = []
    for cdr in reversed(view.ended):
        if cdr["id"] in seen:
            continue
        own = next((charge for charge in cdr["charges"] if charge["level"] == 0), None)
        charged = f", {own['amount']} {own['currency']}" if own else ""
        where = f" ({cdr['destination']})" if cdr["destination"] else ""
        said.append(f"{cdr['ended_at']}  {cdr['customer']} called {cdr['dialled']}{where}: {cdr['billed_seconds']} s{charged}, {cdr['cause']}")
    return said
