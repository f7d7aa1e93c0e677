"""An emergency caller's address as a document in the INVITE (RFC 4119, 6442)."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from appliance.sip.multipart import description_in
from appliance.sip.pidf import TYPE, document
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import ANSWER, OFFER, shop

CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
GEOPRIV = "{urn:ietf:params:xml:ns:pidf:geopriv10}"


def read(text: str) -> tuple[str, str, str]:
    """Entity, country and address of a document, where each has its place."""
    root = ElementTree.fromstring(text)
    pidf = "{urn:ietf:params:xml:ns:pidf}"
    privacy = root.find(f"{pidf}tuple/{pidf}status/{GEOPRIV}geopriv")
    assert root.tag == f"{pidf}presence" and privacy is not None
    assert [each.tag for each in privacy] == [f"{GEOPRIV}location-info", f"{GEOPRIV}usage-rules", f"{GEOPRIV}method"]
    civic = privacy[0][0]
    return root.attrib["entity"], civic.findtext(f"{CIVIC}country") or "", civic.findtext(f"{CIVIC}LOC") or ""


def test_the_document() -> None:
    assert read(document("pres:1@sip.example", "Dock 7,\nRotterdam", "nl")) == ("pres:1@sip.example", "NL", "Dock 7, Rotterdam")
    assert read(document("pres:1@sip.example", "Dock 7")) == ("pres:1@sip.example", "", "Dock 7")


@given(st.text(), st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_whatever_was_typed_makes_a_document(address: str, entity: str) -> None:
    read(document(entity.replace("\ufffe", "").replace("\uffff", ""), address))


def urgent(media=None, body: bytes = OFFER, *headers: tuple[str, str]):
    world, home, alice, _bob, carrier = shop(media=media)
    home.policy.media = "always" if media is not None else "auto"
    home.policy.routes = [replace(trunk_route(1, "112"), location=document("pres:1@sip.example", "Dock 7, Rotterdam"))]
    call = alice.call("112", body, *headers)
    world.run(1)
    return world, home, call, carrier.calls[0]


def parts(there) -> tuple[bytes, bytes]:
    """The description and the document of an INVITE that has both, found as the headers say."""
    invite = there.incoming.request
    kind = invite.get("Content-Type") or ""
    assert kind.startswith("multipart/mixed;boundary=") and invite.get("Geolocation-Routing") == "yes"
    start, end = description_in(invite.body, kind) or (0, 0)
    mark = kind.partition("=")[2].encode()
    first, second, last = invite.body.split(b"--" + mark)[1:]
    head, _, text = second.strip().partition(b"\r\n\r\n")
    assert last == b"--\r\n" and b"Content-Type: application/sdp" in first and f"Content-Type: {TYPE}".encode() in head
    named = (invite.get("Geolocation") or "").removeprefix("<cid:").removesuffix(">")
    assert named and f"Content-ID: <{named}>".encode() in head
    return invite.body[start:end], text


def test_it_goes_beside_the_description() -> None:
    world, home, call, there = urgent()
    description, text = parts(there)
    assert description == OFFER and read(text.decode())[2] == "Dock 7, Rotterdam"
    assert call.state == "answered" and call.responses[-1].body == ANSWER
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_description_that_is_relayed_is_the_relays_there_too() -> None:
    world, home, call, there = urgent(FakeMedia())
    assert b"c=IN IP4 10.0.0.1" in parts(there)[0]
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_without_an_offer_it_is_the_whole_body() -> None:
    world, home, call, there = urgent(None, b"")
    invite = there.incoming.request
    assert invite.get("Content-Type") == TYPE and read(invite.body.decode())[2] == "Dock 7, Rotterdam"
    assert (invite.get("Content-ID") or "")[1:-1] in (invite.get("Geolocation") or "-")
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_phone_that_says_where_it_is_is_left_alone() -> None:
    kind, body = "multipart/mixed;boundary=x", b"--x\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"\r\n--x--\r\n"
    world, home, call, there = urgent(None, body, ("Content-Type", kind), ("Geolocation", "<cid:own@phone>"))
    invite = there.incoming.request
    assert (invite.body, invite.get("Content-Type"), invite.all("Geolocation")) == (body, kind, ["<cid:own@phone>"])
    call.bye()
    world.run(200)
    assert home.leaks() == {}
