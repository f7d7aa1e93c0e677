"""Hunting over routes, our credentials at a trunk, silence, names to be looked up, and what the caller is told in the end."""

from __future__ import annotations

import pytest

from appliance.sip.hunt import best_of, cause_of, seen_by_caller, tries_next
from appliance.sip.leg_events import Fail
from appliance.sip.locate import Question, Srv
from appliance.sip.policy import Caller, Route, Target
from appliance.sip.trace import title
from tests.sip.fakes import trunk_route
from tests.sip.simulation import ANSWER, OFFER, Phone, shop


def two_trunks(world, home, first_answer):
    backup = Phone(world, "10.0.0.8", 5090, "backup")
    home.policy.routes = [trunk_route(1, "312"), trunk_route(2, "312")]
    world.nodes[("10.0.0.9", 5090)].script = lambda call: call.answer(first_answer)
    return backup


@pytest.mark.parametrize("status", [401, 402, 403, 407, 408, 429, 500, 503, 504])
def test_the_next_route_is_tried(status: int) -> None:
    world, home, alice, _, _ = shop()
    backup = two_trunks(world, home, status)
    call = alice.call("312")
    world.run(1)
    assert call.state == "answered"
    assert home.failed_routes == [status]
    assert backup.calls[0].incoming.request.body == OFFER
    assert home.answered.trunk == 2
    call.bye()
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize(("status", "seen"), [(404, 404), (486, 486), (603, 603), (302, 480), (484, 484)])
def test_other_failures_end_the_search(status: int, seen: int) -> None:
    world, home, alice, _, _ = shop()
    backup = two_trunks(world, home, status)
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [seen]
    assert not backup.calls
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize("status", [401, 402, 403, 407])
def test_what_a_carrier_thinks_of_us_is_not_passed_on(status: int) -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(status)
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [503]
    assert home.ended.status == 503


def test_three_seconds_of_silence() -> None:
    world, home, alice, _, carrier = shop()
    backup = two_trunks(world, home, 500)
    carrier.silent = True
    call = alice.call("312")
    world.run(2.5)
    assert not backup.calls
    world.run(1)
    assert call.state == "answered"
    assert home.failed_routes == [0]
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_silent_carrier_that_answers_late_gets_a_bye() -> None:
    world, home, alice, _, carrier = shop()
    backup = two_trunks(world, home, 500)
    carrier.silent = True
    call = alice.call("312")
    world.run(4)
    assert call.state == "answered"
    assert backup.calls
    carrier.silent = False
    carrier.script = lambda call: call.answer(200, ANSWER)
    world.run(5)
    assert carrier.calls[-1].state == "ended"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_icmp_leads_on_at_once() -> None:
    world, home, alice, _, _ = shop()
    backup = two_trunks(world, home, 500)
    del world.nodes[("10.0.0.9", 5090)]
    world.unreachable.add(("10.0.0.9", 5090))
    call = alice.call("312")
    world.run(0.5)
    assert call.state == "answered"
    assert home.failed_routes == [-1]
    assert backup.calls
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_nobody_at_all() -> None:
    world, home, alice, _, carrier = shop()
    carrier.silent = True
    call = alice.call("312")
    world.run(5)
    assert call.statuses == [100, 408]
    assert (home.ended.cause, home.ended.ended_by) == ("timeout", "server")
    world.run(200)
    assert home.leaks() == {}


def test_after_early_media_the_search_is_over() -> None:
    world, home, alice, _, carrier = shop()
    backup = two_trunks(world, home, 500)

    def script(call):
        call.answer(183, ANSWER)
        call.answer(503)

    carrier.script = script
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [183, 503]
    assert call.responses[0].body == ANSWER
    assert not backup.calls


def test_ringing_without_sdp_does_not_end_the_search() -> None:
    world, home, alice, _, carrier = shop()
    two_trunks(world, home, 500)

    def script(call):
        call.answer(180)
        call.answer(503)

    carrier.script = script
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [180, 180, 200]
    assert len({response.to.tag for response in call.responses}) == 2


def test_our_credentials_at_a_trunk() -> None:
    world, home, alice, _, carrier = shop()
    carrier.challenge = True
    home.policy.routes = [trunk_route(1, "312", username="shop", password="pass")]
    call = alice.call("312")
    world.run(1)
    assert call.state == "answered"
    assert home.failed_routes == []
    sent = carrier.calls[0].incoming.request
    assert 'username="shop"' in (sent.get("Authorization") or "")
    assert [request.cseq.number for request in carrier.requests if request.method == "INVITE"][1] == carrier.requests[0].cseq.number + 1
    assert carrier.calls[0].acks[0].cseq.number == sent.cseq.number
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_credentials_that_do_not_satisfy() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: call.answer(403)
    carrier.challenge = True
    home.policy.routes = [trunk_route(1, "312")]
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [503]
    assert home.failed_routes == [401]


