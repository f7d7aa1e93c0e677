"""Session descriptions on their way through us: when the relay takes part, what each side is told, codecs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from appliance.sip.media_sdp import choose_codecs, rewrite
from appliance.sip.policy import Flow, Target
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import ANSWER, OFFER, Phone, shop


def lines(body: bytes) -> list[str]:
    return body.decode().split("\r\n")


def relayed(mode: str = "always"):
    media = FakeMedia()
    world, home, alice, _bob, carrier = shop(media=media)
    home.policy.media = mode
    return world, home, alice, carrier, media


def test_always_relayed() -> None:
    world, home, alice, carrier, media = relayed()
    call = alice.call("312")
    world.run(1)
    offer = lines(carrier.calls[0].incoming.request.body)
    assert "c=IN IP4 10.0.0.1" in offer
    assert "o=a 1 1 IN IP4 10.0.0.1" in offer
    assert "m=audio 20002 RTP/AVP 0 8 101" in offer
    answer = lines(call.responses[-1].body)
    assert "m=audio 20000 RTP/AVP 8" in answer
    assert ("expect", 20000, 0, "10.0.0.50", 4000, 4001, False) in media.told
    assert ("expect", 20000, 1, "10.0.0.60", 6000, 6001, False) in media.told
    assert ("answered", 1) in media.told
    call.send("INVITE", OFFER.replace(b"4000", b"4010"))
    world.run(1)
    assert b"20002" in carrier.calls[0].requests[-1].body
    assert ("expect", 20000, 0, "10.0.0.50", 4010, 4011, False) in media.told
    home.policy.tones.append(1)
    home.policy.cuts.append((world.now, type("C", (), {"call": 99, "cause": "x"})()))
    world.run(1)
    assert ("tone", 20000, 0, "low_credit") in media.told
    call.bye()
    world.run(1)
    assert media.opened == {}
    assert home.ended.media is not None
    assert home.ended.media.relayed
    world.run(200)
    assert home.leaks() == {}


def test_auto_on_the_same_network_is_direct() -> None:
    world, home, alice, carrier, media = relayed("auto")
    call = alice.call("312")
    world.run(1)
    assert carrier.calls[0].incoming.request.body == OFFER
    assert call.responses[-1].body == ANSWER
    assert media.opened == {}
    call.bye()
    world.run(1)
    assert home.ended.media is None


def test_auto_to_the_outside_is_relayed_with_the_public_address() -> None:
    world, home, alice, _, media = relayed("auto")
    outside = Phone(world, "198.51.100.20", 5090, "far")
    route = trunk_route(1, "312")
    home.policy.routes = [replace(route, targets=(Target("sip:312@198.51.100.20:5090", Flow("udp", 0, "198.51.100.20", 5090)),))]
    call = alice.call("312")
    world.run(1)
    assert b"c=IN IP4 203.0.113.1" in outside.calls[0].incoming.request.body
    assert b"c=IN IP4 10.0.0.1" in call.responses[-1].body
    # The far side announced a private address from a public one: the relay is to believe packets.
    assert media.told[1] == ("expect", 20000, 1, "10.0.0.60", 6000, 6001, True)
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_never_wins_over_auto_and_always_over_never() -> None:
    world, home, alice, _carrier, media = relayed("never")
    route = trunk_route(1, "312", media="always")
    home.policy.routes = [route]
    alice.call("312")
    world.run(1)
    assert media.opened
    home.policy.routes = [trunk_route(1, "312")]
    alice.call("312")
    world.run(1)
    assert len(media.opened) == 1


def test_a_relay_that_is_starting_is_waited_for() -> None:
    world, home, alice, carrier, media = relayed()
    media.ready = False
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [100]
    assert not carrier.calls
    media.ready = True
    home.engine.media_ready(world.now)
    home.pump()
    world.run(1)
    assert call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_relay_that_does_not_start() -> None:
    world, home, alice, _carrier, media = relayed()
    media.ready = False
    call = alice.call("312")
    world.run(2.5)
    assert call.statuses == [100]
    world.run(1)
    assert call.statuses == [100, 503]
    assert home.ended.ended_by == "server"
    world.run(200)
    assert home.leaks() == {}


def test_giving_up_while_the_relay_starts() -> None:
    world, home, alice, carrier, media = relayed()
    media.ready = False
    call = alice.call("312")
    world.run(1)
    call.cancel()
    world.run(1)
    assert call.statuses == [100, 487]
    media.ready = True
    home.engine.media_ready(world.now)
    world.run(200)
    assert home.leaks() == {}
    assert not carrier.calls


def test_further_media_lines_in_a_later_offer() -> None:
    world, _home, alice, carrier, _media = relayed()
    call = alice.call("312")
    world.run(1)
    video = OFFER + b"m=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
    carrier.in_dialog = lambda tx: (200, ANSWER + b"m=video 6002 RTP/AVP 96\r\n")
    call.send("INVITE", video)
    world.run(1)
    assert b"m=video 20006 RTP/AVP 96" in carrier.calls[0].requests[-1].body
    assert b"m=video 20004 RTP/AVP 96" in call.responses[-1].body


def test_silence_ends_a_call_but_not_one_on_hold() -> None:
    world, home, alice, _, _ = relayed()
    call = alice.call("312")
    world.run(1)
    call.send("INVITE", OFFER + b"a=sendonly\r\n")
    world.run(1)
    home.engine.hang_up(1, "silence", "server", world.now)
    assert home.engine.calls == 1
    call.send("INVITE", OFFER)
    world.run(1)
    home.engine.hang_up(1, "silence", "server", world.now)
    home.pump()
    world.run(1)
    assert call.state == "ended"
    assert home.ended.cause == "silence"


def test_codecs_are_filtered_and_ordered() -> None:
    world, home, alice, carrier, _ = relayed("never")
    home.policy.routes = [trunk_route(1, "312", codecs=("PCMA", "pcmu"))]
    alice.call("312")
    world.run(1)
    assert "m=audio 4000 RTP/AVP 8 0 101" in lines(carrier.calls[0].incoming.request.body)


def test_no_codec_left() -> None:
    world, home, alice, carrier, _ = relayed("never")
    home.policy.routes = [trunk_route(1, "312", codecs=("G729",))]
    call = alice.call("312")
    world.run(1)
    assert call.statuses == [488]
    assert not carrier.calls
    world.run(200)
    assert home.leaks() == {}


def test_codecs_by_name() -> None:
    offer = b"v=0\r\nm=audio 1 RTP/AVP 0 18 96 101\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 x\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    assert choose_codecs(offer, ("g729",)) == (b"v=0\r\nm=audio 1 RTP/AVP 18 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n")
    chosen = choose_codecs(offer, ("g711u", "opus"), ("opus", "pcmu"))
    assert chosen is not None
    assert b"m=audio 1 RTP/AVP 96 0 101" in chosen
    assert choose_codecs(offer, ("g722",)) is None
    assert choose_codecs(b"no description", ("g722",)) is None


@pytest.mark.parametrize(
    ("body", "found", "out"),
    [
        (b"v=0\nc=IN IP4 1.2.3.4\nm=audio 10 RTP/AVP 0\na=rtcp:99\n", ("1.2.3.4", 10, 99), b"m=audio 50 RTP/AVP 0"),
        (b"v=0\r\nm=audio 10 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=rtcp-mux\r\n", ("2001:db8::1", 10, 10), b"c=IN IP4 9.9.9.9"),
        (b"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 10 RTP/AVP 0\r\n", ("0.0.0.0", 10, 11), b"c=IN IP4 0.0.0.0"),
        (b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 0 RTP/AVP 0\r\n", ("1.2.3.4", 0, 0), b"m=audio 0 RTP/AVP 0"),
    ],
)
def test_rewriting(body: bytes, found: tuple[str, int, int], out: bytes) -> None:
    told: list[tuple[int, tuple[str, int, int]]] = []
    made = rewrite(body, "9.9.9.9", [50], lambda place, said: told.append((place, said)))
    assert told == [(0, found)]
    assert out in made
    assert b"a=rtcp:" not in made


def test_ice_is_taken_out() -> None:
    body = b"v=0\r\na=ice-ufrag:x\r\nm=audio 10 RTP/AVP 0\r\nc=IN IP4 1.2.3.4\r\na=candidate:1 1 udp 1 1.2.3.4 10 typ host\r\na=ptime:20\r\n"
    made = rewrite(body, "9.9.9.9", [50], lambda place, said: None)
    assert b"ice" not in made
    assert b"candidate" not in made
    assert b"a=ptime:20" in made
