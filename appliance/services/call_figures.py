"""What was called, sold and earned, by day, customer or destination: a reseller with its branch (product.md P10, web.md).

Sales are what the reseller's own customers and its direct sub-resellers paid to it; cost is what it paid, to its parent or to the
carriers of its own trunks. A sub-reseller counts as one line with all below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.money import divide_half_up
from appliance.services.calls.cdrs import figures
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.money.invoice_draft import boundary
from appliance.services.statistics import MINUTE_MS, beginnings
from appliance.store.call_figures import KEYS, QUARTER_MS
from appliance.store.call_search import Wanted
from appliance.store.nouns import Nouns
from appliance.store.resellers import Reseller
from appliance.wire.statistics import CallFiguresRequest, CallFiguresRow, CallFiguresView

MOST_DAYS = 400
MOST_ROWS = 1000
Key = tuple[str, int | str]
"""("day", "2026-01-31"), ("customer", id), ("reseller", id), ("destination", name); ("", "") for calls of nobody or to nowhere."""
NOBODY: Key = ("", "")


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    answered: int = 0
    duration_ms: int = 0
    sales: dict[str, int] = field(default_factory=dict)
    cost: dict[str, int] = field(default_factory=dict)

    def add(self, other: _Sum) -> None:
        self.calls += other.calls
        self.answered += other.answered
        self.duration_ms += other.duration_ms
        for mine, more in ((self.sales, other.sales), (self.cost, other.cost)):
            for currency, micros in more.items():
                mine[currency] = mine.get(currency, 0) + micros


class CallFigures:
    """A `Reading`: a year of a big house is seconds of work."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups

    def read(self, actor: Actor, request: CallFiguresRequest) -> Reading:
        """The lines, days in their order, all else by what it brought."""
        if request.by not in KEYS:
            raise UserError("field.not_a_choice", field="by", choices=", ".join(sorted(KEYS)))
        reseller = self._lookups.reseller(actor, request.reseller, "calls.read")
        costs = self._access.may(actor, "costs.read", reseller.id)
        now = self._room.clock.utcnow()
        zone = reseller.timezone or "UTC"
        since = beginnings(now, zone)[1] if request.since is None else boundary(request.since, "since", zone)
        until = beginnings(now, zone)[0] + 2 * 86_400_000 if request.until is None else boundary(request.until, "until", zone)
        if until <= since or until - since > MOST_DAYS * 86_400_000:
            raise UserError("statistics.period", field="until", most=MOST_DAYS)
        limit = max(1, min(request.limit, MOST_ROWS))

        def run(tables: Nouns) -> CallFiguresView:
            sums = _sums(tables, reseller, request.by, since, until)
            total = _Sum()
            for each in sums.values():
                total.add(each)
            if request.by == "day":
                last = min(until, now + 1)
                rows: list[tuple[Key, _Sum]] = [(("day", on), sums.get(("day", on), _Sum())) for on in _days(since, last, zone)]
            else:
                rows = sorted(sums.items(), key=lambda each: (-each[1].sales.get(reseller.currency, 0), -each[1].calls, str(each[0])))
            shown = rows if request.by == "day" else rows[:limit]
            return CallFiguresView(
                reseller=reseller.name,
                timezone=zone,
                currency=reseller.currency,
                by=request.by,
                since=rfc3339(since),
                until=rfc3339(until),
                rows=[_row(tables, key, each, costs=costs) for key, each in shown],
                total=_row(tables, NOBODY, total, costs=costs),
                more=len(rows) - len(shown),
            )

        return Reading(run, slow=True)


def _sums(tables: Nouns, reseller: Reseller, by: str, since: int, until: int) -> dict[Key, _Sum]:
    branch = tables.resellers.branch(reseller.id)
    every = Wanted(None if reseller.parent_id is None else branch, from_at=since, until_at=until)
    children = [child.id for child in tables.resellers.children(reseller.id)]
    child_of = {each: child for child in children for each in tables.resellers.branch(child)}
    own = (reseller.id, None)
    key_of = _placing(by, reseller, child_of)
    sums: dict[Key, _Sum] = {}
    for group in tables.call_figures.groups(every, by):
        into = sums.setdefault(key_of(group.key, group.reseller_id), _Sum())
        into.add(_Sum(group.calls, group.answered, group.duration_ms))
        if group.reseller_id in own and group.currency is not None:
            into.add(_Sum(sales={group.currency: group.amount_micros}))
        if group.trunk_reseller_id == reseller.id and group.cost_currency is not None:
            into.add(_Sum(cost={group.cost_currency: group.cost_micros}))
    below = Wanted(tuple(child_of), from_at=since, until_at=until)
    for paid in tables.call_figures.paid(below, by, children):
        sums.setdefault(key_of(paid.key, paid.reseller_id), _Sum()).add(_Sum(sales={paid.currency: paid.micros}))
    if reseller.parent_id is not None:
        for paid in tables.call_figures.paid(every, by, (reseller.id,)):
            sums.setdefault(key_of(paid.key, paid.reseller_id), _Sum()).add(_Sum(cost={paid.currency: paid.micros}))
    return sums


def _placing(by: str, reseller: Reseller, child_of: Mapping[int, int]) -> Callable[[int | str | None, int | None], Key]:
    """(the store's key, the reseller of the record) -> the line it belongs to."""
    if by == "day":
        day = _day_of(reseller.timezone or "UTC")
        return lambda key, _: ("day", day(int(key or 0)))
    if by == "destination":
        return lambda key, _: ("destination", str(key)) if key else NOBODY

    def customer(key: int | str | None, owner: int | None) -> Key:
        if owner is not None and owner in child_of:
            return "reseller", child_of[owner]
        return ("customer", int(key)) if key is not None else NOBODY

    return customer


def _day_of(zone: str) -> Callable[[int], str]:
    """Quarter of an hour since 1970 -> the date there."""
    where = _where(zone)

    @cache
    def day(quarter: int) -> str:
        return datetime.fromtimestamp(quarter * QUARTER_MS / 1000, where).date().isoformat()

    return day


def _where(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _days(since: int, until: int, zone: str) -> list[str]:
    """Every date that begins before `until`."""
    where = _where(zone)
    at: date = datetime.fromtimestamp(since / 1000, where).date()
    last = datetime.fromtimestamp(max(until - 1, since) / 1000, UTC).astimezone(where).date()
    found = []
    while at <= last:
        found.append(at.isoformat())
        at += timedelta(days=1)
    return found


def _row(tables: Nouns, key: Key, each: _Sum, *, costs: bool) -> CallFiguresRow:
    kind, value = key
    label = str(value)
    if kind == "customer":
        customer = tables.customers.get(int(value))
        label = "" if customer is None else customer.name
    elif kind == "reseller":
        child = tables.resellers.get(int(value))
        label = "" if child is None else child.name
    tenths = divide_half_up(each.duration_ms * 10, MINUTE_MS)
    return CallFiguresRow(
        kind=kind,
        id=int(value) if kind in ("customer", "reseller") else None,
        label=label,
        calls=each.calls,
        answered=each.answered,
        minutes=f"{tenths // 10}.{tenths % 10}",
        money=figures(each.sales, each.cost if costs else None),
    )
