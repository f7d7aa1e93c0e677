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


def test_a_side_that_denies_the_dialog() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312")
    world.run(1)
    carrier.calls[0].state = "ended"
    world.run(1000)
    assert home.ended.cause == "session_timer"
    assert call.state == "ended"
