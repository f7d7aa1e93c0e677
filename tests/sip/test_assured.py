"""PRACK towards one side of a call only (RFC 3262): the caller takes or wants reliable provisional answers, or the callee does."""

from __future__ import annotations

import pytest

from appliance.sip.policy import Announcement, Refused
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import ANSWER, OFFER, shop

REQUIRED, ABLE = ("Require", "100rel"), ("Supported", "timer, 100rel")


def ringing(script, *headers, body=OFFER, **network):
    """A caller that says `headers`, and a callee that knows nothing of PRACK and does what `script` says."""
    world, home, alice, _, carrier = shop(**network)
    carrier.script = script
    call = alice.call("312", body, *headers)
    world.run(0.1)
    return world, home, call, carrier.calls[0]


def prack(call, response, body=b"", number=0):
    rseq = number or int(response.get("RSeq") or 0)
    return call.send("PRACK", body, ("RAck", f"{rseq} {response.cseq.number} INVITE"))


def provisional(call):
    return [(response.status, response.get("RSeq")) for response in call.responses if 100 < response.status < 200]


def clean(world, home) -> None:
    world.run(200)
    assert home.leaks() == {}


def test_a_caller_that_requires_prack_has_it_from_us() -> None:
    world, home, call, there = ringing(lambda there: there.answer(180), REQUIRED)
    asked = there.incoming.request
    assert asked.get("Require") is None and "100rel" in asked.options("Supported")
    (ring,) = call.responses
    assert (ring.status, ring.options("Require")) == (180, frozenset(("100rel",))) and int(ring.get("RSeq")) > 0
    sent = prack(call, ring)
    world.run(0.1)
    assert sent.owner is not None and call.responses[-1].cseq.method == "PRACK" and call.responses[-1].status == 200
    assert not [request for request in there.requests if request.method == "PRACK"]
    world.run(20)
    assert len(provisional(call)) == 1, "acknowledged, and repeated no more"
    there.answer(200, ANSWER)
    world.run(0.1)
    assert call.state == "answered" and call.responses[-1].body == ANSWER
    call.bye()
    clean(world, home)


def test_one_waits_at_a_time_and_is_repeated() -> None:
    world, home, call, _ = ringing(lambda there: (there.answer(180), there.answer(183, ANSWER)), REQUIRED)
    world.run(1.5)
    (first,) = {response.get("RSeq") for response in call.responses}
    assert [status for status, _ in provisional(call)] == [180, 180, 180], "at 0, 0.5 and 1.5 s"
    prack(call, call.responses[0])
    world.run(0.1)
    assert provisional(call)[-1] == (183, str(int(first) + 1)) and call.responses[-1].body == ANSWER
    prack(call, call.responses[-1], number=int(first))
    world.run(0.1)
    assert call.responses[-1].status == 481, "what is acknowledged already is not acknowledged again"
    call.cancel()
    world.run(0.1)
    assert call.responses[-1].status == 487
    clean(world, home)


def test_who_never_acknowledges_is_refused_after_64_t1() -> None:
    world, home, call, there = ringing(lambda there: there.answer(180), REQUIRED)
    world.run(33)
    assert [status for status, _ in provisional(call)] == [180] * 7 and call.responses[-1].status == 504
    assert there.requests[-1].method == "CANCEL" and (home.ended.status, home.ended.cause, home.ended.ended_by) == (504, "timeout", "caller")
    clean(world, home)


@pytest.mark.parametrize("headers", [(REQUIRED,), (ABLE,)], ids=["required", "supported"])
def test_the_answer_waits_for_the_prack_of_early_media(headers) -> None:
    world, home, call, there = ringing(lambda there: (there.answer(183, ANSWER), there.answer(200, ANSWER)), *headers)
    world.run(0.6)
    assert {status for status, _ in provisional(call)} == {183} and call.state == "calling"
    assert there.acks, "the callee has its ACK, and the call is recorded as answered"
    assert home.answered
    prack(call, call.responses[0])
    world.run(0.1)
    assert call.state == "answered" and call.responses[-1].body == b"", "answered once already (RFC 3262 5)"
    there.bye()
    world.run(0.1)
    assert call.requests[-1].method == "BYE" and home.ended.ended_by == "callee"
    clean(world, home)


