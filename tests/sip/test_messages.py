"""Texts between endpoints: to every binding, answered by the first; to nobody, to nobody there, from a carrier."""

from __future__ import annotations

import pytest

from tests.sip.fakes import DOMAIN
from tests.sip.simulation import Phone, PhoneCall, shop

TEXT = ("Content-Type", "text/plain")


def text(phone: Phone, number: str, domain: str = DOMAIN) -> PhoneCall:
    """A MESSAGE outside of any dialog."""
    call = PhoneCall(
        phone, f"text-{number}-{len(phone.calls)}", f"<sip:{phone.user}@{DOMAIN}>;tag=1", f"<sip:{number}@{domain}>", f"sip:{number}@{domain}"
    )
    phone.calls.append(call)
    phone.layer.request(phone.build(call, "MESSAGE", 1, b"See you at eight", TEXT, ("X-Extra", "kept")), phone.home, phone.world.now, phone)
    return call


def test_a_text_comes_as_it_was_sent() -> None:
    world, home, alice, bob, _ = shop()
    said = text(alice, "1000002")
    world.run(1)
    (got,) = [request for request in bob.requests if request.method == "MESSAGE"]
    assert (got.body, got.get("Content-Type"), got.get("X-Extra")) == (b"See you at eight", "text/plain", "kept")
    assert (got.from_.uri, got.from_.display) == (f"sip:1000001@{DOMAIN}", "Alice")
    assert got.call_id != said.call_id and got.get("Authorization") is None
    assert said.statuses == [200]
    world.run(200)
    assert home.leaks() == {}


def test_the_first_of_several_phones_counts() -> None:
    world, home, alice, bob, _ = shop()
    second = Phone(world, "10.0.0.61", 5060, "1000002")
    second.register()
    world.run(1)
    bob.in_dialog = second.in_dialog = lambda tx: None
    bob.silent = True
    said = text(alice, "1000002")
    world.run(60)
    assert said.statuses == [200]  # the silent one is not waited for
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize(("number", "domain", "status"), [("1000009", DOMAIN, 404), ("1000002", "elsewhere.test", 404)])
def test_to_nobody(number: str, domain: str, status: int) -> None:
    world, _, alice, _, _ = shop()
    said = text(alice, number, domain)
    world.run(1)
    assert said.statuses == [status]


def test_to_somebody_who_is_not_there() -> None:
    world, home, alice, bob, _ = shop()
    home.policy.held.pop(1000002)
    said = text(alice, "1000002")
    world.run(1)
    assert said.statuses == [480] and not [request for request in bob.requests if request.method == "MESSAGE"]


def test_a_phone_that_says_nothing() -> None:
    world, home, alice, bob, _ = shop()
    del world.nodes[bob.address]
    said = text(alice, "1000002")
    world.run(60)
    assert alice.timeouts == ["MESSAGE"] and said.statuses == []  # RFC 4320 4.2: no 408 that would come too late
    world.run(200)
    assert home.leaks() == {}


def test_carriers_send_no_texts() -> None:
    world, _, _, bob, carrier = shop()
    said = text(carrier, "1000002")
    world.run(1)
    assert said.statuses == [405] and not [request for request in bob.requests if request.method == "MESSAGE"]
