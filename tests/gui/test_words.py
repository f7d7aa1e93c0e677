"""How amounts, numbers, times and durations are written, and how a typed amount is understood."""

from __future__ import annotations

import pytest

from appliance.gui import words

BLANK = "\u00a0"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("12.50", "EUR", f"12.50{BLANK}EUR"),
        ("-1250.0125", "EUR", f"\u22121,250.0125{BLANK}EUR"),
        ("1000000.00", "JPY", f"1,000,000{BLANK}JPY"),
        (2_500_000, "KWD", f"2.500{BLANK}KWD"),
        (None, "EUR", ""),
        ("0.00", None, "0.00"),
    ],
)
def test_money(amount: str | int | None, currency: str | None, said: str) -> None:
    assert words.money(amount, currency) == said


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12,5", "12.50"),
        ("12.50", "12.50"),
        ("1 250", "1250.00"),
        ("1\u00a0250,75", "1250.75"),
        ("1.250,00", "1250.00"),
        ("1,250.00", "1250.00"),
        ("1,250", "1250.00"),
        ("0,125", "0.125"),
        ("-5", "-5.00"),
        ("\u22125.5", "-5.50"),
        ("1.250.000", "1250000.00"),
        ("1'250.5", "1250.50"),
        (",5", "0.50"),
        ("٣٫٥", "3.50"),
    ],
)
def test_typed_amounts(typed: str, meant: str) -> None:
    assert words.parse_money(typed) == meant


@pytest.mark.parametrize("typed", ["", "abc", "1-2", "1,2,3.4.5x", "."])
def test_what_is_no_amount(typed: str) -> None:
    with pytest.raises(ValueError):
        words.parse_money(typed)


def test_numbers_are_shown_as_people_dial_them() -> None:
    assert words.number("31201234567") == "+31 20 123 4567"
    assert words.number("70001") == "70001"
    assert words.number("") == ""


def test_a_number_tells_its_country() -> None:
    assert words.number_full("31201234567") == "+31 20 123 4567 · Netherlands"
    assert words.number_full("1000001") == "1000001" and words.number_full("*43") == "*43"
    words.use("de")
    assert words.number_full("+4930123456").endswith(" · Deutschland")


def test_durations_and_counts() -> None:
    assert [words.duration(each) for each in (7, 200, 7384)] == ["7 s", "3 min 20 s", "2 h 3 min"]
    assert words.count(1204) == "1,204"
    assert words.plural("{n} call", "{n} calls", 1) == "1 call"
    assert words.plural("{n} call", "{n} calls", 1204) == "1,204 calls"


def test_english_is_always_there_and_first() -> None:
    assert words.languages()[0] == ("en", "English")
    words.use("xx-YY")
    assert words.language() == "en"


def test_places_of_the_servers_sentences_are_the_persons() -> None:
    """An alert came with the moment of the wire once, milliseconds and all."""
    words.use("de")
    said = words.place("2026-03-12T13:30:53.838Z")
    assert said == words.moment("2026-03-12T13:30:53.838Z") and "T" not in said and "12.03.26" in said
    assert words.place("2026-03-12") == words.day("2026-03-12")
    assert (words.place("12.50"), words.place("trunk 1.2"), words.place("192.0.2.7"), words.place("4")) == ("12,50", "trunk 1.2", "192.0.2.7", "4")