def test_another_description_in_the_answer_is_told() -> None:
    other = ANSWER.replace(b"6000", b"6500")
    world, home, call, _ = ringing(lambda there: (there.answer(183, ANSWER), there.answer(200, other)), ABLE)
    prack(call, call.responses[0])
    world.run(0.1)
    assert call.responses[-1].status == 200 and call.responses[-1].body == other
    call.bye()
    clean(world, home)


def test_ringing_without_description_is_unreliable_where_the_caller_lets_it() -> None:
    world, home, call, _ = ringing(lambda there: (there.answer(180), there.answer(200, ANSWER)), ABLE)
    assert provisional(call) == [(180, None)] and call.state == "answered"
    call.bye()
    clean(world, home)


def held_back():
    world, home, call, there = ringing(lambda there: (there.answer(183, ANSWER), there.answer(200, ANSWER)), REQUIRED)
    assert call.state == "calling" and home.answered
    return world, home, call, there


def test_a_held_answer_that_is_never_acknowledged_ends_both_sides() -> None:
    world, home, call, there = held_back()
    world.run(33)
    assert call.responses[-1].status == 504 and not [request for request in call.requests if request.method == "BYE"]
    assert there.requests[-1].method == "BYE" and (home.ended.cause, home.ended.ended_by) == ("timeout", "caller")
    clean(world, home)


def test_a_caller_that_gives_up_while_the_answer_waits() -> None:
    for give_up in ("cancel", "bye"):
        world, home, call, there = held_back()
        getattr(call, give_up)()
        world.run(0.1)
        assert 487 in call.statuses and there.requests[-1].method == "BYE"
        assert (home.ended.cause, home.ended.ended_by) == ("normal", "caller")
        clean(world, home)


def test_a_callee_that_hangs_up_while_its_answer_waits() -> None:
    world, home, call, there = held_back()
    there.bye()
    world.run(0.1)
    prack(call, call.responses[0])
    world.run(0.1)
    assert 200 in call.statuses and call.requests[-1].method == "BYE", "answered, acknowledged, and said goodbye to"
    clean(world, home)


@pytest.mark.parametrize("answers", [True, False], ids=["answered", "ringing"])
def test_an_emergency_call_goes_on_without_prack(answers: bool) -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: (there.answer(183, ANSWER), there.answer(200, ANSWER) if answers else None)
    call = alice.call("112", OFFER, REQUIRED)
    world.run(33)
    assert call.state == ("answered" if answers else "calling") and not [each for each in carrier.requests if each.method in ("BYE", "CANCEL")]
    if not answers:
        carrier.calls[0].answer(200, ANSWER)
        world.run(0.1)
    assert call.state == "answered"
    call.bye()
    clean(world, home)


def test_a_refusal_that_is_spoken_first_is_reliable_too() -> None:
    media = FakeMedia()
    world, home, alice, _, _carrier = shop(media=media)
    home.policy.refused = Refused(402, "Payment Required", announcement=Announcement("no_credit.ul", 2.0))
    call = alice.call("312", OFFER, REQUIRED)
    world.run(0.1)
    (said,) = [response for response in call.responses if response.status == 183]
    prack(call, said)
    world.run(0.1)
    assert call.responses[-1].cseq.method == "PRACK" and call.responses[-1].status == 200
    world.run(5)
    assert call.responses[-1].status == 402 and provisional(call) == [(183, said.get("RSeq"))]
    clean(world, home)


def test_an_offer_in_a_prack_of_ours_is_refused_and_acknowledges_all_the_same() -> None:
    world, home, call, there = ringing(lambda there: there.answer(183, ANSWER), REQUIRED)
    prack(call, call.responses[0], OFFER)
    world.run(0.1)
    assert call.responses[-1].status == 488
    there.answer(200, ANSWER)
    world.run(0.1)
    assert call.state == "answered"
    call.bye()
    clean(world, home)


def test_no_offer_in_the_invite_and_early_media_of_a_callee_without_prack() -> None:
    """What the callee says unreliably is no offer (RFC 3261 13.2.1); the one in its answer is."""
    world, home, call, there = ringing(lambda there: there.answer(183, ANSWER), REQUIRED, body=b"")
    (ring,) = call.responses
    assert ring.body == b"" and ring.get("Content-Type") is None
    prack(call, ring)
    there.answer(200, OFFER)
    world.run(0.1)
    assert call.responses[-1].body == OFFER and there.acks[0].body == ANSWER
    call.bye()
    clean(world, home)


