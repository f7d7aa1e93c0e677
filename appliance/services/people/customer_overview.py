"""The figures of a customer's first page: this month by day, where he calls most, and what his balance buys there.

Law: what is summed over records is kept until the account's balance moves, so that a page that is looked at often is not summed each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from appliance.billing.rating import Terms, affordable_ms
from appliance.billing.volume import period_start
from appliance.money import format_amount
from appliance.services.calls.cdrs import Cdrs
from appliance.services.ground.access import Actor
from appliance.services.ground.allowances import zone
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.mail.letters import Letters
from appliance.services.money.purse import Purse
from appliance.services.people.customers import Customers
from appliance.store.call_figures import QUARTER_MS
from appliance.store.call_search import Wanted
from appliance.store.customers import Customer
from appliance.store.nouns import Nouns
from appliance.wire import overview as wire
from appliance.wire.cdrs import CdrList, CdrPage
from appliance.wire.changes import Change
from appliance.wire.letters import CustomerLetters
from appliance.wire.shapes import ById

SOUGHT_CALLS = 200
"""The newest records among which favourites are sought."""

LAST_CALLS = 5
LAST_LETTERS = 3
FAVOURITES = 3
FEW_CALLS = 300
"""Of a month: summed on the store's thread."""

MOST_KEPT = 2_000
KEPT_MS = 300_000
MINUTE_MS = 60_000


class _Month(NamedTuple):
    """Sums of one customer, as of `at`."""

    at: int
    since: int
    account: int
    days: list[wire.DaySpent]
    calls: int
    answered: int
    minutes: int
    spent: int
    prefixes: list[tuple[str, str]]


