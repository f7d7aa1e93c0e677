"""Amounts: text to micros and back, and every rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import money
from appliance.errors import UserError

micros = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10", 10_000_000), ("0.0125", 12_500), ("-0.05", -50_000), ("0", 0), ("1.000000", 1_000_000), ("2.5000000", 2_500_000), ("-0", 0)],
)
def test_amounts_that_are_read(text: str, expected: int) -> None:
    assert money.parse_amount(text) == expected


@pytest.mark.parametrize("text", ["", "-", ".5", "5.", "1,5", "1e3", "+1", " 1", "1 ", "0x10", "--1", "１", "1.2.3", "NaN", "1_000", "9" * 65])
def test_text_that_is_no_amount(text: str) -> None:
    with pytest.raises(UserError) as caught:
        money.parse_amount(text, "price")
    assert (caught.value.code, caught.value.field) == ("amount.invalid", "price")


def test_amounts_that_do_not_fit() -> None:
    with pytest.raises(UserError, match=r"amount\.too_precise"):
        money.parse_amount("0.0000001")
    with pytest.raises(UserError, match=r"amount\.too_large"):
        money.parse_amount("9223372036855")
    assert money.parse_amount("9223372036854.775807") == money.LARGEST_MICROS


def test_prices_with_more_decimals_are_rounded_half_up_and_say_so() -> None:
    assert money.parse_price("0.0000005") == (1, True)
    assert money.parse_price("-0.0000005") == (-1, True)
    assert money.parse_price("0.00000049") == (0, True)
    assert money.parse_price("0.0125000000") == (12_500, False)


@pytest.mark.parametrize(("value", "text"), [(10_000_000, "10.00"), (12_500, "0.0125"), (-50_000, "-0.05"), (0, "0.00"), (1, "0.000001")])
def test_amounts_as_text(value: int, text: str) -> None:
    assert money.format_amount(value) == text


@given(micros)
def test_text_and_back(value: int) -> None:
    assert money.parse_amount(money.format_amount(value)) == value
    assert money.parse_amount(money.format_amount(value, 0)) == value


def test_percentages() -> None:
    assert money.parse_percent("25") == 250_000 and money.parse_percent("-12.5") == -125_000
    assert money.format_percent(250_000) == "25" and money.format_percent(-125_000) == "-12.5"
    with pytest.raises(UserError, match=r"amount\.too_precise"):
        money.parse_percent("0.00001")


@given(micros, st.integers(1, 10**9), st.integers(0, 6), st.sampled_from(["half-up", "up"]), st.booleans())
def test_rounding_agrees_with_decimal(numerator: int, denominator: int, decimals: int, mode: str, flipped: bool) -> None:
    sign = -1 if flipped else 1
    got = money.round_ratio(numerator * sign, denominator * sign, decimals, mode)
    unit = 10 ** (6 - decimals)
    whole, rest = divmod(abs(numerator), denominator * unit)
    if rest and (mode == "up" or 2 * rest >= denominator * unit):
        whole += 1
    assert got == (whole if numerator >= 0 else -whole) * unit


def test_rounding_of_known_halves() -> None:
    for mode, rule in (("half-up", ROUND_HALF_UP), ("up", ROUND_UP)):
        for value in (-15_000, -14_999, 15_000, 14_999, 10_001):
            exact = Decimal(value) / 1_000_000
            assert money.round_ratio(value, 1, 2, mode) == int(exact.quantize(Decimal("0.01"), rule) * 1_000_000)


def test_a_markup_is_the_exact_product_half_up() -> None:
    assert money.markup(10_000, 250_000) == 12_500
    assert money.markup(3, 500_000) == 5
    assert money.markup(3, -1_000_000) == 0


def test_currencies() -> None:
    assert [money.currency_decimals(code) for code in ("EUR", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    assert money.check_currency("EUR") == "EUR"
    for wrong in ("eur", "EURO", "E1R", "ÄÖÜ"):
        with pytest.raises(UserError, match=r"currency\.invalid"):
            money.check_currency(wrong, "currency")


def test_exchange_rates_are_exact() -> None:
    rate = money.exchange("EUR", "USD", "1.0837", "2026-01-02", "ecb")
    assert rate.convert(1_000_000) == 1_083_700 and rate.text() == "1.0837"
    assert rate.inverse().convert(1_083_700) == 1_000_000
    assert rate.inverse().text() == "10000/10837" and money.exchange("EUR", "XTS", "2").text() == "2"
    both = money.through(rate.inverse(), money.exchange("EUR", "GBP", "0.85", "2026-01-01", "ecb"))
    assert (both.base, both.quote, both.valid_on, both.source) == ("USD", "GBP", "2026-01-01", "ecb")
    assert both.convert(1_083_700) == 850_000
    assert money.through(rate, money.exchange("USD", "GBP", "0.8", "2026-01-03", "typed")).source == "ecb, typed"
    with pytest.raises(ValueError, match="do not meet"):
        money.through(rate, rate)
    for wrong in ("0", "-1"):
        with pytest.raises(UserError, match=r"exchange\.not_positive"):
            money.exchange("EUR", "USD", wrong)


def test_money_knows_its_currency() -> None:
    five = money.Money(5_000_000, "EUR")
    assert five.plus(five.negated()) == money.Money(0, "EUR") and five.text() == "5.00"
    with pytest.raises(ValueError, match="do not add"):
        five.plus(money.Money(1, "USD"))
