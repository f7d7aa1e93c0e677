"""Transfers at any moment over a network that loses, doubles and delays: nothing is raised, nothing is left, each call ends once."""

from __future__ import annotations

import os
import random

import pytest

from appliance.sip.facts import CallAnswered, CallEnded
from tests.sip.fakes import FakeMedia
from tests.sip.simulation import ANSWER, OFFER, Phone, PhoneCall, shop

SEEDS = 3000 if os.environ.get("TOLLHOUSE_HYPOTHESIS") == "fuzz" else 30
HELD = OFFER + b"a=sendonly\r\n"


def slow(chance: random.Random):
    """A callee that rings for a while, and takes the call or does not."""

    def script(call: PhoneCall) -> None:
        call.answer(180)
        call.phone.pending = (call, chance.choice([200, 200, 200, 486, 0]))  # type: ignore[attr-defined]

    return script


def decide(phone: Phone) -> None:
    call, status = getattr(phone, "pending", (None, 0))
    if call is not None and status and call.state == "calling" and not call.incoming.over:
        call.answer(status, ANSWER if status == 200 else b"")
    phone.pending = (None, 0)  # type: ignore[attr-defined]


def replaced(call: PhoneCall) -> str:
    tags = f"to-tag%3D{call.remote.partition('tag=')[2]}%3Bfrom-tag%3D{call.local.partition('tag=')[2]}"
    return f"<sip:442079460001@sip.example.test?Replaces={call.call_id}%3B{tags}>"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_at_any_moment(seed: int) -> None:
    chance = random.Random(seed)
    media = FakeMedia() if seed % 2 else None
    world, home, alice, bob, carrier = shop(seed, media=media, loss=0.06, double=0.06, spread=0.1)
    home.policy.media = "always" if media else "auto"
    for phone in (bob, carrier):
        phone.script = slow(chance)
    first = alice.call("1000002")
    world.run(1.0)
    decide(bob)
    world.run(2.0)
    second = None
    for _ in range(8):
        act = chance.randrange(7)
        if act == 0 and first.state == "answered":
            first.send("INVITE", HELD)
        elif act == 1 and first.state == "answered":
            first.send("REFER", b"", ("Refer-To", "<sip:442079460001@sip.example.test>"))
        elif act == 2 and second is None:
            second = alice.call("442079460001")
        elif act == 3 and second is not None and first.state == "answered":
            first.send("REFER", b"", ("Refer-To", replaced(second)))
        elif act == 4:
            decide(carrier)
        elif act == 5 and chance.random() < 0.3:
            someone = chance.choice([*alice.calls, *bob.calls, *carrier.calls])
            if someone.state == "answered":
                someone.bye()
        else:
            for call in (*bob.calls, *carrier.calls):
                if call.state == "answered":
                    call.send(chance.choice(["INVITE", "INFO"]), OFFER)
        world.run(chance.random() * 2)
    world.run(5.0)
    world.loss = 0.0
    for call in home.engine.live_calls():
        home.engine.hang_up(call, "normal", "operator", world.now)
    home.pump()
    world.run(4000.0)
    assert home.leaks() == {} and (media is None or media.opened == {})
    ended = [fact.call for fact in home.told(CallEnded)]
    assert sorted(ended) == sorted(set(range(1, home.policy.last_call + 1)))
    assert {fact.call for fact in home.told(CallAnswered)} <= set(ended)
