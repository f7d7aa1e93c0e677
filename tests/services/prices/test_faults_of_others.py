"""Faults that users of other billing systems report, each as a test: none of them may be ours."""

from __future__ import annotations

import pytest

from appliance.billing.rate import Price
from appliance.billing.rating import Rules, Terms, charge
from appliance.errors import UserError
from appliance.money import format_amount, parse_amount
from appliance.services.calls.call_record import Accepted, Denied
from appliance.services.ground.access import folder_owner
from appliance.wire.credit_accounts import CreditTransfer
from appliance.wire.guard import LimitsSet
from appliance.wire.rates import RateFields, RatesList, RatesSet
from tests.services.shop import Shop, Simple, micros, rate

OWNER = folder_owner()


def terms(price: str, first: int, then: int, fee: str = "0", style: str = "first-next", decimals: int = 4) -> Terms:
    asked = Price(1, 1, "49", "Germany", parse_amount(price), parse_amount(fee), first, then)
    return Terms(asked, Rules(1, "retail", "EUR", decimals, increment_style=style))


# Rate 0.10 a minute; blocks after the first, and the whole up to a multiple of the block.
@pytest.mark.parametrize(
    ("first", "then", "seconds", "after_first", "whole"),
    [
        (30, 6, 31, ("36", "0.06"), ("36", "0.06")),
        (60, 1, 61, ("61", "0.1017"), ("61", "0.1017")),
        (90, 60, 91, ("150", "0.25"), ("120", "0.20")),
        (90, 60, 150, ("150", "0.25"), ("180", "0.30")),
        (20, 6, 21, ("26", "0.0433"), ("24", "0.04")),
    ],
)
def test_increments_mean_one_thing_and_a_tariff_may_say_the_other(
    first: int, then: int, seconds: int, after_first: tuple[str, str], whole: tuple[str, str]
) -> None:
    for style, expected in (("first-next", after_first), ("total", whole)):
        made = charge(terms("0.10", first, then, style=style), seconds * 1000)
        assert (str(made.billed_seconds), format_amount(made.amount_micros)) == expected


@pytest.mark.parametrize(("price", "amount"), [("0.10", "0.10"), ("0.05", "0.05"), ("0.50", "0.50"), ("0.07", "0.07")])
def test_a_minute_by_the_second_costs_the_price_of_a_minute(price: str, amount: str) -> None:
    for decimals in (4, 5, 6):
        assert format_amount(terms(price, 1, 1, decimals=decimals).amount(60_000)) == amount


def test_a_call_of_thousands_is_charged_in_thousands(shop: Shop) -> None:
    it = Simple(shop, balance="5000", retail=(rate("49", "1234.56"),))
    shop.services.nouns.limits.set(folder_owner(), LimitsSet("customer", it.customer, hour="10000"))
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(60)
    shop.end(call)
    assert shop.balance(it.account) == micros("3765.44")
    shop.verify()


# balance, connection fee, price, increments, how long it may last, what is left
@pytest.mark.parametrize(
    ("balance", "fee", "price", "first", "then", "seconds", "left"),
    [
        ("0.19", "0.05", "0.10", 60, 60, 60, "0.04"),
        ("0.01", "0", "0.04", 60, 1, None, "0.01"),
        ("0.15", "0.05", "0.10", 60, 60, 60, "0"),
        ("0.25", "0", "0.10", 30, 6, 150, "0"),
    ],
)
def test_a_call_is_admitted_and_cut_by_what_it_will_be_billed(
    shop: Shop, balance: str, fee: str, price: str, first: int, then: int, seconds: int | None, left: str
) -> None:
    it = Simple(shop, balance=balance, retail=(rate("49", price, fee, first, then),))
    answer = shop.attempt(it.alice, "4930123456")
    if seconds is None:
        assert isinstance(answer, Denied)
    else:
        assert isinstance(answer, Accepted)
        shop.answer(answer.call, it.trunk)
        assert shop.run(1000) == [(answer.call, "credit")]
        cdr = shop.store.calls.get(answer.call)
        assert cdr is not None
        assert cdr.duration_ms == seconds * 1000
    assert shop.balance(it.account) == micros(left)
    shop.verify()


