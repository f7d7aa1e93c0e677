"""REFER outside of a dialog with Target-Dialog (RFC 4538): acted on for the phone whose call it names, refused to all others."""

from __future__ import annotations

import pytest

from appliance.sip.policy import Refused
from tests.sip.simulation import ANSWER, Phone, PhoneCall, shop

GOAL = ("Refer-To", "<sip:442079460001@sip.example.test>")


def tag(value: str) -> str:
    return value.partition("tag=")[2]


def target(call: PhoneCall, local: str = "local-tag", remote: str = "remote-tag") -> tuple[str, str]:
    return ("Target-Dialog", f"{call.call_id};{local}={tag(call.local)};{remote}={tag(call.remote)}")


def asks(phone: Phone, *headers: tuple[str, str]) -> PhoneCall:
    """A REFER in a dialog of its own."""
    ours = f"<sip:{phone.user}@sip.example.test>"
    asked = PhoneCall(phone, f"refer-{phone.user}-{len(phone.calls)}", f"{ours};tag=outside", ours, "sip:10.0.0.1")
    phone.calls.append(asked)
    asked.send("REFER", b"", *headers)
    phone.world.run(1)
    return asked


def speaking():
    world, home, alice, bob, carrier = shop()
    call = alice.call("1000002")
    world.run(1)
    return world, home, alice, bob, carrier, call


def over(world, home) -> None:
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize("names", [("local-tag", "remote-tag"), ("remote-tag", "local-tag")], ids=["as we see it", "as the phone sees it"])
def test_the_phones_own_call_is_sent_on_and_it_pays(names: tuple[str, str]) -> None:
    world, home, alice, bob, carrier, call = speaking()
    assert {"tdialog", "replaces"} <= call.responses[-1].options("Supported")
    asked = asks(alice, target(call, *names), GOAL, ("Require", "tdialog"))
    assert asked.statuses == [202]
    assert [request.body.decode().strip() for request in asked.requests] == ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]
    assert {(request.from_.tag, request.to.tag) for request in asked.requests} == {(asked.responses[0].to.tag, "outside")}
    assert [request.endpoint for request in home.policy.admitted] == [1000001, 1000001]
    assert call.state == "ended" and not [request for request in call.requests if request.method == "NOTIFY"]
    bob.calls[0].send("INFO", b"signal", ("Content-Type", "text/plain"))
    world.run(0.5)
    assert carrier.calls[0].requests[-1].body == b"signal"
    carrier.calls[0].bye()
    over(world, home)


def test_news_come_although_the_phone_has_left_its_call() -> None:
    world, home, alice, _, carrier, call = speaking()
    carrier.script = lambda there: there.answer(180)
    asked = asks(alice, target(call), GOAL)
    call.bye()
    world.run(0.5)
    carrier.calls[0].answer(200, ANSWER)
    world.run(0.5)
    assert asked.requests[-1].body.startswith(b"SIP/2.0 200") and "terminated" in (asked.requests[-1].get("Subscription-State") or "")
    carrier.calls[0].bye()
    over(world, home)


def test_what_is_refused_leaves_the_call() -> None:
    world, home, alice, bob, carrier, call = speaking()
    wrong = asks(alice, ("Target-Dialog", f"{call.call_id};local-tag=x;remote-tag=y"), GOAL)
    assert wrong.statuses[-1] == 481
    assert asks(alice, GOAL).statuses[-1] == 481, "names no call"
    carrier.script = lambda there: there.answer(180)
    ringing = alice.call("312")
    world.run(0.5)
    assert asks(alice, target(ringing), GOAL).statuses[-1] == 491
    ringing.cancel()
    world.run(0.5)
    outside = alice.call("1000002")
    world.run(1)
    bob.calls[-1].bye()
    world.run(1)
    assert asks(alice, target(outside), GOAL).statuses[-1] == 481, "it is over"
    home.policy.refused = Refused(402, "Not enough credit")
    asked = asks(alice, target(call), GOAL)
    assert asked.statuses[-1] == 202 and asked.requests[-1].body.startswith(b"SIP/2.0 402") and call.state == "answered"
    call.bye()
    over(world, home)


def test_nobody_else_sends_her_call_away() -> None:
    world, home, alice, bob, carrier, other = speaking()
    carrier.script = lambda there: (there.answer(180), there.answer(200, ANSWER))
    call = alice.call("312")
    world.run(1)
    assert asks(bob, target(call), GOAL).statuses[-1] == 403
    home.policy.trunks[carrier.address] = 1
    assert asks(carrier, target(call), GOAL).statuses[-1] == 403
    thief = Phone(world, "10.0.0.70", 5060, "1000009")
    assert asks(thief, target(call), GOAL).statuses == [407]
    assert call.state == "answered" and len(home.policy.admitted) == 2
    call.bye()
    other.bye()
    over(world, home)
