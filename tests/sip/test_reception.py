"""The door: whose a request is, who sends it, and what is refused before anybody is asked."""

from __future__ import annotations

import pytest

from appliance.sip.facts import AuthenticationFailed
from appliance.sip.message import Request, parse
from appliance.sip.policy import Binding, Flow
from appliance.sip.trace import knock_reason
from tests.sip.fakes import DOMAIN, trunk_route
from tests.sip.simulation import OFFER, SDP, Phone, shop


def ask(world, phone: Phone, method: str, *headers: tuple[str, str], uri: str = f"sip:{DOMAIN}", cseq: int = 9, to: str = ""):
    made = [
        ("Max-Forwards", "70"),
        ("From", f"<sip:{phone.user}@{DOMAIN}>;tag=q{cseq}"),
        ("To", to or f"<{uri}>"),
        ("Call-ID", f"q{method}{cseq}"),
        ("CSeq", f"{cseq} {method}"),
    ]
    names = {name for name, _ in headers}
    request = Request(method, uri, [pair for pair in made if pair[0] not in names] + list(headers))
    phone.layer.request(request, phone.home, world.now, phone)
    world.run(1)
    return phone.responses[-1]


def test_options_is_answered_to_anybody() -> None:
    world, _, _alice, _, _ = shop()
    stranger = Phone(world, "198.51.100.7", 5060, "stranger")
    response = ask(world, stranger, "OPTIONS", uri="sip:10.0.0.1")
    assert response.status == 200
    assert "INVITE" in (response.get("Allow") or "")


@pytest.mark.parametrize(("method", "status"), [("SUBSCRIBE", 405), ("PUBLISH", 405), ("FROB", 501), ("BYE", 481), ("INFO", 481)])
def test_methods_that_mean_nothing_outside_of_a_dialog(method: str, status: int) -> None:
    world, _, alice, _, _ = shop()
    response = ask(world, alice, method)
    assert response.status == status
    if status in (405, 501):
        assert response.get("Allow") is not None


def test_too_many_hops_and_unknown_requirements() -> None:
    world, _, alice, _, _ = shop()
    assert ask(world, alice, "INVITE", ("Max-Forwards", "0")).status == 483
    response = ask(world, alice, "INVITE", ("Require", "100rel, teleport"), cseq=10)
    assert (response.status, response.get("Unsupported")) == (420, "teleport")
    response = ask(world, alice, "INVITE", ("Proxy-Require", "privacy, teleport"), ("Require", "teleport, swim"), cseq=20)
    assert (response.status, response.get("Unsupported")) == (420, "teleport, swim")
    assert ask(world, alice, "INVITE", ("Proxy-Require", "privacy"), cseq=30).status == 200


