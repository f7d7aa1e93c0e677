"""What must hold for every text: the parser raises RemoteProtocolError alone, and what it read can be written again."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.sip.digest import parse_answer, parse_challenge, split_challenges
from appliance.sip.grammar import RemoteProtocolError, quote, split_outside, unquote
from appliance.sip.headers import CSeq, NameAddr, Via, delta_seconds
from appliance.sip.message import Message, Request, Response, StreamParser, parse
from appliance.sip.sdp import Sdp
from appliance.sip.uri import SipUri, escape_user
from tests.sip.test_message import INVITE

MORE = settings(max_examples=settings.default.max_examples * 4)  # these are quick
TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~", min_size=1, max_size=20)
VALUE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=40)
SIPPY = st.text('<>"\\;,=:@[]?%*. \tSIP/20UDPsiptelabc019é\x00', max_size=60)


def views(message: Message) -> None:
    """Ask for everything; faults of the peer are allowed, other faults are not."""
    for name in ("via", "from_", "to", "cseq", "call_id", "contacts", "expires", "max_forwards"):
        try:
            getattr(message, name)
        except RemoteProtocolError:
            continue
    for name in ("Via", "Route", "Supported"):
        try:
            message.all(name)
        except RemoteProtocolError:
            continue


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(INVITE)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data) - 1))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            data[place] = draw(st.integers(0, 255))
        elif kind == 1:
            del data[place : place + draw(st.integers(1, 20))]
        elif kind == 2:
            data[place:place] = draw(st.sampled_from([b"\r\n", b"\n", b" ", b'"', b"<", b">", b";", b",", b":", b"\\", b"\r\n\r\n"]))
        else:
            data[place:place] = bytes(data[place : place + 30])
        if not data:
            break
    return bytes(data)


@MORE
@given(st.one_of(st.binary(max_size=300), mutated()))
def test_any_bytes(data: bytes) -> None:
    try:
        message = parse(data)
    except RemoteProtocolError as error:
        assert 400 <= error.status < 600
        if isinstance(error.message, Request | Response):
            views(error.message)
        return
    views(message)
    again = parse(message.encode())
    assert again.headers == message.headers
    assert again.body == message.body


@MORE
@given(st.lists(st.one_of(st.binary(max_size=50), mutated()), max_size=5), st.integers(1, 50))
def test_streams_do_not_care_how_they_are_cut(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)

    def items(step: int) -> list[bytes] | None:
        parser, found = StreamParser(), []
        try:
            for start in range(0, len(data), step):
                found += parser.feed(data[start : start + step])
        except RemoteProtocolError:
            return None
        return found

    assert items(size) == items(1)


@given(
    st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() not in {"content-length", "l"}), VALUE), max_size=8),
    st.binary(max_size=50),
)
def test_what_is_written_is_read(headers: list[tuple[str, str]], body: bytes) -> None:
    request = parse(INVITE)
    for name, value in headers:
        request.add(f"X-{name}".title() if "-" not in name else "X-Y", value)
    request.body = body
    again = parse(request.encode())
    assert [value for _, value in again.headers] == [value for _, value in request.headers]
    assert again.body == body


@MORE
@given(SIPPY)
def test_every_reader_of_text_raises_one_thing(text: str) -> None:
    for reader in (Via.parse, NameAddr.parse, CSeq.parse, SipUri.parse, delta_seconds, parse_answer, parse_challenge):
        try:
            reader(text)
        except RemoteProtocolError:
            continue
    split_challenges([text])
    with suppress(RemoteProtocolError):
        _ = NameAddr.parse(f"<sip:a@b>;{text}").params
    with suppress(RemoteProtocolError):
        split_outside(text, ",")


@MORE
@given(st.text(max_size=40))
def test_quoting(text: str) -> None:
    kept = text.replace("\r", " ").replace("\n", " ")
    assert unquote(quote(text)) == kept
    assert NameAddr.parse(f"{quote(text)} <sip:a@b>").display == kept


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()))
def test_any_user_part(text: str) -> None:
    uri = SipUri.parse(f"sip:{escape_user(text)}@example.com")
    assert (uri.host, str(SipUri.parse(str(uri)))) == ("example.com", str(uri))


@MORE
@given(SIPPY)
def test_a_uri_that_was_read_is_written_the_same_way(text: str) -> None:
    try:
        uri = SipUri.parse("sip:" + text)
    except RemoteProtocolError:
        return
    again = SipUri.parse(str(uri))
    assert str(again) == str(uri)
    assert again.same(uri)


@MORE
@given(st.binary(max_size=200), st.text("vocmat=0123456789 \r\nIPRT/AVPaudio:rtpmapsendonly", max_size=200))
def test_descriptions(data: bytes, text: str) -> None:
    for body in (data, b"v=0\r\n" + text.encode(), b"v=0\r\nm=audio 4000 RTP/AVP 0 8\r\n" + text.encode()):
        try:
            sdp = Sdp.parse(body)
        except RemoteProtocolError:
            continue
        written = sdp.encode()
        assert written.rstrip(b"\r\n") == body.rstrip(b"\r\n")
        sdp.on_hold()
        sdp.drop_ice()
        for section in sdp.media:
            sdp.set_address(section, "192.0.2.1")
            section.codecs()
            assert section.rtcp_port >= 0
        sdp.keep_codecs(("pcma",))
        Sdp.parse(sdp.encode())
