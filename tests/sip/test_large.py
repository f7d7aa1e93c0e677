"""Requests above 1300 bytes: by TCP where the peer takes it, by datagram where not (RFC 3261 18.1.1)."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from appliance.sip.addresses import Addresses
from appliance.sip.engine import Engine
from appliance.sip.large import LARGEST, REMEMBERED_SECONDS, WAIT, LargeRequests
from appliance.sip.message import Request, Response, StreamParser, parse, response_to
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.settings import EngineSettings
from appliance.sip.timers import Timers
from appliance.sip.transaction import ClientTransaction, ServerTransaction, TransactionLayer
from appliance.sip.transport import Pump
from tests.helpers.appliance import sip_port, wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.sip.fakes import FakePolicy
from tests.sip.pump_doubles import MemoryRecorder
from tests.sip.virtual_network import request

UDP = Flow("udp", 0, "192.0.2.9", 5080)
TCP = Flow("tcp", 1, "192.0.2.9", 5080)
LISTENERS = [ListenerAddress("udp", "192.0.2.1", 5060), ListenerAddress("tcp", "192.0.2.1", 5060)]


class Owner:
    """What became of a request."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.errors = 0

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        self.statuses.append(response.status)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        self.errors += 1

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        self.errors += 1

    def on_request(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None: ...
    def on_ack(self, request: Request, flow: Flow, now: float) -> None: ...
    def on_stray_response(self, response: Response, flow: Flow, now: float) -> None: ...


class Desk:
    """One layer whose packets are kept."""

    def __init__(self, listeners: list[ListenerAddress]) -> None:
        self.sent: list[tuple[Flow, Request]] = []
        self.owner = Owner()
        self.timers = Timers()
        addresses = Addresses(listeners, (), ())
        self.layer = TransactionLayer(self.timers, self._send, self.owner, addresses.host_port_text, random.Random(3), LargeRequests(addresses))

    def _send(self, flow: Flow, data: bytes) -> None:
        message = parse(data)
        assert isinstance(message, Request) and message.via.transport.lower() == flow.transport
        self.sent.append((flow, message))

    def ask(self, method: str = "INVITE", length: int = LARGEST, now: float = 0.0, natted: bool = False) -> ClientTransaction:
        return self.layer.request(large(method, length), UDP, now, self.owner, natted)

    def answer(self, status: int, now: float) -> None:
        flow, message = self.sent[-1]
        self.layer.receive(response_to(message, status, None, "b"), flow, now)

    @property
    def flows(self) -> list[Flow]:
        return [flow for flow, _ in self.sent]


def large(method: str = "INVITE", length: int = LARGEST) -> Request:
    made = request(method)
    made.body = b"v" * length
    return made


def test_a_large_request_goes_by_tcp_a_small_one_as_before() -> None:
    desk = Desk(LISTENERS)
    desk.ask(length=10)
    desk.ask()
    desk.ask("MESSAGE")
    assert desk.flows == [UDP, TCP, TCP]
    assert [message.via.host for _, message in desk.sent] == ["192.0.2.1"] * 3


def test_nobody_connects_to_a_phone_behind_nat_and_without_a_listener_there_is_no_way() -> None:
    desk = Desk(LISTENERS)
    desk.ask(natted=True)
    assert desk.flows == [UDP]
    for only in (LISTENERS[:1], [LISTENERS[0], ListenerAddress("tcp", "2001:db8::1", 5060)]):
        bare = Desk(only)
        bare.ask()
        assert bare.flows == [UDP]


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_a_refused_connection_gives_way_to_a_datagram_and_is_remembered(method: str) -> None:
    desk = Desk(LISTENERS)
    desk.ask(method)
    desk.layer.transport_failed(TCP, 0.1)
    assert desk.flows == [TCP, UDP] and desk.owner.errors == 0
    assert desk.sent[0][1].via.branch == desk.sent[1][1].via.branch
    desk.timers.run(0.7)
    assert desk.flows[2:] == [UDP]  # it is repeated as any datagram is
    desk.answer(486, 0.8)
    assert desk.owner.statuses == [486]
    before = len(desk.sent)
    desk.ask(method, now=1.0)
    desk.ask(method, now=0.1 + REMEMBERED_SECONDS)
    assert desk.flows[before:] == [UDP, TCP]


def test_a_firewall_that_drops_costs_a_moment_once() -> None:
    desk = Desk(LISTENERS)
    desk.ask()
    desk.timers.run(WAIT + 0.01)
    desk.ask(now=WAIT + 0.02)
    assert desk.flows == [TCP, UDP, UDP]


def test_what_was_taken_is_not_sent_again_and_its_cancel_and_ack_go_the_same_way() -> None:
    desk = Desk(LISTENERS)
    call = desk.ask()
    desk.answer(180, 0.5)
    desk.timers.run(10.0)
    call.cancel(10.0)
    desk.layer.send_ack(large("ACK"), UDP)
    assert [(flow, message.method) for flow, message in desk.sent] == [(TCP, "INVITE"), (TCP, "CANCEL"), (TCP, "ACK")]
    assert desk.sent[1][1].via.branch == desk.sent[0][1].via.branch
    desk.layer.transport_failed(TCP, 11.0)
    assert desk.owner.errors == 1  # a call that rings is not begun anew by a connection that is lost


def test_an_ack_goes_by_tcp_only_where_that_is_known_to_work() -> None:
    desk = Desk(LISTENERS)
    desk.layer.send_ack(large("ACK"), UDP)
    desk.ask("MESSAGE")
    desk.answer(200, 0.1)
    desk.layer.send_ack(large("ACK"), UDP)
    assert desk.flows == [UDP, TCP, TCP]


class Carrier:
    """A UDP socket, and a TCP one at the same port that may be shut."""

    def __init__(self) -> None:
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", sip_port()))
        self.datagrams.settimeout(10)
        self.port: int = self.datagrams.getsockname()[1]
        self.door = socket.socket()
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.door.settimeout(10)
        self.door.bind(("127.0.0.1", self.port))
        self.door.listen()
        self.line: socket.socket | None = None

    def take_by_stream(self) -> Request:
        """One request by TCP, answered 486."""
        self.line, _ = self.door.accept()
        self.line.settimeout(10)
        parser = StreamParser()
        found: list[bytes] = []
        while not found:
            found = parser.feed(self.line.recv(65536))
        asked = parse(found[0])
        assert isinstance(asked, Request)
        self.line.sendall(response_to(asked, 486, None, "b").encode())
        return asked

    def take_by_datagram(self) -> Request:
        data, source = self.datagrams.recvfrom(65536)
        asked = parse(data)
        assert isinstance(asked, Request)
        self.datagrams.sendto(response_to(asked, 486, None, "b").encode(), source)
        return asked

    def shut(self) -> None:
        """No TCP any more."""
        self.door.close()
        if self.line is not None:
            self.line.close()

    def close(self) -> None:
        self.shut()
        self.datagrams.close()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


def test_over_real_sockets(running: RunningReactor) -> None:
    listeners = [ListenerAddress("udp", "127.0.0.1", 0), ListenerAddress("tcp", "127.0.0.1", 0)]
    engine = Engine(FakePolicy(), None, EngineSettings(), listeners, random.Random(5))
    pump = Pump(running.reactor, engine, MemoryRecorder(), listeners)
    running.do(pump.start)
    carrier, owner = Carrier(), Owner()

    def ask() -> None:
        def work() -> None:
            engine.layer.request(large(length=3000), Flow("udp", 0, "127.0.0.1", carrier.port), running.reactor.seconds(), owner)
            pump.wake()

        running.do(work)

    try:
        ask()
        asked = carrier.take_by_stream()
        assert asked.via.transport.lower() == "tcp" and len(asked.body) == 3000 and asked.via.port == listeners[1].port
        carrier.shut()
        wait_for(lambda: owner.statuses == [486], 20, "the answer")
        wait_for(lambda: not pump._streams._opened, 20, "the connection seen as closed")
        ask()
        asked = carrier.take_by_datagram()
        assert asked.via.transport.lower() == "udp" and len(asked.body) == 3000 and asked.via.port == listeners[0].port
        wait_for(lambda: owner.statuses == [486, 486], 20, "the second answer")
        assert owner.errors == 0
    finally:
        running.do(pump.stop)
        carrier.close()
