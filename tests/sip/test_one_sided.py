"""Calls with one side: the echo number, which we answer, and test calls of trunks, which we place."""

from __future__ import annotations

import pytest

from appliance.sip.facts import TrialHeard
from appliance.sip.policy import Caller
from appliance.sip.sdp_answer import one_voice_answer
from appliance.sip.trial_call import TrialOrder
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import OFFER, shop

HELD = OFFER + b"a=sendonly\r\n"
SECURE = OFFER.replace(b"RTP/AVP", b"RTP/SAVP")
BOTH = SECURE + OFFER[OFFER.index(b"m=") :]


def echoing(media: FakeMedia | None = None):
    world, home, alice, _, _ = shop(media=media)
    home.policy.service = "echo"
    home.policy.routes = []
    return world, home, alice


def rest(world, home, media: FakeMedia) -> None:
    world.run(200)
    assert home.leaks() == {} and media.opened == {}


def test_the_echo_number_answers_with_the_codec_that_is_liked_best() -> None:
    media = FakeMedia()
    world, home, alice = echoing(media)
    call = alice.call("*43")
    world.run(1)
    assert call.statuses == [200]
    body = call.responses[-1].body
    assert b"c=IN IP4 10.0.0.1\r\n" in body and b"m=audio 20000 RTP/AVP 0 101\r\n" in body
    assert ("echo", 20000, 0) in media.told and ("expect", 20000, 0, "10.0.0.50", 4000, 4001, False) in media.told
    answered = home.answered
    assert answered.callee_dialog is None and answered.trunk is None
    call.send("INVITE", HELD)
    world.run(1)
    assert b"a=recvonly" in call.responses[-1].body
    call.send("INFO")
    call.send("MESSAGE")
    world.run(1)
    assert [response.status for response in call.responses[-2:]] == [200, 405]
    call.bye()
    world.run(1)
    assert (home.ended.cause, home.ended.ended_by, home.ended.status) == ("normal", "caller", 200)
    rest(world, home, media)


def test_an_offer_is_made_to_a_caller_without_one() -> None:
    media = FakeMedia()
    world, home, alice = echoing(media)
    call = alice.call("*43", b"")
    world.run(1)
    assert b"m=audio 20000 RTP/AVP 8 0" in call.responses[-1].body
    assert ("expect", 20000, 0, "10.0.0.60", 6000, 6001, False) in media.told  # as the ACK says
    home.engine.hang_up(1, "normal", "operator", world.now)
    home.pump()
    world.run(1)
    assert call.state == "ended"
    rest(world, home, media)


def test_it_waits_for_the_relay() -> None:
    media = FakeMedia(ready=False)
    world, home, alice = echoing(media)
    call = alice.call("*43")
    world.run(1)
    assert call.statuses == [100]
    media.ready = True
    home.engine.media_ready(world.now)
    home.pump()
    world.run(1)
    assert call.statuses == [100, 200]
    call.bye()
    rest(world, home, media)


@pytest.mark.parametrize(("offer", "status"), [(SECURE, 488), (b"not a description", 488)])
def test_what_cannot_be_echoed_is_refused(offer: bytes, status: int) -> None:
    media = FakeMedia()
    world, home, alice = echoing(media)
    call = alice.call("*43", offer)
    world.run(1)
    assert call.statuses == [status]
    rest(world, home, media)


def test_without_a_relay_there_is_no_echo() -> None:
    world, home, alice = echoing()
    call = alice.call("*43")
    world.run(1)
    assert call.statuses == [503]
    world.run(200)
    assert home.leaks() == {}


def test_further_lines_of_an_offer_are_refused() -> None:
    answer = one_voice_answer(BOTH, 7)
    assert answer is not None
    assert [line for line in answer.decode().split("\r\n") if line.startswith("m=")] == ["m=audio 0 RTP/SAVP 0 8 101", "m=audio 9 RTP/AVP 0 101"]


def test_an_offer_that_is_no_utf_8_goes_back_as_it_came() -> None:
    answer = one_voice_answer(OFFER.replace(b"a=rtpmap:101", b"a=fmtp:0 \xff\xfe\r\na=rtpmap:101"), 7)
    assert answer is not None and b"a=fmtp:0 \xff\xfe\r\n" in answer


def placed(**more):
    media = FakeMedia()
    world, home, _, _, carrier = shop(media=media)
    order = TrialOrder(77, trunk_route(1, "31201234567", Caller("3120"), username="shop", password="secret", **more), "31201234567", 20.0, 2.0)
    return world, home, media, carrier, order


def go(world, home, order) -> None:
    home.engine.place_trial(order, world.now)
    home.pump()


def test_a_trial_that_is_answered_ends_by_itself() -> None:
    world, home, media, carrier, order = placed()
    carrier.challenge = True
    go(world, home, order)
    world.run(1)
    (there,) = carrier.calls
    assert there.state == "answered" and len(there.acks) == 1
    invite = there.incoming.request
    assert b"m=audio 20002 RTP/AVP 8 0 9 18 101" in invite.body and invite.from_.uri == "sip:3120@10.0.0.1:5060"
    assert ("echo", 20000, 1) in media.told
    there.send("INVITE", HELD)
    world.run(0.5)
    assert there.responses[-1].status == 200 and b"m=audio 20002" in there.responses[-1].body
    world.run(2)
    assert there.state == "ended"
    assert [fact.status for fact in home.told(TrialHeard)] == [100, 180, 200]
    assert (home.ended.call, home.ended.cause, home.ended.ended_by, home.ended.status) == (77, "normal", "server", 200)
    rest(world, home, media)


def test_a_trial_that_is_refused_keeps_the_carriers_word() -> None:
    world, home, media, carrier, order = placed()
    carrier.script = lambda call: call.answer(403)
    go(world, home, order)
    world.run(1)
    assert [(fact.status, fact.reason) for fact in home.told(TrialHeard)][-1] == (403, "Forbidden")
    assert home.ended.status == 503  # as a caller would have seen it
    rest(world, home, media)


def test_a_carrier_that_asks_before_it_answers_is_told_later() -> None:
    world, home, media, carrier, order = placed()
    carrier.script = lambda call: call.answer(183, OFFER)
    go(world, home, order)
    world.run(1)
    carrier.calls[0].send("UPDATE", OFFER)
    world.run(1)
    assert carrier.calls[0].responses[-1].status == 491
    world.run(30)
    rest(world, home, media)


def test_a_trial_that_nobody_answers() -> None:
    world, home, media, carrier, order = placed()
    carrier.script = lambda call: call.answer(183, OFFER)
    go(world, home, order)
    world.run(19)
    assert home.told(TrialHeard)[-1].early_media
    world.run(3)
    assert (home.ended.cause, carrier.calls[0].state) == ("no_answer", "ended")
    rest(world, home, media)


def test_a_trial_that_could_not_be_recorded_is_not_placed() -> None:
    world, home, media, carrier, order = placed()
    home.fail = True
    go(world, home, order)
    home.fail = False
    world.run(100)
    assert not carrier.calls
    rest(world, home, media)


def test_a_trial_is_hung_up_on() -> None:
    world, home, media, carrier, order = placed()
    go(world, home, order)
    world.run(1)
    carrier.calls[0].bye()
    world.run(1)
    assert (home.ended.cause, home.ended.ended_by) == ("normal", "callee")
    rest(world, home, media)
