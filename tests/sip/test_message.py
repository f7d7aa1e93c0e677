"""Messages: reading, changing, writing; framing of streams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip import headers as headers_module
from appliance.sip import message as message_module
from appliance.sip.grammar import MAX_LIST_VALUES, LocalProtocolError, RemoteProtocolError
from appliance.sip.headers import NameAddr, Via
from appliance.sip.message import MAX_HEADERS, MAX_LINE, MAX_MESSAGE, Request, Response, StreamParser, parse, response_to
from appliance.sip.names import reason_of

INVITE = b"""INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKabc;rport
Max-Forwards: 70
From: "Alice \\"A\\"" <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: c1@192.0.2.1
CSeq: 7 INVITE
Contact: <sip:alice@192.0.2.1:5062>
X-Odd: one
Content-Type: application/sdp
Content-Length: 5

v=0
""".replace(b"\n", b"\r\n")


def test_read_and_written_again_it_is_the_same() -> None:
    assert parse(INVITE).encode() == INVITE


def test_views() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:bob@example.com", b"v=0\r\n")
    assert (message.via.host, message.via.port, message.via.branch) == ("192.0.2.1", 5062, "z9hG4bKabc")
    assert message.via.wants_rport
    assert message.via.rport is None
    assert (message.from_.display, message.from_.uri, message.from_.tag) == ('Alice "A"', "sip:alice@example.com", "1")
    assert (message.cseq.number, message.cseq.method) == (7, "INVITE")
    assert [contact.uri for contact in message.contacts] == ["sip:alice@192.0.2.1:5062"]
    assert (message.max_forwards, message.expires, message.call_id) == (70, None, "c1@192.0.2.1")
    assert message.get("X-Odd") == "one"
    assert repr(message) == "<Request INVITE sip:bob@example.com>"


# Head lines in place of the usual ones, the header to look at, and its value.
SPELLINGS = [
    ("i: c9", "Call-ID", "c9"),
    ("I:c9", "Call-ID", "c9"),
    ("CALL-ID :  c9 ", "Call-ID", "c9"),
    ("call-id\t:\tc9", "Call-ID", "c9"),
]


@pytest.mark.parametrize(("line", "name", "value"), SPELLINGS)
def test_spellings_of_names(line: str, name: str, value: str) -> None:
    assert parse(INVITE.replace(b"Call-ID: c1@192.0.2.1", line.encode())).get(name) == value


def test_folded_lines_become_one() -> None:
    message = parse(INVITE.replace(b"X-Odd: one", b"X-Odd: one\r\n two\r\n\tthree"))
    assert message.get("X-Odd") == "one two three"


# What replaces what in the sound INVITE, and the status it is to be refused with.
FAULTS = [
    (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia", 505),
    (b"SIP/2.0\r\nVia", b"HTTP/1.1\r\nVia", 400),
    (b"INVITE sip:bob", b"IN VITE sip:bob", 400),
    (b"INVITE sip:bob", b"INV(TE sip:bob", 400),
    (b"INVITE sip:bob@example.com ", b"INVITE ", 400),
    (b"INVITE sip:bob@example.com ", b"INVITE bob ", 400),
    (b"X-Odd: one", b"X-Odd one", 400),
    (b"X-Odd: one", b": one", 400),
    (b"X-Odd: one", b"X Odd: one", 400),
    (b"X-Odd: one", b"X-Odd: o\nne", 400),
    (b"X-Odd: one", b"X-Odd: o\rne", 400),
    (b"Content-Length: 5", b"Content-Length: 6", 400),
    (b"Content-Length: 5", b"Content-Length: +5", 400),
    (b"Content-Length: 5", "Content-Length: ٥".encode(), 400),
    (b"Content-Length: 5", b"Content-Length: 99999999999999999999999", 400),
    (b"Content-Length: 5", b"Content-Length: 5\r\nl: 4", 400),
    (b"CSeq: 7 INVITE", b"CSeq: 7 BYE", 400),
    (b"CSeq: 7 INVITE", b"CSeq: 7", 400),
    (b"CSeq: 7 INVITE", b"CSeq: seven INVITE", 400),
    (b"CSeq: 7 INVITE", b"CSeq: 2147483648 INVITE", 400),
    (b"CSeq: 7 INVITE", b"CSeq: 7 INVITE\r\nCSeq: 7 INVITE", 400),
    (b"CSeq: 7 INVITE\r\n", b"", 400),
    (b"Call-ID: c1@192.0.2.1\r\n", b"", 400),
    (b"Call-ID: c1@192.0.2.1", b"Call-ID:", 400),
    (b"Max-Forwards: 70", b"Max-Forwards: 256", 400),
    (b"Max-Forwards: 70", b"Max-Forwards: many", 400),
    (b"To: <sip:bob@example.com>", b"To: <sip:bob@example.com", 400),
    (b"To: <sip:bob@example.com>", b"To: bob", 400),
    (b"To: <sip:bob@example.com>", b'To: "bob <sip:bob@example.com>', 400),
    (b"To: <sip:bob@example.com>", b'To: "bob" sip:bob@example.com', 400),
    (b"To: <sip:bob@example.com>", b"To: <sip:bob@example.com> tag=1", 400),
    (b"Via: SIP/2.0/UDP 192.0.2.1:5062", b"Via: SIP/2.0/UDP 192.0.2.1:port", 400),
    (b"Via: SIP/2.0/UDP 192.0.2.1:5062", b"Via: SIP/2.0/UDP 192.0.2.1:65536", 400),
    (b"Via: SIP/2.0/UDP 192.0.2.1:5062", b"Via: SIP/2.0/UDP [2001:db8::1:5062", 400),
    (b"Via: SIP/2.0/UDP 192.0.2.1:5062", b"Via: SIP/1.0/UDP 192.0.2.1:5062", 505),
    (b"Via: SIP/2.0/UDP 192.0.2.1:5062", b"Via: 192.0.2.1:5062", 400),
    (b"Via: SIP/2.0/UDP 192.0.2.1:5062", b"Via: SIP/2.0/UDP ", 400),
    (b"\r\n\r\nv=0\r\n", b"\r\nv=0\r\n", 400),
]


@pytest.mark.parametrize(("old", "new", "status"), FAULTS)
def test_faults(old: bytes, new: bytes, status: int) -> None:
    assert old in INVITE
    with pytest.raises(RemoteProtocolError) as caught:
        parse(INVITE.replace(old, new, 1))
    assert caught.value.status == status


@pytest.mark.parametrize("line", [b"SIP/2.0 99 Low", b"SIP/2.0 700 High", b"SIP/2.0 2000 Long", b"SIP/2.0 abc Word", b"SIP/2.0 "])
def test_status_codes_that_are_none(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse(INVITE.replace(b"INVITE sip:bob@example.com SIP/2.0", line))


def test_limits() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(b"x" * (MAX_MESSAGE + 1))
    assert caught.value.status == 513
    with pytest.raises(RemoteProtocolError, match="headers"):
        parse(INVITE.replace(b"X-Odd: one", b"\r\n".join([b"X-Odd: one"] * MAX_HEADERS)))
    with pytest.raises(RemoteProtocolError, match="long"):
        parse(INVITE.replace(b"X-Odd: one", b"X-Odd: " + b"x" * MAX_LINE))


_HEADER = st.tuples(
    st.sampled_from(["Via", "v", "Call-ID", "Max-Forwards", "X-Odd", "x-odd ", " folded", "Content-Length", "l", "To", "Route", ""]),
    st.sampled_from([":", ": ", " : ", "", ":\t"]),
    st.sampled_from(["70", "5", "<sip:a@b>;tag=1", 'a, "b, c"', "", " x ", "SIP/2.0/UDP h;branch=z9hG4bKa", "1 INVITE"]),
)


@given(st.lists(_HEADER, max_size=6), st.sampled_from(["0", "3", "99999", "٣", "x"]))
def test_the_quick_way_to_read_headers_says_what_the_slow_one_says(headers: list[tuple[str, str, str]], length: str) -> None:
    lines = [*INVITE.decode().split("\r\n")[:-6], *["".join(header) for header in headers], f"Content-Length: {length}"]
    data = "\r\n".join([*lines, "", "abc"]).encode()

    def read() -> tuple[bytes, list[tuple[str, str]]] | tuple[str, int]:
        try:
            message = parse(data)
        except RemoteProtocolError as error:
            return error.reason, error.status
        return message.body, message.headers

    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_module, "USUAL", frozenset())
        assert read() == quick


_PIECES = [
    ";",
    "=",
    "branch",
    "Branch",
    "rport",
    "received",
    "tag",
    "lr",
    "z9hG4bK1",
    "5060",
    "[::1]",
    " ",
    ",",
    '"',
    "\\",
    "<",
    ">",
    ":",
    "*",
    "sip:a@b",
    "Al",
]


@given(
    st.lists(st.sampled_from(_PIECES), max_size=12),
    st.sampled_from(["SIP/2.0/UDP h:5062;", "SIP/2.0/UDP h;rport;branch=z9hG4bK2;", "SIP / 2.0/UDP h"]),
)
def test_the_quick_way_to_read_a_via_says_what_the_slow_one_says(pieces: list[str], sender: str) -> None:
    text = sender + "".join(pieces)

    def read() -> object:
        try:
            via = Via.parse(text)
        except RemoteProtocolError as error:
            return error.reason, error.status
        return via.branch, via.host, via.port, via.encode()

    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headers_module, "_BRANCH", lambda tail: None)
        assert read() == quick


@given(st.lists(st.sampled_from(_PIECES), max_size=12), st.sampled_from(["", "<sip:a@b>;tag=", '"A" <sip:a@b>', '"A, B"<sip:a@b;lr>;']))
def test_the_quick_way_to_read_an_address_says_what_the_slow_one_says(pieces: list[str], before: str) -> None:
    text = before + "".join(pieces)

    def read() -> object:
        try:
            address = NameAddr._parse(text)
            return address.uri, address.display, address.tag, address.params, address.encode()
        except RemoteProtocolError as error:
            return error.reason

    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headers_module, "_USUAL_ADDRESS", lambda text: None)
        assert read() == quick


def test_line_ends_before_the_start_line_are_passed_over() -> None:
    assert parse(b"\r\n\r\n" + INVITE).cseq.number == 7


def test_bytes_after_the_body_are_cut_off() -> None:
    assert parse(INVITE + b"more").body == b"v=0\r\n"


def test_without_content_length_a_datagram_is_its_body() -> None:
    assert parse(INVITE.replace(b"Content-Length: 5\r\n", b"")).body == b"v=0\r\n"


def test_latin1_is_read_as_such_and_leaves_as_utf8() -> None:
    message = parse(INVITE.replace(b"Alice", b"Al\xefce"))
    assert message.from_.display == 'Alïce "A"'
    assert "Alïce".encode() in message.encode()


def test_no_line_end_gets_out_inside_a_value() -> None:
    for name, value in (("X-Odd", "one\r\nVia: evil"), ("X-Odd", "one\nVia: evil"), ("X-Odd", "one\rVia: evil")):
        message = parse(INVITE)
        message.set(name, value)
        with pytest.raises(LocalProtocolError):
            message.encode()


def test_changing_headers() -> None:
    message = parse(INVITE)
    message.add("Route", "<sip:a;lr>, <sip:b;lr>")
    message.add("Route", "<sip:c;lr>")
    assert message.all("Route") == ["<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"]
    message.set("Route", "<sip:d;lr>")
    assert message.all("Route") == ["<sip:d;lr>"]
    message.remove("Route")
    message.remove("Route")
    assert message.all("Route") == []
    assert message.get("Route") is None
    message.set("Route", "<sip:e;lr>")
    assert message.headers[-1] == ("Route", "<sip:e;lr>")
    message.set("CSeq", "8 INVITE")
    assert message.cseq.number == 8
    message.insert_first("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKnew")
    assert message.via.host == "192.0.2.9"
    message.remove("Via")
    with pytest.raises(RemoteProtocolError):
        _ = message.via


def test_the_top_via_alone_is_changed() -> None:
    message = parse(INVITE.replace(b";rport\r\n", b", SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx\r\n"))
    via = message.via
    via.params["received"] = "198.51.100.1"
    message.set_top_via(via)
    assert message.all("Via") == [
        "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKabc;received=198.51.100.1",
        "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx",
    ]


def test_commas_in_quotes_and_brackets_divide_nothing() -> None:
    message = parse(INVITE)
    message.set("Contact", '"a, b" <sip:a,b@example.com>;q=0.5, <sip:c@example.com>')
    assert [contact.uri for contact in message.contacts] == ["sip:a,b@example.com", "sip:c@example.com"]
    assert message.contacts[0].param("q") == "0.5"


def test_views_of_a_message_that_was_made() -> None:
    response = Response(200, None, list(parse(INVITE).headers))
    assert response.from_.tag == "1"
    assert response.cseq.encode() == "7 INVITE"
    copy = response.copy()
    copy.add("X-More", "1")
    assert (response.get("X-More"), copy.get("X-More"), copy.status) == (None, "1", 200)


def test_a_header_appended_past_the_methods_is_seen() -> None:
    message = parse(INVITE)
    message.headers.append(("Server", "x"))
    assert message.get("Server") == "x"


def test_too_many_values() -> None:
    message = parse(INVITE)
    message.set("Route", ",".join(["<sip:a;lr>"] * (MAX_LIST_VALUES + 1)))
    with pytest.raises(RemoteProtocolError):
        message.all("Route")


def test_the_version_is_read_without_case() -> None:
    assert parse(INVITE.replace(b"sip:bob@example.com SIP/2.0", b"sip:bob@example.com sip/2.0")).cseq.number == 7


def test_a_copy_is_independent() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    copy = message.copy()
    copy.set("X-Odd", "two")
    assert message.get("X-Odd") == "one"


def test_options() -> None:
    message = parse(INVITE)
    message.add("Supported", "100rel, Timer")
    message.add("Allow", "INVITE,ACK")
    assert message.options("Supported") == {"100rel", "timer"}
    assert message.options("Allow") == {"INVITE", "ACK"}
    assert message.options("Require") == frozenset()


def test_response_to_copies_what_8_2_6_says() -> None:
    request = parse(INVITE.replace(b"X-Odd: one", b"Record-Route: <sip:p;lr>\r\nTimestamp: 54"))
    assert isinstance(request, Request)
    trying = response_to(request, 100, to_tag="t")
    assert [name for name, _ in trying.headers] == ["Via", "From", "To", "Call-ID", "CSeq", "Timestamp"]
    assert trying.to.tag == ""
    answer = response_to(request, 200, to_tag="t")
    assert (answer.reason, answer.to.tag, answer.get("Record-Route")) == ("OK", "t", "<sip:p;lr>")
    refusal = response_to(request, 486, "Not now", "t")
    assert (refusal.reason, refusal.get("Record-Route")) == ("Not now", None)
    request.set("To", "<sip:bob@example.com>;tag=there")
    assert response_to(request, 200, to_tag="t").to.tag == "there"


def test_response_to_a_faulty_request() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(INVITE.replace(b"To: <sip:bob@example.com>", b"To: <sip:bob@example.com;TAG=x"))
    request = caught.value.message
    assert isinstance(request, Request)
    assert b"SIP/2.0 400 Bad Request" in response_to(request, 400, to_tag="t").encode()


def test_reasons() -> None:
    assert (Response(404).reason, Response(404, "").reason) == ("Not Found", "")
    assert (reason_of(499), reason_of(699), reason_of(299)) == ("Bad Request", "Decline", "OK")
    assert repr(Response(180)) == "<Response 180 Ringing>"


def test_views_write_themselves() -> None:
    via = "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1;rport"
    assert Via.parse(via).encode() == via
    assert NameAddr("sip:a@b", 'A "b" \\', {"tag": "1", "lr": None}).encode() == '"A \\"b\\" \\\\" <sip:a@b>;tag=1;lr'
    assert NameAddr.parse('"A \\"b\\" \\\\" <sip:a@b>').display == 'A "b" \\'
    assert NameAddr.parse("*").encode() == "*"
    assert NameAddr.parse("sip:a@b;tag=7").encode() == "<sip:a@b>;tag=7"


STREAM = b"\r\n\r\n" + INVITE + b"\r\n" + INVITE + b"\r\n\r\n\r\n\r\n" + INVITE


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 10_000])
def test_streams_in_pieces(size: int) -> None:
    parser = StreamParser()
    items: list[bytes] = []
    for start in range(0, len(STREAM), size):
        items += parser.feed(STREAM[start : start + size])
    assert items == [b"", INVITE, INVITE, b"", b"", INVITE]
    assert len(parser) == 0


def test_a_lone_line_end_waits_for_what_follows() -> None:
    parser = StreamParser()
    assert parser.feed(b"\r\n") == []
    assert parser.feed(INVITE) == [INVITE]


@pytest.mark.parametrize("head", [b"A: b\r\nContent-Length: x\r\n\r\n", b"l: 1\r\nContent-Length: 2\r\n\r\n", b"l: 65535\r\n\r\n"])
def test_streams_without_framing(head: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        StreamParser().feed(b"INVITE sip:a@b SIP/2.0\r\n" + head)


def test_a_stream_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_module, "MAX_MESSAGE", 1000)
    parser = StreamParser()
    with pytest.raises(RemoteProtocolError):
        for _ in range(11):
            parser.feed(b"x" * 100)


def test_a_stream_without_content_length_has_no_bodies() -> None:
    head = INVITE.replace(b"Content-Length: 5\r\n", b"").partition(b"v=0")[0]
    assert StreamParser().feed(head + head) == [head, head]
