"""A call from end to end in memory: through a trunk, between phones, given up, refused, hung up."""

from __future__ import annotations

from appliance.sip.facts import CallRinging
from appliance.sip.policy import Refused
from appliance.sip.trace import Reason, reason, title
from tests.sip.fakes import DOMAIN, trunk_route
from tests.sip.simulation import ANSWER, OFFER, Phone, shop


def rest(world, home) -> None:
    world.run(200)
    assert home.leaks() == {}


def test_a_call_through_a_trunk_and_the_caller_hangs_up() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("31201234567")
    world.run(1)
    assert call.statuses == [180, 200]
    assert call.responses[-1].body == ANSWER
    (there,) = carrier.calls
    assert there.incoming is not None
    invite = there.incoming.request
    assert invite.body == OFFER
    assert invite.call_id != call.call_id
    assert invite.from_.uri == "sip:1000001@10.0.0.1:5060"
    assert invite.uri == "sip:31201234567@10.0.0.9:5090"
    assert invite.get("Authorization") is None
    assert len(there.acks) == 1
    answered = home.answered
    assert (answered.trunk, answered.callee, answered.trunk_call_id) == (1, "10.0.0.9:5090/udp", invite.call_id)
    world.run(10)
    call.bye()
    world.run(1)
    assert there.state == "ended"
    ended = home.ended
    assert (ended.status, ended.cause, ended.ended_by, ended.trunk) == (200, "normal", "caller", 1)
    assert abs(ended.at - answered.at - 11) < 0.1
    rest(world, home)


def test_the_callee_hangs_up() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("31201234567")
    world.run(1)
    carrier.calls[0].bye()
    world.run(1)
    assert call.state == "ended"
    assert home.ended.ended_by == "callee"
    rest(world, home)


def test_both_hang_up_at_once() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("31201234567")
    world.run(1)
    call.bye()
    carrier.calls[0].bye()
    world.run(1)
    assert [response.status for response in carrier.responses] == [200]
    assert call.statuses[-1] == 200
    rest(world, home)


def test_a_call_between_phones_shows_the_dialled_number() -> None:
    world, home, alice, bob, _ = shop()
    call = alice.call("1000002")
    world.run(1)
    assert call.state == "answered"
    assert bob.calls[0].incoming is not None
    invite = bob.calls[0].incoming.request
    assert invite.uri == "sip:1000002@10.0.0.60:5060"
    assert invite.to.uri == f"sip:1000002@{DOMAIN}"
    assert home.answered.endpoint == 1000002
    call.bye()
    rest(world, home)


def test_a_fork_the_first_answer_wins_and_the_others_hear_so() -> None:
    world, home, alice, bob, _ = shop()
    second = Phone(world, "10.0.0.61", 5060, "1000002")
    second.script = lambda call: call.answer(180)
    second.register()
    world.run(1)
    bob.script = lambda call: call.answer(180)
    call = alice.call("1000002")
    world.run(1)
    assert call.statuses == [180, 180]
    assert len({response.to.tag for response in call.responses}) == 2
    bob.calls[0].answer(200, ANSWER)
    world.run(1)
    assert call.state == "answered"
    (cancel,) = second.calls[0].requests
    assert cancel.method == "CANCEL"
    assert "Call completed elsewhere" in (cancel.get("Reason") or "")
    assert second.calls[0].state == "ended"
    call.bye()
    rest(world, home)


def test_both_phones_answer_and_one_of_them_gets_a_bye() -> None:
    world, home, alice, bob, _ = shop()
    second = Phone(world, "10.0.0.61", 5060, "1000002")
    second.register()
    world.run(1)
    call = alice.call("1000002")
    world.run(2)
    assert call.state == "answered"
    assert sorted((bob.calls[0].state, second.calls[0].state)) == ["answered", "ended"]
    assert len(bob.calls[0].acks) == len(second.calls[0].acks) == 1
    call.bye()
    rest(world, home)


def test_the_caller_gives_up() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(180)
    call = alice.call("31201234567")
    world.run(5)
    call.cancel()
    world.run(1)
    assert call.statuses == [180, 487]
    assert carrier.calls[0].requests[0].method == "CANCEL"
    ended = home.ended
    assert (ended.status, ended.cause, ended.ended_by) == (487, "cancelled", "caller")
    assert len(home.told(CallRinging)) == 1
    rest(world, home)


def test_a_cancel_that_crosses_the_answer() -> None:
    """The callee's 200 is on its way while the caller gives up: it is acknowledged and said BYE to."""
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(180)
    call = alice.call("31201234567")
    world.run(5)
    call.cancel()
    carrier.calls[0].answer(200, ANSWER)
    world.run(1)
    assert call.statuses == [180, 487]
    assert carrier.calls[0].state == "ended"
    assert len(carrier.calls[0].acks) == 1
    assert home.ended.cause == "cancelled"
    rest(world, home)


def test_busy_is_told_as_it_is() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(486)
    call = alice.call("31201234567")
    world.run(1)
    assert call.statuses == [486]
    ended = home.ended
    assert (ended.status, ended.cause, ended.ended_by) == (486, "busy", "callee")
    rest(world, home)


def test_a_refusal_of_policy_goes_to_the_phone_and_makes_no_facts() -> None:
    world, home, alice, _, carrier = shop()
    home.policy.refused = Refused(402, "No credit", (("Reason", "Q.850;cause=21"),), call=77)
    call = alice.call("31201234567")
    world.run(1)
    assert call.statuses == [402]
    assert call.responses[0].get("Reason") == "Q.850;cause=21"
    assert not carrier.calls
    assert home.told(object) == home.facts[:2]
    assert len(home.policy.admitted) == 1
    kept = home.engine.trace.of_call(77)
    assert title(kept[-2].data) == "402 No credit"
    assert reason(kept) == Reason("refused_here", "10.0.0.50:5060", 402, "No credit")
    rest(world, home)


def test_an_invitation_that_lapses() -> None:
    """RFC 3261 13.3.1: after the seconds of its Expires the caller waits no more, whatever we would; an emergency call is never let go."""
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(180)
    call, urgent = alice.call("31201234567", OFFER, ("Expires", "20")), alice.call("112", OFFER, ("Expires", "20"))
    world.run(19)
    assert call.statuses == [180]
    world.run(3)
    assert call.statuses == [180, 487] and carrier.calls[0].state == "ended"
    assert (home.ended.status, home.ended.cause, home.ended.ended_by) == (487, "cancelled", "caller")
    assert urgent.statuses == [180]
    urgent.cancel()
    world.run(1)
    rest(world, home)


def test_nobody_takes_the_call() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(180)
    home.policy.routes = [trunk_route(1, "31201234567", ring_seconds=30.0), trunk_route(2, "31201234567")]
    call = alice.call("31201234567")
    world.run(29)
    assert call.statuses == [180]
    world.run(5)
    assert call.statuses == [180, 480]
    ended = home.ended
    assert (ended.cause, ended.ended_by) == ("no_answer", "server")
    rest(world, home)
