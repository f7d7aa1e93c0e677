"""The customer's own cap of a month and his alert of a low balance, by hand-computed calls."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import UserError
from appliance.services.calls.call_record import Denied
from appliance.services.ground.access import folder_owner
from appliance.wire.overview import SpendingSet
from appliance.wire.shapes import ById
from tests.services.shop import Shop, Simple, micros

OWNER = folder_owner("test")


@pytest.fixture
def one(shop: Shop) -> Simple:
    """A second of a call to 49 costs a cent."""
    return Simple(shop)


def cap(shop: Shop, one: Simple, amount: str | None) -> None:
    shop.services.nouns.web.purse.set(OWNER, SpendingSet(one.customer, month_cap=amount))


def talk(shop: Shop, one: Simple, seconds: float) -> list[tuple[int, str]]:
    call = shop.answer(shop.begin(one.alice, "4912345"))
    cut = shop.run(seconds)
    if not cut:
        shop.end(call)
    return cut


def test_a_call_ends_where_the_cap_is_reached(shop: Shop, one: Simple) -> None:
    cap(shop, one, "0.50")
    assert [cause for _call, cause in talk(shop, one, 120)] == ["own_cap"]
    assert shop.balance(one.account) == micros("9.50")
    refused = shop.attempt(one.alice, "4912345")
    assert isinstance(refused, Denied) and (refused.status, refused.phrase, refused.cause) == (402, "Spending cap reached", "own_cap")
    assert [row.cause for row in (shop.store.calls.get(1), shop.store.calls.get(2)) if row is not None] == ["own_cap", "own_cap"]
    view = shop.services.nouns.web.purse.get(OWNER, ById(one.customer))
    assert (view.month_cap, view.spent, view.left) == ("0.50", "0.50", "0.00")
    shop.verify()


def test_where_credit_ends_first_it_is_credit(shop: Shop, one: Simple) -> None:
    cap(shop, one, "20.00")
    assert [cause for _call, cause in talk(shop, one, 2000)] == ["credit"]
    refused = shop.attempt(one.alice, "4912345")
    assert isinstance(refused, Denied) and (refused.phrase, refused.cause) == ("Not enough credit", "no_funds")


def test_two_calls_share_one_cap(shop: Shop, one: Simple) -> None:
    cap(shop, one, "0.60")
    for _each in range(2):
        shop.answer(shop.begin(one.alice, "4912345"))
    assert len(shop.run(90)) == 2
    assert shop.balance(one.account) == micros("9.40")


def test_a_lower_cap_is_felt_by_a_running_call_and_a_higher_one_too(shop: Shop, one: Simple) -> None:
    cap(shop, one, "0.30")
    shop.answer(shop.begin(one.alice, "4912345"))
    assert shop.run(10) == []
    cap(shop, one, "0.60")
    assert shop.run(40) == []
    cap(shop, one, "0.20")
    assert len(shop.run(1)) == 1
    assert micros("9.49") <= shop.balance(one.account) <= micros("9.50")


def test_a_new_month_begins_anew(shop: Shop, one: Simple) -> None:
    cap(shop, one, "0.10")
    talk(shop, one, 60)
    assert isinstance(shop.attempt(one.alice, "4912345"), Denied)
    shop.clock.advance(32 * 86_400)
    shop.services.calls.spending.turn()
    assert talk(shop, one, 5) == []
    assert shop.balance(one.account) == micros("9.85")


def test_money_given_back_counts_for_the_cap_after_a_start(shop: Shop, one: Simple) -> None:
    cap(shop, one, "1.00")
    talk(shop, one, 30)
    shop.store.rollback()
    shop.crash()
    shop.start()
    assert shop.services.calls.spending.left(one.account) == micros("0.70")
    cap(shop, one, None)
    assert shop.services.calls.spending.left(one.account) is None
    assert talk(shop, one, 200) == []


def test_free_calls_and_emergency_calls_pass_a_cap_of_nothing(shop: Shop, one: Simple) -> None:
    cap(shop, one, "0")
    assert isinstance(shop.attempt(one.alice, "4912345"), Denied)
    shop.endpoint(one.customer, "1000002", registered=True)
    shop.end(shop.answer(shop.begin(one.alice, "1000002")))
    with pytest.raises(UserError):
        cap(shop, one, "-1")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=6), st.integers(0, 200))
def test_calls_never_pass_a_cap(tmp_path_factory: pytest.TempPathFactory, lengths: list[int], cents: int) -> None:
    shop = Shop(tmp_path_factory.mktemp("cap") / "data")
    shop.start()
    one = Simple(shop, "100.00")
    cap(shop, one, f"{cents / 100:.2f}")
    running = []
    for _each in lengths:
        answer = shop.attempt(one.alice, "4912345")
        if not isinstance(answer, Denied):
            running.append(shop.answer(answer.call))
    cut = {call for call, _cause in shop.run(0)}
    for before, after in pairwise([0, *sorted(lengths)]):
        cut |= {call for call, _cause in shop.run(after - before)}
        for call in [each for each in running if each not in cut][:1]:
            shop.end(call)
            cut.add(call)
    shop.run(600)
    spent = micros("100.00") - shop.balance(one.account)
    assert 0 <= spent <= cents * 10_000
    shop.verify()
    shop.store.close()


def mails(shop: Shop) -> list[str]:
    return [row.kind for row in shop.store.outbox.newest()]


def test_a_low_balance_is_told_once_a_crossing(shop: Shop, one: Simple, monkeypatch: pytest.MonkeyPatch) -> None:
    row = shop.store.customers.get(one.customer)
    assert row is not None
    with shop.services.changes.unit():
        shop.store.people.update(row.person_id, {"email": "alice@example.test"})
    purse = shop.services.nouns.web.purse
    purse.set(OWNER, SpendingSet(one.customer, alert_below="9.00"))

    def look() -> list[str]:
        purse.step()
        if shop.store.in_unit:
            shop.commit()
        return mails(shop)

    assert look() == []
    talk(shop, one, 101)
    with monkeypatch.context() as patched:
        patched.setattr(purse, "_tell", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            look()
    shop.commit()
    talk(shop, one, 1)
    assert look() == ["balance_low"], "what could not be told is told when the balance moves again"
    talk(shop, one, 5)
    assert look() == ["balance_low"], "it is told once"
    shop.pay(one.account, "5.00")
    assert look() == ["balance_low"]
    talk(shop, one, 600)
    assert look() == ["balance_low", "balance_low"], "and again after it was above"
    purse.set(OWNER, SpendingSet(one.customer, alert_below=None))
    talk(shop, one, 5)
    assert len(look()) == 2
