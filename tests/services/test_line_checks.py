"""The echo number and test calls of trunks, in the services: who may, what is counted, what is said, what it costs."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.paths import resources
from appliance.services.calls.call_record import Accepted, Denied, Ended, Heard
from appliance.services.calls.spoken import LANGUAGES, balance_words
from appliance.services.ground.access import folder_owner
from appliance.services.trunks.trunk_trials import Order
from appliance.wire.shapes import ById
from appliance.wire.trunks import TestCallView, TrunkTestCall
from tests.services.shop import Shop, Simple, micros

OWNER = folder_owner()


def order(shop: Shop, trunk: int, number: str = "442079460001", **more: int) -> Order:
    shop.services.changes.begin()
    made = shop.services.trunk_trials.order(OWNER, TrunkTestCall(trunk, number, **more))
    shop.commit()
    return made


def over(shop: Shop, call: int, status: int, packets: int = 0) -> TestCallView:
    shop.services.changes.begin()
    shop.calls.finish(Ended(call, status, "normal", "server", None, "", "", Heard(True, packets, 0, 0, packets, packets), shop.clock.monotonic()))
    shop.commit()
    return shop.services.trunk_trials.state(OWNER, ById(call))


def test_the_echo_number_is_free_and_needs_no_credit(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    answer = shop.attempt(it.alice, "*43")
    assert isinstance(answer, Accepted) and answer.service == "echo" and answer.places == ()
    shop.answer(answer.call)
    shop.calls.echoed(answer.call, 30, 10)
    assert shop.services.live.rows()[answer.call].view.echo.heard is False  # type: ignore[union-attr]
    shop.calls.echoed(answer.call, 80, 60)
    shop.commit()
    (view,) = shop.services.live.running_calls(OWNER).calls
    assert view.echo is not None and view.echo.heard and (view.direction, view.destination) == ("service", "echo")
    assert shop.run(700) == [(answer.call, "limit")]  # nobody needs to hear himself for longer than ten minutes
    record = shop.services.nouns.cdrs.get(OWNER, ById(answer.call))
    assert (record.direction, record.amount, record.cause) == ("service", "0.00", "limit")
    shop.verify()


def test_another_number_or_none(shop: Shop) -> None:
    it = Simple(shop)
    with shop.services.changes.unit():
        shop.store.settings.put("service_numbers.echo", '""')
        shop.services.changes.note("setting")
    assert isinstance(shop.attempt(it.alice, "*43"), Denied)


def test_who_is_shut_off_hears_no_echo(shop: Shop) -> None:
    it = Simple(shop)
    with shop.services.changes.unit():
        shop.store.customers.update(it.customer, {"disabled": 1})
        shop.services.changes.note("customer", it.customer)
    assert isinstance(shop.attempt(it.alice, "*43"), Denied)


def test_a_test_call_costs_what_the_carrier_asks_and_nobody_pays(shop: Shop) -> None:
    it = Simple(shop)
    made = order(shop, it.trunk)
    trials = shop.services.trunk_trials
    assert (made.place.trunk, made.number, trials.view(made.call).state) == (it.trunk, "442079460001", "calling")
    assert shop.calls.counts.count(("trunk", it.trunk)) == 1
    shop.services.changes.begin()
    trials.heard(made.call, 183, "Session Progress", True)
    shop.clock.advance(0.5)
    trials.heard(made.call, 200, "OK", False)
    shop.commit()
    shop.answer(made.call, it.trunk)
    shop.run(30)
    done = over(shop, made.call, 200, packets=3000)
    assert (done.state, done.status, done.early_media, done.packets, done.post_dial_delay_ms) == ("ended", 200, True, 3000, 0)
    record = shop.store.calls.get(made.call)
    assert record is not None
    assert (record.direction, record.customer_id, record.amount_micros, record.cost_micros) == ("test", None, 0, micros("0.0060"))
    assert shop.balance(it.account) == micros("10.00") and shop.calls.counts.count(("trunk", it.trunk)) == 0
    shop.verify()


@pytest.mark.parametrize(
    ("heard", "status", "words"),
    [
        ((403, "Forbidden"), 503, "refuses the call (403 Forbidden)"),
        ((401, "Unauthorized"), 503, "user name or password"),
        ((0, ""), 408, "Nothing at that address"),
        ((-1, ""), 503, "cannot be reached"),
        ((180, "Ringing"), 480, "nobody answered"),
        ((486, "Busy Here"), 486, "busy"),
        ((418, "Teapot"), 418, "418 Teapot"),
    ],
)
def test_what_came_of_it_in_words(shop: Shop, heard: tuple[int, str], status: int, words: str) -> None:
    it = Simple(shop)
    made = order(shop, it.trunk)
    shop.services.changes.begin()
    shop.services.trunk_trials.heard(made.call, *heard, False)
    shop.commit()
    done = over(shop, made.call, status)
    assert done.state == "failed" and words in done.words
    order(shop, it.trunk)  # the next one may go


def test_what_is_refused(shop: Shop) -> None:
    it = Simple(shop)
    off = shop.trunk(it.root, "off", disabled=1)
    for number in ("", "call me", "1", "1" * 33):
        with pytest.raises(UserError, match=r"trial\.number"):
            order(shop, it.trunk, number)
    with pytest.raises(UserError, match=r"trial\.seconds"):
        order(shop, it.trunk, seconds=600)
    with pytest.raises(UserError, match=r"trial\.emergency"):
        order(shop, it.trunk, "112")
    with pytest.raises(Conflict, match=r"trial\.trunk_disabled"):
        order(shop, off)
    order(shop, it.trunk)
    with pytest.raises(Conflict, match=r"trial\.running"):
        order(shop, it.trunk)
    with pytest.raises(NotFound, match=r"trial\.unknown"):
        shop.services.trunk_trials.state(OWNER, ById(999))


def test_a_phone_asks_what_is_left(shop: Shop) -> None:
    simple = Simple(shop, "12.349")
    answer = shop.attempt(simple.alice, "*44")
    assert isinstance(answer, Denied)
    assert (answer.status, answer.phrase, answer.language) == (480, "Balance 12.34 EUR", "en")
    assert answer.said == ("balance", "1", "2", "point", "3", "4", "eur")
    assert balance_words(-50_000, "MAD") == ("balance", "minus", "0", "point", "0", "5")
    for language in LANGUAGES:
        folder = resources() / "announcements" / language
        assert all((folder / f"{name}.ul").stat().st_size > 800 for name in ("no_credit", "minus", "gbp", "usd", *answer.said, *"056789"))
    assert shop.balance(simple.account) == 12_349_000
    shop.verify()
