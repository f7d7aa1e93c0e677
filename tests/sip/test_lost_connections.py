"""Phones over TCP whose connection is gone: called where they listen, and told the end of a call by their new connection."""

from __future__ import annotations

import pytest

from appliance.sip.another_way import turn
from appliance.sip.dialog import Dialog
from appliance.sip.nat import listening_flow
from appliance.sip.policy import Binding, Flow
from tests.sip.simulation import OFFER, Home, Phone, World

OLD, NEW = 11, 12
STREAM = Flow("tcp", 0, "10.0.0.60", 40123, OLD)
CONTACT = "sip:1000002@10.0.0.60:5060;transport=tcp"


class StreamHome(Home):
    """An engine to which bob's messages come over a connection; connections may be gone."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.gone: set[int] = set()
        self.flow = STREAM
        self.ways: list[Flow] = []

    def receive(self, data: bytes, source: tuple[str, int], now: float) -> None:
        self.engine.receive(data, self.flow if source[0] == "10.0.0.60" else Flow("udp", 0, *source), now)
        self.pump()

    def pump(self) -> None:
        self.engine.facts()
        packets = self.engine.packets()
        self.engine.recorded()
        for flow, data in packets:
            if flow.transport == "tcp":
                self.ways.append(flow)
            if flow.connection in self.gone:
                self.engine.send_failed(flow, self.world.now)
            else:
                self.world.carry(("10.0.0.1", 5060), flow.host, flow.port, data)
        if self.engine._packets:
            self.pump()


def registered(home: StreamHome, flow: Flow, now: float, natted: bool = False) -> None:
    home.policy.held[1000002] = (Binding(1000002, CONTACT, flow, "r", 1, now + 3600, natted=natted, refreshed=now),)


@pytest.fixture
def place() -> tuple[World, StreamHome, Phone, Phone]:
    world = World()
    home = StreamHome(world)
    carrier = Phone(world, "10.0.0.9", 5090, "carrier")
    listening = Phone(world, "10.0.0.60", 5060, "1000002")
    world.nodes["10.0.0.60", 40123] = listening  # its connection: the same phone
    registered(home, STREAM, world.now)
    return world, home, carrier, listening


def test_a_call_goes_over_the_connection_that_the_phone_opened(place: tuple[World, StreamHome, Phone, Phone]) -> None:
    world, home, carrier, bob = place
    call = carrier.call("1000002", OFFER, domain="10.0.0.1")
    world.run(1)
    assert call.state == "answered" and bob.calls and set(home.ways) == {STREAM}
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_without_it_the_phone_is_called_where_it_listens(place: tuple[World, StreamHome, Phone, Phone]) -> None:
    world, home, carrier, bob = place
    home.gone.add(OLD)
    call = carrier.call("1000002", OFFER, domain="10.0.0.1")
    world.run(0.1)
    assert home.ways[:2] == [STREAM, Flow("tcp", 0, "10.0.0.60", 5060)]
    invite = bob.calls[0].incoming.request
    assert len(invite.all("Via")) == 1 and invite.cseq.number == bob.calls[0].incoming.request.cseq.number
    home.flow = Flow("tcp", 0, "10.0.0.60", 5060, NEW)
    world.run(1)
    assert call.state == "answered"
    call.bye()
    world.run(200)
    assert home.leaks() == {}


def test_a_phone_behind_nat_is_away_until_it_comes_back(place: tuple[World, StreamHome, Phone, Phone]) -> None:
    world, home, carrier, _ = place
    registered(home, STREAM, world.now, natted=True)
    home.gone.add(OLD)
    call = carrier.call("1000002", OFFER, domain="10.0.0.1")
    world.run(1)
    assert call.statuses[-1] == 480  # 503 would say that the server is out of order
    assert home.ways == [STREAM]
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize("method", ["BYE", "INFO", "INVITE"])
def test_in_a_call_it_is_reached_by_its_new_connection(place: tuple[World, StreamHome, Phone, Phone], method: str) -> None:
    world, home, carrier, bob = place
    registered(home, STREAM, world.now, natted=True)
    call = carrier.call("1000002", OFFER, domain="10.0.0.1")
    world.run(1)
    assert call.state == "answered"
    home.gone.add(OLD)
    again = STREAM._replace(connection=NEW)
    home.flow = again
    registered(home, again, world.now, natted=True)
    call.send(method, OFFER if method == "INVITE" else b"")
    world.run(1)
    assert bob.calls[0].requests[-1].method == method and home.ways[-1].connection == NEW
    assert call.statuses[-1] == 200
    if method != "BYE":
        call.bye()
        world.run(1)
    assert bob.calls[0].state == "ended"
    world.run(200)
    assert home.leaks() == {}


def test_a_sign_of_life_is_asked_for_by_the_new_connection(place: tuple[World, StreamHome, Phone, Phone]) -> None:
    world, home, carrier, bob = place
    registered(home, STREAM, world.now, natted=True)
    call = carrier.call("1000002", OFFER, domain="10.0.0.1")
    world.run(1)
    home.gone.add(OLD)
    home.flow = again = STREAM._replace(connection=NEW)
    registered(home, again, world.now, natted=True)
    world.run(950)
    assert call.state == "answered" and bob.calls[0].requests[-1].method == "OPTIONS"
    home.gone.add(NEW)
    world.run(1000)
    assert call.state == "ended"
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize(
    ("contact", "flow", "natted", "wanted"),
    [
        ("sip:a@192.0.2.1:5070;transport=tcp", Flow("tcp", 1, "192.0.2.1", 40000, 3), False, Flow("tcp", 1, "192.0.2.1", 5070)),
        ("sip:a@192.0.2.1;transport=tls", Flow("tls", 1, "192.0.2.1", 40000, 3), False, Flow("tls", 1, "192.0.2.1", 5061)),
        ("sips:a@192.0.2.1", Flow("tls", 1, "192.0.2.1", 40000, 3), False, Flow("tls", 1, "192.0.2.1", 5061)),
        ("sip:a@192.0.2.1", Flow("tcp", 1, "192.0.2.1", 40000, 3), False, Flow("tcp", 1, "192.0.2.1", 5060)),
        ("sip:a@[2001:db8::1]:5070", Flow("tcp", 1, "2001:db8::1", 40000, 3), False, Flow("tcp", 1, "2001:db8::1", 5070)),
        ("sip:a@192.0.2.1:5070", Flow("tcp", 1, "192.0.2.1", 40000, 3), True, None),
        ("sip:a@192.0.2.2:5070", Flow("tcp", 1, "192.0.2.1", 40000, 3), False, None),
        ("sip:a@phone.test:5070", Flow("tcp", 1, "192.0.2.1", 40000, 3), False, None),
        ("sip:a@192.0.2.1:5070;transport=udp", Flow("tcp", 1, "192.0.2.1", 40000, 3), False, None),
        ("sip:a@192.0.2.1:5070", Flow("udp", 0, "192.0.2.1", 40000), False, None),
        ("*", Flow("tcp", 1, "192.0.2.1", 40000, 3), False, None),
    ],
)
def test_where_a_phone_listens(contact: str, flow: Flow, natted: bool, wanted: Flow | None) -> None:
    assert listening_flow(contact, flow, natted) == wanted


def test_never_to_another_phone() -> None:
    """Of several phones of one endpoint the one that the dialog is with, by its contact."""
    home = StreamHome(World())
    dialog = Dialog("c", "a", "b", "sip:x@y", "sip:z@y", STREAM)
    dialog.remote_target, dialog.natted = CONTACT, True
    other = Binding(1000002, "sip:1000002@10.0.0.61;transport=tcp", STREAM._replace(host="10.0.0.61", connection=5), "x", 1, 9e9)
    same = Binding(1000002, CONTACT, STREAM._replace(connection=NEW), "r", 1, 9e9)
    home.policy.held[1000002] = (other,)
    assert not turn(home.engine._exchange, dialog, None)
    home.policy.held[1000002] = (other, same)
    assert turn(home.engine._exchange, dialog, 1000002) and dialog.flow == same.flow
    assert not turn(home.engine._exchange, dialog, None)
