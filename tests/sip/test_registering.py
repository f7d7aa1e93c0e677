"""Registrations that wait for each other: one commit for many, no answer before it, nobody forgotten."""

from __future__ import annotations

from appliance.sip.facts import BindingsChanged
from appliance.sip.registering import HELD_SECONDS
from tests.sip.fakes import FakePolicy
from tests.sip.simulation import Home, Phone, World


def shop() -> tuple[World, Home, list[Phone]]:
    """A server, and two phones that have been registered for a while."""
    world = World()
    home = Home(world)
    phones = [Phone(world, "10.0.0.50", 5060, "1000001"), Phone(world, "10.0.0.60", 5060, "1000002")]
    for phone in phones:
        phone.register()
        world.run(1.0)
    home.facts.clear()
    home.sent.clear()
    return world, home, phones


def answers(home: Home) -> int:
    return sum(data.startswith(b"SIP/2.0 200") for _, data in home.sent)


def test_one_that_comes_alone_does_not_wait() -> None:
    world, home, phones = shop()
    phones[0].register()
    world.run(0.02)
    assert (answers(home), len(home.told(BindingsChanged))) == (1, 1)


def test_the_next_ones_are_recorded_and_answered_together() -> None:
    world, home, phones = shop()
    phones[0].register()
    world.run(0.01)
    for phone in phones:
        phone.register()
    world.run(HELD_SECONDS - 0.02)
    assert (answers(home), len(home.told(BindingsChanged))) == (1, 1)
    world.run(0.02)
    assert (answers(home), len(home.told(BindingsChanged))) == (3, 3)
    world.run(100.0)
    assert home.leaks() == {}


def test_copies_of_what_waits_change_nothing() -> None:
    world, home, phones = shop()
    phones[0].register()
    world.run(0.01)
    world.double = 1.0
    phones[1].register()
    world.run(1.0)
    assert len(home.told(BindingsChanged)) == 2
    assert [response.status for response in phones[1].responses[-1:]] == [200]


def test_a_phone_that_leaves_while_it_waits_is_gone() -> None:
    """Two of one phone come one after the other: the later one counts."""
    world, home, phones = shop()
    phones[1].register()
    world.run(0.01)
    phones[0].register()
    world.run(0.015)
    phones[0].register(0)
    world.run(1.0)
    assert home.policy.held[1000001] == ()
    assert answers(home) == 3


def test_what_could_not_be_recorded_is_not_answered_as_if_it_were() -> None:
    world, home, phones = shop()
    phones[1].register()
    world.run(0.01)
    phones[0].register()
    world.run(0.02)
    home.fail = True
    world.run(0.1)
    assert answers(home) == 1
    assert [fact.endpoint for fact in home.told(BindingsChanged) if isinstance(fact, BindingsChanged)] == [1000002]
    assert [response.status for response in phones[0].responses[-1:]] == [500]


def test_a_challenge_keeps_nothing() -> None:
    """A REGISTER without credentials leaves no transaction and no timer, however many come (RFC 3261 8.2.7)."""
    world = World()
    home = Home(world, FakePolicy())
    for number in range(200):
        home.receive(
            (
                f"REGISTER sip:sip.example.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:1000001@sip.example.test>;tag=a\r\nTo: <sip:1000001@sip.example.test>\r\nCall-ID: {number}\r\nCSeq: 1 REGISTER\r\n"
                "Contact: <sip:1000001@10.0.0.9>\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            ("10.0.0.9", 5060),
            world.now,
        )
        world.now += 0.1
    assert sum(data.startswith(b"SIP/2.0 401") for _, data in home.sent) == 200
    assert home.leaks() == {}
