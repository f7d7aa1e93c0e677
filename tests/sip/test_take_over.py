"""A second phone of the same endpoint takes the call over (RFC 3891); nobody else may."""

from __future__ import annotations

import pytest

from appliance.sip.facts import CallEnded
from tests.sip.fakes import FakeMedia
from tests.sip.simulation import OFFER, Phone, shop

ELSEWHERE = OFFER.replace(b"10.0.0.50", b"10.0.0.51")


def speaking(media: FakeMedia | None = None, user: str = "1000001"):
    world, home, alice, _, carrier = shop(media=media)
    home.policy.media = "always" if media else "auto"
    call = alice.call("312")
    world.run(1)
    second = Phone(world, "10.0.0.51", 5060, user)
    value = f"{call.call_id};to-tag={call.remote.partition('tag=')[2]};from-tag={call.local.partition('tag=')[2]}"
    return world, home, call, carrier.calls[0], second, value


@pytest.mark.parametrize("relayed", [False, True])
def test_another_phone_of_hers_takes_it(relayed: bool) -> None:
    media = FakeMedia() if relayed else None
    world, home, call, there, second, value = speaking(media)
    taken = second.call("1000001", ELSEWHERE, ("Replaces", value), ("Require", "replaces"))
    world.run(1)
    assert taken.state == "answered" and call.state == "ended" and len(taken.responses[-1].body) > 50
    again = there.requests[-1]
    assert again.method == "INVITE" and (b"10.0.0.51" in again.body) is not relayed
    assert len(home.policy.admitted) == 1 and not home.told(CallEnded)
    there.send("INFO", b"signal", ("Content-Type", "text/plain"))
    world.run(0.5)
    assert taken.requests[-1].body == b"signal"
    taken.bye()
    world.run(200)
    assert there.state == "ended" and home.ended.call == 1 and home.leaks() == {}


@pytest.mark.parametrize(
    ("change", "status"),
    [(lambda value: value.replace(";to-tag=", ";to-tag=x"), 481), (lambda value: value + ";early-only", 486), (lambda value: "nonsense", 481)],
)
def test_what_names_no_call_of_hers(change, status: int) -> None:
    world, home, call, _, second, value = speaking()
    taken = second.call("1000001", ELSEWHERE, ("Replaces", change(value)))
    world.run(1)
    assert taken.statuses[-1] == status and call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_somebody_else_does_not() -> None:
    world, home, call, _, second, value = speaking(user="1000002")
    taken = second.call("1000001", ELSEWHERE, ("Replaces", value))
    world.run(1)
    assert taken.statuses[-1] == 603 and call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_far_side_that_will_not_change_keeps_the_call_as_it_was() -> None:
    world, home, call, there, second, value = speaking()
    there.phone.in_dialog = lambda tx: (488, b"")
    taken = second.call("1000001", ELSEWHERE, ("Replaces", value))
    world.run(1)
    assert taken.statuses[-1] == 488 and call.state == "answered" and home.engine.calls == 1
    call.bye()
    world.run(200)
    assert home.leaks() == {}
