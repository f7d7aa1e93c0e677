"""Whole decks with the quirks of real ones, through the import: read right, or refused by line with the reason."""

from __future__ import annotations

from datetime import date

import pytest

from tests.services.decks.conftest import Importing
from tests.services.decks.files import Cell, csv_of, workbook

PREAMBLE: list[list[Cell]] = [[f"Carrier Ltd., page {line}"] for line in range(1, 22)]


def problems(view: object) -> dict[int, str]:
    """{line: code} of what was refused."""
    return {each.line: each.code for each in view.problems if each.refused}  # type: ignore[attr-defined]


def test_a_preamble_hidden_sheets_dates_in_words_and_a_future_rise(shop: Importing) -> None:
    rows: list[list[Cell]] = [
        *PREAMBLE,
        ["Code", "Destination", "Rate", "Effective"],
        ["31", "Netherlands", 0.01, "ASAP"],
        ["3197", "Netherlands Special", 0.30, date(2025, 5, 1)],
        ["44", "UK", 0.02, "01/05/2025"],
        ["447", "UK Mobile", 0.05, "01/12/2030"],
    ]
    file = workbook(("Old", [["Code", "Rate"], ["99", 9.0]]), ("Rates", rows), hidden=("Old",))
    seen = shop.import_(file, dates="day-first")
    assert (seen.guessed.sheet, seen.guessed.header_row, seen.rates, problems(seen)) == ("Rates", 22, 4, {})
    assert [shop.price(number) for number in ("31201234567", "31971234567", "4479123456", "991")] == ["0.01", "0.30", "0.02", "no_rate"]
    shop.clock.advance(6 * 365 * 86_400)
    assert shop.price("4479123456") == "0.05"


def test_ranges_lists_and_noise_in_cells(shop: Importing) -> None:
    deck = csv_of([
        ["Prefix;Destination;Price"],
        ["4477-4479, 44781;UK Mobile;0,05"],
        ["^93.*;Afghanistan;0,2093"],
        ["+9377;Afghanistan Mobile;0,273"],
        ["387-33829;Bosnia Novi;0,07"],
        ["8613 8614;China Mobile;0,00666667"],
        ["(+1-829,1809,1849);Dominican Republic;0,04"],
    ])  # fmt: skip
    seen = shop.import_(deck, delimiter=";", decimal=",")
    assert problems(seen) == {}
    assert [shop.price(number) for number in ("44771", "44809", "44781", "9312", "93771", "86135", "38733829", "38733", "1829", "1809")] == [
        "0.05", "no_rate", "0.05", "0.2093", "0.273", "0.0067", "0.07", "no_rate", "0.04", "0.04",
    ]  # fmt: skip
    assert any(each.code == "deck.rounded" or "round" in each.code for each in seen.problems)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("3.87E+11,Bosnia,0.1", "ruined"),
        ("381,Serbia,$0.377-$0.604", ""),
        (",Nowhere,0.1", ""),
        ("381,Serbia,cheap", ""),
        ("381,Serbia,-0.1", ""),
        ("12a,Serbia,0.1", ""),
    ],
)
def test_a_line_that_cannot_be_told_is_refused_and_the_rest_goes_on(shop: Importing, line: str, why: str) -> None:
    seen = shop.preview("Code,Destination,Rate\n31,Netherlands,0.01\n" + line + "\n44,UK,0.02\n")
    assert list(problems(seen)) == [3]
    assert seen.rates == 2
    assert next(each.reason for each in seen.problems if each.refused)
    assert why in next(each.reason for each in seen.problems if each.refused).lower() or not why


def test_a_byte_order_mark_and_a_shifted_row(shop: Importing) -> None:
    deck = "\ufeffCode,Destination,Connection Cost,Grace Time,Cost / Min,Initial Increment,Increment\n36,24.9999,0.383,25,0.000,25,25\n".encode()
    seen = shop.preview(deck)
    assert (seen.rates, problems(seen)) == (0, {2: "deck.destination_number"})


def test_a_range_over_two_columns_and_the_same_prefix_twice(shop: Importing) -> None:
    rows = [["From", "To", "Destination", "Rate"], ["9381", "9383", "Afghanistan", "0.2"], ["9382", "", "Afghanistan Special", "0.4"]]
    seen = shop.import_(csv_of(rows), columns={"prefix": "From", "prefix_end": "To", "destination": 3, "price": 4}, duplicates="highest")
    assert problems(seen) in ({}, {3: "deck.twice"}, {2: "deck.twice"})
    assert [shop.price(number) for number in ("93811", "93821", "93831")] == ["0.20", "0.40", "0.20"]
