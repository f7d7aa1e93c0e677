"""What passes between the legs of a call: re-INVITE with and without offer, glare, UPDATE, PRACK, INFO, unknown methods and headers."""

from __future__ import annotations

import pytest

from tests.sip.simulation import ANSWER, OFFER, SDP, shop

HELD = OFFER + b"a=sendonly\r\n"


def connected():
    world, home, alice, _, carrier = shop()
    call = alice.call("312")
    world.run(1)
    return world, home, call, carrier.calls[0]


def over(world, home, call) -> None:
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_re_invite_puts_on_hold() -> None:
    world, home, call, there = connected()
    call.send("INVITE", HELD)
    world.run(1)
    assert there.requests[-1].method == "INVITE"
    assert there.requests[-1].body == HELD
    assert call.responses[-1].status == 200
    assert call.responses[-1].body == ANSWER
    assert [ack.cseq.number for ack in there.acks][1] == there.requests[-1].cseq.number
    over(world, home, call)


def test_a_re_invite_of_the_callee() -> None:
    world, home, call, there = connected()
    there.send("INVITE", HELD)
    world.run(1)
    assert call.requests[-1].body == HELD
    assert there.responses[-1].status == 200
    assert len(call.acks) == 1
    over(world, home, call)


def test_a_re_invite_without_offer_gets_its_answer_in_the_ack() -> None:
    world, home, call, there = connected()
    there.phone.in_dialog = lambda tx: (200, OFFER)
    call.send("INVITE")
    world.run(1)
    assert call.responses[-1].body == OFFER
    assert there.acks[-1].body == ANSWER
    assert there.acks[-1].get("Content-Type") == "application/sdp"
    over(world, home, call)


def test_a_refused_re_invite_leaves_the_call() -> None:
    world, home, call, there = connected()
    there.phone.in_dialog = lambda tx: (488, b"")
    call.send("INVITE", HELD)
    world.run(1)
    assert call.responses[-1].status == 488
    assert home.engine.calls == 1
    there.phone.in_dialog = lambda tx: (200, ANSWER)
    call.send("INVITE", HELD)
    world.run(1)
    assert call.responses[-1].status == 200
    over(world, home, call)


def test_re_invites_that_cross() -> None:
    world, home, call, there = connected()
    call.send("INVITE", HELD)
    there.send("INVITE", HELD)
    world.run(1)
    assert sorted([call.responses[-1].status, there.responses[-1].status]) == [200, 491] or (
        call.responses[-1].status,
        there.responses[-1].status,
    ) == (491, 491)
    over(world, home, call)


def test_a_second_re_invite_before_the_first_is_answered() -> None:
    world, home, call, there = connected()
    there.phone.in_dialog = lambda tx: None
    call.send("INVITE", HELD)
    world.run(0.1)
    call.send("INVITE", HELD)
    world.run(1)
    (refused,) = [response for response in call.responses if response.status == 500]
    assert refused.get("Retry-After") is not None
    over(world, home, call)


def test_a_re_invite_that_is_cancelled() -> None:
    world, home, call, there = connected()
    there.phone.in_dialog = lambda tx: None
    tx = call.send("INVITE", HELD)
    world.run(0.5)
    tx.cancel(world.now)
    world.run(1)
    assert call.responses[-1].status == 487
    there.state = "answered"
    assert home.engine.calls == 1
    over(world, home, call)


@pytest.mark.parametrize("method", ["INFO", "MESSAGE", "OPTIONS", "NOTIFY", "UPDATE", "FROBNICATE"])
def test_requests_pass_both_ways_each_with_its_own_numbers(method: str) -> None:
    world, home, call, there = connected()
    call.send(method, b"signal", ("Content-Type", "application/x-thing"), ("X-Extra", "kept"))
    there.send(method, b"back", ("Content-Type", "text/plain"))
    world.run(1)
    got = there.requests[-1]
    assert (got.method, got.body, got.get("X-Extra")) == (method, b"signal", "kept")
    assert got.call_id == there.call_id
    assert "10.0.0.50" not in got.encode().decode()
    assert call.requests[-1].body == b"back"
    assert call.responses[-1].status == there.responses[-1].status == 200
    over(world, home, call)


def test_an_update_in_early_media_and_prack() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "77"))
    call = alice.call("312", OFFER, ("Supported", "100rel, timer, path"))
    world.run(0.3)
    there = carrier.calls[0]
    assert there.incoming.request.get("Supported") == "100rel"
    (ring,) = call.responses[:1]
    assert (ring.get("RSeq"), ring.get("Require")) == ("77", "100rel")
    call.send("PRACK", b"", ("RAck", f"77 {call.invite.request.cseq.number} INVITE"))
    world.run(0.3)
    assert there.requests[-1].method == "PRACK"
    assert there.requests[-1].get("RAck") == f"77 {there.incoming.request.cseq.number} INVITE"
    assert call.responses[-1].status == 200
    call.send("UPDATE", HELD)
    world.run(0.3)
    assert there.requests[-1].body == HELD
    there.send("UPDATE", HELD)
    world.run(0.3)
    assert call.requests[-1].body == HELD
    there.answer(200)
    world.run(1)
    assert call.state == "answered"
    over(world, home, call)