def by_name() -> Route:
    return Route((Target("sip:312@carrier.test", None, host="carrier.test", transport="udp"),), Caller("1000001"), trunk=1)


def test_a_trunk_by_name_is_looked_up_and_its_places_tried_in_turn() -> None:
    world, home, alice, _, _carrier = shop()
    home.policy.routes = [by_name()]
    call = alice.call("312")
    world.run(0.1)
    (question,) = home.questions
    assert question == Question("SRV", "_sip._udp.carrier.test")
    engine = home.engine
    engine.located(question, [], world.now)
    home.pump()
    asked = home.questions[1:]
    world.unreachable.add(("10.0.0.77", 5060))
    bare = Phone(world, "10.0.0.9", 5060, "carrier")
    for other in asked:
        engine.located(other, ["10.0.0.77", "10.0.0.9"] if other.kind == "A" else [], world.now)
    home.pump()
    world.run(1)
    assert call.state == "answered"
    assert bare.calls
    seen = home.engine.trace.of_call(home.answered.call)
    assert {(entry.flow.host, title(entry.data)) for entry in seen} >= {("10.0.0.9", "INVITE (SDP)"), ("10.0.0.9", "200 OK (SDP)")}
    call.bye()
    world.run(1)
    before = len(home.questions)
    again = alice.call("312")
    world.run(1)
    assert again.state == "answered"
    assert len(home.questions) == before
    again.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_place_that_says_nothing_gives_way_to_the_next_and_is_avoided_for_a_while() -> None:
    """RFC 3263 4.3: three seconds of silence lead to the carrier's other server, and only then to the next route."""
    world, home, alice, _, _ = shop()
    bare = Phone(world, "10.0.0.9", 5060, "carrier")
    home.policy.routes = [by_name()]

    def names_are_answered() -> None:
        world.run(0.1)
        for _ in range(2):
            for question in [home.questions.pop() for _ in list(home.questions)]:
                found = {"SRV": [Srv(1, 1, 5062, "one.carrier.test"), Srv(2, 1, 5060, "two.carrier.test")]}.get(question.kind, [])
                if question.kind == "A":
                    found = ["10.0.0.77" if question.name.startswith("one") else "10.0.0.9"]
                home.engine.located(question, found, world.now)
                home.pump()

    call = alice.call("312")
    names_are_answered()
    world.run(2.5)
    assert (call.state, bare.calls) == ("calling", [])
    world.run(1)
    assert call.state == "answered" and home.failed_routes == []
    call.bye()
    world.run(1)
    again = alice.call("312")
    world.run(0.5)
    assert again.state == "answered"
    again.bye()
    world.run(60)
    waits = alice.call("312")
    names_are_answered()
    world.run(2)
    assert waits.state == "calling"  # the first is asked again
    world.run(3)
    assert waits.state == "answered"
    waits.bye()
    world.run(200)
    assert home.leaks() == {}


def test_all_places_of_a_name_are_silent() -> None:
    world, home, alice, _, _carrier = shop()
    home.policy.routes = [by_name(), trunk_route(1, "312")]
    call = alice.call("312")
    world.run(0.1)
    for _ in range(2):
        for question in [home.questions.pop() for _ in list(home.questions)]:
            home.engine.located(question, ["10.0.0.77", "10.0.0.78"] if question.kind == "A" else [], world.now)
            home.pump()
    world.run(5.5)
    assert (call.state, home.failed_routes) == ("calling", [])
    world.run(2)
    assert (call.state, home.failed_routes) == ("answered", [0])
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_name_that_leads_nowhere() -> None:
    world, home, alice, _, _ = shop()
    home.policy.routes = [by_name()]
    call = alice.call("312")
    world.run(0.1)
    while home.questions:
        question = home.questions.pop()
        home.engine.located(question, [], world.now)
        home.pump()
    world.run(1)
    assert call.statuses == [503]
    assert home.failed_routes == [-1]


def test_every_emergency_trunk_is_tried() -> None:
    world, home, alice, _, _ = shop()
    backup = two_trunks(world, home, 486)
    call = alice.call("112")
    world.run(1)
    assert call.state == "answered"
    assert backup.calls


def test_the_best_answer_of_a_fork() -> None:
    assert best_of([Fail(503, ""), Fail(486, ""), Fail(404, "")]).status == 486
    assert best_of([Fail(486, ""), Fail(603, "")]).status == 603
    assert best_of([Fail(0, ""), Fail(500, "")]).status == 500


def test_words_for_the_record() -> None:
    assert [cause_of(status) for status in (486, 600, 480, 408, 487, 404)] == ["busy", "busy", "no_answer", "timeout", "cancelled", "refused"]
    assert seen_by_caller(Fail(402, ""), trunk=True)[0] == 503
    assert seen_by_caller(Fail(403, "No"), trunk=False) == (403, "No")
    assert not tries_next(486, emergency=False)
    assert tries_next(486, emergency=True)
