"""Who is shown to whom (RFC 3323, 3325, 5806): nothing that a phone claims of itself leaves, and privacy is kept."""

from __future__ import annotations

import pytest

from appliance.sip.policy import Caller
from tests.sip.fakes import trunk_route
from tests.sip.simulation import OFFER, shop

CLAIMS = (
    ("P-Preferred-Identity", "<sip:31900000000@sip.example.test>"),
    ("P-Asserted-Identity", "<sip:31900000000@sip.example.test>"),
    ("Remote-Party-ID", "<sip:31900000000@sip.example.test>"),
    ("Diversion", "<sip:31900000000@sip.example.test>;reason=deflection"),
)


def outgoing(caller: Caller, *headers: tuple[str, str]):
    world, home, alice, _, carrier = shop()
    home.policy.routes = [trunk_route(1, "442079460001", caller)]
    alice.call("442079460001", OFFER, *headers)
    world.run(1)
    return home, carrier.calls[0].incoming.request


def test_what_a_phone_claims_stays_here() -> None:
    _, invite = outgoing(Caller("31201111111", "Alice"), *CLAIMS)
    assert (invite.from_.uri, invite.from_.display) == ("sip:31201111111@10.0.0.1:5060", "Alice")
    assert b"31900000000" not in invite.encode() and invite.get("P-Asserted-Identity") is None


def test_a_trusted_carrier_is_told_the_number() -> None:
    _, invite = outgoing(Caller("31201111111", asserted="31201111111"))
    assert invite.get("P-Asserted-Identity") == "<sip:31201111111@10.0.0.1:5060>" and invite.get("Privacy") is None


@pytest.mark.parametrize("asserted", ["", "31201111111"])
def test_an_anonymous_caller(asserted: str) -> None:
    home, invite = outgoing(Caller("31201111111", anonymous=True, asserted=asserted), ("Privacy", "id"))
    assert home.policy.admitted[-1].anonymous
    assert (invite.from_.uri, invite.from_.display, invite.get("Privacy")) == ("sip:anonymous@anonymous.invalid", "Anonymous", "id")
    assert (invite.get("P-Asserted-Identity") is not None) is bool(asserted)  # the trusted carrier alone, which keeps it to itself
    assert "31201111111" not in (invite.get("Contact") or "")


def test_a_carriers_caller_is_shown_to_the_phone_as_it_came() -> None:
    world, home, _, bob, carrier = shop()
    carrier.call("1000002", OFFER, ("P-Asserted-Identity", "<sip:31900000000@10.0.0.9>"))
    world.run(1)
    got = bob.calls[0].incoming.request
    assert got.from_.uri.startswith("sip:carrier@") and got.get("P-Asserted-Identity") is None
    assert ("P-Asserted-Identity", "<sip:31900000000@10.0.0.9>") in home.policy.admitted[-1].headers
