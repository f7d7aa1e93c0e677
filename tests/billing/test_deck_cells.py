"""Prices, increments, seconds and dates as decks write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.deck_cells import (
    BLOCKED_CELL,
    Fault,
    count_of,
    flag_of,
    guess_dates,
    guess_decimal,
    increments_of,
    moment_of,
    price_of,
)
from appliance.money import format_amount, parse_amount


@pytest.mark.parametrize(
    ("text", "decimal", "unit", "price", "rounded"),
    [
        ("0.0125", ".", "minute", "0.0125", False),
        ("$0.377", ".", "minute", "0.377", False),
        ("USD 0.377", ".", "minute", "0.377", False),
        ("0.377 EUR/min", ".", "minute", "0.377", False),
        ("€ 0,12", ",", "minute", "0.12", False),
        ("0,12345650", ",", "minute", "0.123457", True),
        ("0.12345649", ".", "minute", "0.123456", True),
        ("0.1234560", ".", "minute", "0.123456", False),
        ("1,234,567.5", ".", "minute", "1234567.5", False),
        ("1 234,5", ",", "minute", "1234.5", False),
        (".05", ".", "minute", "0.05", False),
        ("0.001", ".", "second", "0.06", False),
        ("1.5", ".", "cents", "0.015", False),
        ("2.5¢", ".", "minute", "0.025", False),
        ("free", ".", "minute", "0", False),
        ("7", ".", "minute", "7", False),
    ],
)
def test_a_price_is_exact_or_rounded_half_up(text: str, decimal: str, unit: str, price: str, rounded: bool) -> None:
    assert price_of(text, decimal, unit) == (parse_amount(price), rounded)


@pytest.mark.parametrize(
    ("text", "decimal", "code"),
    [
        ("", ".", "deck.no_price"),
        ("$0.377-$0.604", ".", "deck.two_prices"),
        ("0,243", ".", "deck.price_decimal"),
        ("0.243", ",", "deck.price_decimal"),
        ("1,234", ".", "deck.price_decimal"),
        ("-0.05", ".", "deck.price_negative"),
        ("(0.05)", ".", "deck.price_negative"),
        ("1.2E-02", ".", "deck.price_scientific"),
        ("Mobile", ".", "deck.price_unclear"),
        ("9999999999999", ".", "deck.price_unclear"),
    ],
)
def test_a_price_that_may_be_another_is_refused(text: str, decimal: str, code: str) -> None:
    found = price_of(text, decimal)
    assert isinstance(found, Fault), found
    assert found.code == code


@pytest.mark.parametrize("text", ["blocked", "N/A", "Not available"])
def test_words_that_mean_not_served(text: str) -> None:
    assert price_of(text, ".") is BLOCKED_CELL


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from([".", ","]))
def test_what_was_written_is_read(amount: int, decimal: str) -> None:
    assert price_of(format_amount(amount).replace(".", decimal), decimal) == (amount, False)


@given(st.text(max_size=40), st.sampled_from([".", ","]))
def test_no_cell_breaks_the_reader(text: str, decimal: str) -> None:
    found = price_of(text, decimal)
    assert isinstance(found, Fault) or found is BLOCKED_CELL or found[0] >= 0  # type: ignore[index]
    increments_of(text)
    moment_of(text, "day-first", UTC)
    count_of(text)


def test_the_decimal_sign_is_guessed_by_the_cells_that_tell() -> None:
    assert guess_decimal(["0,12", "0,243", "12"]) == ","
    assert guess_decimal(["0.12", "0.5", "1,234.5"]) == "."
    assert guess_decimal(["1.234,5"]) == ","
    assert guess_decimal([]) == "."


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("60/60", (60, 60)),
        ("60/6", (60, 6)),
        ("30+6", (30, 6)),
        ("1", (1, None)),
        ("60 sec / 6 sec", (60, 6)),
        ("0/1", (0, 1)),
        ("60.0", (60, None)),
        ("", None),
    ],
)
def test_increments(text: str, pair: tuple[int, int | None] | None) -> None:
    assert increments_of(text) == pair


@pytest.mark.parametrize(
    ("text", "code"), [("2025-01-01", "deck.increment_became_date"), ("60/0", "deck.increment_zero"), ("per minute", "deck.increment_unclear")]
)
def test_increments_that_are_none(text: str, code: str) -> None:
    found = increments_of(text)
    assert isinstance(found, Fault)
    assert found.code == code


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    "text", ["2025-05-12", "12/05/2025", "12.05.25", "12-May-2025", "May 12, 2025", "12 mayo 2025", "12. Mai 2025", "20250512", "2025-05-12 00:00:00"]
)
def test_dates_day_first(text: str) -> None:
    assert moment_of(text, "day-first", UTC) == at(2025, 5, 12)


def test_dates_month_first_and_their_guess() -> None:
    assert moment_of("05/12/2025", "month-first", UTC) == at(2025, 5, 12)
    assert guess_dates(["05/12/2025", "05/13/2025"]) == "month-first"
    assert guess_dates(["05/12/2025", "13/12/2025"]) == "day-first"
    assert guess_dates(["05/12/2025"]) == "day-first"


def test_midnight_is_the_tariffs_own_and_a_last_day_counts_whole() -> None:
    assert moment_of("2025-05-12", "day-first", ZoneInfo("Europe/Amsterdam")) == at(2025, 5, 12) - 2 * 3_600_000
    assert moment_of("2025-05-12", "day-first", UTC, until=True) == at(2025, 5, 13)


@pytest.mark.parametrize("text", ["ASAP", "immediately", "", "-"])
def test_at_once(text: str) -> None:
    assert moment_of(text, "day-first", UTC) is None


@pytest.mark.parametrize("text", ["31/02/2025", "45000", "soon"])
def test_dates_that_are_none(text: str) -> None:
    found = moment_of(text, "day-first", UTC)
    assert isinstance(found, Fault)
    assert found.code == "deck.date_unclear"


def test_yes_and_no() -> None:
    assert [flag_of(text) for text in ("1", "Yes", "x", "blocked", "", "0", "no", "Active")] == [True, True, True, True, False, False, False, False]
    assert isinstance(flag_of("maybe"), Fault)
    assert count_of("30.0") == 30
    assert isinstance(count_of("a while"), Fault)
