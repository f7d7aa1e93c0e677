"""Invoices as people and programs get them: read back from the PDF, and validated against the schema of EN 16931."""

from __future__ import annotations

import io
import sys
from xml.etree import ElementTree

import pytest
from drafthorse.utils import validate_xml
from PIL import Image
from pypdf import PdfReader

from appliance.documents import invoice_paper, statement, voucher_sheet
from appliance.documents.drawing import draw
from appliance.documents.factur_x import xml
from appliance.documents.invoice import AccountRow, Bank, Invoice, InvoiceLine, TaxRow
from appliance.documents.invoice_calls import CallRow
from appliance.documents.parties import Receiver, Sender
from appliance.words import words
from tests.documents.test_papers import LONG, pages_of

AT = 1_767_225_600_000
DAY = 86_400_000
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def made(**changes: object) -> Invoice:
    picture = io.BytesIO()
    Image.new("RGB", (300, 100), "#146e5a").save(picture, "PNG")
    whole = Invoice(
        kind="invoice",
        sender=Sender(
            "Nordlicht & Söhne", "Hafenstraße 12\n20457 Hamburg", "+49 40 1", "shop@example.test", "DE123456789", "https://my.example.test/"
        ),
        receiver=Receiver("María José", "Locutorio <S.L.>", "Calle 1\n28008 Madrid", "Spain", "ESB12345678"),
        seller_country="DE",
        buyer_country="ES",
        buyer_email="m@example.test",
        registration="HRB 1",
        note="Thank you",
        logo=picture.getvalue(),
        number="NL-0042",
        corrects="",
        corrects_at=0,
        reason="",
        issued_at=AT,
        from_at=AT - 31 * DAY,
        until_at=AT,
        due_on="2026-01-15",
        timezone="Europe/Berlin",
        currency="EUR",
        reference="RF18I42",
        bank=Bank("Sparkasse", "DE89370400440532013000", "COBADEFFXXX"),
        lines=(InvoiceLine("calls", "Spain mobile", 12, 3723, 1_000_000_000), InvoiceLine("fee", "Line 2026-01-01 – 2026-02-01", 1, 0, -50_000)),
        taxes=(TaxRow("S", "MwSt", 190_000, "DE", 999_950_000, 189_990_000),),
        net_micros=999_950_000,
        tax_micros=189_990_000,
        total_micros=1_189_940_000,
        open_micros=1_189_940_000,
        taxed_by="usage",
        tax_included=False,
        balance_before_micros=-12_345_678,
        balance_after_micros=-202_285_678,
        account="locutorio",
        movements=(AccountRow(AT - DAY, "payment", "bank", 1_000_000_000),),
        calls=(),
    )
    return whole._replace(**changes)  # type: ignore[arg-type]


