"""The one place that posts, and who hears of it."""

from __future__ import annotations

import pytest

from appliance.billing.ledger import call_charge, payment
from appliance.billing.tax import TaxSplit
from tests.services.shop import Shop, Simple, micros


def test_listeners_hear_balances_and_limits_of_credit_accounts_alone(shop: Shop) -> None:
    it = Simple(shop)
    heard: list[tuple[int, int, int]] = []
    shop.services.ledger.on_funds(lambda *funds: heard.append(funds))
    with shop.services.changes.unit():
        shop.services.ledger.write(shop.clock.utcnow(), call_charge(it.account, it.root, 500, "EUR"))
        assert shop.services.ledger.write(shop.clock.utcnow(), call_charge(it.account, it.root, 0, "EUR")) is None
        shop.services.ledger.set_limit(it.account, 7)
    assert heard == [(it.account, 9_999_500, 0), (it.account, 9_999_500, 7)]
    assert shop.services.ledger.funds(it.account) == (9_999_500, 7)


def test_what_is_undone_is_told_back(shop: Shop) -> None:
    it = Simple(shop, balance="0.03")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    before = shop.calls.next_limit()
    with pytest.raises(ZeroDivisionError), shop.services.changes.unit():
        with pytest.raises(KeyError), shop.services.changes.part():
            shop.services.ledger.write(shop.clock.utcnow(), payment(it.account, it.root, TaxSplit(1_000_000, 1_000_000, 0), "EUR", ("cash", "")))
            raise KeyError
        assert shop.calls.next_limit() == before
        shop.services.ledger.set_limit(it.account, 5_000_000)
        assert shop.calls.next_limit() != before
        raise ZeroDivisionError
    assert shop.calls.next_limit() == before
    assert shop.run(10) == [(call, "credit")]
    assert shop.balance(it.account) == 0


def test_a_raised_limit_lets_a_running_call_go_on_and_a_lowered_one_ends_it(shop: Shop) -> None:
    it = Simple(shop, balance="0.02")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    assert shop.run(1.5) == []
    with shop.services.changes.unit():
        shop.services.ledger.set_limit(it.account, micros("0.10"))
    assert shop.run(4) == []
    with shop.services.changes.unit():
        shop.services.ledger.set_limit(it.account, micros("0.05"))
    assert shop.run(5) == [(call, "credit")]
    assert shop.balance(it.account) == -micros("0.05")
    shop.verify()


def test_house_accounts_are_made_once(shop: Shop) -> None:
    root = shop.reseller()
    with shop.services.changes.unit():
        first = shop.services.ledger.account(root, "revenue", "EUR")
        assert shop.services.ledger.account(root, "revenue", "EUR") == first
        assert shop.services.ledger.account(root, "revenue", "USD") != first
    with pytest.raises(ZeroDivisionError), shop.services.changes.unit():
        lost = shop.services.ledger.account(root, "bank", "EUR", "card")
        raise ZeroDivisionError
    with shop.services.changes.unit():
        again = shop.services.ledger.account(root, "bank", "EUR", "card")
    assert shop.store.accounts.get(again) is not None
    assert lost in (again, lost)
