"""A call that its phone does not take and that goes on elsewhere: busy, rung out, 302."""

from __future__ import annotations

import pytest

from appliance.sip.facts import CallEnded
from appliance.sip.policy import Admitted
from tests.sip.fakes import trunk_route
from tests.sip.simulation import Phone, shop


def onward(*, forwards: bool = False) -> Admitted:
    return Admitted(1, (trunk_route(1, "442079460001", headers=(("Diversion", "<sip:31@10.0.0.9>;reason=user-busy"),)),), forwards=forwards)


def refusing(status: int):
    return lambda call: call.answer(status)


@pytest.mark.parametrize(("status", "said"), [(486, 486), (603, 603), (480, 480)])
def test_a_refusal_goes_on_to_the_trunk(status: int, said: int) -> None:
    world, home, alice, bob, carrier = shop()
    home.policy.forwards = True
    home.policy.onward = [onward()]
    bob.script = refusing(status)
    call = alice.call("1000002")
    world.run(1)
    assert home.policy.asked_on == [(1, said, "")]
    assert call.state == "answered" and len(carrier.calls) == 1
    assert carrier.calls[0].incoming.request.get("Diversion") == "<sip:31@10.0.0.9>;reason=user-busy"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_one_that_rings_out_goes_on() -> None:
    world, home, alice, bob, carrier = shop()
    home.policy.forwards = True
    home.policy.ring_seconds = 8.0
    home.policy.onward = [onward()]
    bob.script = lambda call: call.answer(180)
    call = alice.call("1000002")
    world.run(7)
    assert not carrier.calls
    world.run(3)
    assert home.policy.asked_on == [(1, 480, "")]
    assert bob.calls[0].state == "ended"  # cancelled
    assert call.state == "answered"
    carrier.calls[0].bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_phone_names_another_number() -> None:
    world, home, alice, bob, _ = shop()
    home.policy.forwards = True
    elsewhere = ("Contact", "<sip:442079460001@192.0.2.77:5999>")
    bob.script = lambda call: call.incoming.reply(302, world.now, None, (elsewhere,))
    call = alice.call("1000002")
    world.run(1)
    assert home.policy.asked_on == [(1, 302, "442079460001")]
    assert call.statuses[-1] == 480  # not allowed to: the number stays hidden
    assert all(flow.host != "192.0.2.77" for flow, _ in home.sent)
    world.run(200)
    assert home.leaks() == {}


def test_the_next_one_may_send_it_on_again() -> None:
    world, home, alice, bob, carrier = shop()
    second = Phone(world, "10.0.0.8", 5090, "second")
    second.script = refusing(486)
    home.policy.forwards = True
    home.policy.onward = [Admitted(1, (trunk_route(2, "31"),), forwards=True), onward()]
    bob.script = refusing(486)
    call = alice.call("1000002")
    world.run(1)
    assert [status for _, status, _ in home.policy.asked_on] == [486, 486]
    assert call.state == "answered" and carrier.calls
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_commit_that_fails_ends_it() -> None:
    world, home, alice, bob, carrier = shop()
    home.policy.forwards = True
    home.policy.onward = [onward()]
    bob.script = lambda call: call.answer(180)
    call = alice.call("1000002")
    world.run(1)
    home.fail = True
    bob.calls[0].answer(486)
    world.run(0.01)
    home.fail = False
    world.run(100)
    assert not carrier.calls and call.state == "failed"
    assert [fact.cause for fact in home.told(CallEnded)] == ["refused"]
    world.run(200)
    assert home.leaks() == {}


def test_nowhere_to_go_is_the_phones_own_answer() -> None:
    world, home, alice, bob, _ = shop()
    home.policy.forwards = True
    bob.script = refusing(486)
    call = alice.call("1000002")
    world.run(1)
    assert call.statuses[-1] == 486 and home.ended.cause == "busy"
    world.run(200)
    assert home.leaks() == {}
