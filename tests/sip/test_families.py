"""Calls between IPv4 and IPv6: the relay stands between whatever policy says, and without one they are refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from appliance.sip.facts import Unbridged
from appliance.sip.policy import Caller, Flow, ListenerAddress, MediaSession, Route, Target
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import ANSWER, HOME, OFFER, Phone, shop

SIX = "2001:db8::20"
OFFER6 = OFFER.replace(b"IN IP4 10.0.0.50", b"IN IP6 2001:db8::50")
ANSWER6 = ANSWER.replace(b"IN IP4 10.0.0.60", b"IN IP6 2001:db8::20")
LISTENERS = [ListenerAddress("udp", *HOME, public_host="203.0.113.1"), ListenerAddress("udp", "2001:db8::1", 5060)]


def between(media, mode="auto", to=(SIX,)):
    """Alice of IPv4 calls places at `to`, which answer."""
    world, home, alice, _bob, carrier = shop(media=media)
    home.engine.update_listeners(LISTENERS, world.now)
    home.policy.media = mode
    phones = [Phone(world, host, 5090, "far") if host != "10.0.0.9" else carrier for host in to]
    for phone in phones:
        own = ANSWER6 if ":" in phone.address[0] else ANSWER
        phone.script = lambda there, own=own: there.answer(200, own)
    targets = tuple(Target(f"sip:312@{f'[{host}]' if ':' in host else host}:5090", Flow("udp", int(":" in host), host, 5090)) for host in to)
    home.policy.routes = [Route(targets, Caller("1000001"), realm_domain="sip.example.test", media=mode)]
    return world, home, alice, phones


@pytest.mark.parametrize("mode", ["auto", "never", "always"])
def test_the_relay_stands_between_whatever_policy_says(mode: str) -> None:
    media = FakeMedia()
    world, home, alice, (far,) = between(media, mode)
    call = alice.call("312")
    world.run(1)
    assert b"c=IN IP6 2001:db8::1" in far.calls[0].incoming.request.body
    assert call.state == "answered" and b"c=IN IP4 10.0.0.1" in call.responses[-1].body
    assert ("expect", 20000, 1, SIX, 6000, 6001, False) in media.told and media.families == [(False, True)]
    call.bye()
    world.run(200)
    assert home.ended.media is not None and home.leaks() == {}


@pytest.mark.parametrize("media", [None, FakeMedia(both=False)], ids=["no relay", "a relay of IPv4 alone"])
def test_without_a_relay_for_both_the_call_is_refused_with_its_reason(media: FakeMedia | None) -> None:
    world, home, alice, (far,) = between(media, "never")
    call = alice.call("312")
    world.run(1)
    assert not far.calls and call.responses[-1].status == 488 and (call.responses[-1].get("Warning") or "").startswith("301 ")
    assert [fact.call for fact in home.told(Unbridged)] == [1] and (home.ended.cause, home.ended.status) == ("refused", 488)
    world.run(200)
    assert home.leaks() == {}


def test_the_next_route_is_tried_and_an_emergency_call_is_not_refused() -> None:
    world, home, alice, (far,) = between(None)
    home.policy.routes.append(trunk_route(1, "312"))
    call = alice.call("312")
    world.run(1)
    assert call.state == "answered" and not far.calls
    call.bye()
    home.policy.routes = home.policy.routes[:1]
    help_ = alice.call("112")
    world.run(1)
    assert far.calls and help_.state == "answered"
    help_.bye()
    world.run(200)
    assert home.leaks() == {}


def test_the_echo_number_refuses_whom_it_could_not_hear() -> None:
    for media in (FakeMedia(), FakeMedia(both=False)):
        world, home, _alice, _phones = between(media)
        home.policy.service = "echo"
        far = Phone(world, SIX, 5060, "1000002")
        call = far.call("600", OFFER6)
        world.run(1)
        assert (call.state == "answered") is media.both and bool(home.told(Unbridged)) is not media.both
        if media.both:
            call.bye()
        world.run(200)
        assert home.leaks() == {}


def test_of_a_fork_only_those_ring_that_can_be_heard() -> None:
    world, home, alice, (far, carrier) = between(FakeMedia(both=False), to=(SIX, "10.0.0.9"))
    call = alice.call("312")
    world.run(1)
    assert not far.calls and carrier.calls and call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_phone_whose_sound_is_of_the_other_ip_than_its_signalling() -> None:
    """It is told the relay's address of its sound's family; by signalling alone both would have been left to themselves."""
    media = FakeMedia()
    world, home, alice, (carrier,) = between(media, to=("10.0.0.9",))
    call = alice.call("312", OFFER6)
    world.run(1)
    assert b"c=IN IP4 10.0.0.1" in carrier.calls[0].incoming.request.body and media.families == [(True, False)]
    assert b"c=IN IP6 2001:db8::1" in call.responses[-1].body
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_name_that_leads_to_ipv6() -> None:
    """Nothing was known of it when the offer was written."""
    for media in (FakeMedia(), FakeMedia(both=False)):
        world, home, alice, (far,) = between(media)
        route = home.policy.routes[0]
        home.policy.routes = [Route((Target("sip:312@far.example.test:5090", None, "far.example.test", 5090, "udp"),), route.caller, trunk=1)]
        call = alice.call("312")
        world.run(0.1)
        for question in list(home.questions):
            home.engine.located(question, [SIX] if question.kind == "AAAA" else [], world.now)
        home.questions.clear()
        home.pump()
        world.run(1)
        if media.both:
            assert call.state == "answered" and b"c=IN IP6 2001:db8::1" in far.calls[0].incoming.request.body
            call.bye()
        else:
            assert call.responses[-1].status == 488 and home.told(Unbridged)
        world.run(200)
        assert home.leaks() == {}


@dataclass
class PerFamily(FakeMedia):
    """A relay of which each line has a port of one family a side, and says where: as rtpengine has it."""

    missing: set[tuple[bool, bool]] = field(default_factory=set)

    def open(self, call: int, lines: int, families: tuple[bool, bool] = (False, False)) -> list[MediaSession] | None:
        if families in self.missing:
            return None
        made = super().open(call, lines, families) or []
        hosts = ["2001:db8::99" if v6 else "192.0.2.99" for v6 in families]
        return [session._replace(addresses=(hosts[0], hosts[1])) if hasattr(session, "_replace") else _at(session, hosts) for session in made]


def _at(session: MediaSession, hosts: list[str]) -> MediaSession:
    return MediaSession(session.session, session.ports, (hosts[0], hosts[1]))


@pytest.mark.parametrize("answers", [SIX, "10.0.0.9"], ids=["IPv6", "IPv4"])
def test_a_fork_to_both_has_a_line_of_each(answers: str) -> None:
    media = PerFamily(missing={(False, True)})
    world, home, alice, phones = between(media, "always", to=("10.0.0.9", SIX))
    for phone in phones:
        if phone.address[0] != answers:
            phone.script = lambda there: there.answer(180)
    call = alice.call("312")
    world.run(0.2)
    assert call.statuses == [100] or call.statuses == [], "the second line is still being opened"
    media.missing.clear()
    home.engine.media_ready(world.now)
    home.pump()
    world.run(1)
    told = {phone.address[0]: phone.calls[0].incoming.request.body for phone in phones}
    assert b"c=IN IP4 192.0.2.99" in told["10.0.0.9"] and b"m=audio 20002 " in told["10.0.0.9"]
    assert b"c=IN IP6 2001:db8::99" in told[SIX] and b"m=audio 20006 " in told[SIX]
    session = 20004 if answers == SIX else 20000
    assert call.state == "answered" and b"m=audio %d " % session in call.responses[-1].body and b"192.0.2.99" in call.responses[-1].body
    assert [each[1] for each in media.told if each[0] == "expect" and each[2] == 1] == [session]
    assert {each[1] for each in media.told if each[0] == "expect" and each[2] == 0} == {20000, 20004}
    call.bye()
    world.run(200)
    assert media.opened == {} and home.leaks() == {}
