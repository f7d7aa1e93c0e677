"""A peer that dies in the middle of a call costs at most the session's interval (RFC 4028)."""

from __future__ import annotations

from tests.sip.simulation import ANSWER, OFFER, PhoneCall, shop

TIMER = ("Supported", "timer")


def both_dead(world, home, call) -> float:
    """Seconds from the answer to the end when nobody says another word."""
    call.phone.silent = True
    for other in call.phone.world.nodes.values():
        if other is not home:
            other.silent = True
    world.run(4000)
    assert home.ended.cause == "session_timer"
    assert home.ended.ended_by == "server"
    world.run(200)
    assert home.leaks() == {}
    return home.ended.at - home.answered.at


def test_peers_without_session_timers_are_asked_for_a_sign_of_life() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312")
    world.run(1000)
    assert [request.method for request in call.requests] == ["OPTIONS"]
    assert [request.method for request in carrier.calls[0].requests] == ["OPTIONS"]
    assert call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_dead_peers_without_session_timers() -> None:
    world, home, alice, _, _ = shop()
    call = alice.call("312")
    world.run(1)
    assert both_dead(world, home, call) <= 1800


def test_a_caller_that_can_is_asked_to_refresh() -> None:
    world, home, alice, _, _carrier = shop()
    call = alice.call("312", OFFER, TIMER, ("Session-Expires", "600"))
    world.run(1)
    assert call.responses[-1].get("Session-Expires") == "600;refresher=uac"
    assert call.responses[-1].get("Require") == "timer"
    for _ in range(4):
        world.run(300)
        call.send("UPDATE", b"", TIMER, ("Session-Expires", "600;refresher=uac"))
        world.run(1)
        assert call.responses[-1].get("Session-Expires") == "600;refresher=uac"
    assert call.state == "answered"
    assert 540 < both_dead(world, home, call) - 1200 < 620


def grants(call: PhoneCall) -> None:
    call.answer(200, ANSWER, ("Session-Expires", "400;refresher=uas"), ("Require", "timer"))


def test_a_callee_that_can_is_asked_to_refresh() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = grants
    call = alice.call("312")
    world.run(1)
    invite = carrier.calls[0].incoming.request
    assert "timer" in invite.options("Supported")
    assert invite.get("Session-Expires") == "1800;refresher=uas"
    there = carrier.calls[0]
    world.run(200)
    there.send("INVITE", OFFER, TIMER, ("Session-Expires", "400;refresher=uac"))
    world.run(1)
    assert there.responses[-1].get("Session-Expires") == "400;refresher=uac"
    call.send("INVITE", OFFER)
    world.run(1)
    assert there.requests[-1].get("Session-Expires") == "400;refresher=uas"
    assert 500 < both_dead(world, home, call) < 610


def test_intervals_too_small() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312", OFFER, TIMER, ("Session-Expires", "60"))
    world.run(1)
    assert call.statuses == [422]
    assert call.responses[0].get("Min-SE") == "90"

    def wants_more(there: PhoneCall) -> None:
        if (there.incoming.request.get("Session-Expires") or "").startswith("1800"):
            there.answer(422, b"", ("Min-SE", "3600"))
        else:
            there.answer(200, ANSWER)

    carrier.script = wants_more
    call = alice.call("312")
    world.run(1)
    assert call.state == "answered"
    assert carrier.calls[-1].incoming.request.get("Session-Expires") == "3600;refresher=uas"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def agrees(tx) -> tuple[int, bytes, tuple[str, str]]:
    """What a phone answers to a refresh: the interval it was asked for."""
    said = tx.request.get("Session-Expires")
    return (200, b"", ("Session-Expires", said)) if said else (200, b"")


def test_a_caller_that_leaves_it_to_us_is_refreshed() -> None:
    """RFC 4028 9, table 2: `refresher=uas` in the request is `refresher=uas` in the answer, and then we refresh."""
    world, home, alice, _, carrier = shop()
    call = alice.call("312", OFFER, TIMER, ("Session-Expires", "600;refresher=uas"))
    world.run(1)
    assert call.responses[-1].get("Session-Expires") == "600;refresher=uas"
    call.phone.in_dialog = agrees
    world.run(1300)
    assert [request.method for request in call.requests] == ["UPDATE"] * 4
    assert {request.get("Session-Expires") for request in call.requests} == {"600;refresher=uac"}
    assert call.state == "answered" and all(request.body == b"" for request in call.requests)
    call.send("INVITE", OFFER, TIMER, ("Session-Expires", "600;refresher=uac"))  # it takes it over
    world.run(1)
    assert call.responses[-1].get("Session-Expires") == "600;refresher=uac"
    call.phone.silent = True
    world.run(700)
    assert (home.ended.cause, carrier.calls[0].state) == ("session_timer", "ended")
    world.run(200)
    assert home.leaks() == {}