def test_the_offer_of_a_reliable_answer_is_answered_in_the_prack() -> None:
    """RFC 3262 5, with both sides able: the descriptions pass in 183 and PRACK, and neither 200 nor ACK has one."""
    world, home, call, there = ringing(lambda there: there.answer(183, OFFER, ("Require", "100rel"), ("RSeq", "9")), ABLE, body=b"")
    assert call.responses[0].body == OFFER
    prack(call, call.responses[0], ANSWER)
    world.run(0.1)
    passed = there.requests[-1]
    assert (passed.method, passed.body, passed.get("RAck")) == ("PRACK", ANSWER, f"9 {there.incoming.request.cseq.number} INVITE")
    call.phone.late_answer = b""
    there.answer(200)
    world.run(0.1)
    assert call.state == "answered" and there.acks[0].body == b""
    call.bye()
    clean(world, home)


def test_a_callee_that_numbers_only_some_of_its_answers() -> None:
    """To the caller all are of one row of numbers; the callee's own reach it under the number it gave."""
    world, home, call, there = ringing(lambda there: there.answer(180), REQUIRED)
    prack(call, call.responses[0])
    there.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "77"))
    world.run(0.1)
    (_, one), (_, two) = provisional(call)
    assert int(two) == int(one) + 1
    prack(call, call.responses[-1], number=int(two) + 1)
    world.run(0.1)
    assert call.responses[-1].status == 481
    prack(call, next(response for response in call.responses if response.get("RSeq") == two))
    world.run(0.1)
    assert there.requests[-1].get("RAck") == f"77 {there.incoming.request.cseq.number} INVITE"
    there.answer(200, ANSWER)
    world.run(0.1)
    assert call.state == "answered"
    call.bye()
    clean(world, home)


def test_a_bad_network_loses_no_reliable_answer() -> None:
    answered = numbered = 0
    for seed in range(20):
        world, home, alice, _, carrier = shop(seed=seed, loss=0.2, double=0.1, spread=0.05)
        carrier.script = lambda there: (there.answer(183, ANSWER), there.answer(200, ANSWER))
        done: set[str] = set()
        plain = alice.on_response

        def respond(tx, response, now, done=done, plain=plain, alice=alice):
            plain(tx, response, now)
            rseq = response.get("RSeq")
            if rseq is not None and rseq not in done and alice.calls:
                done.add(rseq)
                prack(alice.calls[-1], response)

        alice.on_response = respond
        call = alice.call("312", OFFER, REQUIRED)
        world.run(60)
        answered += call.state == "answered"
        numbered += bool(done)
        if call.state == "answered":
            call.bye()
        clean(world, home)
        assert max(call.statuses) >= 200, seed
    assert min(answered, numbered) > 10


def test_a_callee_that_asks_for_prack_gets_the_call_once_more() -> None:
    """421 (RFC 3261 21.4.16): its caller has none, so that we acknowledge."""

    def script(there):
        if "100rel" in there.incoming.request.options("Supported"):
            there.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "5"))
        else:
            there.answer(421, b"", ("Require", "100rel"))

    world, home, call, _ = ringing(script)
    carrier = world.nodes[("10.0.0.9", 5090)]
    there = carrier.calls[-1]
    assert [request.get("RAck") for request in carrier.requests if request.method == "PRACK"] == [f"5 {there.incoming.request.cseq.number} INVITE"]
    assert provisional(call) == [(183, None)]
    there.answer(200, ANSWER)
    world.run(0.1)
    assert call.state == "answered"
    call.bye()
    clean(world, home)


def test_a_callee_that_insists_on_prack_gets_it_from_us() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda there: there.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "77"))
    call = alice.call("312")
    world.run(0.3)
    there = carrier.calls[0]
    (ring,) = call.responses[:1]
    assert ring.status == 183 and ring.get("RSeq") is None and ring.get("Require") is None and ring.body == ANSWER
    (prack,) = [request for request in there.requests if request.method == "PRACK"]
    assert prack.get("RAck") == f"77 {there.incoming.request.cseq.number} INVITE"
    there.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "77"))  # its answer was lost: the same once more
    there.answer(180, b"", ("Require", "100rel"), ("RSeq", "78"))
    world.run(0.3)
    assert [request.get("RAck") for request in there.requests if request.method == "PRACK"][1:] == [f"78 {there.incoming.request.cseq.number} INVITE"]
    assert call.statuses == [183, 180]
    there.answer(200, ANSWER)
    world.run(0.3)
    call.bye()
    clean(world, home)