def test_no_offer_in_the_invite() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(200, OFFER)
    call = alice.call("312", b"")
    world.run(1)
    assert call.responses[-1].body == OFFER
    assert carrier.calls[0].acks[0].body == ANSWER
    over(world, home, call)


def test_unknown_headers_pass_and_topology_does_not() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312", OFFER, ("X-Room", "12"), ("Subject", "hello"), ("User-Agent", "alice/1"), ("Record-Route", "<sip:edge.alice.test;lr>"))
    world.run(1)
    invite = carrier.calls[0].incoming.request
    assert (invite.get("X-Room"), invite.get("Subject"), invite.get("User-Agent")) == ("12", "hello", "Tollhouse")
    head = invite.encode().split(b"\r\n\r\n")[0].decode()
    assert "10.0.0.50" not in head
    assert "alice" not in head
    answer = call.responses[-1].encode().split(b"\r\n\r\n")[0].decode()
    assert "10.0.0.9" not in answer
    over(world, home, call)


def test_a_side_that_denies_the_dialog_ends_the_call() -> None:
    world, home, call, there = connected()
    there.state = "ended"
    call.send("INFO", b"x")
    world.run(1)
    assert 481 in call.statuses
    assert call.state == "ended"
    assert (home.ended.cause, home.ended.ended_by) == ("timeout", "callee")
    world.run(200)
    assert home.leaks() == {}


def test_a_dead_side_ends_the_call_at_the_next_re_invite() -> None:
    world, home, call, there = connected()
    there.phone.silent = True
    call.send("INVITE", HELD)
    world.run(40)
    assert 408 in call.statuses
    assert call.state == "ended"
    world.run(200)
    assert home.leaks() == {}


def test_a_bye_without_an_answer_ends_the_call_all_the_same() -> None:
    world, home, call, there = connected()
    there.phone.silent = True
    call.bye()
    world.run(1)
    assert call.statuses[-1] == 200
    assert home.ended.cause == "normal"
    world.run(200)
    assert home.leaks() == {}


def test_a_bye_in_the_middle_of_a_re_invite() -> None:
    world, home, call, there = connected()
    there.phone.in_dialog = lambda tx: None
    call.send("INVITE", HELD)
    world.run(0.5)
    call.bye()
    world.run(200)
    assert there.state == "ended"
    assert home.leaks() == {}


def test_a_caller_who_never_acknowledges() -> None:
    world, home, alice, _, carrier = shop()
    alice.acks_2xx = False
    call = alice.call("312")
    world.run(40)
    assert call.state == "ended"
    assert carrier.calls[0].state == "ended"
    assert (home.ended.cause, home.ended.ended_by) == ("timeout", "server")
    world.run(200)
    assert home.leaks() == {}


def test_the_callee_hangs_up_before_the_callers_ack() -> None:
    """RFC 3261 15: no BYE of ours to the caller until the ACK is there."""
    world, home, alice, _, carrier = shop()
    alice.acks_2xx = False
    call = alice.call("312")
    world.run(0.1)
    carrier.calls[0].bye()
    world.run(0.5)
    assert not call.requests
    alice.layer.send_ack(alice.build(call, "ACK", call.invite.request.cseq.number), alice.home)
    world.run(1)
    assert call.state == "ended"
    world.run(200)
    assert home.leaks() == {}


def test_a_request_out_of_order() -> None:
    world, home, call, _there = connected()
    call.send("INFO", b"x", SDP)
    world.run(1)
    call.cseq = 1
    call.send("INFO", b"y", SDP)
    world.run(1)
    assert call.responses[-1].status == 500
    over(world, home, call)


def test_a_request_for_no_dialog() -> None:
    world, _home, call, _ = connected()
    call.remote = call.remote.replace("tag=", "tag=x")
    call.send("INFO")
    world.run(1)
    assert call.responses[-1].status == 481


def test_what_the_far_side_does_not_do_is_named_to_whoever_requires_it() -> None:
    """RFC 3261 8.2.2.3: a caller that requires preconditions hears that the callee has none, and may call again without."""
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(420, b"", ("Unsupported", "precondition, x-inner"))
    call = alice.call("312", OFFER, ("Require", "precondition"))
    world.run(1)
    assert carrier.calls[0].incoming.request.get("Require") == "precondition"
    assert (call.responses[-1].status, call.responses[-1].get("Unsupported")) == (420, "precondition")
    world.run(200)
    assert home.leaks() == {}


def test_a_phone_with_an_outbound_proxy_set_sends_routes() -> None:
    world, home, alice, _, carrier = shop()
    call = alice.call("312", OFFER, ("Route", "<sip:10.0.0.1:5060;lr>"))
    world.run(1)
    assert call.state == "answered" and carrier.calls[0].incoming.request.get("Route") is None
    over(world, home, call)
