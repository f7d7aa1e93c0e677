"""Ends that we bring about: credit, longest talk, operator, drain, a commit that fails, a crash before."""

from __future__ import annotations

import pytest

from appliance.sip.facts import CallAnswered, CallEnded, RouteFailed
from appliance.sip.policy import Cut
from tests.sip.fakes import trunk_route
from tests.sip.simulation import ANSWER, Phone, shop


def connected(**more):
    world, home, alice, _, carrier = shop()
    call = alice.call("312")
    world.run(1)
    return world, home, call, carrier.calls[0]


def over(world, home) -> None:
    world.run(200)
    assert home.leaks() == {}


def test_credit_ends_the_call_on_both_sides_at_its_moment() -> None:
    world, home, call, there = connected()
    answered = home.answered
    home.policy.cuts.append((answered.at + 10.0, Cut(answered.call, "credit")))
    world.run(20)
    ended = home.ended
    assert ended.at == pytest.approx(answered.at + 10.0, abs=0.001)
    assert (ended.cause, ended.ended_by, ended.status) == ("credit", "server", 200)
    assert call.state == there.state == "ended"
    assert "cause=402" in (call.requests[-1].get("Reason") or "")
    assert "cause=402" in (there.requests[-1].get("Reason") or "")
    over(world, home)


def test_credit_that_is_gone_before_the_answer() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(180)
    call = alice.call("312")
    world.run(1)
    home.policy.cuts.append((world.now + 1, Cut(1, "credit")))
    world.run(2)
    assert call.statuses == [180, 402]
    assert carrier.calls[0].state == "ended"
    assert home.ended.cause == "credit"
    over(world, home)


def test_the_longest_talk() -> None:
    world, home, alice, _, _ = shop()
    home.policy.max_seconds = 60.0
    call = alice.call("312")
    world.run(65)
    assert (home.ended.cause, home.ended.at - home.answered.at) == ("limit", pytest.approx(60.0))
    assert call.state == "ended"
    over(world, home)


def test_an_emergency_call_is_never_cut() -> None:
    world, home, alice, _, _ = shop()
    home.policy.max_seconds = 60.0
    call = alice.call("112")
    world.run(1)
    home.policy.cuts.append((world.now + 1, Cut(home.answered.call, "credit")))
    world.run(100)
    assert call.state == "answered"
    call.bye()
    over(world, home)


def test_the_operator_hangs_up() -> None:
    world, home, call, there = connected()
    home.engine.hang_up(home.answered.call, "normal", "operator", world.now)
    home.engine.hang_up(4711, "normal", "operator", world.now)
    home.pump()
    world.run(1)
    assert call.state == there.state == "ended"
    assert (home.ended.cause, home.ended.ended_by) == ("normal", "operator")
    over(world, home)


def test_an_unanswered_call_is_ended_by_a_stop() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(180)
    call = alice.call("312")
    world.run(1)
    home.engine.hang_up(1, "shutdown", "server", world.now)
    home.pump()
    world.run(1)
    assert call.statuses == [180, 503]
    assert home.ended.cause == "shutdown"
    over(world, home)


def test_draining_refuses_new_calls_but_no_emergency() -> None:
    world, home, call, _ = connected()
    home.engine.drain(world.now)
    again = call.phone.call("312")
    world.run(1)
    assert again.statuses == [503]
    assert again.responses[0].get("Retry-After") is not None
    help_call = call.phone.call("112")
    world.run(1)
    assert help_call.state == "answered"
    call.bye()
    help_call.bye()
    over(world, home)


def test_a_full_table_and_a_stalled_record() -> None:
    world, home, alice, _, _ = shop()
    home.engine.stalled = True
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [503]
    help_call = alice.call("112")
    world.run(1)
    assert help_call.state == "answered"
    help_call.bye()
    world.run(1)
    assert help_call.statuses[-1] == 200
    over(world, home)


def test_a_failed_commit_refuses_new_requests_and_offers_facts_again() -> None:
    world, home, alice, _bob, carrier = shop()
    home.fail = True
    call = alice.call("312")
    alice_register = len(alice.responses)
    world.run(0.5)
    assert not carrier.calls
    assert call.statuses == []  # the challenge was dropped with its batch
    home.fail = False
    world.run(5)
    assert call.state == "answered"
    assert alice_register <= len(alice.responses)
    call.bye()
    over(world, home)


def test_a_call_whose_batch_is_lost_gets_500_and_leaves_nothing() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312")
    world.run(0.005)  # challenged; the second INVITE is on its way
    home.fail = True
    world.run(0.5)
    assert call.statuses == [500]
    assert not carrier.calls
    assert home.engine.calls == 0
    home.fail = False
    world.run(100)
    assert not home.told(CallEnded)
    assert home.leaks() == {}


def test_an_answer_that_could_not_be_recorded_is_told_again() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(180)
    call = alice.call("312")
    world.run(1)
    home.fail = True
    carrier.calls[0].answer(200, ANSWER)
    world.run(0.3)
    assert call.state == "calling"
    assert not home.told(CallAnswered)
    home.fail = False
    world.run(3)
    assert call.state == "answered"
    assert len(home.told(CallAnswered)) == 1
    assert carrier.calls[0].acks
    call.bye()
    over(world, home)


def test_an_emergency_call_goes_on_without_its_record() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("112")
    world.run(0.005)
    home.fail = True
    world.run(1)
    assert call.state == "answered"
    assert len(carrier.calls) == 1
    home.fail = False
    world.run(1)
    call.bye()
    world.run(1)
    assert len(home.told(CallAnswered)) == len(home.told(CallEnded)) == 1
    over(world, home)


def test_a_lost_registration_is_refused_and_not_told() -> None:
    world, home, _alice, _bob, _ = shop()
    before = len(home.facts)
    carol = Phone(world, "10.0.0.62", 5060, "1000002")
    carol.register()
    world.run(0.005)
    home.fail = True
    world.run(0.01)
    home.fail = False
    world.run(1)
    assert carol.responses[-1].status == 500
    assert len(home.facts) == before


def test_calls_that_a_crash_left_behind_get_their_bye() -> None:
    world, home, call, there = connected()
    answered = home.answered
    engine = type(home.engine)
    home.engine = engine(home.policy, None, home.engine._exchange.settings, home.engine._exchange.addresses.listeners, world.chance)
    home.engine.terminate_orphans([(answered.caller_dialog, answered.callee_dialog)], world.now)
    home.pump()
    world.run(1)
    assert call.state == there.state == "ended"
    over(world, home)


def test_route_failures_are_told_in_order() -> None:
    world, home, alice, _, carrier = shop()
    Phone(world, "10.0.0.8", 5090, "backup")
    carrier.script = lambda there: there.answer(503)
    home.policy.routes = [trunk_route(1, "312"), trunk_route(2, "312")]
    alice.call("312")
    world.run(1)
    kinds = [type(fact) for fact in home.facts if isinstance(fact, (RouteFailed, CallAnswered))]
    assert kinds == [RouteFailed, CallAnswered]


def test_a_call_table_that_is_full() -> None:
    world, home, alice, _, _ = shop()
    settings = type(home.engine._exchange.settings)(max_calls=1)
    home.engine._exchange.settings = settings
    first = alice.call("312")
    world.run(1)
    second = alice.call("312")
    world.run(1)
    assert (first.state, second.statuses) == ("answered", [503])
