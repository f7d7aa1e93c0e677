"""Phones that are where they may not be, and gateways that are known by where they are (sip.md, Guard and Calls, Who; product.md P5)."""

from __future__ import annotations

import pytest

from appliance.sip.facts import AuthenticationFailed, BindingsChanged
from tests.sip.fakes import trunk_route
from tests.sip.simulation import OFFER, Home, Phone, World, shop

ELSEWHERE = ("198.51.100.7", 5060)


def without_chance(text: str) -> str:
    """A challenge without its nonce."""
    before, _, rest = text.partition('nonce="')
    return before + rest.partition('"')[2]


def test_a_right_password_from_a_wrong_place_looks_like_a_wrong_one() -> None:
    world = World()
    home = Home(world)
    thief, guesser = Phone(world, *ELSEWHERE, "1000001"), Phone(world, "198.51.100.8", 5060, "1000009")
    home.policy.not_there.add((1000001, ELSEWHERE[0]))
    for phone in (thief, guesser):
        phone.register()
    world.run(2)
    assert home.told(BindingsChanged) == []
    told = [fact for fact in home.told(AuthenticationFailed) if isinstance(fact, AuthenticationFailed)]
    assert [fact.username for fact in told] == ["1000001", "1000009"]
    one, other = thief.responses[-1], guesser.responses[-1]
    assert (one.status, one.reason) == (other.status, other.reason) == (401, "Unauthorized")
    assert [name for name, _ in one.headers] == [name for name, _ in other.headers]
    assert without_chance(one.get("WWW-Authenticate") or "") == without_chance(other.get("WWW-Authenticate") or "")


def test_tries_from_a_wrong_place_silence_the_address_as_guesses_do() -> None:
    world = World()
    home = Home(world)
    thief = Phone(world, *ELSEWHERE, "1000001")
    home.policy.not_there.add((1000001, ELSEWHERE[0]))
    for _ in range(10):
        thief.register()
        world.run(60 if home.engine.guard.challenge_delay("1000001", world.now) else 1)
    (ban,) = home.engine.guard.bans(world.now)
    assert (ban.kind, ban.host, ban.reason) == ("address", ELSEWHERE[0], "place")


@pytest.mark.parametrize(("number", "goes"), [("442079460001", False), ("112", True)])
def test_calls_are_held_to_the_place_as_well_and_emergency_calls_are_not(number: str, goes: bool) -> None:
    world, home, alice, _, carrier = shop()
    home.policy.not_there.add((1000001, alice.address[0]))
    home.policy.routes = [trunk_route(1, number)]
    call = alice.call(number, OFFER)
    world.run(2)
    assert (call.state, len(carrier.calls)) == (("answered", 1) if goes else ("failed", 0))


def test_a_gateway_calls_without_a_password_and_under_its_own_name() -> None:
    world, home, _, _, carrier = shop()
    home.policy.routes = [trunk_route(1, "442079460001")]
    home.policy.gateways = {ELSEWHERE[0]: 1000002}
    gateway = Phone(world, *ELSEWHERE, "extension17")
    call = gateway.call("442079460001", OFFER, domain="10.0.0.1")
    call.local = f"<sip:extension17@{ELSEWHERE[0]}>;tag=own"
    world.run(2)
    assert (call.state, len(carrier.calls)) == ("answered", 1) and 407 not in [each.status for each in gateway.responses]
    assert home.policy.admitted[-1].endpoint == 1000002


def test_a_gateway_s_own_domain_in_from_is_no_fault() -> None:
    world, home, _, _, carrier = shop()
    home.policy.routes = [trunk_route(1, "442079460001")]
    for known in (False, True):
        home.policy.gateways = {ELSEWHERE[0]: 1000002} if known else {}
        gateway = Phone(world, *ELSEWHERE, "extension17", seed=int(known))
        call = gateway.call("442079460001", OFFER)
        assert call.invite is not None
        world.run(2)
        assert (call.state == "answered") is known
    assert len(carrier.calls) == 1


def test_an_address_that_is_a_gateway_is_held_to_a_trunk_s_rate() -> None:
    world = World()
    home = Home(world)
    home.engine.update_gateways(frozenset((ELSEWHERE[0],)))
    home.engine.update_trunks([], world.now)
    gateway = Phone(world, *ELSEWHERE, "x").home._replace(host=ELSEWHERE[0], port=ELSEWHERE[1])
    assert all(home.engine.guard.packet(gateway, world.now) for _ in range(500))
    assert not all(home.engine.guard.packet(gateway._replace(host="198.51.100.9"), world.now) for _ in range(500))


def test_guesses_from_many_addresses_do_not_lock_the_owner_out() -> None:
    world = World()
    home = Home(world)
    guessers = [Phone(world, f"198.51.100.{host}", 5060, "1000001") for host in range(1, 41)]
    for phone in guessers:
        home.policy.not_there.add((1000001, phone.address[0]))
        phone.register()
        world.run(0.1)
    assert home.engine.guard.challenge_delay("1000001", world.now) == 8.0 and home.engine.guard.bans(world.now) == []
    before = world.now
    owner = Phone(world, "10.0.0.50", 5060, "1000001")
    owner.register()
    while not home.told(BindingsChanged) and world.now < before + 1:
        world.run(0.01)
    assert world.now - before < 0.1, "he is asked and answered at once"
    late = guessers[-1].responses[-1]
    world.run(10)
    assert late.status == 401 and len(guessers[-1].responses) == 2
