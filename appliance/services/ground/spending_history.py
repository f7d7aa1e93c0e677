"""What customers spent in the month before the last day: what is usual for each, and where each has called.

Law: `read` asks only its store, so that a thread may run it on a connection of its own beside the calls. The last day is
no part of it: that is small, and is read at once (`hot_limits`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.billing.velocity import DAY_MS, HOUR_MS
from appliance.services.ground.high_risk import country_code
from appliance.store.nouns import Nouns

HISTORY_DAYS = 31
"""So far back goes what is usual; a calendar month fits in it."""

AT_ONCE = 20_000
"""Records of a month that are summed at once, in some 0.1 s; more of them are left to a thread."""

_FURTHEST_ZONE_MS = 14 * HOUR_MS
"""A month begins nowhere earlier or later than so much around midnight UTC."""


class History(NamedTuple):
    """Up to `until` (UTC milliseconds): the busiest hour and day of each customer, its month, and the country codes it called."""

    until: int
    busiest: dict[int, tuple[int, int]]
    months: dict[int, tuple[str, int]]  # the last day that it spent on, "2026-03-31", and what it spent in that day's month
    countries: dict[int, set[str]]


def is_small(store: Nouns, now: int) -> bool:
    """Whether it may be read at once."""
    return store.guard.records_since(now - HISTORY_DAYS * DAY_MS) <= AT_ONCE


def read(store: Nouns, now: int, zone_of: Callable[[int], str]) -> History:
    """Of the month that ends with the last day. `zone_of(customer)` names its time zone."""
    since, until = now - HISTORY_DAYS * DAY_MS, now - DAY_MS
    busiest = {row.customer_id: (row.hour, row.day) for row in store.guard.busiest(since, until)}
    countries: dict[int, set[str]] = {}
    for customer, prefix in store.guard.prefixes(since):
        countries.setdefault(customer, set()).add(country_code(prefix))
    return History(until, busiest, _months(store, now, until, zone_of), countries)


def _months(store: Nouns, now: int, until: int, zone_of: Callable[[int], str]) -> dict[int, tuple[str, int]]:
    """Hours near a month's beginning are told one by one, since zones differ in where it lies; all others in one sum."""
    months: dict[int, tuple[str, int]] = {}
    begins, present = _month_start(now - _FURTHEST_ZONE_MS), _month_start(now)
    whole = (begins + _FURTHEST_ZONE_MS, until if begins == present else present - _FURTHEST_ZONE_MS)
    for customer, hour, micros in store.guard.spent_before(begins - _FURTHEST_ZONE_MS, until, whole, HOUR_MS):
        day = day_of(zone_of(customer), hour * HOUR_MS)
        known = months.get(customer)
        months[customer] = (day, micros + (known[1] if known is not None and known[0][:7] == day[:7] else 0))
    return months


def _month_start(now: int) -> int:
    here = datetime.fromtimestamp(now // 1000, zone_named("UTC"))
    return int(here.replace(day=1, hour=0, minute=0, second=0).timestamp()) * 1000


@lru_cache(maxsize=4096)
def day_of(zone: str, at: int) -> str:
    """The day of the calendar there, "2026-03-31"."""
    return datetime.fromtimestamp(at // 1000, zone_named(zone)).date().isoformat()


def zone_named(name: str) -> tzinfo:
    """The time zone of that name, UTC where there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
