"""Rows into rates and problems: every quirk of a real deck, and what is refused by line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.deck_guess import Given, layout_of
from appliance.billing.deck_import import Wish, increments_text, read_deck
from appliance.errors import UserError
from appliance.i18n import catalogue
from appliance.money import format_amount
from tests.billing.decks import noted, prices, reading, refused


def test_refusals_by_line_and_the_rest_goes_on() -> None:
    _, deck = reading(
        "Code|Destination|Connection Cost|Rate|Increment\n"
        "44|UK|0|0.01|60/60\n"
        "3.87E+11|Bosnia|0|0.2|60/60\n"
        "36|24.9999|0.383|25|0.000\n"
        "|Chile Mobile|0|0.1|60/60\n"
        "49|Germany|0|$0.377-$0.604|60/60\n"
        "33|France|0|0.02|2025-06-06\n"
        "34|Spain|0||60/60\n"
        "39|Italy|0|0.02|60/60|shifted\n"
        "90|Turkey|0|0.03|60/60"
    )
    assert prices(deck) == {"44": "0.01", "90": "0.03"}
    assert refused(deck) == [
        (3, "deck.prefix_scientific"),
        (4, "deck.destination_number"),
        (5, "deck.no_prefix"),
        (6, "deck.two_prices"),
        (7, "deck.increment_became_date"),
        (8, "deck.no_price"),
        (9, "deck.row_too_long"),
    ]
    assert deck.rows == 9


def test_a_row_of_many_prefixes() -> None:
    _, deck = reading("Code|Destination|Rate\n4477-4479, 44781|UK Mobile|0.05\n387-33829|Bosnia|0.2")
    assert prices(deck) == {"4477": "0.05", "4478": "0.05", "4479": "0.05", "44781": "0.05", "38733829": "0.20"}
    assert {rate.line for rate in deck.rates} == {2, 3}
    assert deck.rows == 2


def test_a_range_over_two_columns() -> None:
    _, deck = reading(
        "From|To|Destination|Rate\n9381|9383|Afghanistan|0.2\n44||UK|0.1", Given(columns={"prefix": [1], "prefix_until": [2], "price": [4]})
    )
    assert set(prices(deck)) == {"9381", "9382", "9383", "44"}
    _, deck = reading("Start code|End code|Rate\n9381|93|0.2\n9385|938|0.2")
    assert refused(deck) == [(2, "deck.range_wrong"), (3, "deck.range_wrong")]


def test_decimal_commas_and_more_than_six_decimals() -> None:
    _, deck = reading("Code|Rate\n44|0,0123456\n33|0,02\n49|0.5")
    assert prices(deck) == {"44": "0.012346", "33": "0.02"}
    assert noted(deck) == [(2, "deck.price_rounded")]
    assert refused(deck) == [(4, "deck.price_decimal")]


@pytest.mark.parametrize(
    ("header", "cells", "first", "following"),
    [
        ("Billing", "60/6", 60, 6),
        ("Increment", "6", 6, 6),
        ("Initial increment|Increment", "30|6", 30, 6),
        ("Initial increment|Increment", "0|6", 0, 6),
        ("Interval 1|Interval N", "60|1", 60, 1),
        ("Initial increment", "30", 30, 30),
    ],
)
def test_increments(header: str, cells: str, first: int, following: int) -> None:
    _, deck = reading(f"Code|Rate|{header}\n44|0.01|{cells}")
    profile = deck.rates[0].profile
    assert (profile.first_increment, profile.next_increment) == (first, following)


def test_increments_that_stand_in_a_footnote() -> None:
    wish = Wish(increments=(1, 1), increments_for={"Mexico": (60, 60), "Mexico Mobile": (30, 6)})
    _, deck = reading("Code|Destination|Rate\n52|Mexico|0.1\n521|MEXICO MOBILE|0.1\n44|UK|0.1\n* Mexico is billed 60/60||", wish=wish)
    assert [(rate.profile.first_increment, rate.profile.next_increment) for rate in deck.rates] == [(60, 60), (30, 6), (1, 1)]
    assert [line for line, _ in deck.remarks] == [5]


def test_nothing_is_made_of_what_is_not_said() -> None:
    _, deck = reading("Code|Rate\n44|0.01")
    rate = deck.rates[0]
    assert rate.destination is None
    assert set(rate.profile) == {None, ""}


def test_blocked_words_and_columns() -> None:
    _, deck = reading("Code|Rate|Forbidden|Discontinued\n44|blocked||\n33|0.1|1|\n34|0.1|0|\n35|0.1|0|yes\n36|0.1|perhaps|")
    assert [(rate.prefix, rate.profile.blocked) for rate in deck.rates] == [("44", 1), ("33", 1), ("34", 0)]
    assert refused(deck) == [(5, "deck.discontinued"), (6, "deck.flag_unclear")]


def test_dates_are_midnight_and_asap_is_at_once() -> None:
    _, deck = reading(
        "Code|Rate|Effective Date|End date\n44|0.1|13/05/2025|31/05/2025\n33|0.1|ASAP|\n34|0.1|30/02/2025|\n35|0.1|02/05/2025|01/05/2025"
    )
    day = int(datetime(2025, 5, 13, tzinfo=UTC).timestamp()) * 1000
    assert (deck.rates[0].profile.valid_from_at, deck.rates[0].profile.valid_until_at) == (day, day + 19 * 86_400_000)
    assert deck.rates[1].profile.valid_from_at is None
    assert refused(deck) == [(4, "deck.date_unclear"), (5, "deck.validity")]


def test_prices_by_caller_and_of_the_first_interval() -> None:
    _, deck = reading("Destination Prefixes|Origination Prefixes|Price / min\n44|ALL|0.1\n33|49|0.2\n34||0.3")
    assert prices(deck) == {"44": "0.10", "34": "0.30"}
    assert refused(deck) == [(3, "deck.by_caller")]
    _, deck = reading("Code|Price 1|Price N\n44|0.1|0.1\n33|0.2|0.1")
    assert refused(deck) == [(3, "deck.first_interval_price")]


def test_grace_has_two_meanings_and_is_asked_for() -> None:
    _, deck = reading("Code|Rate|Grace time\n44|0.1|0\n33|0.1|10")
    assert (prices(deck), refused(deck)) == ({"44": "0.10"}, [(3, "deck.grace")])
    _, deck = reading("Code|Rate|Grace time\n33|0.1|10", Given(columns={"prefix": [1], "price": [2], "free_below_seconds": [3]}))
    assert deck.rates[0].profile.free_below_seconds == 10


def test_peak_and_off_peak_are_bands_of_the_tariff() -> None:
    text = "Code|Rate|Time class\n44|0.1|Peak\n44|0.05|off peak\n33|0.1|always\n34|0.1|night"
    _, deck = reading(text, wish=Wish(bands=("peak", "Off-Peak")))
    assert [(rate.prefix, rate.profile.band) for rate in deck.rates] == [("44", "peak"), ("44", "Off-Peak"), ("33", "")]
    assert refused(deck) == [(5, "deck.band_unknown")]


@pytest.mark.parametrize(("which", "price", "line"), [("first", "0.10", 3), ("last", "0.30", 2), ("lowest", "0.10", 3), ("highest", "0.30", 2)])
def test_the_same_prefix_twice_is_shown(which: str, price: str, line: int) -> None:
    _, deck = reading("Code|Rate\n44|0.1\n4,44|0.3\n", wish=Wish(duplicates=which))
    assert prices(deck) == {"44": price, "4": "0.30"}
    assert refused(deck) == [(line, "deck.twice")]
    _, deck = reading("Code|Rate\n44|0.1\n44|0.1")
    assert (noted(deck), len(deck.rates)) == ([(3, "deck.twice_same")], 1)


def test_a_deck_in_another_currency_is_told() -> None:
    _, deck = reading("Code|Rate (USD)\n44|0.1", wish=Wish(currency="EUR"))
    assert noted(deck) == [(1, "deck.currency_differs")]
    _, deck = reading("Code|Rate\n44|$0.1", wish=Wish(currency="USD"))
    assert noted(deck) == []


def test_increments_that_somebody_typed() -> None:
    assert increments_text("60/6", "increments") == (60, 6)
    assert increments_text("30", "increments") == (30, 30)
    with pytest.raises(UserError):
        increments_text("often", "increments")


def test_every_reason_has_a_sentence() -> None:
    _, deck = reading("Code|Destination|Rate\nx|UK|0.1\n3E+5|UK|0.1\n1,809,829|UK|0.1\n44|UK|a-1")
    sentences = catalogue("en")
    assert len(deck.problems) == 4
    assert all(problem.code in sentences for problem in deck.problems)


codes = st.lists(st.from_regex(r"[1-9][0-9]{1,9}", fullmatch=True), min_size=2, max_size=30, unique=True)


@given(codes, st.data())
def test_what_was_written_is_read_in_any_layout(prefixes: list[str], data: st.DataObject) -> None:
    """Any order of columns, with or without a header, any decimal sign, names that contain anything but more columns."""
    decimal = data.draw(st.sampled_from([".", ","]))
    order = data.draw(st.permutations(["prefix", "destination", "price", "increments"]))
    header = data.draw(st.booleans())
    amounts = data.draw(st.lists(st.integers(1, 9_999_999), min_size=len(prefixes), max_size=len(prefixes)))
    names = data.draw(st.lists(st.from_regex(r"[A-Z][a-z]{3,8} - [A-Z][a-z]{2,6}", fullmatch=True), min_size=len(prefixes), max_size=len(prefixes)))
    rows = []
    for prefix, amount, name in zip(prefixes, amounts, names, strict=True):
        cells = {"prefix": prefix, "destination": name, "price": format_amount(amount, 6).replace(".", decimal), "increments": "60/6"}
        rows.append([cells[role] for role in order])
    titles = {"prefix": "Dial code", "destination": "Destination", "price": "Price per minute", "increments": "Billing increments"}
    if header:
        rows.insert(0, [titles[role] for role in order])
    numbered = list(enumerate(rows, 1))
    layout = layout_of(numbered, Given(decimal=decimal))
    deck = read_deck(numbered, layout, Wish())
    assert deck.problems == []
    found = [(rate.prefix, rate.price_micros, rate.destination, rate.profile.first_increment, rate.profile.next_increment) for rate in deck.rates]
    assert found == [(prefix, amount, name, 60, 6) for prefix, amount, name in zip(prefixes, amounts, names, strict=True)]


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_no_rows_break_the_reader(cells: list[list[str]]) -> None:
    rows = list(enumerate(cells, 1))
    deck = read_deck(rows, layout_of(rows, Given()), Wish())
    assert len(deck.rates) >= 0
