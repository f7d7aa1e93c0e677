"""The one place that posts, and who hears of it."""

from __future__ import annotations

from random import Random

import pytest

from appliance.billing.ledger import call_charge, payment
from appliance.billing.tax import TaxSplit
from appliance.store.ledger import Pair, Unbalanced
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


def test_funds_that_are_remembered_are_those_of_the_row(shop: Shop) -> None:
    it = Simple(shop)
    ledger, changes, draw = shop.services.ledger, shop.services.changes, Random(5)
    with changes.unit():
        revenue = ledger.account(it.root, "revenue", "EUR")
    other = shop.account(it.root, "bob", "3.00")

    def agree() -> None:
        for account in (it.account, other, revenue):
            row = shop.store.accounts.get(account)
            assert row is not None and ledger.funds(account) == (row.balance_micros, row.credit_limit_micros)

    def act() -> None:
        account = draw.choice((it.account, other))
        if draw.random() < 0.3:
            ledger.set_limit(account, draw.randrange(1_000_000))
        else:
            made = call_charge(account, it.root, draw.randrange(1, 900), "EUR")
            assert made is not None
            ledger.write_call(shop.clock.utcnow(), 0, [(made, 0)] * draw.randrange(1, 4))
        agree()

    for _ in range(40):
        lost = draw.choice(("nothing", "a part", "all"))
        try:
            with changes.unit():
                act()
                if lost == "a part":
                    with pytest.raises(KeyError), changes.part():
                        act()
                        raise KeyError
                    agree()
                if lost == "all":
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        agree()


def test_what_a_call_posts_at_its_end_is_what_single_entries_would(shop: Shop) -> None:
    it = Simple(shop)
    ledger, at = shop.services.ledger, shop.clock.utcnow()
    made = [call_charge(it.account, it.root, micros_, "EUR") for micros_ in (500, 7, 20_000)]
    with shop.services.changes.unit():
        together = ledger.write_call(at, 9, [(each, level) for level, each in enumerate(made) if each is not None])
    rows = [(entry.level, entry.call_id, shop.store.ledger.postings(entry.id)) for entry in shop.store.ledger.of_call(9)]
    assert [entry.id for entry in shop.store.ledger.of_call(9)] == together
    assert [[posting.balance_after_micros for posting in postings] for _, _, postings in rows] == [
        [9_999_500, 500], [9_999_493, 507], [9_979_493, 20_507]
    ]  # fmt: skip
    assert [level for level, _, _ in rows] == [0, 1, 2]
    assert shop.balance(it.account) == 9_979_493
    with shop.services.changes.unit():
        usd = ledger.account(it.root, "revenue", "USD")
    for wrong in (Pair("call", 0, it.account, it.account, 5), Pair("call", 0, it.account, usd, 5), Pair("call", 0, it.account, usd + 1000, 5)):
        with pytest.raises(Unbalanced), shop.services.changes.unit():
            shop.store.ledger.post_call(at, 9, [wrong])
    assert len(shop.store.ledger.of_call(9)) == 3
