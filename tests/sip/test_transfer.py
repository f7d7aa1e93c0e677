"""Transfers by a phone: without asking there, having asked, and everything that goes wrong meanwhile. Whoever asks goes on paying."""

from __future__ import annotations

import pytest

from appliance.sip.facts import CallAnswered, CallEnded
from appliance.sip.policy import Refused
from tests.sip.fakes import FakeMedia
from tests.sip.simulation import ANSWER, OFFER, PhoneCall, shop

HELD = OFFER + b"a=sendonly\r\n"


def connected(media: FakeMedia | None = None, dialled: str = "1000002"):
    """Alice speaks with Bob, or with somebody outside."""
    world, home, alice, bob, carrier = shop(media=media)
    home.policy.media = "always" if media else "auto"
    call = alice.call(dialled)
    world.run(1)
    return world, home, call, (bob if dialled == "1000002" else carrier).calls[0], carrier


def news(call: PhoneCall) -> list[str]:
    return [request.body.decode().strip() for request in call.requests if request.method == "NOTIFY"]


def over(world, home, media: FakeMedia | None = None) -> None:
    world.run(200)
    assert home.leaks() == {}
    assert media is None or media.opened == {}


def ended(home) -> dict[int, tuple[str, str]]:
    return {fact.call: (fact.cause, fact.ended_by) for fact in home.told(CallEnded)}


@pytest.mark.parametrize("relayed", [False, True])
def test_without_asking_there(relayed: bool) -> None:
    media = FakeMedia() if relayed else None
    world, home, call, bob, carrier = connected(media)
    call.send("INVITE", HELD)
    world.run(0.5)
    call.send("REFER", b"", ("Refer-To", "<sip:442079460001@sip.example.test>"))
    world.run(1)
    assert [request.dialled for request in home.policy.admitted] == ["1000002", "442079460001"]
    assert [request.endpoint for request in home.policy.admitted] == [1000001, 1000001]  # whoever asks pays
    assert [request.from_number for request in home.policy.admitted] == ["1000001", "1000001"]
    assert 202 in call.statuses
    assert news(call) == ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]
    assert call.requests[-1].method == "BYE"
    there = carrier.calls[0]
    offer = there.incoming.request.body
    assert b"m=audio" in offer and b"sendonly" not in offer and b"recvonly" not in offer
    assert (b"10.0.0.60" in offer) is not relayed  # Bob's own description, unless the relay stands between
    again = bob.requests[-1]
    assert again.method == "INVITE" and bob.acks
    assert (b"10.0.0.60" in again.body) or relayed
    assert home.engine.calls == 2 and not home.told(CallEnded)
    bob.send("INFO", b"signal", ("Content-Type", "text/plain"))
    world.run(0.5)
    assert there.requests[-1].body == b"signal"
    there.bye()
    world.run(1)
    assert bob.state == "ended"
    assert ended(home) == {2: ("normal", "callee"), 1: ("normal", "callee")}
    over(world, home, media)


def test_the_transferor_hangs_up_at_once() -> None:
    world, home, call, bob, carrier = connected()
    carrier.script = lambda there: there.answer(180)
    call.send("REFER", b"", ("Refer-To", "sip:44@sip.example.test"))
    world.run(0.5)
    call.bye()
    world.run(2)
    assert bob.state == "answered" and home.engine.calls == 2
    bob.send("INVITE", HELD)
    world.run(0.2)
    assert bob.responses[-1].status == 491  # alone for the moment
    carrier.calls[0].answer(200, ANSWER)
    world.run(1)
    assert bob.requests[-1].method == "INVITE"
    bob.bye()
    world.run(1)
    assert carrier.calls[0].state == "ended" and set(ended(home)) == {1, 2}
    over(world, home)


def test_nobody_is_there_and_the_transferor_has_gone() -> None:
    world, home, call, bob, carrier = connected()
    carrier.script = lambda there: there.answer(180)
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(0.5)
    call.bye()
    world.run(0.5)
    carrier.calls[0].answer(486)
    world.run(1)
    assert bob.state == "ended" and set(ended(home)) == {1, 2}
    over(world, home)


def test_both_have_gone_before_anybody_answers() -> None:
    world, home, call, bob, carrier = connected()
    carrier.script = lambda there: there.answer(180)
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(0.5)
    call.bye()
    world.run(0.5)
    bob.bye()
    world.run(1)
    assert carrier.calls[0].state == "ended" and set(ended(home)) == {1, 2}
    over(world, home)


def test_nobody_is_there_and_the_call_goes_on_as_it_was() -> None:
    world, home, call, bob, carrier = connected()
    carrier.script = lambda there: there.answer(486)
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(1)
    assert news(call)[-1] == "SIP/2.0 486 Busy Here"
    assert ended(home) == {2: ("busy", "callee")}
    call.send("INVITE", OFFER)
    world.run(0.5)
    assert call.responses[-1].status == 200
    call.bye()
    world.run(1)
    assert bob.state == "ended"
    over(world, home)


