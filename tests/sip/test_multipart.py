"""A description among other parts: it alone is changed, and what is malformed passes as it came."""

from __future__ import annotations

import pytest

from appliance.sip.multipart import description_in
from tests.sip.fakes import FakeMedia
from tests.sip.simulation import ANSWER, OFFER, shop

KIND = 'multipart/mixed;boundary="one-two"'
PICTURE = b"--one-two\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n\x00\xff\r\n"
BODY = b"preamble\r\n" + PICTURE + b"--one-two\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"\r\n--one-two--\r\n"


def test_the_description_is_found() -> None:
    found = description_in(BODY, KIND)
    assert found is not None and BODY[found[0] : found[1]] == OFFER


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (BODY, "multipart/mixed"),
        (BODY, "multipart/mixed;boundary=" + "x" * 80),
        (BODY[:-20], KIND),
        (PICTURE + b"--one-two--", KIND),
        (b"", KIND),
        (b"--one-two", KIND),
        (b"--one-two\r\n\r\n", KIND),
        (b"--one-two\r\n" * 50, KIND),
    ],
)
def test_what_has_none(body: bytes, kind: str) -> None:
    assert description_in(body, kind) is None


@pytest.mark.parametrize("relayed", [False, True])
def test_a_call_with_a_picture(relayed: bool) -> None:
    media = FakeMedia()
    world, home, alice, _, carrier = shop(media=media)
    home.policy.media = "always" if relayed else "never"
    call = alice.call("312", BODY, ("Content-Type", KIND))
    world.run(1)
    got = carrier.calls[0].incoming.request
    assert got.get("Content-Type") == KIND and PICTURE in got.body
    assert (got.body == BODY) is not relayed
    if relayed:
        assert b"c=IN IP4 10.0.0.1\r\n" in got.body and b"10.0.0.50" not in got.body
        assert call.responses[-1].body != ANSWER
        assert ("expect", 20000, 0, "10.0.0.50", 4000, 4001, False) in media.told
    call.bye()
    world.run(200)
    assert home.leaks() == {}
