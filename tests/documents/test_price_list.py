"""Price lists on paper and as values, and documents drawn by a child process."""

from __future__ import annotations

import csv
import io

import pypdfium2
import pytest

from appliance import paths
from appliance.documents import price_poster
from appliance.documents.drawing import draw
from appliance.documents.parties import Sender
from appliance.documents.price_list import PriceList, PriceRow, comma_separated, pdf
from appliance.errors import EnvironmentFault
from appliance.words import words
from tests.documents.test_papers import RECEIPT, SHEET

PRICES = PriceList(
    Sender("Café & Söhne"),
    "retail",
    "EUR",
    4,
    1_767_225_600_000,
    "UTC",
    (
        PriceRow("Netherlands", "Netherlands", ("31",), 12_500, 0, 60, 1),
        PriceRow("Netherlands", "Netherlands mobile", ("316", "3197"), 50_000, 100_000, 1, 1),
        PriceRow("Spain", "=HYPERLINK(1)", ("34",), 9_375, 0, 1, 1),
    ),
)


def texts_of(file: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(file)]


def test_prices_stand_under_their_country() -> None:
    (text,) = texts_of(pdf(PRICES, words("en"), "A4"))
    for said in ("Price list", "Netherlands mobile", "316, 3197", "0.0500", "0.1000", "60/1", "0.009375", "Prices of a minute in EUR, retail"):
        assert said in text
    assert text.index("Netherlands mobile") < text.index("Spain")


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_a_long_list_repeats_its_headings(language: str) -> None:
    rows = tuple(PriceRow(f"Country {number // 3:03}", f"Place {number}", (str(3000 + number),), number, 0, 1, 1) for number in range(400))
    pages = texts_of(pdf(PRICES._replace(rows=rows), words(language), "A5"))
    assert len(pages) > 5
    heading = {"en": "Blocks", "es": "Bloques"}.get(language, "1/1")
    assert all(heading in page for page in pages)
    together = "".join(pages)
    assert all(f"Place {number}" in together for number in range(400))


def test_comma_separated_values_are_whole_and_no_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(comma_separated(PRICES).decode("utf-8-sig"))))
    assert [row["prefix"] for row in rows] == ["31", "316", "3197", "34"]
    assert rows[1]["price_per_minute"] == "0.0500"
    assert rows[3]["destination"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("content", [RECEIPT, SHEET, PRICES], ids=["receipt", "sheet", "prices"])
def test_a_child_draws_the_same(content: object) -> None:
    assert draw(paths.program(), content, "ar", "A4") == draw((), content, "ar", "A4")  # type: ignore[arg-type]


def test_a_child_that_fails_is_told() -> None:
    with pytest.raises(EnvironmentFault, match=r"document\.failed"):
        draw(("/nowhere/at-all",), RECEIPT, "en", "A4")


@pytest.mark.parametrize(("countries", "paper"), [(0, "A4"), (1, "A4"), (12, "A3"), (60, "A4"), (240, "A3"), (900, "A5")])
def test_a_poster_is_one_page_with_each_country_at_its_lowest_price(countries: int, paper: str) -> None:
    rows = tuple(
        PriceRow(f"Country {number:03}", kind, (str(1000 + number),), price, 0, 1, 1)
        for number in range(countries)
        for kind, price in (("mobile", 50_000 + number), ("landline", 10_000 + number))
    )
    (text,) = texts_of(price_poster.pdf(price_poster.Poster(PRICES._replace(rows=rows)), words("en"), paper))
    assert PRICES.sender.name in text
    shown = text.count("Country ")
    assert shown == countries if countries <= 240 else 0 < shown < countries and "more countries" in text
    if countries:
        assert "0.01" in text and "0.05" not in text


def test_the_list_says_how_a_price_is_worked_out() -> None:
    (text,) = texts_of(pdf(PRICES, words("en"), "A4"))
    assert "connection fee + price per minute × billed seconds ÷ 60" in " ".join(text.split())
