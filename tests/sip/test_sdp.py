"""Session descriptions: read, changed where asked, and otherwise left alone."""

from __future__ import annotations

import pytest

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.sdp import MAX_SDP, Codec, MediaSection, Sdp, codec_names

OFFER = b"""v=0
o=alice 2890844526 1 IN IP4 192.168.1.2
s=-
c=IN IP4 192.168.1.2
b=AS:84
t=0 0
a=x-odd:\xff\xfe
m=audio 49170 RTP/AVP 8 0 18 9 96 101
i=talk
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=rtcp:49171
a=sendrecv
m=image 49172 udptl t38
a=T38FaxVersion:0
""".replace(b"\n", b"\r\n")


def audio(text: str, session: str = "c=IN IP4 192.0.2.1\n") -> tuple[Sdp, MediaSection]:
    body = f"v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\n{session}t=0 0\n{text}\n".replace("\n", "\r\n")
    sdp = Sdp.parse(body.encode())
    return sdp, sdp.media[0]


def test_untouched_it_is_byte_for_byte_the_same() -> None:
    assert Sdp.parse(OFFER).encode() == OFFER


def test_lone_newlines_stay() -> None:
    body = OFFER.replace(b"\r\n", b"\n")
    assert Sdp.parse(body).encode() == body


def test_what_is_read() -> None:
    sdp = Sdp.parse(OFFER)
    talk, fax = sdp.media
    assert (talk.kind, talk.port, talk.protocol, talk.formats) == ("audio", 49170, "RTP/AVP", ["8", "0", "18", "9", "96", "101"])
    assert (fax.kind, fax.port, fax.protocol, fax.formats) == ("image", 49172, "udptl", ["t38"])
    assert talk.codecs() == [
        Codec("8", "pcma", 8000),
        Codec("0", "pcmu", 8000),
        Codec("18", "g729", 8000),
        Codec("9", "g722", 8000),
        Codec("96", "opus", 48000),
        Codec("101", "telephone-event", 8000),
    ]
    assert fax.codecs() == [Codec("t38", "t38", 0)]
    assert sdp.address_of(talk) == "192.168.1.2"
    assert (talk.rtcp_port, talk.rtcp_mux, fax.rtcp_port) == (49171, False, 49173)
    assert sdp.direction(talk) == sdp.direction(fax) == "sendrecv"
    assert sdp.origin == ["alice", "2890844526", "1", "IN", "IP4", "192.168.1.2"]
    assert not talk.encrypted


def test_moved_to_a_relay() -> None:
    sdp = Sdp.parse(OFFER)
    for section, port in zip(sdp.media, (20000, 20002), strict=True):
        sdp.set_address(section, "203.0.113.1")
        section.set_port(port)
        section.set_rtcp(port + 1)
    sdp.set_session_address("203.0.113.1")
    sdp.set_origin("-", 7, 1, "203.0.113.1")
    expected = OFFER.replace(b"192.168.1.2\r\nb", b"203.0.113.1\r\nb").replace(b"alice 2890844526 1 IN IP4 192.168.1.2", b"- 7 1 IN IP4 203.0.113.1")
    expected = expected.replace(b"audio 49170", b"audio 20000").replace(b"rtcp:49171", b"rtcp:20001").replace(b"image 49172", b"image 20002")
    expected = expected.replace(b"i=talk\r\n", b"i=talk\r\nc=IN IP4 203.0.113.1\r\n").replace(
        b"udptl t38\r\n", b"udptl t38\r\nc=IN IP4 203.0.113.1\r\n"
    )
    assert sdp.encode() == expected


def test_ipv6() -> None:
    sdp, section = audio("m=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::1")
    assert sdp.address_of(section) == "2001:db8::1"
    sdp.set_address(section, "2001:db8::2")
    sdp.set_session_address("192.0.2.9")
    assert section.lines[1] == "c=IN IP6 2001:db8::2"
    assert b"c=IN IP4 192.0.2.9\r\n" in sdp.encode()


def test_no_line_of_its_own_where_the_session_says_it() -> None:
    sdp, section = audio("m=audio 4000 RTP/AVP 0")
    sdp.set_address(section, "192.0.2.1")
    assert section.connection is None


# Lines of a section, the session's c= line, on hold or not.
HOLDS = [
    ("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.1\n", False),
    ("m=audio 4000 RTP/AVP 0\na=sendonly", "c=IN IP4 192.0.2.1\n", True),
    ("m=audio 4000 RTP/AVP 0\na=inactive", "c=IN IP4 192.0.2.1\n", True),
    ("m=audio 4000 RTP/AVP 0\na=recvonly", "c=IN IP4 192.0.2.1\n", False),
    ("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0\n", True),
    ("m=audio 4000 RTP/AVP 0\nc=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0\n", False),
    ("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.1\na=sendonly\n", True),
    ("m=audio 4000 RTP/AVP 0\na=sendrecv", "c=IN IP4 192.0.2.1\na=sendonly\n", False),
    ("m=audio 4000 RTP/AVP 0\na=sendonly\nm=video 0 RTP/AVP 31", "c=IN IP4 192.0.2.1\n", True),
    ("m=audio 4000 RTP/AVP 0\na=sendonly\nm=video 4002 RTP/AVP 31", "c=IN IP4 192.0.2.1\n", False),
    ("m=audio 0 RTP/AVP 0", "c=IN IP4 192.0.2.1\n", False),
]


