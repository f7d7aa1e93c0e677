"""URIs: reading, writing, comparing."""

from __future__ import annotations

import pytest

from appliance.sip.grammar import RemoteProtocolError, encode_parameters, join_host_port, parse_number, parse_parameters, split_host_port
from appliance.sip.uri import MAX_URI_LENGTH, SipUri, escape_user

# Text: scheme, user, password, host, port, parameters, headers. Each is written again as it was.
READ = [
    ("sip:example.com", "sip", "", None, "example.com", None, {}, ""),
    ("sip:alice@example.com", "sip", "alice", None, "example.com", None, {}, ""),
    ("sip:alice:pw@example.com:5080", "sip", "alice", "pw", "example.com", 5080, {}, ""),
    ("sips:alice@example.com", "sips", "alice", None, "example.com", None, {}, ""),
    ("sip:a@192.0.2.1;transport=tcp;lr", "sip", "a", None, "192.0.2.1", None, {"transport": "tcp", "lr": None}, ""),
    ("sip:a@[2001:db8::1]:5060;lr?subject=x&to=y", "sip", "a", None, "2001:db8::1", 5060, {"lr": None}, "subject=x&to=y"),
    ("sip:user;par=u%40example.net@example.com", "sip", "user;par=u%40example.net", None, "example.com", None, {}, ""),
    (
        "sip:+1-555-123;phone-context=example.com@gw.example.com;user=phone",
        "sip",
        "+1-555-123;phone-context=example.com",
        None,
        "gw.example.com",
        None,
        {"user": "phone"},
        "",
    ),
    ("sip:a?b@example.com", "sip", "a?b", None, "example.com", None, {}, ""),
    ("tel:+1-201-555-0123;ext=7", "tel", "+1-201-555-0123", None, "", None, {"ext": "7"}, ""),
]


@pytest.mark.parametrize(("text", "scheme", "user", "password", "host", "port", "params", "headers"), READ)
def test_read(
    text: str, scheme: str, user: str, password: str | None, host: str, port: int | None, params: dict[str, str | None], headers: str
) -> None:
    uri = SipUri.parse(text)
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port, uri.params, uri.headers) == (scheme, user, password, host, port, params, headers)
    assert str(uri) == text
    assert uri.same(SipUri.parse(text))


UNREAD = [
    ("", 400),
    ("alice@example.com", 400),
    ("sip:", 400),
    ("sip:@example.com", 400),
    ("sip:a@", 400),
    ("sip:a@exa mple.com", 400),
    ("sip:a@example.com:port", 400),
    ("sip:a@example.com:70000", 400),
    ("sip:a@[2001:db8::1", 400),
    ("sip:a@[example]", 400),
    ("sip:a@[2001:db8::1]5060", 400),
    ("sip:2001:db8::10", 400),
    ("sip:a@<b>", 400),
    ("tel:", 400),
    ("tel:nobody", 400),
    ("1sip:a@b", 400),
    ("mailto:a@example.com", 416),
    ("http://example.com", 416),
    ("sip:" + "a" * MAX_URI_LENGTH + "@example.com", 414),
]


@pytest.mark.parametrize(("text", "status"), UNREAD)
def test_unread(text: str, status: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        SipUri.parse(text)
    assert caught.value.status == status


# RFC 3261 19.1.4, and what follows from it.
SAME = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
    ("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com", "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"),
    ("sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"),
]
DIFFERENT = [
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ("sip:a@b", "sips:a@b"),
    ("sip:a:x@b", "sip:a:y@b"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert SipUri.parse(one).same(SipUri.parse(other))
    assert SipUri.parse(other).same(SipUri.parse(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    assert not SipUri.parse(one).same(SipUri.parse(other))
    assert not SipUri.parse(other).same(SipUri.parse(one))


# Request-URI to what was dialled.
NUMBERS = [
    ("sip:+1-555-123@gw", "+1555123"),
    ("sip:(0)20.123@gw", "020123"),
    ("sip:00442012345678@gw;user=phone", "00442012345678"),
    ("sip:%2B15551234@gw", "+15551234"),
    ("sip:*98%23@gw", "*98#"),
    ("sip:+1555123;phone-context=x@gw", "+1555123"),
    ("sip:alice.b-c@gw", "alice.b-c"),
    ("sip:1a-2@gw", "1a-2"),
    ("tel:+1-201-555-0123", "+12015550123"),
    ("sip:gw", ""),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers(text: str, number: str) -> None:
    assert SipUri.parse(text).number == number


def test_defaults() -> None:
    assert SipUri.parse("sip:A.example").host_port == ("a.example", 5060)
    assert SipUri.parse("sips:a.example").host_port == ("a.example", 5061)
    assert SipUri.parse("sips:a.example").transport == "tls"
    assert SipUri.parse("sip:a.example;transport=TCP").transport == "tcp"
    assert SipUri.parse("sip:a.example").transport == ""


def test_replaced_is_another_uri() -> None:
    uri = SipUri.parse("sip:a@b:5070;lr")
    other = uri.replaced(host="2001:db8::1", port=None)
    other.params["x"] = "y"
    assert (str(uri), str(other)) == ("sip:a@b:5070;lr", "sip:a@[2001:db8::1];lr;x=y")


def test_escaping() -> None:
    assert escape_user("+15551234") == "+15551234"
    assert escape_user("*98#") == "*98%23"
    assert escape_user("josé b") == "jos%C3%A9%20b"


def test_hosts_and_ports() -> None:
    for text in ("example.com", "example.com:5060", "192.0.2.1:1", "[2001:db8::1]", "[2001:db8::1]:65535"):
        assert join_host_port(*split_host_port(text)) == text


def test_parameters() -> None:
    text = ';a=1;b;c="x;y"'
    assert parse_parameters(text) == {"a": "1", "b": None, "c": '"x;y"'}
    assert encode_parameters(parse_parameters(text)) == text
    assert parse_parameters(" A = 1 ;; a=2") == {"a": "1"}
    with pytest.raises(RemoteProtocolError):
        parse_parameters(";a" * 100)


def test_numbers_are_ascii() -> None:
    assert parse_number("42", 100, "x") == 42
    for text in ("", "-1", "٤٢", "101", "1" * 5000):
        with pytest.raises(RemoteProtocolError):
            parse_number(text, 100, "x")
