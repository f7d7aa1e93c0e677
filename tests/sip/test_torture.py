"""The torture messages of RFC 4475 and RFC 5118 that concern reading, each in datagrams/<name>.dat."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import Request, Response, StreamParser, parse
from appliance.sip.uri import SipUri

DATAGRAMS = Path(__file__).parent / "datagrams"

# Name: what the look at some header must give (attribute path, value).
READABLE: dict[str, dict[str, object]] = {
    "wsinv": {
        "method": "INVITE",
        "from_.display": 'J Rosenberg \\"',
        "from_.tag": "98asjd8",
        "to.tag": "1918181833n",
        "max_forwards": 68,
        "cseq.number": 9,
        "via.host": "192.0.2.2",
        "via.transport": "UDP",
        "via.branch": "390skdjuw",
    },
    "intmeth": {"cseq.number": 139122385, "max_forwards": 255, "from_.tag": "_token~1'+`*%!-."},
    "esc01": {"uri": "sip:sips%3Auser%40example.com@example.net", "call_id": "esc01.239409asdfakjkn23onasd0-3234"},
    "escnull": {"method": "REGISTER", "from_.tag": "839923423"},
    "esc02": {"method": "RE%47IST%45R", "to.display": "%Z%45"},
    "lwsdisp": {"from_.display": "caller", "from_.uri": "sip:caller@example.com"},
    "longreq": {"cseq.number": 3882340, "via.host": "sip33.example.com"},
    "dblreq": {"method": "REGISTER", "body": b"", "max_forwards": 8},
    "semiuri": {"uri": "sip:user;par=u%40example.net@example.com"},
    "transports": {"via.host": "t1.example.com"},
    "mpart01": {"method": "MESSAGE", "cseq.number": 1},
    "unreason": {"status": 200, "reason": "= 2**3 * 5**2 но сто девяносто девять - простое"},
    "noreason": {"status": 100, "reason": ""},
    "escruri": {"method": "INVITE"},
    "baddate": {"cseq.number": 1392934},
    "regbadct": {"method": "REGISTER"},
    "badbranch": {"via.branch": "z9hG4bK"},
    "unkscm": {"uri": "nobodyKnowsThisScheme:totallyopaquecontent"},
    "novelsc": {"uri": "soap.beep://192.0.2.103:3002"},
    "unksm2": {"to.uri": "isbn:2983792873"},
    "bext01": {"method": "OPTIONS"},
    "invut": {"body": b'<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n'},
    "regaut01": {"method": "REGISTER"},
    "bcast": {"status": 200, "via.branch": "z9hG4bK1324923"},
    "zeromf": {"max_forwards": 0},
    "cparam01": {"method": "REGISTER"},
    "cparam02": {"method": "REGISTER"},
    "regescrt": {"method": "REGISTER"},
    "sdp01": {"method": "INVITE"},
    "inv2543": {"via.branch": "", "from_.tag": ""},
    "ipv6-good": {"uri": "sip:[2001:db8::10]", "via.host": "2001:db8::9:1", "via.port": None},
    "ipv6-bad": {"uri": "sip:2001:db8::10"},
    "port-ambiguous": {"uri": "sip:[2001:db8::10:5070]"},
    "port-unambiguous": {"uri": "sip:[2001:db8::10]:5070"},
    "via-received-param-with-delim": {"via.received": "[2001:db8::9:255]"},
    "via-received-param-no-delim": {"via.received": "2001:db8::9:255"},
    "mult-ip-in-header": {"via.host": "2001:db8::9:1", "via.port": 6050},
    "ipv6-in-sdp": {"uri": "sip:user@[2001:db8::10]", "to.uri": "sip:user@[2001:db8::10]"},
    "mult-ip-in-sdp": {"cseq.number": 8612},
    "ipv6-bug-abnf-3-colons": {"uri": "sip:user@[2001:db8:::192.0.2.1]", "via.host": "lab1.east.example.com"},
    "ipv4-mapped-ipv6": {"via.host": "::ffff:192.0.2.10", "via.port": 19823},
}

# Name: the status a request of this kind is to be refused with. badinv01's empty Via parameters hold no branch and no
# harm, so it is read; RFC 4475 3.1.2.1 allows that.
UNREADABLE: dict[str, int] = {
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": 400,
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "bigcode": 400,
    "insuf": 400,
    "multi01": 400,
    "mcl01": 400,
}


def datagram(name: str) -> bytes:
    return (DATAGRAMS / f"{name}.dat").read_bytes()


def look(message: object, path: str) -> object:
    for part in path.split("."):
        message = getattr(message, part)
    return message


@pytest.mark.parametrize("name", sorted(READABLE))
def test_readable(name: str) -> None:
    message = parse(datagram(name))
    for path, value in READABLE[name].items():
        assert look(message, path) == value, path


@pytest.mark.parametrize("name", sorted(READABLE))
def test_readable_survives_being_written_and_read_again(name: str) -> None:
    message = parse(datagram(name))
    again = parse(message.encode())
    assert again.headers == message.headers
    assert again.body == message.body


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_unreadable(name: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(datagram(name))
    assert caught.value.status == UNREADABLE[name]


def test_every_datagram_is_named() -> None:
    named = set(READABLE) | set(UNREADABLE) | {"badinv01"}
    assert {path.stem for path in DATAGRAMS.glob("*.dat")} == named


@pytest.mark.parametrize("name", ["insuf", "mismatch01", "clerr", "quotbal", "multi01"])
def test_a_refused_request_can_still_be_answered(name: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(datagram(name))
    assert isinstance(caught.value.message, Request)


def test_wsinv_in_depth() -> None:
    message = parse(datagram("wsinv"))
    assert isinstance(message, Request)
    assert [text.replace(" ", "") for text in message.all("Via")] == [
        "SIP/2.0/UDP192.0.2.2;branch=390skdjuw",
        "SIP/2.0/TCPspindle.example.com;branch=z9hG4bK9ikj8",
        "SIP/2.0/UDP192.168.255.111;branch=z9hG4bK30239",
    ]
    contact = message.contacts[0]
    assert (contact.display, contact.uri) == ('Quoted string ""', "sip:jdrosen@example.com")
    assert contact.params == {"newparam": "newvalue", "secondparam": None, "q": "0.33"}
    assert message.get("Subject") == ""
    assert message.get("Newfangledheader") == "newfangled value continued newfangled value"


def test_esc01_escapes_mean_what_they_say() -> None:
    message = parse(datagram("esc01"))
    assert isinstance(message, Request)
    uri = SipUri.parse(message.uri)
    assert (uri.user, uri.host) == ("sips%3Auser%40example.com", "example.net")
    assert uri.number == "sips:user@example.com"
    assert SipUri.parse(message.to.uri).same(SipUri.parse("sip:user@example.com"))


def test_esc02_an_escaped_name_is_no_contact() -> None:
    contacts = parse(datagram("esc02")).contacts
    assert [contact.uri for contact in contacts] == ["sip:alias1@host1.example.com", "sip:alias3@host3.example.com"]


def test_escnull_two_contacts() -> None:
    assert [contact.uri for contact in parse(datagram("escnull")).contacts] == [
        "sip:%00@host5.example.com",
        "sip:%00%00@host5.example.com",
    ]


def test_dblreq_on_a_stream_is_two_requests() -> None:
    items = StreamParser().feed(datagram("dblreq"))
    assert [parse(item).cseq.method for item in items] == ["REGISTER"]


def test_cparam_belongs_to_the_header_or_to_the_uri() -> None:
    assert parse(datagram("cparam01")).contacts[0].params == {"unknownparam": None}
    assert parse(datagram("cparam02")).contacts[0].uri == "sip:+19725552222@gw1.example.net;unknownparam"


def test_regbadct_contact_must_be_bracketed() -> None:
    with pytest.raises(RemoteProtocolError):
        _ = parse(datagram("regbadct")).contacts


def test_regescrt_contact_keeps_its_escaped_route() -> None:
    assert parse(datagram("regescrt")).contacts[0].uri == "sip:user@example.com?Route=%3Csip:sip.example.com%3E"


@pytest.mark.parametrize(("name", "status"), [("unkscm", 416), ("novelsc", 416), ("ipv6-bad", 400)])
def test_request_uri_that_is_not_ours(name: str, status: int) -> None:
    message = parse(datagram(name))
    assert isinstance(message, Request)
    with pytest.raises(RemoteProtocolError) as caught:
        SipUri.parse(message.uri)
    assert caught.value.status == status


def test_port_of_ipv6() -> None:
    ambiguous, clear = parse(datagram("port-ambiguous")), parse(datagram("port-unambiguous"))
    assert isinstance(ambiguous, Request)
    assert isinstance(clear, Request)
    assert SipUri.parse(ambiguous.uri).host_port == ("2001:db8::10:5070", 5060)
    assert SipUri.parse(clear.uri).host_port == ("2001:db8::10", 5070)


def test_badinv01_is_read_for_what_it_holds() -> None:
    assert parse(datagram("badinv01")).via.host == "192.0.2.15"


def test_bcast_has_a_second_via() -> None:
    message = parse(datagram("bcast"))
    assert isinstance(message, Response)
    assert len(message.all("Via")) == 2
