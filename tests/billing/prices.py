"""Random prices for properties, in both languages: the program's and the second opinion's."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from appliance.billing.rate import Price
from appliance.billing.rating import Rules, Terms
from appliance.money import Exchange
from tests.billing.naive import NaivePrice

ROUNDINGS = st.sampled_from(["half-up", "up"])
DURATIONS = st.sampled_from(["up", "up", "down", "nearest"])

naive_prices = st.builds(
    NaivePrice,
    price=st.one_of(st.just(0), st.integers(1, 500), st.integers(1_000, 2_000_000)),
    fee=st.one_of(st.just(0), st.integers(1, 300_000)),
    first=st.sampled_from([0, 1, 6, 20, 30, 60, 90]),
    next=st.sampled_from([1, 6, 7, 30, 60]),
    minimum=st.sampled_from([0, 0, 10, 75]),
    free_below=st.sampled_from([0, 0, 1, 5]),
    free=st.sampled_from([0, 0, 3, 61]),
    minimum_charge=st.one_of(st.just(0), st.integers(0, 200_000)),
    maximum_charge=st.one_of(st.none(), st.integers(0, 3_000_000)),
    decimals=st.sampled_from([2, 4, 6]),
    rounding=ROUNDINGS,
    duration_rounding=DURATIONS,
    style=st.sampled_from(["first-next", "total"]),
    exchange=st.sampled_from([Fraction(1), Fraction(10837, 10000), Fraction(2, 3)]),
)

plain_prices = st.tuples(
    st.sampled_from([0, 10_000, 25_000, 100_000, 333_333]),
    st.sampled_from([0, 0, 50_000]),
    st.sampled_from([1, 6, 30, 60]),
    st.sampled_from([1, 6, 60]),
).map(lambda fields: NaivePrice(*fields))


def terms_of(naive: NaivePrice) -> Terms:
    """The same price for the program."""
    price = Price(
        1, 7, "31", "Netherlands", naive.price, naive.fee, naive.first, naive.next, naive.minimum, naive.free_below, naive.free,
        naive.minimum_charge, naive.maximum_charge,
    )  # fmt: skip
    rules = Rules(1, "retail", "EUR", naive.decimals, naive.rounding, naive.duration_rounding, naive.style)
    ratio = naive.exchange
    exchange = None if ratio == 1 else Exchange("EUR", "USD", ratio.numerator, ratio.denominator, "2026-01-02", "typed")
    return Terms(price, rules, exchange)
