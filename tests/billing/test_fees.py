"""The months of a fee: each once, the first and the last by the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.fees import months, next_on, price

DATES = st.dates(date(2023, 12, 1), date(2028, 3, 31))


@pytest.mark.parametrize(
    ("day", "starts", "ends", "today", "expected"),
    [
        (1, "2026-01-01", None, "2026-01-01", [("2026-01", "2026-01-01", "2026-02-01", "31.00")]),
        (1, "2026-01-15", None, "2026-01-31", [("2026-01", "2026-01-15", "2026-02-01", "17.00")]),
        (20, "2026-01-15", None, "2026-01-15", [("2025-12", "2026-01-15", "2026-01-20", "5.00")]),
        (1, "2026-01-01", "2026-01-11", "2026-06-01", [("2026-01", "2026-01-01", "2026-01-11", "10.00")]),
        (1, "2026-02-01", None, "2026-02-28", [("2026-02", "2026-02-01", "2026-03-01", "31.00")]),
        (1, "2026-03-01", "2026-03-01", "2026-06-01", []),
        (1, "2026-03-01", None, "2026-02-28", []),
    ],
)
def test_by_hand(day: int, starts: str, ends: str | None, today: str, expected: list[tuple[str, str, str, str]]) -> None:
    found = months(day, date.fromisoformat(starts), None if ends is None else date.fromisoformat(ends), date.fromisoformat(today))
    assert [(each.key, str(each.since), str(each.until), f"{price(31_000_000, each, 2) / 1_000_000:.2f}") for each in found] == expected


@given(st.integers(1, 28), DATES, st.one_of(st.none(), DATES), DATES)
def test_every_day_is_paid_once(day: int, starts: date, ends: date | None, today: date) -> None:
    found = list(months(day, starts, ends, today))
    paid = [each.since + timedelta(days=number) for each in found for number in range(each.paid_days)]
    assert len(set(paid)) == len(paid) and len({each.key for each in found}) == len(found)
    last = found[-1].until if found else starts
    expected = [starts + timedelta(days=number) for number in range((last - starts).days)]
    assert paid == expected
    if starts <= today and (ends is None or ends > starts):
        assert last > today or last == ends
    following = next_on(day, starts, ends, today)
    assert following is None or following > today


@given(st.integers(1, 28), DATES, st.integers(1, 10**12), st.integers(0, 3))
def test_whole_months_cost_the_whole_fee(day: int, starts: date, amount: int, decimals: int) -> None:
    for each in months(day, starts, None, starts + timedelta(days=200)):
        cost = price(amount, each, decimals)
        assert 0 <= cost <= amount + 10**6
        if each.paid_days == each.days and amount % 10**6 == 0:
            assert cost == amount
