"""Forwarding and its payer: always, not registered, busy, no answer, 302; a chain that would go round ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appliance.errors import UserError
from appliance.services.calls.call_record import Accepted, Denied
from appliance.services.ground.forwarding import column, forwarding_of
from tests.services.shop import Shop, Simple, micros

ABROAD = "442079460001"  # 0.01 a minute in cost, 0.0125 in retail; 0.0010 and 0.00125 to begin


class Two(Simple):
    """Alice calls; Bob, who has his own account, forwards as `wants` says."""

    def __init__(self, shop: Shop, wants: dict[str, Any] | None = None, *, registered: bool = True, balance: str = "5.00", **other: object) -> None:
        super().__init__(shop)
        self.bobs = shop.account(self.root, "bob", balance)
        self.bob_customer = shop.customer(self.root, "Bob", self.retail, self.bobs, caller_number="31201111111", **other)
        self.bob = shop.endpoint(self.bob_customer, "1000002", registered=registered, forwarding=json.dumps(wants or {}))


def sent_on(shop: Shop, call: int, status: int, contact: str = "") -> Accepted | None:
    shop.services.changes.begin()
    answer = shop.calls.not_taken(call, status, contact, shop.clock.monotonic())
    shop.commit()
    return answer


@pytest.mark.parametrize(("wants", "registered"), [({"always": ABROAD}, True), ({"unregistered": ABROAD}, False)])
def test_whoever_forwards_pays(shop: Shop, wants: dict[str, Any], registered: bool) -> None:
    it = Two(shop, wants, registered=registered)
    answer = shop.attempt(it.alice, "1000002")
    assert isinstance(answer, Accepted)
    (place,) = answer.places
    assert (place.trunk, place.number, place.caller) == (it.trunk, ABROAD, "31201111111")
    assert place.diversion == ("31201111111", "always" if registered else "unregistered")
    shop.answer(answer.call, it.trunk)
    shop.run(60)
    shop.end(answer.call, trunk=it.trunk)
    assert shop.balance(it.bobs) == micros("5.00") - micros("0.0138")  # 0.00125 + 0.0125, rounded to four decimals half up
    assert shop.balance(it.account) == micros("10.00")
    record = shop.store.calls.get(answer.call)
    assert record is not None
    assert (record.customer_id, record.endpoint_id, record.direction, record.trunk_id) == (it.bob_customer, it.bob, "out", it.trunk)
    assert record.cost_micros == micros("0.0110")
    shop.verify()


@pytest.mark.parametrize(("kind", "status"), [("busy", 486), ("busy", 600), ("no_answer", 480), ("unregistered", 408), ("unregistered", -1)])
def test_a_call_that_is_not_taken_goes_on(shop: Shop, kind: str, status: int) -> None:
    it = Two(shop, {kind: ABROAD, "no_answer_seconds": 7})
    answer = shop.attempt(it.alice, "1000002")
    assert isinstance(answer, Accepted) and answer.forwards
    assert answer.places[0].ring_seconds == (7 if kind == "no_answer" else 0)
    assert sent_on(shop, answer.call, 404) is None
    onward = sent_on(shop, answer.call, status)
    assert onward is not None and [place.trunk for place in onward.places] == [it.trunk]
    assert shop.calls.counts.count(("trunk", it.trunk)) == 1
    shop.answer(answer.call, it.trunk)
    shop.run(60)
    shop.end(answer.call, trunk=it.trunk)
    assert shop.balance(it.bobs) == micros("5.00") - micros("0.0138")
    assert shop.calls.counts.count(("trunk", it.trunk)) == shop.calls.counts.count(("endpoint", it.bob)) == 0
    shop.verify()


def test_without_funds_of_his_own_nothing_goes_on(shop: Shop) -> None:
    it = Two(shop, {"busy": ABROAD, "always": ""}, balance="0")
    call = shop.begin(it.alice, "1000002")
    assert sent_on(shop, call, 486) is None
    shop.end(call, "busy", "callee", 486)
    assert shop.balance(it.account) == micros("10.00")
    assert shop.calls.reserved() == {}


def test_a_phone_redirects_only_where_its_customer_may(shop: Shop) -> None:
    it = Two(shop)
    call = shop.begin(it.alice, "1000002")
    assert sent_on(shop, call, 302, ABROAD) is None
    with shop.services.changes.unit():
        shop.store.customers.update(it.bob_customer, {"allow_302": 1})
        shop.services.changes.note("customer", it.bob_customer)
    shop.end(call, "refused", "callee", 302)
    call = shop.begin(it.alice, "1000002")
    onward = sent_on(shop, call, 302, ABROAD)
    assert onward is not None and onward.places[0].diversion[1] == "redirected"
    shop.end(call, "cancelled", status=487)


def test_a_carriers_call_is_sent_on_over_a_carrier(shop: Shop) -> None:
    it = Two(shop, {"always": ABROAD})
    with shop.services.changes.unit():
        shop.store.trunks.put_did("31201111111", it.trunk, it.bob)
        shop.services.changes.note("did", it.trunk)
        shop.store.trunks.update(it.trunk, {"trusted": 1})
        shop.services.changes.note("trunk", it.trunk)
    answer = shop.attempt(None, "31201111111", trunk=it.trunk, caller="33123456789")
    assert isinstance(answer, Accepted)
    assert (answer.places[0].caller, answer.places[0].diversion) == ("33123456789", ("31201111111", "always"))
    shop.answer(answer.call, it.trunk)
    shop.run(60)
    shop.end(answer.call, trunk=it.trunk)
    assert shop.balance(it.bobs) < micros("5.00")
    shop.verify()


def test_a_chain_that_goes_round_ends(shop: Shop) -> None:
    it = Two(shop, {"always": "1000003"})
    shop.endpoint(it.bob_customer, "1000003", registered=True, forwarding='{"always": "1000002"}')
    answer = shop.attempt(it.alice, "1000002")
    assert isinstance(answer, Denied) and answer.status == 482


def test_from_one_phone_to_the_next(shop: Shop) -> None:
    it = Two(shop, {"always": "1000003"})
    carol = shop.endpoint(it.customer, "1000003", registered=True)
    answer = shop.attempt(it.alice, "1000002", caller="1000001", display="Alice")
    assert isinstance(answer, Accepted)
    (place,) = answer.places
    assert (place.endpoint, place.caller, place.display, place.diversion) == (carol, "1000001", "Alice", ("1000002", "always"))


def test_what_is_typed_is_checked() -> None:
    assert column(None, "forwarding") == "{}" and forwarding_of("{}") is None
    assert column({"busy": "+31 ".strip(), "no_answer_seconds": 20}, "forwarding") == '{"busy": "+31"}'
    for wrong in ({"busy": "call me"}, {"always": "1" * 33}, {"no_answer": "31", "no_answer_seconds": 1}):
        with pytest.raises(UserError):
            column(wrong, "forwarding")
