"""Paper of tills at every width: what a thermal printer is sent, read back by a printer in memory; and the same as PDF."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from appliance.documents import escpos, strip_pdf
from appliance.documents.drawing import ESCPOS, draw
from appliance.documents.strip import Strip, StripFigure, StripLine, StripPayment
from appliance.words import words
from tests.documents.paper_tape import Tape

AT = 1_767_270_600_000
SALE = Strip(
    "sale",
    number=1204,
    at=AT,
    timezone="Europe/Madrid",
    shop="Locutorio Pier",
    head="Calle Mayor 1\n28013 Madrid",
    foot="Gracias, hasta luego",
    tax_number="ESB12345678",
    till="front",
    clerk="ana",
    bill=88,
    currency="EUR",
    lines=(
        StripLine("call", "", 1, 1_234_500, "0034911234567", "Ghana mobile MTN and a very long destination", AT, 754_000),
        StripLine("call", "", 1, 12_000, "00442079460001", "United Kingdom", AT + 900_000, 59_000),
        StripLine("goods", "Água com gás 50 cl", 2, 3_000_000),
        StripLine("discount", "", 1, -500_000),
    ),
    exact_micros=3_746_500,
    total_micros=3_750_000,
    taxes=((210_000, 3_746_500, 650_000),),
    payments=(StripPayment("payment", "cash", 5_000_000, "EUR", 5_000_000), StripPayment("change", "cash", -1_250_000, "EUR", -1_250_000)),
    link="https://pier.example.test/bill/1204-0123456789abcdef",
    hash="0123456789abcdef" * 4,
)
Z = Strip(
    "z",
    number=7,
    at=AT,
    timezone="UTC",
    shop="Pier",
    clerk="ana",
    currency="EUR",
    total_micros=480_050_000,
    opened=AT - 28_800_000,
    closed=AT,
    bills=214,
    receipts=(900, 1204),
    figures=(
        StripFigure("sales", "call", 512, 455_000_000),
        StripFigure("taxes", "21", 214, 83_310_000),
        StripFigure("payments", "cash payment EUR", 200, 500_000_000, "EUR"),
        StripFigure("cash", "expected", 0, 580_050_000, "EUR"),
        StripFigure("cash", "difference", 0, -50_000, "EUR"),
        StripFigure("events", "drawer ana", 2, 0),
    ),
    hash="f" * 64,
)


def tape(strip: Strip, language: str = "en") -> Tape:
    return Tape(strip.columns).feed(escpos.render(strip, words(language)))


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_a_receipt_fits_every_width(columns: int) -> None:
    printed = tape(replace(SALE, columns=columns, kick=True))
    assert all(len(line) <= columns for line in printed.lines)
    assert (printed.kicks, printed.cuts, printed.pictures + printed.qr_codes) == (1, int(columns > 32), 1)
    text = "\n".join(printed.lines)
    for whole in ("0034911234567", "12:34", "1.23", "0.01", "3.00", "-0.50", "3.75 EUR", "5.00", "1.25", "0.65", "ESB12345678", "Água com gás"):
        assert whole in text, whole
    amounts = [line for line in printed.lines if line.endswith(("1.23", "0.01", "3.00", "-0.50", "5.00", "1.25"))]
    assert {len(line) for line in amounts} == {columns}  # figures stand under one another


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_a_z_report_fits_every_width(columns: int) -> None:
    printed = tape(replace(Z, columns=columns))
    text = "\n".join(printed.lines)
    for whole in ("Z report", "512 x Calls", "455.00", "83.31", "580.05", "-0.05", "2 x Drawer opened ana", "900-1204"):
        assert whole in text, whole


def test_letters_that_a_printer_lacks_are_drawn() -> None:
    greek = replace(SALE, shop="Καφέ", code_page="CP858")
    assert tape(greek).pictures == tape(SALE).pictures + 1
    assert tape(replace(SALE, code_page="raster")).lines == ["-" * 42] * 3
    cyrillic = tape(replace(SALE, head="Улица 1", code_page="CP866"))
    assert "Улица 1" in "\n".join(cyrillic.lines) and any("€" in line or "EUR" in line for line in cyrillic.lines)


def test_a_receipt_in_arabic_is_drawn_from_the_right() -> None:
    printed = tape(replace(SALE, shop="مركز الاتصال"), "ar")
    assert printed.pictures > 15 and printed.lines == ["-" * 42] * 3


def test_the_drawer_alone_prints_nothing() -> None:
    printed = tape(Strip("drawer", kick=True))
    assert (printed.lines, printed.kicks, printed.cuts) == ([], 1, 0)


def test_a_copy_says_so_and_a_printer_without_qr_gets_a_picture() -> None:
    printed = tape(replace(SALE, copy=True, native_qr=False))
    assert any("Copy" in line for line in printed.lines) and (printed.pictures, printed.qr_codes) == (1, 0)


def pages(file: bytes) -> list[Any]:
    import pypdfium2

    return list(pypdfium2.PdfDocument(file))


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_same_rows_make_a_pdf_strip(language: str) -> None:
    found = pages(strip_pdf.render(SALE, words(language)))
    assert len(found) == 1
    text = found[0].get_textpage().get_text_range()
    for whole in ("1204", "0034911234567", "1.25" if language != "es" else "1,25"):
        assert whole in text, whole


def test_the_child_draws_what_we_would_draw() -> None:
    assert draw((), SALE, "en", ESCPOS) == escpos.render(SALE, words("en"))
    assert draw((), Z, "en", "strip").startswith(b"%PDF")
