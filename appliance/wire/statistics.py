"""Figures of the business: today, this month, and what each sub-reseller brings."""

from __future__ import annotations

from appliance.wire.cdrs import CurrencyFigures
from appliance.wire.shapes import Ref, Request, View


class TodayRequest(Request, frozen=True):
    """Of one reseller with its branch; left out: the asker's own."""

    reseller: Ref | None = None


class Figures(View, frozen=True):
    """Calls begun in a period. Sales are what customers and direct sub-resellers paid; cost is what was paid for it to
    carriers or to the parent."""

    since: str
    calls: int
    answered: int
    minutes: str
    money: list[CurrencyFigures]


class LowAccount(View, frozen=True):
    """An account of the reseller's own book that can pay little more, the credit limit counted in. `customer_id`: who pays from it, the
    first of several; null for a sub-reseller's."""

    account_id: int
    owner: str
    customer_id: int | None
    left: str
    currency: str


class Today(View, frozen=True):
    """Days and months begin at midnight in the reseller's time zone. `running`: calls now; `online`: phones registered; `low`: the poorest
    accounts, null where they are not the asker's to know."""

    reseller: str
    timezone: str
    running: int
    online: int
    today: Figures
    month: Figures
    low: list[LowAccount] | None = None


class ResellerStatisticsRequest(Request, frozen=True):
    """Sub-resellers directly below `reseller` (left out: the asker's own). The period is as in `cdrs.list`; left out: this month."""

    reseller: Ref | None = None
    since: str | None = None
    until: str | None = None


class ResellerFigures(View, frozen=True):
    """A direct sub-reseller with its whole branch. `spend` is what it paid to `reseller`, `cost` what these calls cost
    `reseller`, `profit` the difference; cost and profit are null where they are in another currency, or not the asker's to know."""

    id: int
    reseller: str
    calls: int
    answered: int
    minutes: str
    currency: str
    spend: str
    cost: str | None
    profit: str | None


class ResellerStatistics(View, frozen=True):
    """One row a direct sub-reseller, also those without calls."""

    reseller: str
    since: str
    until: str | None
    resellers: list[ResellerFigures]


class CallFiguresRequest(Request, frozen=True):
    """Calls of a reseller with its branch, `by` day, hour, customer or destination. Left out: the asker's own, and this month (by hour: today).

    `since` and `until` (not included) are RFC 3339, or ISO dates, which begin at midnight in the reseller's time zone; at most 400 days, by hour 7.
    """

    by: str = "day"
    reseller: Ref | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 100


class CallFiguresRow(View, frozen=True):
    """One line. `kind`: day, hour ("2026-01-31T14:00"), customer, reseller (a direct sub-reseller with all below it), destination, or "" for calls of
    nobody or to nowhere. Money: what was paid to the reseller, what it paid, and what is left; the latter two null where they are not the
    asker's to know."""

    kind: str
    id: int | None
    label: str
    calls: int
    answered: int
    minutes: str
    money: list[CurrencyFigures]


class CallFiguresView(View, frozen=True):
    """Every day of the period, else the lines that brought most; `more` are left out and counted in `total` alone."""

    reseller: str
    timezone: str
    currency: str
    by: str
    since: str
    until: str
    rows: list[CallFiguresRow]
    total: CallFiguresRow
    more: int = 0