def test_a_caller_that_knows_no_update_gets_the_same_description_again() -> None:
    world, home, alice, _, _carrier = shop()
    call = alice.call("312", OFFER, TIMER, ("Session-Expires", "600;refresher=uas"))
    world.run(1)
    call.phone.in_dialog = lambda tx: (405, b"") if tx.request.method == "UPDATE" else (200, OFFER, ("Session-Expires", "600;refresher=uac"))
    world.run(1000)
    assert [request.method for request in call.requests] == ["UPDATE", "INVITE", "INVITE", "INVITE"]
    assert {request.body for request in call.requests[1:]} == {ANSWER}
    assert len(call.acks) == 3 and call.state == "answered"
    call.phone.in_dialog = lambda tx: (488, b"")  # that it will not talk about it does not end the call
    world.run(400)
    assert call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_refresh_that_meets_another_request_is_tried_again_and_one_too_brief_asks_for_longer() -> None:
    world, home, alice, _, _carrier = shop()
    call = alice.call("312", OFFER, TIMER, ("Session-Expires", "600;refresher=uas"))
    world.run(1)
    answers = [(491, b""), (422, b"", ("Min-SE", "900"))]
    call.phone.in_dialog = lambda tx: answers.pop(0) if answers else agrees(tx)
    world.run(310)
    assert [request.get("Session-Expires") for request in call.requests] == ["600;refresher=uac", "600;refresher=uac", "900;refresher=uac"]
    world.run(400)
    assert len(call.requests) == 3
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_callee_that_leaves_it_to_us_is_refreshed() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(200, ANSWER, ("Session-Expires", "400;refresher=uac"), ("Require", "timer"))
    call = alice.call("312")
    world.run(1)
    there = carrier.calls[0]
    there.phone.in_dialog = agrees
    world.run(900)
    assert [request.get("Session-Expires") for request in there.requests if request.method == "UPDATE"] == ["400;refresher=uac"] * 4
    call.send("INVITE", OFFER)  # what passes from the other side refreshes as well
    world.run(1)
    assert there.requests[-1].get("Session-Expires") == "400;refresher=uac"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_what_is_granted_lies_between_what_was_asked_and_the_least_it_takes() -> None:
    world, _, alice, _, _ = shop()
    for asked, least, granted in (("7200", "90", "1800"), ("7200", "3600", "3600"), ("600", "90", "600"), ("100", "90", "100")):
        call = alice.call("312", OFFER, TIMER, ("Session-Expires", asked), ("Min-SE", least))
        world.run(1)
        assert call.responses[-1].get("Session-Expires") == f"{granted};refresher=uac"
        call.send("UPDATE", b"", TIMER, ("Session-Expires", "120"))
        world.run(1)
        assert call.responses[-1].get("Session-Expires") == "120;refresher=uac"
        call.send("UPDATE", b"", TIMER, ("Session-Expires", "30"))
        world.run(1)
        assert (call.responses[-1].status, call.responses[-1].get("Min-SE")) == (422, "90")
        call.bye()
        world.run(40)


def test_the_far_side_wants_a_longer_interval_than_a_re_invite_asks() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = grants
    call = alice.call("312")
    world.run(1)
    there = carrier.calls[0]
    answers = [(422, b"", ("Min-SE", "900")), (200, ANSWER, ("Session-Expires", "900;refresher=uas"))]
    there.phone.in_dialog = lambda tx: answers.pop(0)
    call.send("INVITE", OFFER)
    world.run(1)
    assert [request.get("Session-Expires") for request in there.requests[-2:]] == ["400;refresher=uas", "900;refresher=uas"]
    assert call.responses[-1].status == 200
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_side_that_denies_the_dialog() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312")
    world.run(1)
    carrier.calls[0].state = "ended"
    world.run(1000)
    assert home.ended.cause == "session_timer"
    assert call.state == "ended"
