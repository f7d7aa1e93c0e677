"""A carrier that forks: one INVITE of ours, several dialogs (RFC 3261 12.1.2, 13.2.2.4), and its Record-Route (12.2.1.1)."""

from __future__ import annotations

from appliance.sip.message import response_to
from tests.sip.simulation import ANSWER, SDP, PhoneCall, shop


def say(call: PhoneCall, status: int, tag: str, body: bytes = b"", *headers: tuple[str, str]) -> None:
    """An answer of one of those beyond, by its own tag and at its own place."""
    assert call.incoming is not None
    response = response_to(call.incoming.request, status, None, tag)
    response.headers += [("Contact", f"<sip:{tag}@10.0.0.9:5090>"), *headers]
    if body:
        response.headers.append(SDP)
        response.body = body
    call.incoming.respond(response, call.phone.world.now)


def test_two_ring_and_the_second_answers() -> None:
    world, home, alice, _, carrier = shop()

    def both_ring(call: PhoneCall) -> None:
        say(call, 180, "one")
        say(call, 183, "two", ANSWER)
        say(call, 180, "one")
        say(call, 200, "two", ANSWER)

    carrier.script = both_ring
    call = alice.call("312")
    world.run(2)
    assert call.state == "answered" and call.statuses[-1] == 200
    tags = [response.to.tag for response in call.responses if response.status > 100]
    assert len(set(tags)) == 2 and tags[-1] == tags[1] != tags[0]  # the caller, too, sees two early dialogs, and the second answer
    there = carrier.calls[0]
    assert [ack.to.tag for ack in there.acks] == ["two"]
    call.bye()
    world.run(2)
    (bye,) = [request for request in there.requests if request.method == "BYE"]
    assert bye.to.tag == "two" and bye.uri == "sip:two@10.0.0.9:5090"
    world.run(200)
    assert home.leaks() == {}


def test_both_answer_and_the_later_one_hears_bye() -> None:
    world, home, alice, _, carrier = shop()
    carrier.script = lambda call: say(call, 200, "first", ANSWER)
    call = alice.call("312")
    world.run(1)
    there = carrier.calls[0]
    assert there.incoming is not None
    late = response_to(there.incoming.request, 200, None, "second")
    late.headers += [("Contact", "<sip:second@10.0.0.9:5090>"), SDP]
    late.body = ANSWER
    carrier.world.carry(carrier.address, "10.0.0.1", 5060, late.encode())
    world.run(5)
    assert call.state == "answered"
    assert {request.to.tag for request in there.requests if request.method == "BYE"} <= {"second"}
    assert {ack.to.tag for ack in there.acks} >= {"first"}
    there.state = "answered"
    call.bye()
    world.run(300)
    assert home.leaks() == {}


def test_the_carriers_proxies_stay_in_the_way() -> None:
    """Each request of the dialog carries the route set in its order, and goes to its first place."""
    world, home, alice, _, carrier = shop()
    proxies = "<sip:192.0.2.77;lr;id=2>, <sip:10.0.0.9:5090;lr;id=1>"  # the last one is ours to go to first
    carrier.script = lambda call: say(call, 200, "far", ANSWER, ("Record-Route", proxies))
    call = alice.call("312")
    world.run(1)
    call.send("INFO")
    call.bye()
    world.run(2)
    there = carrier.calls[0]
    inside = [request for request in (*there.requests, *there.acks) if request.method in ("INFO", "BYE", "ACK")]
    assert len(inside) >= 3
    for request in inside:
        assert request.uri == "sip:far@10.0.0.9:5090"
        assert request.all("Route") == ["<sip:10.0.0.9:5090;lr;id=1>", "<sip:192.0.2.77;lr;id=2>"]
    assert all(flow.host in {"10.0.0.9", "10.0.0.50", "10.0.0.60"} for flow, _ in home.sent)