KINDS = {
    "taxed": made(),
    "reverse charge": made(taxes=(TaxRow("AE", "", 0, "ES", 999_950_000, 0),), tax_micros=0, total_micros=999_950_000),
    "exempt": made(taxes=(TaxRow("E", "", 0, "ES", 999_950_000, 0),), tax_micros=0, total_micros=999_950_000),
    "no tax": made(taxes=(TaxRow("O", "", 0, "ES", 999_950_000, 0),), tax_micros=0, total_micros=999_950_000, bank=Bank("", "", "")),
    "paid before": made(taxed_by="payment", due_on="", open_micros=0, lines=(InvoiceLine("credit", "cash", 1, 0, 999_950_000),)),
    "credit note": made(kind="credit_note", corrects="NL-0041", reason="noise", due_on="", reference="", open_micros=0),
    "yen": made(currency="JPY", lines=(InvoiceLine("calls", "", 1, 60, 999_950_000_000),), net_micros=999_950_000_000),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_is_what_the_schema_wants(kind: str) -> None:
    data = xml(KINDS[kind], words("en"))
    validate_xml(data, "FACTUR-X_EN16931")
    tree = ElementTree.fromstring(data)
    lines = [each.text for each in tree.iter(f"{RAM}LineTotalAmount")]
    assert lines[-1] == tree.findtext(f".//{RAM}TaxBasisTotalAmount")
    assert tree.findtext(f".//{RAM}TypeCode") == ("381" if kind == "credit note" else "380")


def test_the_pdf_says_all_and_carries_its_data() -> None:
    pdf = invoice_paper.pdf(KINDS["taxed"], words("en"), "A4")
    (text,) = pages_of(pdf)
    for said in (
        "Invoice", "NL-0042", "Nordlicht & Söhne", "Locutorio <S.L.>", "Spain mobile", "1:02:03", "1,000.00", "−0.05", "999.95", "MwSt 19",
        "189.99", "1,189.94", "Jan 15, 2026", "DE89 3704 0044 0532 0130 00", "RF18I42", "−202.29", "Page 1 of 1", "HRB 1",
    ):  # fmt: skip
        assert said in text, said
    reader = PdfReader(io.BytesIO(pdf))
    (data,) = reader.attachments["factur-x.xml"]
    validate_xml(data, "FACTUR-X_EN16931")
    root = reader.trailer["/Root"]
    assert "EN 16931" in root["/Metadata"].get_data().decode()  # type: ignore[index]
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1" and len(root["/AF"]) == 1  # type: ignore[index]
    assert invoice_paper.pdf(KINDS["taxed"], words("en"), "A4") == pdf


def test_forty_pages_repeat_their_headings_and_lose_no_call() -> None:
    calls = tuple(
        CallRow(AT - at * 60_000, f"10000{at % 7:02d}", f"3161{at:07d}", LONG if at % 50 == 0 else "NL mobile", 61, 12_345) for at in range(2400)
    )
    ordered = tuple(sorted(calls, key=lambda each: each.endpoint))
    pages = pages_of(invoice_paper.pdf(made(calls=ordered), words("en"), "A4"))
    assert len(pages) >= 40
    text = "".join(pages).replace(" ", "")
    assert all(f"+3161{at:07d}" in text for at in range(2400))
    assert all("Number" in page and f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages[1:], 2))


@pytest.mark.parametrize(("language", "paper"), [("ar", "A4"), ("es", "Letter"), ("en", "A5")])
def test_long_names_and_other_scripts_stay_on_the_page(language: str, paper: str) -> None:
    lines = (InvoiceLine("calls", LONG, 99_999, 999_999, 1_000_000_000_000), InvoiceLine("adjustment", "محمد عبد الله", 1, 0, 1))
    long = made(lines=lines, receiver=Receiver(LONG, "شركة الاتصالات", LONG, "Spain", "ES1"), sender=Sender(LONG, LONG, "1", "a@example.test"))
    from tests.documents.test_papers import boxes_of

    *letters, (_left, _low, width, height) = boxes_of(invoice_paper.pdf(long, words(language), paper))
    assert all(left >= 0 and right <= width and low >= 0 and high <= height for left, low, right, high in letters)


def test_statements_and_vouchers_are_whole() -> None:
    rows = tuple(statement.StatementRow(AT, "calls" if at % 3 else "payment", "bank", 7, -1_000_000, -at * 1_000_000) for at in range(120))
    told = statement.Statement(made().sender, made().receiver, "locutorio", "EUR", "UTC", AT, AT - DAY, AT, 0, -119_000_000, rows)
    pages = pages_of(statement.pdf(told, words("en"), "A4"))
    assert len(pages) == 3 and "Balance after" in pages[-1] and all("Amount" in page for page in pages)
    assert statement.comma_separated(told, words("en")).decode("utf-8-sig").count("\n") == 121
    codes = tuple((number, f"ABCD-EFGH-JKMN-{number:04d}") for number in range(1, 24))
    (first, *_rest) = pages_of(
        voucher_sheet.pdf(voucher_sheet.VoucherSheet(made().sender, "winter", 5_000_000, "EUR", "2027-01-01", codes), words("en"), "A4")
    )
    assert "ABCD-EFGH-JKMN-0001" in first and "5.00" in first and "Jan 1, 2027" in first


def test_a_child_draws_it_alike() -> None:
    assert draw((sys.executable, "-m", "appliance"), KINDS["taxed"], "en", "A4") == draw((), KINDS["taxed"], "en", "A4")
