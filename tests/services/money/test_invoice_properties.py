"""Whatever happens on an account: every posting is told once, each document adds up, no number is missing, the books are whole."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import UserError
from appliance.money import format_amount
from appliance.wire.credit_accounts import CreditAccountAdjust
from appliance.wire.invoices import InvoiceCredit
from appliance.wire.payments import PaymentRefund, PaymentReverse
from tests.services.money.billed import Billed

AMOUNTS = st.integers(1, 99_999_999)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(1, 500)),
        st.tuples(st.just("pay"), AMOUNTS),
        st.tuples(st.just("adjust"), st.integers(-9_999_999, 9_999_999).filter(bool)),
        st.tuples(st.just("refund"), AMOUNTS),
        st.tuples(st.just("reverse"), st.just(0)),
        st.tuples(st.just("invoice"), st.just(0)),
        st.tuples(st.just("credit"), AMOUNTS),
    ),
    min_size=3,
    max_size=14,
)


def do(billed: Billed, deed: str, amount: int) -> None:
    """One deed; what is refused changes nothing."""
    money = billed.money
    payments = [row.id for row in billed.shop.store.payments.of_account(billed.account) if row.kind == "payment"]
    invoices = [row.id for row in billed.shop.store.documents.of_account(billed.account) if row.kind == "invoice"]
    try:
        if deed == "call":
            billed.call(seconds=amount)
        elif deed == "pay":
            billed.pay(format_amount(amount))
        elif deed == "adjust":
            billed.shop.services.nouns.credit_accounts.adjust(billed.owner, CreditAccountAdjust(billed.account, format_amount(amount), "so"))
        elif deed == "invoice":
            billed.invoice()
        elif deed == "refund" and payments:
            money.payments.refund(billed.owner, PaymentRefund(payments[amount % len(payments)], format_amount(amount)))
        elif deed == "reverse" and payments:
            money.payments.reverse(billed.owner, PaymentReverse(payments[-1]))
        elif deed == "credit" and invoices:
            money.credit_notes.credit(billed.owner, InvoiceCredit(invoices[amount % len(invoices)], "so", format_amount(amount // 10_000 * 10_000)))
    except UserError:
        pass


@settings(max_examples=30, deadline=None)
@given(DEEDS, st.sampled_from(["usage", "payment"]), st.booleans())
def test_nothing_is_told_twice_and_no_number_is_missing(deeds: list[tuple[str, int]], point: str, included: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        billed = Billed(Path(folder) / "data", point=point)
        if included:
            from appliance.wire.invoices import LayoutSet

            billed.money.layouts.set(billed.owner, LayoutSet(tax_included=True))
        for deed, amount in deeds:
            billed.shop.clock.advance(1)
            do(billed, deed, amount)
        do(billed, "invoice", 0)
        billed.shop.verify()
        documents = list(billed.shop.store.documents.of_account(billed.account))
        for series in ("invoice", "credit_note"):
            numbers = [row.number for row in documents if row.series == series]
            assert numbers == list(range(1, len(numbers) + 1))
        if documents and not any(row.corrects_id for row in documents):
            last = billed.money.drafts.of(billed.shop.store.accounts.get(billed.account), None, billed.shop.clock.utcnow() + 1)  # type: ignore[arg-type]
            assert not last.lines
            assert documents[-1].balance_after_micros + sum(each.amount_micros for each in last.movements) == billed.balance()
        billed.shop.store.close()
