"""Running calls as readers see them, and who may end them."""

from __future__ import annotations

import pytest

from appliance.clock import rfc3339
from appliance.errors import Forbidden, NotFound
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.wire.calls import HangUp
from tests.services.shop import Shop, Simple

OWNER = folder_owner()


def test_running_calls_say_what_they_cost_and_when_they_run_out(shop: Shop) -> None:
    it = Simple(shop, balance="0.10")
    waiting = shop.begin(it.alice, "442079460001")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    began = shop.clock.utcnow()
    shop.clock.advance(2.5)
    first, second = shop.services.live.running_calls(OWNER).calls
    assert (first.id, first.state, first.consumed, first.answered_at, first.runs_out_at) == (waiting, "calling", "0.00", None, None)
    assert (second.id, second.state, second.customer, second.endpoint, second.dialled) == (call, "answered", "Alice", "1000001", "4930123456")
    assert (second.consumed, second.currency) == ("0.03", "EUR")
    assert second.answered_at == rfc3339(began)
    assert second.runs_out_at == rfc3339(began + 9_000)  # 0.10 less the hold of the other call
    shop.services.changes.begin()
    shop.calls.ringing(waiting)
    shop.commit()
    assert shop.services.live.running_calls(OWNER).calls[0].state == "ringing"


def test_an_on_net_call_runs_out_never(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    shop.endpoint(it.customer, "1000002", registered=True)
    shop.answer(shop.begin(it.alice, "1000002"))
    (call,) = shop.services.live.running_calls(OWNER).calls
    assert (call.consumed, call.currency, call.runs_out_at) == ("0.00", "EUR", None)


def test_each_actor_sees_and_ends_what_the_grant_reaches(shop: Shop) -> None:
    it = Simple(shop)
    call = shop.begin(it.alice, "442079460001")
    live = shop.services.live
    manager = Actor("manager", 1, (Grant("manager", reseller_id=it.root),))
    reader = Actor("reader", 2, (Grant("read-only", reseller_id=it.root),))
    stranger = Actor("stranger", 3, (Grant("manager", reseller_id=99),))
    assert [len(live.running_calls(actor).calls) for actor in (OWNER, manager, reader, stranger)] == [1, 1, 1, 0]
    assert live.find(manager, HangUp(id=call)) == call
    assert live.find(manager, HangUp(call_id="call-1@phone")) == call
    with pytest.raises(Forbidden):
        live.find(reader, HangUp(id=call))
    for actor, request in ((stranger, HangUp(id=call)), (OWNER, HangUp(id=99)), (OWNER, HangUp(call_id="nobody"))):
        with pytest.raises(NotFound):
            live.find(actor, request)