def test_no_credit_for_the_way_on() -> None:
    world, home, call, bob, _ = connected()
    home.policy.refused = Refused(402, "Not enough credit")
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(1)
    assert news(call) == ["SIP/2.0 402 Not enough credit"] and bob.state == "answered"
    bob.bye()
    over(world, home)


def test_credit_ends_while_it_leads_on() -> None:
    world, home, call, bob, carrier = connected()
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(1)
    home.engine.hang_up(1, "credit", "server", world.now)  # the call that was left behind is still paid for
    home.pump()
    world.run(1)
    assert bob.state == carrier.calls[0].state == "ended"
    assert ended(home) == {1: ("credit", "server"), 2: ("credit", "server")}
    over(world, home)


def test_whoever_is_sent_hangs_up_before_anybody_answers() -> None:
    world, home, call, bob, carrier = connected()
    carrier.script = lambda there: there.answer(180)
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(0.5)
    bob.bye()
    world.run(1)
    assert carrier.calls[0].state == "ended" and call.state == "ended"
    assert set(ended(home)) == {1, 2}
    over(world, home)


@pytest.mark.parametrize("relayed", [False, True])
def test_having_asked_there(relayed: bool) -> None:
    media = FakeMedia() if relayed else None
    world, home, call, bob, carrier = connected(media)
    call.send("INVITE", HELD)
    world.run(0.5)
    alice = call.phone
    second = alice.call("442079460001")
    world.run(1)
    there = carrier.calls[0]
    tags = f"to-tag%3D{second.remote.partition('tag=')[2]}%3Bfrom-tag%3D{second.local.partition('tag=')[2]}"
    call.send("REFER", b"", ("Refer-To", f"<sip:442079460001@sip.example.test?Replaces={second.call_id}%3B{tags}>"))
    world.run(1)
    assert news(call)[-1] == "SIP/2.0 200 OK"
    assert call.state == second.state == "ended"
    assert len(home.policy.admitted) == 2  # no third call: both that there were go on, each paid by whom it was
    assert bob.requests[-1].method == "INVITE" and there.requests[-1].method == "INVITE"
    assert b"sendonly" not in bob.requests[-1].body
    if relayed:
        ports = {line for body in (bob.requests[-1].body, there.requests[-1].body) for line in body.split(b"\r\n") if line.startswith(b"m=")}
        assert len(ports) == 2 and all(b"m=audio 200" in port for port in ports)
    there.send("INFO", b"signal", ("Content-Type", "text/plain"))
    world.run(0.5)
    assert bob.requests[-1].body == b"signal"
    bob.bye()
    world.run(1)
    assert there.state == "ended" and set(ended(home)) == {1, 2}
    over(world, home, media)


def test_asked_for_while_it_rings_there() -> None:
    world, home, call, bob, carrier = connected()
    carrier.script = lambda there: there.answer(180)
    second = call.phone.call("442079460001")
    world.run(1)
    tags = f"to-tag%3D{second.remote.partition('tag=')[2]}%3Bfrom-tag%3D{second.local.partition('tag=')[2]}"
    call.send("REFER", b"", ("Refer-To", f"<sip:442079460001@sip.example.test?Replaces={second.call_id}%3B{tags}>"))
    world.run(1)
    assert second.state == "failed" and len(carrier.calls) == 2
    carrier.calls[1].answer(200, ANSWER)
    world.run(1)
    assert bob.requests[-1].method == "INVITE" and len(home.told(CallAnswered)) == 2
    bob.bye()
    over(world, home)


@pytest.mark.parametrize(
    ("refer_to", "status"),
    [("<sip:112@sip.example.test>", 603), ("<sip:44@x;method=BYE>", 603), ("nonsense<", 400), ("<sip:sip.example.test>", 603)],
)
def test_what_is_not_done(refer_to: str, status: int) -> None:
    world, home, call, _, _ = connected()
    call.send("REFER", b"", ("Refer-To", refer_to))
    world.run(0.5)
    assert call.responses[-1].status == status
    call.bye()
    over(world, home)


def test_a_carrier_transfers_nobody() -> None:
    world, home, call, there, _ = connected(dialled="442079460001")
    there.send("REFER", b"", ("Refer-To", "<sip:900123@sip.example.test>"))
    world.run(0.5)
    assert there.responses[-1].status == 603 and len(home.policy.admitted) == 1
    call.bye()
    over(world, home)


def test_an_unknown_dialog_is_not_replaced() -> None:
    world, home, call, bob, _ = connected()
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db>"))
    world.run(0.5)
    assert news(call) == ["SIP/2.0 481 Call Does Not Exist"] and bob.state == "answered"
    call.bye()
    over(world, home)


def test_a_commit_that_fails_takes_the_transfer_back() -> None:
    world, home, call, _, carrier = connected()
    home.fail = True
    call.send("REFER", b"", ("Refer-To", "<sip:44@sip.example.test>"))
    world.run(0.01)
    home.fail = False
    world.run(1)
    assert call.responses[-1].status == 500 and not carrier.calls
    call.bye()
    over(world, home)
