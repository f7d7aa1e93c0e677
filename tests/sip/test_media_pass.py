"""What passes through the relay as it is: SRTP keys (SDES), T.38, DTMF events; and what changes families on its way (IPv4, IPv6)."""

from __future__ import annotations

from appliance.sip.media_sdp import rewrite

SECURE = (
    b"v=0\r\no=a 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 8 101\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)
FAX = b"v=0\r\no=a 1 1 IN IP6 2001:db8::5\r\ns=-\r\nc=IN IP6 2001:db8::5\r\nt=0 0\r\n"
FAX += b"m=image 4002 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n"


def passed(body: bytes, host: str) -> tuple[bytes, list[tuple[str, int, int]]]:
    found: list[tuple[str, int, int]] = []
    return rewrite(body, host, [20000], lambda place, line: found.append(line)), found


def test_keys_and_events_are_untouched() -> None:
    body, found = passed(SECURE, "203.0.113.1")
    assert found == [("192.0.2.5", 4000, 4001)]
    assert body == SECURE.replace(b"192.0.2.5", b"203.0.113.1").replace(b"audio 4000", b"audio 20000")


def test_fax_passes_and_is_told_an_address_of_the_other_family() -> None:
    body, found = passed(FAX, "203.0.113.1")
    assert found == [("2001:db8::5", 4002, 4003)]
    assert b"m=image 20000 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n" in body
    assert b"c=IN IP4 203.0.113.1" in body and b"IP6" not in body
    back, _ = passed(SECURE, "2001:db8::1")
    assert b"c=IN IP6 2001:db8::1" in back and b"o=a 1 1 IN IP6 2001:db8::1" in back
