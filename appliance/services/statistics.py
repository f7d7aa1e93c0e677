"""Figures of the business, summed from the records themselves: today, this month, and what each sub-reseller brings.

For a reseller sales are what its own customers and its direct sub-resellers paid to it; cost is what it paid, to its
parent or to the carriers of its own trunks. A house in between sees its own two sides and nothing above.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.clock import rfc3339
from appliance.money import divide_half_up, format_amount, parse_amount
from appliance.services.calls.cdrs import figures
from appliance.services.day_book import DayBook, DaySum
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.store.call_search import Sum, Wanted
from appliance.store.nouns import Nouns
from appliance.store.resellers import Reseller
from appliance.wire.statistics import Figures, LowAccount, ResellerFigures, ResellerStatistics, ResellerStatisticsRequest, Today, TodayRequest

Money = dict[str, int]
MINUTE_MS = 60_000
MICROS = 1_000_000
MOST_LOW = 8


class Statistics:
    """Everything is a `Reading`: a month of a big house is a second of work."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self.book = DayBook(room)

    def today(self, actor: Actor, request: TodayRequest, running: Mapping[int, int] | None = None) -> Reading:
        """Today and this month. `running`: calls now by reseller."""
        reseller = self._lookups.reseller(actor, request.reseller, "calls.read")
        costs = self._access.may(actor, "costs.read", reseller.id)
        branch = frozenset(self._store.resellers.branch(reseller.id))
        accounts = self._access.may(actor, "accounts.read", reseller.id)
        below, now = low_below(self._room), self._room.clock.utcnow()
        day_at, month_at = beginnings(now, reseller.timezone)
        month = self.book.ask(reseller.id, month_at, now + 1, zone_of(reseller.timezone))
        today = datetime.fromtimestamp(day_at / 1000, zone_of(reseller.timezone)).date().isoformat()
        calls = sum(count for each, count in (running or {}).items() if each in branch or reseller.parent_id is None)

        def run(tables: Nouns) -> Today:
            days = month.sums(tables, lambda tables, since, until: summed(tables, reseller, since, until))
            whole = DaySum()
            for each in days.values():
                whole.add(each)
            return Today(
                reseller=reseller.name,
                timezone=reseller.timezone,
                running=calls,
                online=tables.bindings.online(now, None if reseller.parent_id is None else branch),
                today=shown(day_at, days.get(today, DaySum()), costs=costs),
                month=shown(month_at, whole, costs=costs),
                low=_low(tables, reseller, below) if accounts else None,
            )

        return Reading(run, slow=True)

    def warm(self, reseller: Reseller) -> Reading:
        """This month read ahead of whoever asks first."""
        now = self._room.clock.utcnow()
        month = self.book.ask(reseller.id, beginnings(now, reseller.timezone)[1], now + 1, zone_of(reseller.timezone))
        return Reading(lambda tables: month.sums(tables, lambda tables, since, until: summed(tables, reseller, since, until)), slow=True)

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


def zone_of(name: str) -> tzinfo:
    """A time zone; an unknown one counts as UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def beginnings(now: int, zone: str) -> tuple[int, int]:
    """UTC milliseconds at which the day and the month of `now` began in a time zone."""
    day = datetime.fromtimestamp(now // 1000, zone_of(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return round(day.timestamp()) * 1000, round(day.replace(day=1).timestamp()) * 1000


def low_below(room: Room) -> int:
    """Micros below which an account counts as nearly empty."""
    return parse_amount(room.settings.get("alerts.low_balance", "2.00"), "alerts.low_balance")


def owner_of(tables: Nouns, account_id: int) -> tuple[str, int | None]:
    """Whose account it is: the sub-reseller, or its customers with the first one's id; "" where there is none any more."""
    account = tables.accounts.get(account_id)
    if account is None:
        return "", None
    if account.owner_reseller_id is not None:
        row = tables.resellers.get(account.owner_reseller_id)
        return "" if row is None else row.name, None
    customers = list(tables.customers.of_account(account.id))
    return ", ".join(each.name for each in customers) or account.name, customers[0].id if customers else None


def _low(tables: Nouns, reseller: Reseller, below: int) -> list[LowAccount]:
    found = []
    for row in tables.accounts.low(below, {reseller.id}, MOST_LOW):
        name, customer = owner_of(tables, row.id)
        found.append(LowAccount(row.id, name, customer, format_amount(row.balance_micros + row.credit_limit_micros), row.currency))
    return found


def summed(tables: Nouns, reseller: Reseller, since: int, until: int | None = None) -> DaySum:
    """A reseller with its branch, `until` not included; records of nobody count for the root."""
    search = tables.call_search
    branch = None if reseller.parent_id is None else tables.resellers.branch(reseller.id)
    every = Wanted(branch, from_at=since, until_at=until)
    sums = search.sums(every)
    children = [child.id for child in tables.resellers.children(reseller.id)]
    if children:
        sales = _by_currency(search.sums(Wanted((reseller.id,), from_at=since, until_at=until)))
        below = tuple(each for each in tables.resellers.branch(reseller.id) if each != reseller.id)
        _add(sales, search.paid_in_all(Wanted(below, from_at=since, until_at=until), children))
    else:
        sales = _by_currency(sums)
    cost = _cost(tables, reseller, every, sums)
    return DaySum(_calls(sums), sum(each.answered for each in sums), sum(each.duration_ms for each in sums), sales, cost)


def period(tables: Nouns, reseller: Reseller, since: int, until: int | None = None, *, costs: bool) -> Figures:
    """The same as people read it; without `costs` what was paid is left out."""
    return shown(since, summed(tables, reseller, since, until), costs=costs)


def shown(since: int, sums: DaySum, *, costs: bool) -> Figures:
    """Sums as the wire has them."""
    return Figures(rfc3339(since), sums.calls, sums.answered, minutes(sums.duration_ms), figures(sums.sales, sums.cost if costs else None))


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
        minutes=minutes(sum(each.duration_ms for each in sums)),
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


def minutes(duration_ms: int) -> str:
    """Talking time as a decimal number of minutes, to a tenth."""
    tenths = divide_half_up(duration_ms * 10, MINUTE_MS)
    return f"{tenths // 10}.{tenths % 10}"
