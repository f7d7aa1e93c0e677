"""A refusal that is spoken first, and when it is not."""

from __future__ import annotations

import pytest

from appliance.sip.facts import CallEnded
from appliance.sip.media_play import Player, as_payload
from appliance.sip.media_session import Half
from appliance.sip.media_tone import alaw, linear_from_ulaw
from appliance.sip.policy import Announcement, Refused
from tests.sip.fakes import FakeMedia
from tests.sip.simulation import OFFER, shop


def refused(media: FakeMedia | None, offer: bytes = OFFER):
    world, home, alice, _, _ = shop(media=media)
    home.policy.refused = Refused(402, "Not enough credit", announcement=Announcement("/no_credit.ul", 4.0))
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


def test_whoever_has_heard_enough_hangs_up() -> None:
    media = FakeMedia()
    world, home, call = refused(media)
    world.run(1)
    call.cancel()
    world.run(1)
    assert call.statuses == [183, 487]
    rest(world, home, media)


@pytest.mark.parametrize(
    ("media", "offer"), [(None, OFFER), (FakeMedia(ready=False), OFFER), (FakeMedia(), OFFER.replace(b"0 8 101", b"18 101")), (FakeMedia(), b"")]
)
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