CHALLENGE = ("WWW-Authenticate", 'Digest realm="carrier", nonce="n2", algorithm=MD5, qop="auth"')


def challenging(phone):
    """The phone asks for credentials for every PRACK that has none."""

    def reply(tx):
        if tx.request.method == "PRACK" and tx.request.get("Authorization") is None:
            phone.answer(tx, 401, b"", CHALLENGE)
            return None
        return 200, b""

    return reply


@pytest.mark.parametrize("headers", [(), (ABLE,)], ids=["ours", "the caller's"])
def test_a_carrier_that_challenges_a_prack_has_it_once_more_with_credentials(headers) -> None:
    world, home, alice, _, carrier = shop()
    home.policy.routes = [trunk_route(1, "312", username="shop", password="secret")]
    carrier.in_dialog = challenging(carrier)
    carrier.script = lambda there: there.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "77"))
    call = alice.call("312", OFFER, *headers)
    world.run(0.1)
    (there,) = carrier.calls
    if headers:
        prack(call, call.responses[0])
    world.run(0.2)
    one, two = [request for request in there.requests if request.method == "PRACK"]
    assert one.get("Authorization") is None and 'nonce="n2"' in (two.get("Authorization") or "")
    assert two.cseq.number == one.cseq.number + 1 and one.get("RAck") == two.get("RAck") == f"77 {there.incoming.request.cseq.number} INVITE"
    assert [response.status for response in call.responses if response.cseq.method == "PRACK"] == ([200] if headers else [])
    there.answer(200, ANSWER)
    world.run(0.1)
    assert call.state == "answered"
    call.bye()
    world.run(0.1)
    assert there.requests[-1].method == "BYE" and there.requests[-1].cseq.number == two.cseq.number + 1
    clean(world, home)


def re_invited(status: int):
    """An answered call whose re-INVITE is answered reliably at first; the PRACK is answered by `status`."""
    world, home, call, there = ringing(lambda there: there.answer(200, ANSWER), ABLE)
    there.phone.in_dialog = lambda tx: (status, b"") if tx.request.method == "PRACK" else (183, ANSWER)
    tell, phone = there.phone.answer, there.phone
    phone.answer = lambda tx, code, body=b"", *more: tell(tx, code, body, *more, *((("Require", "100rel"), ("RSeq", "9")) if code == 183 else ()))
    again = call.send("INVITE", OFFER, ABLE)
    world.run(0.2)
    assert (call.responses[-1].status, call.responses[-1].get("RSeq")) == (183, "9")
    call.send("PRACK", b"", ("RAck", f"9 {again.request.cseq.number} INVITE"))
    world.run(0.2)
    return world, home, call, there


def test_a_prack_within_a_re_invite_names_the_other_sides_number() -> None:
    world, home, call, there = re_invited(200)
    passed = there.requests[-1]
    assert passed.method == "PRACK" and passed.get("RAck") == f"9 {there.incoming.request.cseq.number} INVITE"
    assert there.incoming.request.cseq.number != next(each for each in call.responses if each.get("RSeq")).cseq.number
    assert call.responses[-1].cseq.method == "PRACK" and call.responses[-1].status == 200
    there.answer(200, ANSWER)
    world.run(0.2)
    assert call.responses[-1].status == 200 and call.responses[-1].cseq.method == "INVITE"
    call.bye()
    clean(world, home)


def test_a_callee_that_knows_nothing_of_a_prack_keeps_its_call() -> None:
    """481 to a PRACK is about what it acknowledges; to anything else it is the end of the call (RFC 3261 12.2.1.2)."""
    world, home, call, there = re_invited(481)
    assert call.responses[-1].cseq.method == "PRACK" and call.responses[-1].status == 481
    there.answer(200, ANSWER)
    world.run(0.2)
    assert home.engine.calls == 1 and call.state == there.state == "answered"
    there.phone.in_dialog = lambda tx: (481, b"")
    call.send("INFO")
    world.run(0.2)
    assert home.ended.cause == "timeout"
    clean(world, home)