class CustomerOverview:
    """`get` sums where nothing is kept."""

    def __init__(self, room: Room, lookups: Lookups, purse: Purse, customers: Customers, cdrs: Cdrs, letters: Letters) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._purse = purse
        self._customers = customers
        self._cdrs = cdrs
        self._letters = letters
        self._kept: dict[int, _Month] = {}
        self._before: dict[int, _Month] = {}  # what was true until the balance moved
        self._of_account: dict[int, set[int]] = {}
        room.changes.listen(self._heard, "balance", "customer")

    def get(self, actor: Actor, request: ById) -> Steps[wire.Overview]:
        """This month of one customer; summed in a thread, on a connection of its own."""
        row = self._lookups.customer(actor, request.id, None, "calls.read", "id")
        now = self._room.clock.utcnow()
        where, since = self._zone(row), self._since(row, now)
        kept, before = self._kept.get(row.id), self._before.get(row.id)
        if kept is None and before is not None and before.calls <= FEW_CALLS and now - before.at < KEPT_MS and before.since == since:
            # So few are summed at once: a thread and a connection of its own cost more.
            kept = _summed(self._store, row, zone(where), since, now, before.prefixes)._replace(at=before.at)
            self._keep(row.id, kept)
        if kept is None or now - kept.at >= KEPT_MS or kept.since != since:

            def work() -> _Month:
                with self._store.reader() as tables, tables.snapshot():
                    return _summed(tables, row, zone(where), since, now, None)

            kept = yield work
            self._keep(row.id, kept)
        return self._view(actor, row, kept)

    def _since(self, row: Customer, now: int) -> int:
        return period_start("month", now, zone(self._zone(row)))

    def _zone(self, row: Customer) -> str:
        if row.timezone:
            return row.timezone
        reseller = self._store.resellers.get(row.reseller_id)
        return reseller.timezone if reseller is not None else ""

    def _keep(self, customer_id: int, month: _Month) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
            self._before.clear()
            self._of_account.clear()
        self._kept[customer_id] = month
        self._of_account.setdefault(month.account, set()).add(customer_id)

    def _view(self, actor: Actor, row: Customer, month: _Month) -> wire.Overview:
        """The sums with what is true now: prices, balance, cap."""
        spending = self._purse.view(row)
        last = self._cdrs.list(actor, CdrList(customer=row.id, limit=LAST_CALLS)).run(self._store)
        assert isinstance(last, CdrPage)
        notices = ["cap_reached"] if spending.left is not None and not spending.left.strip("0.") else []
        return wire.Overview(
            customer=self._customers.view(row),
            currency=spending.currency,
            since=stamp(month.since) or "",
            days=month.days,
            calls=month.calls,
            answered=month.answered,
            minutes=month.minutes,
            spent=format_amount(month.spent),
            favourites=self._favourites(row, month, spending.currency),
            spending=spending,
            last_calls=last.cdrs,
            last_letters=self._letters.of_customer(actor, CustomerLetters(row.id, limit=LAST_LETTERS)).letters,
            notices=notices,
        )

    def _favourites(self, row: Customer, month: _Month, currency: str) -> list[wire.Favourite]:
        account, hot, now = self._store.accounts.get(month.account), self._room.hot, self._room.clock.utcnow()
        funds = 0 if account is None else account.balance_micros + account.credit_limit_micros
        tariff = hot.allowances.special.get(row.id, row.tariff_id)
        found = []
        for prefix, destination in month.prefixes:
            terms = hot.prices.terms(tariff, prefix, currency, now)
            if isinstance(terms, Terms):
                longest = affordable_ms(terms, funds)
                minutes = None if longest is None else longest // MINUTE_MS
                found.append(wire.Favourite(prefix, terms.price.destination or destination, format_amount(terms.amount(MINUTE_MS)), minutes))
        return found

    def _heard(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "balance":
                for account in change.ids:
                    for customer in self._of_account.pop(account, ()):
                        month = self._kept.pop(customer, None)
                        if month is not None:
                            self._before[customer] = month
            elif change.kind == "customer":
                for customer in change.ids:
                    self._kept.pop(customer, None)
                    self._before.pop(customer, None)


def _summed(tables: Nouns, row: Customer, where: tzinfo, since: int, now: int, prefixes: list[tuple[str, str]] | None) -> _Month:
    """By these tables alone. `prefixes`: the favourites as they were found lately."""
    currency = tables.accounts.get(row.credit_account_id)
    assert currency is not None  # foreign key
    wanted = Wanted(customer_id=row.id, from_at=since)
    calls = answered = duration = 0
    by_day: dict[str, tuple[int, int]] = {}
    for group in tables.call_figures.groups(wanted, "day"):
        day = datetime.fromtimestamp(int(group.key or 0) * QUARTER_MS // 1000, where).strftime("%Y-%m-%d")
        micros = group.amount_micros if group.currency == currency.currency else 0
        before = by_day.get(day, (0, 0))
        by_day[day] = (before[0] + group.calls, before[1] + micros)
        calls, answered, duration = calls + group.calls, answered + group.answered, duration + group.duration_ms
    return _Month(
        now,
        since,
        row.credit_account_id,
        _days(since, now, where, by_day),
        calls,
        answered,
        duration // MINUTE_MS,
        sum(micros for _calls, micros in by_day.values()),
        prefixes or _favourites(tables, row.id),
    )


def _favourites(tables: Nouns, customer_id: int) -> list[tuple[str, str]]:
    """Prefixes and destinations that the newest calls went to most, by billed time."""
    counted: dict[tuple[str, str], int] = {}
    for call in tables.call_search.page(Wanted(customer_id=customer_id, direction="out"), limit=SOUGHT_CALLS):
        if call.prefix and call.answered_at is not None:
            counted[call.prefix, call.destination or ""] = counted.get((call.prefix, call.destination or ""), 0) + call.billed_seconds
    return sorted(counted, key=lambda each: -counted[each])[:FAVOURITES]


def _days(since: int, now: int, where: tzinfo, by_day: dict[str, tuple[int, int]]) -> list[wire.DaySpent]:
    """Every day from the first of the month to today."""
    day, last = datetime.fromtimestamp(since // 1000, where).date(), datetime.fromtimestamp(now // 1000, where).date()
    found = []
    while day <= last:
        calls, micros = by_day.get(day.isoformat(), (0, 0))
        found.append(wire.DaySpent(day.isoformat(), calls, format_amount(micros)))
        day += timedelta(days=1)
    return found
