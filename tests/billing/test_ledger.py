"""Every event of the trade balances, and nothing makes no entry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.billing import ledger
from appliance.billing.chart import KINDS, method_account
from appliance.billing.tax import TaxSplit, add_tax, split_gross
from appliance.money import exchange

amounts = st.integers(-(10**12), 10**12)


@given(amounts)
def test_every_entry_balances(amount: int) -> None:
    entries = [
        ledger.call_charge(5, 1, amount, "EUR"),
        ledger.call_cost(1, None, "carrier", amount, "USD"),
        ledger.payment(5, 1, split_gross(amount, 210_000, 2), "EUR", method_account("card")),
        ledger.opening(5, 1, amount, "EUR"),
        ledger.adjustment(5, 1, amount, "EUR"),
        ledger.monthly_fee(5, 1, amount, "EUR"),
        ledger.write_off(5, 1, amount, "EUR"),
        ledger.change_of_currency(5, 6, amount, exchange("EUR", "USD", "1.0837"), 1),
    ]
    for entry in entries:
        assert (entry is None) == (amount == 0)
        if entry is not None:
            assert set(ledger.sums(entry).values()) == {0} and all(side.amount_micros for side in entry.sides)
            assert {side.kind for side in entry.sides} - {""} <= set(KINDS)
            back = ledger.reversal(entry.sides)
            assert back is not None and ledger.sums(back) == ledger.sums(entry) and back.kind == "reversal"


def test_a_charge_is_negative_on_the_credit_account() -> None:
    entry = ledger.call_charge(5, 1, 150_000, "EUR")
    assert entry is not None and entry.kind == "call"
    assert [(side.amount_micros, side.account_id, side.kind) for side in entry.sides] == [(-150_000, 5, ""), (150_000, None, "revenue")]


def test_a_payment_splits_its_tax() -> None:
    split = split_gross(12_100_000, 210_000, 2)
    assert split == TaxSplit(12_100_000, 10_000_000, 2_100_000) == add_tax(10_000_000, 210_000)
    entry = ledger.payment(5, 1, split, "EUR", method_account("cash"))
    assert entry is not None and entry.kind == "payment"
    assert [(side.amount_micros, side.kind) for side in entry.sides] == [(10_000_000, ""), (2_100_000, "tax"), (-12_100_000, "cash")]
    refund = ledger.payment(5, 1, split_gross(-12_100_000, 210_000, 2), "EUR", method_account("bank"))
    assert refund is not None and refund.kind == "refund" and refund.sides[2].name == "bank"


@given(amounts, st.integers(0, 300_000), st.sampled_from([0, 2, 3, 6]))
def test_gross_is_net_and_tax(gross: int, ppm: int, decimals: int) -> None:
    split = split_gross(gross, ppm, decimals)
    assert split.net_micros + split.tax_micros == gross and abs(split.tax_micros) <= abs(gross) + 10**6