def test_thirty_calls_at_once_cannot_spend_one_euro_thirty_times(shop: Shop) -> None:
    it = Simple(shop, balance="1.00", retail=(rate("49", "0.60"),))
    calls = [shop.answer(shop.begin(it.alice, "4930123456"), it.trunk) for _ in range(30)]
    assert len(shop.run(600)) == 30
    spent = [(cdr.amount_micros, cdr.duration_ms) for call in calls if (cdr := shop.store.calls.get(call)) is not None]
    assert len(spent) == 30  # each has its record and its own charge
    assert sum(amount for amount, _ in spent) == micros("1.00")
    assert shop.balance(it.account) == 0
    shop.verify()


def test_a_payment_during_a_call_extends_it(shop: Shop) -> None:
    it = Simple(shop, balance="0.10", retail=(rate("49", "0.60"),))
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(5)
    shop.pay(it.account, "0.10")
    assert shop.run(14) == []
    assert shop.run(2) == [(call, "credit")]
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert cdr.duration_ms == 20_000


def test_a_free_call_needs_no_money_and_an_unpriced_one_is_no_call(shop: Shop) -> None:
    it = Simple(shop, balance="0", retail=(rate("49", "0"),))
    assert isinstance(shop.attempt(it.alice, "4930123456"), Accepted)
    refused = shop.attempt(it.alice, "999555")
    assert isinstance(refused, Denied)
    assert refused.cause == "no_rate"


def test_a_price_is_the_same_after_it_was_looked_at_and_saved(shop: Shop) -> None:
    it = Simple(shop)
    rates = shop.services.nouns.rates
    rates.set(OWNER, RatesSet("cost", [RateFields("77", price_per_minute="0.000001"), RateFields("78", price_per_minute="0.01")]))
    for view in rates.list(OWNER, RatesList("cost", search="7")).rates:
        again = RateFields(view.prefix, price_per_minute=view.price_per_minute, connection_fee=view.connection_fee)
        assert rates.set(OWNER, RatesSet("cost", [again])).unchanged == 1
    assert [each.price_micros for each in shop.store.rates.at_prefix(it.cost, "77")] == [1]


def test_a_loss_is_refused_only_where_the_guard_is_on_and_equal_is_no_loss(shop: Shop) -> None:
    it = Simple(shop, retail=(rate("49", "0.40"), rate("31", "0.02", first=60, then=60)))
    assert isinstance(shop.attempt(it.alice, "4930123456"), Accepted)
    with shop.services.changes.unit():
        shop.store.tariffs.update(it.retail, {"loss_guard": 1})
        shop.services.changes.note("tariff", it.retail)
    refused = shop.attempt(it.alice, "4930123456")
    assert isinstance(refused, Denied)
    assert (refused.status, refused.cause) == (403, "blocked")
    assert isinstance(shop.attempt(it.alice, "31201234567"), Accepted)


def test_one_call_is_one_charge_at_each_level_however_long_it_lasts(shop: Shop) -> None:
    it = Simple(shop, balance="100", retail=(rate("49", "0.60"),))
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    for _ in range(20):
        shop.run(60)
        shop.beat()
    shop.end(call)
    assert [entry.kind for entry in shop.store.ledger.of_call(call)] == ["call", "cost"]
    assert shop.balance(it.account) == micros("88")


def test_money_that_a_call_holds_is_not_passed_on(shop: Shop) -> None:
    it = Simple(shop, balance="1.20")
    friend = shop.account(it.root, "friend")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.run(60)
    moves = shop.services.nouns.money.moves
    with pytest.raises(UserError, match=r"transfer\.too_much"):
        moves.transfer(OWNER, CreditTransfer(it.account, friend, "1.20"))
    moves.transfer(OWNER, CreditTransfer(it.account, friend, "0.50"))
    assert shop.run(60)  # what is left ends the call
    cdr = shop.store.calls.get(call)
    assert cdr is not None and cdr.cause == "credit"
    assert 0 <= shop.balance(it.account) < micros("0.01")
    shop.verify()
