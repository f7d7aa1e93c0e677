"""Bundles of minutes: covered seconds cost nothing, the rest exactly its price, and calls share what is left in order."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.billing.bundle import CoveredTerms, drawn
from appliance.billing.credit import CreditBook, Meter
from appliance.billing.rate import Rate
from appliance.billing.rating import SLOPE_SCALE, Terms, charge
from appliance.billing.schedule import TimeBand
from appliance.billing.tariff import Tariff, TariffBook
from tests.billing.naive import NaivePrice, billed_of, covered_charge_of, seconds_of
from tests.billing.naive_credit import NaiveCredit, Payer
from tests.billing.prices import naive_prices, plain_prices, terms_of

BUNDLE = -7
MINUTE = NaivePrice(600_000, fee=100_000, first=60, next=60)
SECOND = NaivePrice(600_000)
durations = st.one_of(st.integers(0, 4_000), st.integers(0, 400_000), st.integers(0, 3_000).map(lambda seconds: seconds * 1000))


@given(naive_prices, durations, st.integers(1, 400))
def test_what_a_bundle_leaves_is_charged_as_the_law_says(naive: NaivePrice, duration_ms: int, covered: int) -> None:
    terms = CoveredTerms(terms_of(naive), covered)
    made = charge(terms, duration_ms)
    assert made.amount_micros == covered_charge_of(naive, duration_ms, covered)
    assert made.billed_seconds == sum(span.seconds for span in made.spans)
    assert sum(span.seconds for span in made.spans if span.band == "bundle") == min(covered, made.billed_seconds)
    assert CoveredTerms(terms_of(naive), None).amount(duration_ms) == 0


@given(naive_prices, durations, st.integers(1, 400))
def test_a_boundary_is_exactly_where_the_rest_costs_more(naive: NaivePrice, elapsed_ms: int, covered: int) -> None:
    terms = CoveredTerms(terms_of(naive), covered)
    before = terms.amount(elapsed_ms)
    boundary = terms.boundary(before)
    if boundary is None:
        assert terms.amount(elapsed_ms + 10**8) == before
    else:
        assert terms.amount(boundary) == before < terms.amount(boundary + 1)
    micros, slope = terms.ceiling(elapsed_ms)
    for later in (0, 1, 999, 30_000, 600_000):
        assert terms.amount(elapsed_ms + later + 1) <= micros + later * slope // SLOPE_SCALE + 1


@given(naive_prices, durations)
def test_a_bundle_is_drawn_by_billed_seconds(naive: NaivePrice, duration_ms: int) -> None:
    assert drawn(terms_of(naive)).amount(duration_ms) == billed_of(naive, seconds_of(naive, duration_ms))


def test_nothing_covered_is_no_covered_call() -> None:
    with pytest.raises(ValueError, match="nothing"):
        CoveredTerms(terms_of(SECOND), 0)


def _book(seconds: int, money: int = 0) -> CreditBook:
    funds = {BUNDLE: seconds, 1: money}
    return CreditBook(lambda account: funds[account])


def test_a_customer_without_money_talks_until_the_bundle_ends_and_no_longer() -> None:
    book = _book(90)
    assert book.admit(1, [Meter(0, 1, terms_of(SECOND), BUNDLE)], 0) is None
    book.answer(1, 0)
    assert [(cut.duration_ms, cut.level) for cut in book.advance(200_000)] == [(90_000, 0)]
    finish = book.finish(1, 200_000)
    assert (finish.duration_ms, finish.covered, finish.charges[0].amount_micros) == (90_000, 90, 0)


def test_a_call_goes_on_by_money_where_the_bundle_ends_inside_an_increment() -> None:
    book = _book(90, 1_000_000)  # 60 s and 30 s of the bundle, 30 s at 0.60 a minute: 0.30 without a fee, then 0.60
    assert book.admit(1, [Meter(0, 1, terms_of(MINUTE), BUNDLE)], 0) is None
    book.answer(1, 0)
    assert book.advance(60_000) == []
    assert book.reserved(1, 60_000) == 300_000
    assert [cut.duration_ms for cut in book.advance(300_000)] == [180_000]  # 0.90 of 1.00; the fourth minute is 0.60 more
    finish = book.finish(1, 300_000)
    assert (finish.covered, finish.charges[0].amount_micros, finish.charges[0].billed_seconds) == (90, 900_000, 180)


def test_an_empty_bundle_and_no_money_is_a_refusal_and_a_free_call_takes_nothing() -> None:
    assert _book(0).admit(1, [Meter(0, 1, terms_of(SECOND), BUNDLE)], 0) == 0
    book = _book(100)
    assert book.admit(1, [Meter(0, 1, terms_of(SECOND._replace(free_below=5)), BUNDLE)], 0) is None
    book.answer(1, 0)
    assert book.finish(1, 4_000).covered == 0


def test_two_calls_share_the_last_seconds_in_order_of_answer() -> None:
    book = _book(10)
    for call in (1, 2):
        assert book.admit(call, [Meter(0, 1, terms_of(SECOND), BUNDLE)], 0) is None
        book.answer(call, 0)
    assert [(cut.call, cut.duration_ms) for cut in book.advance(60_000)] == [(1, 5_000), (2, 5_000)]
    assert book.finish(1, 60_000).covered == book.finish(2, 60_000).covered == 5


def test_when_the_call_will_run_out_is_told_through_the_bundle() -> None:
    book = _book(90, 100_000)  # ten seconds of money
    assert book.admit(1, [Meter(0, 1, terms_of(SECOND), BUNDLE)], 0) is None
    book.answer(1, 0)
    assert book.runs_out_at(1, 1_000) == 100_000


class Plan(NamedTuple):
    """One call to come, in milliseconds; whether it has the bundle."""

    start: int
    ring: int
    talk: int
    price: NaivePrice
    account: int
    bundled: bool


plans = st.builds(
    Plan,
    start=st.integers(0, 40).map(lambda half: half * 500),
    ring=st.sampled_from([0, 500]),
    talk=st.one_of(st.integers(0, 120_000), st.integers(0, 120).map(lambda second: second * 1000)),
    price=st.one_of(plain_prices, naive_prices.filter(lambda price: price.price == 0 or price.price >= 10_000)),
    account=st.integers(1, 2),
    bundled=st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 300), st.lists(st.integers(0, 700_000), min_size=2, max_size=2), st.lists(plans, min_size=1, max_size=5), st.booleans())
def test_any_calls_end_where_every_millisecond_says(seconds: int, money: list[int], calls: list[Plan], patient: bool) -> None:
    naive = NaiveCredit({BUNDLE: seconds, 1: money[0], 2: money[1]})
    book = CreditBook(lambda account: naive.funds[account], warning_ms=5_000)
    events = sorted((plan.start, 0, call) for call, plan in enumerate(calls))
    while events:
        now, what, call = events.pop(0)
        while patient and (moment := book.next_moment()) is not None and moment < now:
            book.advance(moment)
            book.warnings(moment)
        plan = calls[call]
        if what == 0:
            bundle = BUNDLE if plan.bundled else 0
            refused = naive.admit(call, [Payer(plan.account, plan.price, bundle)], now)
            assert book.admit(call, [Meter(0, plan.account, terms_of(plan.price), bundle)], now) == refused
            if refused is None:
                events.append((now + plan.ring, 1, call))
        elif what == 1:
            naive.answer(call, now)
            book.answer(call, now)
            events.append((now + plan.talk, 2, call))
        else:
            duration, _, charges = naive.finish(call, now)
            finish = book.finish(call, now)
            assert (finish.duration_ms, [charge.amount_micros for charge in finish.charges]) == (duration, charges)
        for account in (1, 2, BUNDLE):
            if account in book.reserved_by_account(now):
                naive.run(now)
                assert book.available(account, now) == (naive.seconds_left(account) if account < 0 else naive.spare(account))
                assert book.available(account, now) >= 0
        events.sort()
    assert book.next_moment() is None


@given(
    st.integers(1_767_571_200, 1_767_571_200 + 86_400),
    st.integers(0, 3_000_000),
    st.integers(1, 2_000),
    st.tuples(st.sampled_from([1, 30, 60, 90]), st.sampled_from([1, 6, 60])),
)
def test_a_bundle_ends_inside_a_call_that_is_split_by_bands(start: int, duration_ms: int, covered: int, shape: tuple[int, int]) -> None:
    prices = {"": 600_000, "evening": 120_000}
    bands = [TimeBand("evening", day, 1200, 1440) for day in range(7)]
    book = TariffBook()
    book.put(Tariff(1, "base", "EUR", band_rule="split", bands=tuple(bands)))
    rates = [Rate(number, "49", "Germany", micros, 0, shape[0], shape[1], band=band) for number, (band, micros) in enumerate(prices.items(), 1)]
    book.set_rates(1, rates)
    plain = book.terms(1, "4930123456", start * 1000)
    assert isinstance(plain, Terms)
    terms = CoveredTerms(plain, covered)
    made = charge(terms, duration_ms)
    cost, passed = Fraction(0), 0
    while passed < made.billed_seconds:  # increment by increment, each at the price of the band in which it begins
        step = shape[0] if not passed else shape[1]
        evening = (start + passed) % 86_400 >= 72_000
        paid = max(passed + step - max(passed, covered), 0)
        cost += Fraction(prices["evening" if evening else ""] * paid, 60)
        passed += step
    assert made.amount_micros == int((cost / 100 + Fraction(1, 2)) // 1) * 100
    boundary = terms.boundary(made.amount_micros)
    assert boundary is not None
    assert terms.amount(boundary) == made.amount_micros < terms.amount(boundary + 1)
