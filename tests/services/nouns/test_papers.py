"""Receipts and settings sheets as services issue them: numbers without gaps, copies, permission, what is audited."""

from __future__ import annotations

import pypdfium2
import pytest

from appliance.errors import Forbidden, NotFound, UserError
from appliance.services.ground.stepwise import finish
from appliance.wire.customers import CustomerUpdate
from appliance.wire.documents import PriceListPrint, ReceiptPrint, SheetPrint
from appliance.wire.operators import GrantFields, OperatorCreate
from appliance.wire.payments import PaymentRecord, PaymentRefund
from appliance.wire.settings import SettingsSet
from appliance.wire.shapes import Binary
from tests.services.nouns.described import Described


def text_of(file: Binary) -> str:
    assert file.content_type == "application/pdf"
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(file.content))


def paid(shop: Described, amount: str = "12.10") -> int:
    return shop.nouns.payments.record(shop.owner, PaymentRecord(amount, customer="Alice Shop")).id


def printed(shop: Described, payment: int, language: str = "") -> Binary:
    return shop.nouns.receipts.pdf(shop.owner, ReceiptPrint(payment, language=language))()


def test_numbers_are_drawn_at_the_first_print_and_have_no_gaps(described: Described) -> None:
    shop = described
    first, second, third = paid(shop), paid(shop), paid(shop)
    assert printed(shop, third).name == "receipt-1.pdf"
    with pytest.raises(UserError, match=r"paper\.unknown"):
        shop.nouns.receipts.pdf(shop.owner, ReceiptPrint(second, paper="B9"))
    assert printed(shop, first).name == "receipt-2.pdf"
    again = printed(shop, third)
    assert again.name == "receipt-1.pdf"
    assert "Copy" in text_of(again)
    assert "Copy" not in text_of(printed(shop, second))


def test_a_unit_that_fails_draws_no_number(described: Described) -> None:
    shop = described
    payment = paid(shop)
    with pytest.raises(RuntimeError), shop.services.changes.unit():
        shop.nouns.receipts.pdf(shop.owner, ReceiptPrint(payment))
        raise RuntimeError
    assert shop.store.receipts.find(payment) is None
    assert printed(shop, payment).name == "receipt-1.pdf"


def test_the_receipt_agrees_with_the_ledger(described: Described) -> None:
    shop = described
    shop.nouns.customers.update(shop.owner, CustomerUpdate(1, tax="21"))
    text = text_of(printed(shop, paid(shop)))
    balance = shop.balance("alice")
    assert balance == 20_000_000
    for said in ("12.10 EUR", "10.00", "Tax 21", "2.10", "20.00", "No. 1", "Alice Shop"):
        assert said.replace(" ", "") in text.replace("\u00a0", "").replace(" ", ""), said
    assert shop.verified()


def test_a_refund_has_its_own_receipt_that_names_the_first(described: Described) -> None:
    shop = described
    payment = paid(shop)
    printed(shop, payment)
    refund = shop.nouns.payments.refund(shop.owner, PaymentRefund(payment, "2.00")).id
    text = text_of(printed(shop, refund, "es"))
    for said in ("Recibo de reembolso", "N.º 2", "N.º 1", "−2,00"):
        assert said in text


def test_another_reseller_prints_no_receipt_of_ours(described: Described) -> None:
    shop = described
    payment = paid(shop)
    shop.nouns.operators.create(shop.owner, OperatorCreate("sub", [GrantFields("owner", "Sub One")], password="long enough"))
    with pytest.raises(NotFound):
        shop.nouns.receipts.pdf(shop.operator("sub"), ReceiptPrint(payment))
    with pytest.raises(NotFound):
        shop.nouns.receipts.pdf(shop.owner, ReceiptPrint(999))


def test_a_sheet_shows_the_password_by_permission_and_says_so_in_the_log(described: Described) -> None:
    shop = described
    endpoint = shop.store.endpoints.find("1000001")
    assert endpoint is not None
    plain = text_of(shop.nouns.sheets.pdf(shop.owner, SheetPrint(endpoint.id))())
    assert "secret-1" not in plain
    assert "sip.example.test" in plain
    shop.nouns.operators.create(shop.owner, OperatorCreate("till", [GrantFields("clerk", "root")], password="long enough"))
    with pytest.raises(Forbidden):
        shop.nouns.sheets.pdf(shop.operator("till"), SheetPrint(endpoint.id, with_password=True))
    assert "secret-1" in text_of(shop.nouns.sheets.pdf(shop.owner, SheetPrint(endpoint.id, with_password=True, paper="Letter"))())
    assert shop.store.database.value("SELECT count(*) FROM audit WHERE operation = 'endpoints.sheet'") == 1


def test_the_server_that_phones_are_told_is_a_setting(described: Described) -> None:
    shop = described
    endpoint = shop.store.endpoints.find("1000001")
    assert endpoint is not None
    shop.nouns.configuration.set(shop.owner, SettingsSet({"phones.server": "pbx.example.test", "phones.port": 6060, "phones.transport": "tcp"}))
    text = text_of(shop.nouns.sheets.pdf(shop.owner, SheetPrint(endpoint.id))())
    for said in ("pbx.example.test", "6060", "TCP"):
        assert said in text


def test_a_price_list_has_what_is_sold_now(described: Described) -> None:
    shop = described
    tariff = shop.nouns.lookups.tariff(shop.owner, "retail", None, "tariffs.read")
    file = finish(shop.nouns.price_lists.make(shop.owner, PriceListPrint(tariff.id)))
    text = text_of(file)
    for said in ("Netherlands", "0.0125", "0.0500", "3197"):
        assert said in text
    values = finish(shop.nouns.price_lists.make(shop.owner, PriceListPrint(tariff.id, format="csv", language="es")))
    assert values.content.decode("utf-8-sig").splitlines()[1].startswith("Países Bajos,")
    with pytest.raises(UserError, match=r"field\.not_a_choice"):
        finish(shop.nouns.price_lists.make(shop.owner, PriceListPrint(tariff.id, format="doc")))
