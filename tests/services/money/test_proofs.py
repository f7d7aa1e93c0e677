"""`verify` finds each thing that cannot be right about documents, fees, vouchers, bank lines, carriers and closed months."""

from __future__ import annotations

import sqlite3

import pytest

from appliance.services.ground.stepwise import finish
from appliance.services.keeping.verify import verify_folder
from appliance.store.store import DATABASE_NAME
from appliance.store.verify_money import MONEY
from appliance.wire.bank import BankConfirm, BankImport
from appliance.wire.books import MonthClose
from appliance.wire.carriers import CarrierPay
from appliance.wire.documents import ReceiptPrint
from appliance.wire.fees import FeeSet, FeeStop
from appliance.wire.invoices import InvoiceCredit
from appliance.wire.shapes import ById
from appliance.wire.trunks import TrunkNumber, TrunkUpdate
from appliance.wire.vouchers import VoucherMake, VoucherRedeem, VoucherSheet
from tests.services.money.billed import DAY, Billed

DAMAGES = {
    "UPDATE document SET total_micros = total_micros + 1 WHERE id = 1": "verify.document_total",
    "UPDATE document_line SET exact_micros = exact_micros + 1 WHERE document_id = 1": "verify.document_total",
    "UPDATE document SET number = 9 WHERE id = 2": "verify.document_gap",
    "UPDATE document_number SET last = 7 WHERE series = 'invoice'": "verify.document_gap",
    "UPDATE receipt SET number = 5 WHERE payment_id = 1": "verify.receipt_gap",
    "UPDATE document SET after_posting = after_posting + 1 WHERE id = 2": "verify.document_stretch",
    "UPDATE document_movement SET amount_micros = amount_micros + 1 WHERE document_id = 2": "verify.document_sources",
    "UPDATE document SET balance_after_micros = 7 WHERE id = 2": "verify.document_balance",
    "UPDATE document SET entry_id = NULL WHERE id = 1": "verify.document_tax_entry",
    "UPDATE document SET entry_id = 1 WHERE corrects_id IS NOT NULL": "verify.document_without_cause",
    "UPDATE document SET reason = 'another' WHERE corrects_id IS NOT NULL": "verify.document_chain",
    "UPDATE document SET previous_hash = 'x' WHERE id = 2": "verify.document_chain",
    "INSERT INTO document_line VALUES (1, 9, 'fee', 'x', 1, 0, 0, 0, 0)": "verify.document_chain",
    "UPDATE allocation SET amount_micros = 99000000 WHERE id = 1": "verify.allocation_invoice",
    "UPDATE payment SET gross_micros = 1 WHERE id = 2": "verify.allocation_payment",
    "UPDATE payment SET account_id = 2 WHERE id = 2": "verify.allocation_account",
    "UPDATE payment SET tax_micros = 1 WHERE id = 2": "verify.payment_tax",
    "UPDATE document SET total_micros = 1 WHERE id = 1": "verify.credit_too_large",
    "UPDATE monthly_fee_taken SET amount_micros = 1": "verify.fee_amount",
    "UPDATE monthly_fee_returned SET amount_micros = 99000000": "verify.fee_returned",
    "DELETE FROM monthly_fee_returned": "verify.fee_missing",
    "UPDATE number_fee SET amount_micros = 1": "verify.number_fee",
    "DELETE FROM number_fee": "verify.fee_missing",
    "UPDATE voucher_batch SET amount_micros = 1": "verify.voucher_amount",
    "UPDATE bank_line SET state = 'waiting' WHERE state = 'booked'": "verify.bank_line",
    "UPDATE carrier_payment SET amount_micros = 1": "verify.carrier_payment",
    "DELETE FROM carrier_payment": "verify.carrier_entry",
    "UPDATE book_close SET sums = '{\"last_entry\": 0}'": "verify.closed",
}


@pytest.fixture
def whole(billed: Billed) -> Billed:
    """Two invoices, a credit note, payments by voucher and bank, a fee given back, a carrier paid, a month closed."""
    money, owner = billed.money, billed.owner
    batch = finish(money.vouchers.make(owner, VoucherMake("winter", "0.50", 1)))
    code = money.vouchers.sheet(owner, VoucherSheet(batch.id, "csv"))().content.decode("utf-8-sig").splitlines()[1].split(",")[2]
    payment = money.vouchers.redeem(owner, VoucherRedeem(code, account=billed.account))
    money.receipts.pdf(owner, ReceiptPrint(payment.id))
    fee = money.fees.set(owner, FeeSet("Alice", "line", "31.00")).id
    number = TrunkNumber("31880001", "1000001", setup_fee="2.00")
    billed.shop.services.nouns.trunks.update(owner, TrunkUpdate(1, numbers=[number]))
    billed.call()
    first = billed.invoice()
    billed.shop.clock.advance(DAY)
    money.fees.stop(owner, FeeStop(fee))
    finish(money.bank.load(owner, BankImport(b"date,amount\n2026-01-02,12.00\n", columns={"date": "date", "amount": "amount"})))
    money.bank.confirm(owner, BankConfirm(1, account=billed.account))
    money.receipts.pdf(owner, ReceiptPrint(2))
    billed.call("4412345678", 90)
    billed.invoice()
    money.credit_notes.credit(owner, InvoiceCredit(first.id, "noise", "0.10"))
    money.carriers.pay(owner, CarrierPay("carrier", "5.00"))
    billed.shop.clock.advance(60 * DAY)
    finish(money.trial_balances.close(owner, MonthClose("2026-02-01")))
    billed.shop.verify()
    return billed


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage[:60])
def test_damage_is_found(whole: Billed, damage: str) -> None:
    whole.shop.store.close()
    raw = sqlite3.connect(whole.shop.folder / DATABASE_NAME)
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(damage)
    raw.commit()
    raw.close()
    assert DAMAGES[damage] in {fault.code for fault in verify_folder(whole.shop.folder, deep=False).faults}


def test_every_proof_has_a_case() -> None:
    assert {proof.code for proof in MONEY} | {"verify.document_chain", "verify.fee_missing"} == set(DAMAGES.values())


def test_a_person_is_forgotten_and_the_documents_stay_whole(whole: Billed) -> None:
    with whole.shop.services.changes.unit():
        whole.shop.store.people.erase(whole.simple.customer, whole.shop.clock.utcnow())
    whole.shop.verify()
    assert whole.money.invoices.get(whole.owner, ById(1)).total == "40.66"


def test_a_taxed_payment_has_its_receipt_at_once(prepaid: Billed) -> None:
    payment = prepaid.pay("12.10")
    issued = prepaid.shop.store.receipts.find(payment.id)
    assert issued is not None and issued.number == 1 and not prepaid.shop.store.receipts.printed(payment.id)
    prepaid.money.receipts.pdf(prepaid.owner, ReceiptPrint(payment.id))
    assert prepaid.shop.store.receipts.printed(payment.id)
    prepaid.put("accounts", prepaid.account, tax_point="usage")
    assert prepaid.shop.store.receipts.find(prepaid.pay("1.00").id) is None