def test_a_request_that_has_been_here_before() -> None:
    world, home, _alice, _, _ = shop()
    text = (
        f"INVITE sip:312@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.50:5060;branch=z9hG4bKx\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKy\r\n"
        f"Max-Forwards: 9\r\nFrom: <sip:1@{DOMAIN}>;tag=1\r\nTo: <sip:312@{DOMAIN}>\r\nCall-ID: loop\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    home.receive(text.encode(), ("10.0.0.50", 5060), world.now)
    assert parse(home.sent[-1][1]).status == 482


def test_domains_that_are_not_ours() -> None:
    world, home, alice, _, _ = shop()
    call = alice.call("312", OFFER, domain="elsewhere.test")
    world.run(1)
    assert call.statuses == [404]
    assert not home.policy.admitted
    address = alice.call("312", OFFER, domain="10.0.0.1")
    world.run(1)
    assert address.state == "answered"


def test_a_from_that_is_not_ours() -> None:
    world, home, alice, _, _ = shop()
    response = ask(world, alice, "INVITE", ("From", "<sip:1000001@elsewhere.test>;tag=1"), uri=f"sip:312@{DOMAIN}")
    assert response.status == 403
    call = alice.call("312", OFFER)
    call.local = "<sip:anonymous@anonymous.invalid>;tag=5"
    world.run(1)
    assert home.policy.admitted


def test_an_anonymous_caller_is_known_by_digest() -> None:
    world, home, alice, _, _ = shop()
    response = ask(world, alice, "INVITE", ("From", "<sip:anonymous@anonymous.invalid>;tag=1"), SDP, uri=f"sip:312@{DOMAIN}")
    assert response.status in (180, 200)
    assert home.policy.admitted[0].anonymous
    assert home.policy.admitted[0].endpoint == 1000001


def test_a_trunk_needs_no_digest() -> None:
    world, home, _alice, _bob, carrier = shop()
    call = carrier.call("1000002", OFFER, domain="10.0.0.1")
    world.run(1)
    assert call.state == "answered"
    assert home.policy.admitted[0].trunk == 1
    assert home.policy.admitted[0].endpoint is None
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_wrong_password_is_told_and_looks_like_an_unknown_user() -> None:
    world, home, _alice, _, _ = shop()
    stranger = Phone(world, "198.51.100.7", 5060, "nobody")
    call = stranger.call("312")
    world.run(1)
    assert call.statuses == [407]
    (guess,) = home.told(AuthenticationFailed)
    assert (guess.username, guess.unknown_user, guess.source, guess.method) == ("nobody", True, "198.51.100.7:5060/udp", "INVITE")
    assert knock_reason(home.engine.trace.knocks()[0]).code == "unknown"
    assert not home.policy.admitted


def test_a_scanner_hears_nothing_and_guesses_silence_the_address() -> None:
    world, home, _, _, _ = shop()
    scanner = Phone(world, "198.51.100.7", 5060, "x")
    scanner.call("312", OFFER, ("User-Agent", "friendly-scanner"))
    world.run(1)
    assert scanner.responses == []
    guesser = Phone(world, "198.51.100.8", 5060, "nobody")
    for _ in range(12):
        guesser.call("312")
        world.run(2)
    assert len(home.told(AuthenticationFailed)) == 10
    before = len(guesser.responses)
    emergency = guesser.call("112")
    world.run(2)
    assert len(guesser.responses) > before
    assert emergency.statuses[-1] == 407


def test_a_phone_that_is_banned_by_name_may_still_call_for_help() -> None:
    world, home, alice, _, _ = shop()
    right = home.policy.credential
    home.policy.credential = lambda username, realm: None if username == "1000001" else right(username, realm)
    for _ in range(11):
        alice.call("312")
        world.run(10)
    home.policy.credential = right
    silent = alice.call("312")
    help_call = alice.call("112")
    world.run(12)
    assert (silent.state, help_call.state) == ("calling", "answered")


def test_bindings_that_are_restored_and_run_out() -> None:
    world, home, _, _, _ = shop()
    engine = home.engine
    flow = Flow("udp", 0, "10.0.0.77", 5060)
    binding = Binding(7, "sip:7@10.0.0.77", flow, "x", 1, world.now + 100.0, natted=True)
    home.policy.held[7] = (binding,)
    engine.restore(7, (binding,), world.now)
    assert engine.guard.is_live("10.0.0.77")
    world.run(60)
    assert (flow, b"\r\n\r\n") in home.sent
    home.policy.held[7] = ()
    world.run(60)
    assert not engine.guard.is_live("10.0.0.77")


def test_the_messages_of_a_call_are_kept_and_registrations_are_not() -> None:
    world, home, alice, _, _ = shop()
    assert len(home.engine.trace) == 0
    call = alice.call("312")
    world.run(1)
    entries = home.engine.trace.of_call(home.answered.call)
    starts = [entry.data.split(b" ")[0 if entry.data[:7] != b"SIP/2.0" else 1] for entry in entries]
    assert starts[0] == b"INVITE"
    assert {b"407", b"180", b"200", b"ACK"} <= set(starts)
    assert {entry.flow.host for entry in entries} == {"10.0.0.50", "10.0.0.9"}
    call.bye()


NOISE = [b"", b"hello world this is noise\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n\r\n", b"\xff" * 40, b"SIP/2.0 200 OK\r\n\r\n"]


@pytest.mark.parametrize("data", NOISE)
def test_noise_is_survived(data: bytes) -> None:
    world, home, _, _, _ = shop()
    home.receive(data, ("198.51.100.7", 999), world.now)
    assert home.engine.calls == 0


def test_replies_go_to_the_source_alone() -> None:
    world, home, _alice, _, _ = shop()
    text = (
        f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.99:7000;branch=z9hG4bKv\r\nMax-Forwards: 9\r\nFrom: <sip:1@{DOMAIN}>;tag=1\r\n"
        f"To: <sip:{DOMAIN}>\r\nCall-ID: r\r\nCSeq: 1 OPTIONS\r\nContact: <sip:victim@192.0.2.1>\r\n\r\n"
    )
    home.receive(text.encode(), ("198.51.100.7", 999), world.now)
    assert home.sent[-1][0] == Flow("udp", 0, "198.51.100.7", 999)


def test_public_and_private_faces() -> None:
    """Towards the LAN the LAN address, towards the world the public one, in Via, Contact and From."""
    world, home, alice, _, _ = shop()
    outside = Phone(world, "198.51.100.20", 5090, "far")
    route = trunk_route(1, "312")
    target = route.targets[0].__class__("sip:312@198.51.100.20:5090", Flow("udp", 0, "198.51.100.20", 5090))
    home.policy.routes = [route.__class__((target,), route.caller, trunk=1)]
    call = alice.call("312")
    world.run(1)
    invite = outside.calls[0].incoming.request
    assert invite.via.host == "203.0.113.1"
    assert "@203.0.113.1:5060" in (invite.get("Contact") or "")
    assert invite.from_.uri == "sip:1000001@203.0.113.1:5060"
    assert "@10.0.0.1:5060" in (call.responses[-1].get("Contact") or "")
    call.bye()
