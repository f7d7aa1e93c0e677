"""Tiers and periods, against a calendar that counts day by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.rate import Price
from appliance.billing.rating import Rules, Terms
from appliance.billing.volume import VolumeTier, discount_of, discounted, group_of, period_start, reached
from tests.billing.prices import naive_prices, terms_of

ZONES = ["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"]
TIERS = [VolumeTier("", 600, 50_000), VolumeTier("31", 0, 10_000), VolumeTier("31", 3_600, 200_000), VolumeTier("316", 60, 300_000)]


@pytest.mark.parametrize(("number", "group"), [("31612345678", "316"), ("31201234567", "31"), ("49301234567", "")])
def test_the_longest_prefix_of_the_tiers_counts(number: str, group: str) -> None:
    assert group_of(TIERS, number) == group
    assert group_of(TIERS[1:], "49") is None


@pytest.mark.parametrize(
    ("prefix", "seconds", "ppm"), [("31", 0, 10_000), ("31", 3_599, 10_000), ("31", 3_600, 200_000), ("316", 59, 0), ("316", 60, 300_000)]
)
def test_the_highest_tier_that_is_reached_counts(prefix: str, seconds: int, ppm: int) -> None:
    assert reached(TIERS, prefix, seconds) == ppm


def test_a_discount_is_of_the_price_of_a_minute_alone_and_is_told() -> None:
    terms = Terms(Price(1, 7, "31", "Netherlands", 333_333, 50_000), Rules(1, "retail", "EUR"))
    lowered = discounted(terms, 100_000)
    assert (lowered.price.price_micros, lowered.price.connection_fee_micros, discount_of(lowered.price)) == (300_000, 50_000, 100_000)
    assert (discount_of(terms.price), lowered.price.override, lowered.price.rate_id) == (0, False, 7)


@given(naive_prices, st.integers(0, 1_000_000), st.integers(0, 400_000))
def test_a_discounted_call_never_costs_more(naive, ppm: int, duration_ms: int) -> None:  # type: ignore[no-untyped-def]
    terms = terms_of(naive)
    assert 0 <= discounted(terms, ppm).amount(duration_ms) <= terms.amount(duration_ms)


@given(st.sampled_from(ZONES), st.integers(1_577_836_800, 1_893_456_000), st.sampled_from(["day", "week", "month"]))
def test_a_period_begins_at_its_midnight(name: str, at: int, period: str) -> None:
    zone = ZoneInfo(name)
    day = datetime.fromtimestamp(at, zone).date()
    while (period == "week" and day.weekday()) or (period == "month" and day.day != 1):
        day -= timedelta(days=1)
    begun = period_start(period, at * 1000 + 999, zone) // 1000
    assert begun <= at
    assert datetime.fromtimestamp(begun, zone).date() == day
    assert datetime.fromtimestamp(begun - 1, zone).date() < day


def test_once_begins_when_it_was_given() -> None:
    assert period_start("once", 5_000, UTC, 77) == 77
