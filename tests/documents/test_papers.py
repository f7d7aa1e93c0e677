"""Papers as people get them: read back from the PDF, in each language and size, with names that do not fit."""

from __future__ import annotations

import pypdfium2
import pytest

from appliance import i18n
from appliance.documents import receipt, settings_sheet
from appliance.documents.lettering import has, visual, width_of, wrapped
from appliance.documents.paper import SIZES, paper_size
from appliance.documents.parties import Receiver, Sender
from appliance.errors import UserError
from appliance.words import words

SENDER = Sender("Café & Söhne", "Main Street 1\n1000 Town", "+31 20 1", "shop@example.test", "NL1", "https://my.example.test/")
RECEIPT = receipt.Receipt(
    sender=SENDER,
    receiver=Receiver("Alice Shop", "Alice & Co", "Lane 2", "Spain", "ES2"),
    number=42,
    kind="payment",
    at=1_767_225_600_000,
    issued_at=1_767_312_000_000,
    timezone="Europe/Amsterdam",
    method="cash",
    reference="INV-7",
    note="",
    currency="EUR",
    gross_micros=1_210_000_000,
    tax_micros=210_000_000,
    credit_micros=1_000_000_000,
    tax_ppm=210_000,
    balance_micros=-12_505_000,
    account="alice",
    copy=False,
)
SHEET = settings_sheet.Sheet(
    SENDER, "Alice Shop", "1000001", "Desk", "sip.example.test", 5060, "udp", "sip.example.test", "1000001", "secret-1", (), "sip:1000001@x:5060"
)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


def boxes_of(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Every letter's box on the first page, and the page's own last."""
    page = pypdfium2.PdfDocument(pdf)[0]
    letters = page.get_textpage()
    return [*(letters.get_charbox(index) for index in range(letters.count_chars())), (0.0, 0.0, *page.get_size())]


@pytest.mark.parametrize("paper", sorted(SIZES))
def test_a_receipt_says_who_what_and_what_is_left(paper: str) -> None:
    (text,) = pages_of(receipt.pdf(RECEIPT, words("en"), paper))
    for said in (
        "Café & Söhne", "Receipt", "No. 42", "Alice & Co", "Alice Shop", "Spain", "VAT number ES2", "1,210.00", "Cash", "INV-7",
        "Net amount", "1,000.00", "Tax 21", "210.00", "Total", "Balance after this", "−12.505", "Page 1 of 1", "Jan 2, 2026",
    ):  # fmt: skip
        assert said in text, said
    assert "Copy" not in text


def test_a_copy_is_marked_and_a_refund_is_called_one() -> None:
    assert "Copy" in pages_of(receipt.pdf(RECEIPT._replace(copy=True), words("en"), "A5"))[0]
    back = RECEIPT._replace(kind="refund", gross_micros=-1_000_000, tax_micros=0, credit_micros=-1_000_000, original=41)
    (text,) = pages_of(receipt.pdf(back, words("en"), "A5"))
    for said in ("Refund receipt", "Given back", "1.00", "−1.00", "No. 41"):
        assert said in text
    assert "Tax" not in text


def test_a_receipt_speaks_spanish() -> None:
    (text,) = pages_of(receipt.pdf(RECEIPT, words("es-MX"), "A4"))
    for said in ("Recibo", "1.210,00", "Efectivo", "Impuesto 21", "Saldo resultante", "Página 1 de 1"):
        assert said in text


@pytest.mark.parametrize("language", i18n.languages())
@pytest.mark.parametrize("paper", sorted(SIZES))
def test_nothing_leaves_the_page(language: str, paper: str) -> None:
    full = RECEIPT._replace(
        sender=SENDER._replace(name=LONG, address="\n".join([LONG] * 6), email=f"{'x' * 200}@example.test"),
        receiver=Receiver(LONG, LONG, LONG, LONG, "Z" * 60),
        note=LONG,
        reference="R" * 300,
        gross_micros=999_999_999_999_999,
        credit_micros=999_999_999_999_999,
        tax_micros=1,
        account=LONG,
    )
    sheet = SHEET._replace(sender=full.sender, customer=LONG, display_name=LONG, server=f"{'s' * 60}.{'t' * 60}.example.test", user="u" * 100)
    for pdf in (receipt.pdf(full, words(language), paper), settings_sheet.pdf(sheet, words(language), paper)):
        *letters, (_, _, width, height) = boxes_of(pdf)
        outside = [box for box in letters if box[0] < 20 or box[2] > width - 20 or box[1] < 20 or box[3] > height - 20]
        assert [box for box in outside if box[2] - box[0] > 0.01] == []


def test_the_sheet_shows_the_password_only_where_it_may() -> None:
    (text,) = pages_of(settings_sheet.pdf(SHEET, words("en"), "A4"))
    for said in ("1000001", "sip.example.test", "5060", "UDP", "secret-1", "Keep this page"):
        assert said in text
    (text,) = pages_of(settings_sheet.pdf(SHEET._replace(password=""), words("en"), "A4"))
    assert "secret-1" not in text
    assert "as told to you" in text and "112" not in text
    (text,) = pages_of(settings_sheet.pdf(SHEET._replace(emergency_calls=False), words("en"), "A4"))
    assert "112 cannot be called with this phone" in text.replace("\n", " ")


def test_the_same_receipt_is_the_same_file() -> None:
    assert receipt.pdf(RECEIPT, words("ar"), "A5") == receipt.pdf(RECEIPT, words("ar"), "A5")


def test_paper_that_nobody_has_is_refused() -> None:
    with pytest.raises(UserError, match=r"paper\.unknown"):
        paper_size("B5")


def test_arabic_is_joined_and_put_in_order() -> None:
    assert visual("سلام", True) == "\ufee1\ufefc\ufeb3"
    assert visual("(أ)", True) == "(\ufe83)"
    assert visual("رقم \u2066+31 20 123\u2069", True).startswith("+31 20 123 ")
    assert visual("لدى Alice (INV-7)", True).startswith("Alice (INV-7) ")
    assert visual("abc", True) == "abc"
    assert visual("512 × قطع", True).endswith(" × 512"), "how many is read first"
    paid = words("ar").apart("01\u200f/02\u200f/2026") + "  قطع"
    assert visual(paid, True).endswith("  2026/02/01"), "a date beside words is read from the right, day first"
    assert visual(words("ar").apart("INV/7") + " قطع", True).endswith(" INV/7")
    assert visual("\u2068قطع \u2067\u2068", False).strip() == visual("قطع", False), "whatever marks a name was typed with"


def test_lines_are_cut_at_blanks_and_long_words_inside() -> None:
    lines = wrapped("one two three " + "x" * 200, "Regular", 10, 60)
    assert lines[0] == "one two"
    assert all(width_of(line, "Regular", 10) <= 60 for line in lines)
    assert "".join(lines).replace(" ", "") == "onetwothree" + "x" * 200


@pytest.mark.parametrize("language", i18n.languages())
def test_the_fonts_have_the_letters_of_the_language(language: str) -> None:
    letters = {letter for text in i18n.catalogue(language).values() for letter in visual(text, language in i18n.RIGHT_TO_LEFT)}
    assert {letter for letter in letters if letter.isprintable() and not has(letter)} <= set("⌘✓▾▸●○◌…✕⚠→←")
