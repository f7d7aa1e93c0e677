"""Monthly fees: which days a month's fee is for, and what those days cost.

A month begins on the fee's day. The first and the last month are paid by the day; every amount is rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from appliance.money import round_ratio


class Month(NamedTuple):
    """One month of a fee: paid from `since` up to `until` (not included), out of `days` that the whole month has.

    `key` names it ("2026-01", of the month in which it begins) for ever, whatever part of it is paid.
    """

    key: str
    since: date
    until: date
    days: int

    @property
    def paid_days(self) -> int:
        """Days that the fee is for."""
        return (self.until - self.since).days


def months(day: int, starts_on: date, ends_on: date | None, today: date) -> Iterator[Month]:
    """Every month that has begun by `today` and has a day to be paid, oldest first. `ends_on` is the first day without the fee."""
    begin = _begin(starts_on, day)
    while begin <= today:
        following = _next(begin)
        since = max(begin, starts_on)
        until = following if ends_on is None else min(following, ends_on)
        if since > today or (ends_on is not None and since >= ends_on):
            return
        yield Month(f"{begin:%Y-%m}", since, until, (following - begin).days)
        begin = following


def price(amount_micros: int, month: Month, decimals: int) -> int:
    """What the paid days of a month cost."""
    return round_ratio(amount_micros * month.paid_days, month.days, decimals)


def next_on(day: int, starts_on: date, ends_on: date | None, today: date) -> date | None:
    """When the next month begins that is not due by `today` yet; None where the fee is over."""
    if starts_on > today:
        found = starts_on
    else:
        found = _begin(today, day)
        while found <= today:
            found = _next(found)
    return found if ends_on is None or found < ends_on else None


def _begin(on: date, day: int) -> date:
    """When the month that holds a date began."""
    if on.day >= day:
        return on.replace(day=day)
    return on.replace(year=on.year - (on.month == 1), month=on.month - 1 or 12, day=day)


def _next(begin: date) -> date:
    return begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
