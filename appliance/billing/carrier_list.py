"""A carrier's list of calls, read and set against ours: which call is missing on which side, and where seconds or prices differ."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appliance.errors import UserError
from appliance.money import parse_price

MOST_CALLS = 1_000_000
FIELDS = ("number", "started", "seconds", "cost")
_USUAL = {
    "number": ("number", "called", "callee", "destination number", "dialled", "dialed", "to", "b-number", "cld", "dst"),
    "started": ("started", "start", "start time", "call start", "connect time", "setup time", "date", "datetime", "calldate", "time"),
    "seconds": ("seconds", "duration", "billsec", "billed seconds", "duration (s)", "billed duration", "sec"),
    "cost": ("cost", "price", "amount", "charge", "charged amount", "total"),
}
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M")


class TheirCall(NamedTuple):
    """One call of either side; `id` is ours, 0 for theirs. `started_at` ms since 1970 UTC."""

    number: str
    started_at: int
    seconds: int
    cost_micros: int
    id: int = 0


class Difference(NamedTuple):
    """`kind`: missing_here, missing_there, seconds, price; `micros` is theirs less ours."""

    kind: str
    ours: TheirCall | None
    theirs: TheirCall | None
    micros: int


def read(content: bytes, columns: Mapping[str, str], zone: str) -> tuple[list[TheirCall], list[str]]:
    """(calls, faults by line) of a CSV with a header. UserError carrier.columns, carrier.zone, carrier.too_long."""
    try:
        home = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise UserError("carrier.zone", field="zone", zone=zone[:60]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    faults: list[str] = []
    rows = _rows(text, faults)
    places = _places([each.strip() for each in next(rows, [])], columns)
    calls: list[TheirCall] = []
    for number, row in enumerate(rows, 2):
        if not any(each.strip() for each in row):
            continue
        if len(calls) >= MOST_CALLS:
            raise UserError("carrier.too_long", field="content", most=MOST_CALLS)
        try:
            calls.append(_call([row[place].strip() for place in places], home))
        except (ValueError, IndexError, UserError) as error:
            faults.append(f"{number}: {error}")
    return calls, faults


def _rows(text: str, faults: list[str]) -> Iterator[list[str]]:
    """The rows; what is no table ends them and is told."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=text[:5000].count))
    except csv.Error as error:
        faults.append(str(error))


def _places(header: list[str], columns: Mapping[str, str]) -> list[int]:
    lower = [each.lower() for each in header]
    found = []
    for field in FIELDS:
        names = (columns[field].lower(),) if field in columns else _USUAL[field]
        place = next((lower.index(name) for name in names if name in lower), None)
        if place is None:
            raise UserError("carrier.columns", field="columns", column=columns.get(field, field), header=", ".join(header)[:300])
        found.append(place)
    return found


def _call(said: list[str], home: ZoneInfo) -> TheirCall:
    number, started, seconds, cost = said
    digits = "".join(each for each in number if each.isdigit())
    if not digits:
        raise ValueError(f"number {number[:30]!r}")
    whole = seconds.partition(".")[0]
    if ":" in whole:
        parts = [int(each) for each in whole.split(":")]
        length = sum(part * 60**power for power, part in enumerate(reversed(parts)))
    else:
        length = int(whole)
    micros, _lost = parse_price(cost.replace(",", ".") if "." not in cost else cost.replace(",", ""))
    return TheirCall(digits.removeprefix("00"), _moment(started, home), length, micros)


def _moment(text: str, home: ZoneInfo) -> int:
    if text.isdigit() and len(text) in (10, 13):
        return int(text) * (1000 if len(text) == 10 else 1)
    plain = text.removesuffix("Z").partition(".")[0] if "T" in text or (text.count(":") == 2 and "." in text.rpartition(":")[2]) else text
    for form in _FORMS:
        try:
            found = datetime.strptime(plain, form).replace(tzinfo=UTC if text.endswith("Z") else home)
        except ValueError:
            continue
        return int(found.timestamp()) * 1000
    raise ValueError(f"time {text[:30]!r}")


def compare(ours: Sequence[TheirCall], theirs: Sequence[TheirCall], slack_ms: int) -> list[Difference]:
    """Every difference. Calls to one number are matched in the order in which they began, each to the nearest within the slack."""
    by_number: dict[str, list[TheirCall]] = {}
    for call in sorted(ours, key=lambda each: each.started_at):
        by_number.setdefault(call.number, []).append(call)
    found: list[Difference] = []
    matched: set[int] = set()
    for call in sorted(theirs, key=lambda each: each.started_at):
        near = [each for each in by_number.get(call.number, ()) if each.id not in matched and abs(each.started_at - call.started_at) <= slack_ms]
        if not near:
            found.append(Difference("missing_here", None, call, call.cost_micros))
            continue
        mine = min(near, key=lambda each: abs(each.started_at - call.started_at))
        matched.add(mine.id)
        if mine.seconds != call.seconds:
            found.append(Difference("seconds", mine, call, call.cost_micros - mine.cost_micros))
        elif mine.cost_micros != call.cost_micros:
            found.append(Difference("price", mine, call, call.cost_micros - mine.cost_micros))
    found += [Difference("missing_there", call, None, -call.cost_micros) for call in ours if call.id not in matched]
    return found
