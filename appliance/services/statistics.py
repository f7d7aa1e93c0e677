"""Figures of the business, summed from the records themselves: today, this month, and what each sub-reseller brings.

For a reseller sales are what its own customers and its direct sub-resellers paid to it; cost is what it paid, to its
parent or to the carriers of its own trunks. A house in between sees its own two sides and nothing above.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.clock import rfc3339
from appliance.money import divide_half_up, format_amount
from appliance.services.calls.cdrs import figures
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.store.call_search import Sum, Wanted
from appliance.store.nouns import Nouns
from appliance.store.resellers import Reseller
from appliance.wire.statistics import Figures, ResellerFigures, ResellerStatistics, ResellerStatisticsRequest, Today, TodayRequest

Money = dict[str, int]
MINUTE_MS = 60_000
MICROS = 1_000_000


class Statistics:
    """Everything is a `Reading`: a month of a big house is a second of work."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups

    def today(self, actor: Actor, request: TodayRequest, running: Mapping[int, int] | None = None) -> Reading:
        """Today and this month. `running`: calls now by reseller."""
        reseller = self._lookups.reseller(actor, request.reseller, "calls.read")
        costs = self._access.may(actor, "costs.read", reseller.id)
        branch = frozenset(self._store.resellers.branch(reseller.id))
        now = self._room.clock.utcnow()
        day_at, month_at = beginnings(now, reseller.timezone)
        calls = sum(count for each, count in (running or {}).items() if each in branch or reseller.parent_id is None)

        def run(tables: Nouns) -> Today:
            online = {row.endpoint_id for row in tables.bindings.page(now) if row.reseller_id in branch}
            return Today(
                reseller=reseller.name,
                timezone=reseller.timezone,
                running=calls,
                online=len(online),
                today=_figures(tables, reseller, day_at, costs=costs),
                month=_figures(tables, reseller, month_at, costs=costs),
            )

        return Reading(run, slow=True)

    def resellers(self, actor: Actor, request: ResellerStatisticsRequest) -> Reading:
        """What each direct sub-reseller and its branch called, paid and brought."""
        reseller = self._lookups.reseller(actor, request.reseller, "resellers.read")
        costs = self._access.may(actor, "costs.read", reseller.id)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        if since is None:
            since = beginnings(self._room.clock.utcnow(), reseller.timezone)[1]
        start = since

        def run(tables: Nouns) -> ResellerStatistics:
            rows = [_of_child(tables, reseller, child, start, until, costs=costs) for child in list(tables.resellers.children(reseller.id))]
            return ResellerStatistics(reseller.name, rfc3339(start), stamp(until), rows)

        return Reading(run, slow=True)


def beginnings(now: int, zone: str) -> tuple[int, int]:
    """UTC milliseconds at which the day and the month of `now` began in a time zone (an unknown one counts as UTC)."""
    try:
        where: ZoneInfo | None = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        where = None
    day = datetime.fromtimestamp(now // 1000, where or UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return round(day.timestamp()) * 1000, round(day.replace(day=1).timestamp()) * 1000


def _figures(tables: Nouns, reseller: Reseller, since: int, *, costs: bool) -> Figures:
    """A reseller with its branch; records of nobody count for the root."""
    search = tables.call_search
    branch = None if reseller.parent_id is None else tables.resellers.branch(reseller.id)
    every = Wanted(branch, from_at=since)
    sums = search.sums(every)
    children = [child.id for child in tables.resellers.children(reseller.id)]
    if children:
        sales = _by_currency(search.sums(Wanted((reseller.id,), from_at=since)))
        below = tuple(each for each in tables.resellers.branch(reseller.id) if each != reseller.id)
        _add(sales, search.paid_in_all(Wanted(below, from_at=since), children))
    else:
        sales = _by_currency(sums)
    paid = _cost(tables, reseller, every, sums) if costs else None
    return Figures(rfc3339(since), _calls(sums), sum(each.answered for each in sums), _minutes(sums), figures(sales, paid))


def _cost(tables: Nouns, reseller: Reseller, wanted: Wanted, sums: list[Sum]) -> Money:
    """What a reseller paid for these records: to its parent, and to the carriers of its own trunks."""
    found: Money = {} if reseller.parent_id is None else tables.call_search.paid_in_all(wanted, (reseller.id,))
    for each in sums:
        if each.trunk_reseller_id == reseller.id and each.cost_currency is not None:
            _add(found, {each.cost_currency: each.cost_micros})
    return found


def _of_child(tables: Nouns, reseller: Reseller, child: Reseller, since: int, until: int | None, *, costs: bool) -> ResellerFigures:
    wanted = Wanted(tables.resellers.branch(child.id), from_at=since, until_at=until)
    sums = tables.call_search.sums(wanted)
    spend = tables.call_search.paid_in_all(wanted, (child.id,))
    currency = child.currency
    cost: int | None = None
    if costs:
        paid = _cost(tables, reseller, wanted, sums)
        cost = paid.get(currency, 0) if not any(micros for other, micros in paid.items() if other != currency) else None
    spent = spend.get(currency, 0)
    return ResellerFigures(
        id=child.id,
        reseller=child.name,
        calls=_calls(sums),
        answered=sum(each.answered for each in sums),
        minutes=_minutes(sums),
        currency=currency,
        spend=format_amount(spent),
        cost=None if cost is None else format_amount(cost),
        profit=None if cost is None else format_amount(spent - cost),
    )


def _by_currency(sums: list[Sum]) -> Money:
    found: Money = {}
    for each in sums:
        if each.currency is not None:
            _add(found, {each.currency: each.amount_micros})
    return found


def _add(to: Money, more: Mapping[str, int]) -> None:
    for currency, micros in more.items():
        to[currency] = to.get(currency, 0) + micros


def _calls(sums: list[Sum]) -> int:
    return sum(each.calls for each in sums)


def _minutes(sums: list[Sum]) -> str:
    """Talking time as a decimal number of minutes, to a tenth."""
    tenths = divide_half_up(sum(each.duration_ms for each in sums) * 10, MINUTE_MS)
    return f"{tenths // 10}.{tenths % 10}"
