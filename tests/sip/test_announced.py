"""A refusal that is spoken first, and when it is not."""

from __future__ import annotations

import pytest

from appliance.sip.facts import CallEnded
from appliance.sip.media_play import Player, as_payload, sound_file
from appliance.sip.media_session import Half
from appliance.sip.media_tone import alaw, linear_from_ulaw
from appliance.sip.policy import Announcement, Refused
from tests.sip.fakes import FakeMedia
from tests.sip.simulation import OFFER, shop


def refused(media: FakeMedia | None, offer: bytes = OFFER, g729: bool = False):
    world, home, alice, _, _ = shop(media=media)
    home.policy.refused = Refused(402, "Not enough credit", announcement=Announcement("/no_credit.ul", 4.0, g729))
    return world, home, alice.call("44", offer)


def rest(world, home, media: FakeMedia | None) -> None:
    world.run(200)
    assert home.leaks() == {} and (media is None or media.opened == {}) and not home.told(CallEnded)


@pytest.mark.parametrize(("offer", "payload"), [(OFFER, 0), (OFFER.replace(b"0 8 101", b"8 101"), 8), (OFFER.replace(b"0 8 101", b"18 8 101"), 8)])
def test_it_is_heard_before_the_refusal(offer: bytes, payload: int) -> None:
    media = FakeMedia()
    world, home, call = refused(media, offer)
    world.run(1)
    assert call.statuses == [183] and b"m=audio 20000" in call.responses[-1].body
    assert ("announce", 20000, 0, "/no_credit.ul", payload) in media.told
    world.run(4)
    assert call.statuses == [183, 402] and call.responses[-1].reason == "Not enough credit"
    assert call.responses[0].to.tag == call.responses[1].to.tag
    rest(world, home, media)


G729_ALONE = OFFER.replace(b"0 8 101", b"18 101")
G729_ELSEWHERE = OFFER.replace(b"0 8 101", b"97 101") + b"a=rtpmap:97 G729/8000\r\n"


@pytest.mark.parametrize(("offer", "payload"), [(OFFER.replace(b"0 8 101", b"18 8 101"), 8), (G729_ALONE, 18), (G729_ELSEWHERE, 97)])
def test_a_phone_of_g729_alone_hears_it_where_it_was_made(offer: bytes, payload: int) -> None:
    media = FakeMedia()
    world, home, call = refused(media, offer, g729=True)
    world.run(1)
    assert call.statuses == [183] and f"RTP/AVP {payload} 101".encode() in call.responses[-1].body
    assert ("announce", 20000, 0, "/no_credit.ul", payload) in media.told
    world.run(4)
    assert call.statuses == [183, 402]
    rest(world, home, media)


def test_whoever_has_heard_enough_hangs_up() -> None:
    media = FakeMedia()
    world, home, call = refused(media)
    world.run(1)
    call.cancel()
    world.run(1)
    assert call.statuses == [183, 487]
    rest(world, home, media)


@pytest.mark.parametrize(("media", "offer"), [(None, OFFER), (FakeMedia(ready=False), OFFER), (FakeMedia(), G729_ALONE), (FakeMedia(), b"")])
def test_where_it_cannot_be_heard_the_refusal_comes_at_once(media: FakeMedia | None, offer: bytes) -> None:
    world, home, call = refused(media, offer)
    world.run(0.5)
    assert call.statuses == [402]
    rest(world, home, media)


class Socket:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def recvfrom_into(self, buffer: bytearray) -> None: ...

    def sendto(self, packet: bytes, to: object) -> None:
        self.sent.append(packet)


def test_a_file_becomes_a_stream() -> None:
    half = Half(Socket(), 20000, True)  # type: ignore[arg-type]
    half.to = ("192.0.2.5", 4000)
    sound = bytes(range(256)) * 2
    player = Player(half, sound, 8, b"abcd", 10.0)
    assert player.play(10.0) and len(half.socket.sent) == 1  # type: ignore[attr-defined]
    assert player.play(10.05)
    assert not player.play(11.0)
    packets = half.socket.sent  # type: ignore[attr-defined]
    assert [packet[1] for packet in packets] == [0x88, 8, 8, 8]
    assert [int.from_bytes(packet[2:4]) for packet in packets] == [1, 2, 3, 4]
    assert [int.from_bytes(packet[4:8]) for packet in packets] == [0, 160, 320, 480]
    assert b"".join(packet[12:] for packet in packets) == as_payload(sound, 8) == bytes(alaw(linear_from_ulaw(code)) for code in sound)


def test_two_frames_of_g729_a_packet() -> None:
    half = Half(Socket(), 20000, True)  # type: ignore[arg-type]
    half.to = ("192.0.2.5", 4000)
    sound = bytes(range(50))
    player = Player(half, sound, 18, b"abcd", 10.0)
    assert player.play(10.03) and not player.play(11.0)
    packets = half.socket.sent  # type: ignore[attr-defined]
    assert [packet[1] for packet in packets] == [0x80 | 18, 18, 18]
    assert [int.from_bytes(packet[4:8]) for packet in packets] == [0, 160, 320]
    assert [packet[12:] for packet in packets] == [sound[:20], sound[20:40], sound[40:]]
    assert sound_file("/a.b/no_credit.ul", 18) == "/a.b/no_credit.g729" and sound_file("/no_credit.ul", 8) == "/no_credit.ul"
