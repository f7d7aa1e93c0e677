"""A price changed while calls run takes effect on them at once."""

from __future__ import annotations

from appliance.store.rates import NewRate
from tests.services.shop import Shop, Simple, micros, rate


def changed(shop: Shop, tariff: int, *rates: NewRate) -> None:
    """New versions of rates become valid."""
    now = shop.clock.utcnow()
    with shop.services.changes.unit():
        rate_set = shop.store.rates.open_set(tariff, "test", now)
        shop.store.rates.add(rate_set, tariff, rates)
        shop.store.rates.activate(rate_set, now)
        shop.services.changes.note("rate", tariff)


def test_a_lower_price_lets_a_running_call_go_on_and_is_what_it_pays(shop: Shop) -> None:
    it = Simple(shop, balance="0.05")  # 0.60 a minute: five seconds
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(2)
    changed(shop, it.cost, rate("49", "0.2400"))  # 0.30 a minute: ten seconds
    shop.clock.advance(7)
    assert shop.calls.limits_reached(shop.clock.monotonic()) == []
    shop.clock.advance(1)
    assert shop.calls.limits_reached(shop.clock.monotonic()) == [(call, "credit")]
    shop.end(call, "credit", "server")
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.amount_micros) == (10_000, micros("0.05"))
    shop.verify()


def test_a_higher_price_ends_a_call_sooner_and_never_below_its_limit(shop: Shop) -> None:
    it = Simple(shop, balance="0.05")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(1)
    changed(shop, it.cost, rate("49", "0.9600"))  # 1.20 a minute: 0.02 a second
    shop.clock.advance(1)
    assert shop.calls.limits_reached(shop.clock.monotonic()) == [(call, "credit")]  # 0.04 spent, a third second is 0.06
    shop.end(call, "credit", "server")
    assert shop.balance(it.account) == micros("0.01")
    shop.verify()


def test_a_price_the_account_cannot_pay_up_to_now_ends_the_call_at_the_old_one(shop: Shop) -> None:
    it = Simple(shop, balance="0.05")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(3)
    changed(shop, it.cost, rate("49", "9.6000"))
    assert shop.calls.limits_reached(shop.clock.monotonic()) == [(call, "credit")]
    shop.end(call, "credit", "server")
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.amount_micros) == (3000, micros("0.03"))
    shop.verify()


def test_a_crash_charges_the_new_price(shop: Shop) -> None:
    it = Simple(shop)
    shop.start()
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    changed(shop, it.cost, rate("49", "0.2400"), rate("4930", "0.1200"))
    shop.clock.advance(5)
    shop.beat()
    shop.crash()
    shop.start()
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.cause, cdr.amount_micros, cdr.prefix) == ("crash", micros("0.0125"), "4930")
    shop.verify()


def test_a_rate_that_is_withdrawn_or_of_another_number_changes_nothing(shop: Shop) -> None:
    it = Simple(shop)
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    before = shop.calls.running[call].meters
    changed(shop, it.cost, rate("33", "0.5000"), rate("49", "0.1000", blocked=1))
    assert shop.calls.running[call].meters == before