@pytest.mark.parametrize(("text", "session", "held"), HOLDS)
def test_hold(text: str, session: str, held: bool) -> None:
    sdp, _ = audio(text, session)
    assert sdp.on_hold() is held


# Allowed codecs, formats that stay in order, or None: nothing is left.
FILTERS = [
    ((), "8 0 18 9 96 101"),
    (("pcmu",), "0 101"),
    (("g729", "g711"), "18 8 0 101"),
    (("G.729", "ulaw"), "18 0 101"),
    (("opus",), "96"),
    (("g722",), "9 101"),
    (("telephone-event", "pcma"), "8 101"),
    (("gsm",), None),
    (("telephone-event",), None),
]


@pytest.mark.parametrize(("allowed", "formats"), FILTERS)
def test_codec_filter(allowed: tuple[str, ...], formats: str | None) -> None:
    talk = Sdp.parse(OFFER).media[0]
    before = list(talk.lines)
    assert talk.keep_codecs(codec_names(allowed)) is (formats is not None)
    if formats is None:
        assert talk.lines == before
        return
    assert talk.formats == formats.split()
    assert ("a=fmtp:96 useinbandfec=1" in talk.lines) == ("96" in formats)
    assert "a=rtcp:49171" in talk.lines


def test_codec_filter_of_the_whole() -> None:
    sdp = Sdp.parse(OFFER)
    assert sdp.keep_codecs(("pcma",))
    assert [section.port for section in sdp.media] == [49170, 0]
    sdp = Sdp.parse(OFFER)
    assert sdp.keep_codecs(("t38",))
    assert [section.port for section in sdp.media] == [0, 49172]
    sdp = Sdp.parse(OFFER)
    assert not sdp.keep_codecs(("g723",))
    assert sdp.keep_codecs(())
    sdp, _ = audio("m=audio 0 RTP/AVP 0\nm=video 4000 RTP/AVP 31")
    assert sdp.keep_codecs(("pcmu",))


def test_rtcp_by_mux_and_by_convention() -> None:
    assert audio("m=audio 4000 RTP/AVP 0\na=rtcp-mux")[1].rtcp_port == 4000
    assert audio("m=audio 4000 RTP/AVP 0")[1].rtcp_port == 4001
    assert audio("m=audio 4000 RTP/AVP 0\na=rtcp:4010 IN IP4 192.0.2.7")[1].rtcp_port == 4010
    assert audio("m=audio 4000 RTP/AVP 0\na=rtcp:many")[1].rtcp_port == 4001
    assert audio("m=audio 0 RTP/AVP 0")[1].rtcp_port == 0
    section = audio("m=audio 4000 RTP/AVP 0")[1]
    section.set_rtcp(5001)
    assert len(section.lines) == 1


def test_ports_with_counts_and_bundles() -> None:
    section = audio("m=video 4000/2 RTP/AVP 31")[1]
    assert section.port == 4000
    section.set_port(5000)
    assert section.lines[0] == "m=video 5000 RTP/AVP 31"
    assert not audio("m=video 0 RTP/AVP 31\na=bundle-only")[1].rejected
    assert audio("m=video 0 RTP/AVP 31")[1].rejected


def test_encryption() -> None:
    assert audio("m=audio 4000 RTP/SAVP 0")[1].encrypted
    assert audio("m=audio 4000 UDP/TLS/RTP/SAVPF 0")[1].encrypted


def test_attributes() -> None:
    section = audio("m=audio 4000 RTP/AVP 0\na=ptime:20\na=ptime:30\na=ptimes:1")[1]
    assert section.attribute("ptime") == "20"
    section.set_attribute("ptime", "10")
    section.set_attribute("new")
    assert section.lines[1:] == ["a=ptime:10", "a=ptimes:1", "a=new"]
    assert (section.attribute("new"), section.attribute("absent")) == ("", None)
    section.remove_attributes("ptime", "new")
    assert section.lines[1:] == ["a=ptimes:1"]


def test_ice_goes() -> None:
    sdp, section = audio(
        "m=audio 4000 RTP/AVP 0\na=candidate:1 1 UDP 1 192.168.1.2 4000 typ host\na=ice-pwd:x\na=sendrecv", "a=ice-lite\nc=IN IP4 192.0.2.1\n"
    )
    sdp.drop_ice()
    assert section.lines[1:] == ["a=sendrecv"]
    assert sdp.session.attribute("ice-lite") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"hello",
        b"v=0\r\nm=audio\r\n",
        b"v=0\r\nm=audio x RTP/AVP 0\r\n",
        b"v=0\r\nm=audio 99999 RTP/AVP 0\r\n",
        b"v=0\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 33,
    ],
)
def test_faults_are_488(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        Sdp.parse(body)
    assert caught.value.status == 488


def test_too_large() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        Sdp.parse(b"v=0\r\n" + b"a" * MAX_SDP)
    assert caught.value.status == 513


def test_names_people_type() -> None:
    assert codec_names(("G711", " alaw", "g.729", "Opus", "T.38")) == ("pcma", "pcmu", "g729", "opus", "t38")


def test_missing_parts() -> None:
    sdp = Sdp.parse(b"v=0\r\nm=audio 4000 RTP/AVP 0\r\n")
    assert (sdp.origin, sdp.address_of(sdp.media[0])) == ([], "")
    sdp.set_address(sdp.media[0], "192.0.2.1")
    sdp.set_origin("-", 1, 1, "192.0.2.1")
    assert sdp.encode() == b"v=0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n"
