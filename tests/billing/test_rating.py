"""One formula read both ways, against a second opinion and against figures worked out by hand."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.bundle import CoveredTerms
from appliance.billing.explanation import explain
from appliance.billing.rate import Price
from appliance.billing.rating import SLOPE_SCALE, Rules, Terms, affordable_ms, amount_at, charge, hold, next_rise_ms
from appliance.billing.volume import discounted
from appliance.money import exchange, parse_amount, parse_percent
from tests.billing.naive import NaivePrice, billed_of, charge_of, seconds_of
from tests.billing.prices import naive_prices, terms_of

TARIFFS = sorted(path for path in (Path(__file__).parent / "tariffs").iterdir() if path.is_dir())
durations = st.one_of(st.integers(0, 4_000), st.integers(0, 400_000), st.integers(0, 3_000).map(lambda seconds: seconds * 1000))


def _optional(text: str) -> int | None:
    return int(text) if text else None


@pytest.mark.parametrize("folder", TARIFFS, ids=lambda path: path.name)
def test_prices_worked_out_by_hand(folder: Path) -> None:
    with (folder / "deck.csv").open() as deck:
        row = next(csv.DictReader(deck))
    maximum = parse_amount(row["maximum_charge"]) if row.get("maximum_charge") else None
    price = Price(
        1, 1, row["prefix"], row["destination"], parse_amount(row["price_per_minute"]), parse_amount(row["connection_fee"] or "0"),
        int(row["first_increment"]), int(row["next_increment"]), int(row["minimum_seconds"] or 0), int(row["free_below_seconds"] or 0),
        int(row["free_seconds"] or 0), parse_amount(row["minimum_charge"] or "0"), maximum,
    )  # fmt: skip
    rules = Rules(1, folder.name, "EUR", int(row["decimals"]), row["rounding"], row["duration_rounding"], row["style"])
    rate = exchange("EUR", "USD", row["exchange"]) if row["exchange"] else None
    terms = Terms(price, rules, rate)
    if row.get("discount_percent"):
        terms = discounted(terms, parse_percent(row["discount_percent"]))
    if row.get("bundle_seconds"):
        terms = CoveredTerms(terms, int(row["bundle_seconds"]))
    with (folder / "calls.csv").open() as calls:
        for call in csv.DictReader(calls):
            made = charge(terms, int(call["duration_ms"]))
            assert (made.billed_seconds, made.amount_micros) == (int(call["billed_seconds"]), parse_amount(call["amount"])), call


@given(naive_prices, durations)
def test_a_charge_is_what_the_specification_says(naive: NaivePrice, duration_ms: int) -> None:
    terms = terms_of(naive)
    made = charge(terms, duration_ms)
    assert made.amount_micros == terms.amount(duration_ms) == charge_of(naive, duration_ms)
    assert made.billed_seconds == billed_of(naive, seconds_of(naive, duration_ms))
    assert sum(span.seconds for span in made.spans) == made.billed_seconds
    assert terms.increments.seconds(duration_ms) == seconds_of(naive, duration_ms)


@given(naive_prices, durations)
def test_a_rise_is_exactly_where_the_charge_goes_up(naive: NaivePrice, elapsed_ms: int) -> None:
    terms = terms_of(naive)
    rise = next_rise_ms(terms, elapsed_ms)
    before = charge_of(naive, elapsed_ms)
    if rise is None:
        assert charge_of(naive, elapsed_ms + 10**8) == before
    else:
        assert rise >= elapsed_ms
        assert charge_of(naive, rise) == before
        assert charge_of(naive, rise + 1) > before
        assert amount_at(terms, rise) == charge_of(naive, rise + 1)


@given(naive_prices, st.integers(-5, 5_000_000))
def test_the_time_an_amount_buys_is_the_longest(naive: NaivePrice, micros: int) -> None:
    terms = terms_of(naive)
    longest = affordable_ms(terms, micros)
    if longest is None:
        assert charge_of(naive, 31 * 86_400_000) <= max(micros, 0)
    else:
        assert charge_of(naive, longest) <= max(micros, 0)
        assert charge_of(naive, longest + 1) > max(micros, 0)


@given(naive_prices)
def test_a_hold_is_the_smallest_charge_above_zero(naive: NaivePrice) -> None:
    held = hold(terms_of(naive))
    charges = {charge_of(naive, second * 1000 + 999) for second in range(300)} - {0}
    if charges:
        assert held == min(charges)
    else:
        assert held == 0 or naive.price < 2_000


@given(naive_prices, durations, durations)
def test_the_line_above_a_charge_is_never_crossed(naive: NaivePrice, start_ms: int, further_ms: int) -> None:
    terms = terms_of(naive)
    micros, slope = terms.ceiling(start_ms)
    assert amount_at(terms, start_ms + further_ms) * SLOPE_SCALE <= micros * SLOPE_SCALE + slope * further_ms


def test_an_explanation_says_everything_and_is_json() -> None:
    naive = NaivePrice(100_000, 50_000, 60, 6, 10, 2, 3, 10_000, 2_000_000, exchange=Fraction(10837, 10000))
    told = explain(terms_of(naive), 61_000)
    assert json.loads(json.dumps(told)) == told
    assert told["why"] == "longest_prefix" and told["prefix"] == "31" and told["tariff"] == "retail"
    assert told["increments"] == {"first": 60, "next": 6, "style": "first-next"}
    assert told["exchange"] == {"from": "EUR", "to": "USD", "rate": "1.0837", "valid_on": "2026-01-02", "source": "typed"}
    assert (told["seconds"], told["billed_seconds"], told["amount"]) == (61, 60, "0.1626")
    assert (told["minimum_seconds"], told["free_below_seconds"], told["free_seconds"]) == (10, 2, 3)
    assert (told["minimum_charge"], told["maximum_charge"]) == ("0.01", "2.00")


def test_a_short_explanation_leaves_out_what_says_nothing() -> None:
    told = explain(terms_of(NaivePrice(0)), 0)
    assert not {"exchange", "band", "chain", "minimum_charge", "maximum_charge", "free_seconds", "spans"} & told.keys()


def test_the_exact_price_per_minute() -> None:
    assert terms_of(NaivePrice(100_000)).per_minute_ratio() == 100_000
    assert terms_of(NaivePrice(100_000, exchange=Fraction(2, 3))).per_minute_ratio() == Fraction(200_000, 3)
