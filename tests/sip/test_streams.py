"""TCP under the pump: framing, pings, limits, connections used again, over real loopback sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import ssl as twisted_ssl

from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.streams import StreamLimits, TlsContexts
from appliance.sip.transport import Pump
from tests.helpers.appliance import wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.sip.pump_doubles import EchoEngine, MemoryRecorder

HEAD = b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\n"


def message(body: bytes = b"") -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


class Bench:
    def __init__(self, running: RunningReactor, limits: StreamLimits) -> None:
        self.running = running
        self.engine = EchoEngine()
        self.recorder = MemoryRecorder()
        self.listeners = [ListenerAddress("tcp", "127.0.0.1", 0)]
        self.pump = Pump(running.reactor, self.engine, self.recorder, self.listeners, limits=limits)
        running.do(self.pump.start)
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.listeners[0].port), 2)
        self.clients.append(client)
        return client

    def say(self, flow: Flow, data: bytes) -> None:
        def work() -> None:
            self.engine.say(flow, data)
            self.pump.wake()

        self.running.do(work)

    def close(self) -> None:
        self.recorder.may_commit.set()
        self.running.do(self.pump.stop)
        for client in self.clients:
            client.close()


@pytest.fixture
def make(running: RunningReactor) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def one(**limits: Any) -> Bench:
        benches.append(Bench(running, StreamLimits(**limits)))
        return benches[-1]

    yield one
    for bench in benches:
        bench.close()


def receive(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        assert piece, f"closed after {data!r}"
        data += piece
    return data


def closed(client: socket.socket) -> bool:
    client.settimeout(20)
    with suppress(ConnectionResetError):
        return client.recv(100) == b""
    return True


def test_messages_are_cut_out_of_the_stream_however_it_is_cut(make: Callable[..., Bench]) -> None:
    bench = make()
    client = bench.connect()
    stream = message(b"one") + b"\r\n" + message() + message(b"three")
    for place in range(0, len(stream), 37):
        client.sendall(stream[place : place + 37])
        time.sleep(0.002)
    wanted = [message(b"one"), message(), message(b"three")]
    assert receive(client, sum(len(one) + 4 for one in wanted)) == b"".join(b"200 " + one for one in wanted)
    assert [data for _, data in bench.engine.heard] == wanted
    flow = bench.engine.flows[0]
    assert flow == Flow("tcp", 0, "127.0.0.1", client.getsockname()[1], flow.connection) and flow.connection > 0


def test_a_ping_gets_its_pong(make: Callable[..., Bench]) -> None:
    bench = make()
    client = bench.connect()
    client.sendall(b"\r\n\r\n")
    assert receive(client, 2) == b"\r\n"
    assert bench.engine.heard == []


def test_a_phone_that_waits_for_acknowledgements_is_not_held_up(make: Callable[..., Bench]) -> None:
    """As most phones do, it writes an ACK, which nobody answers, and at once its INVITE: its system sends that when ours has acknowledged
    the first, after 40 ms where nobody cares."""
    bench = make()
    client = bench.connect()
    typical: list[float] = []
    while len(typical) < 5 and not any(seconds < 0.03 for seconds in typical):  # a busy machine may be late some time
        seconds = []
        for _ in range(12):
            client.sendall(message())
            receive(client, len(message()) + 4)
            began = time.monotonic()
            client.sendall(b"\r\n")
            client.sendall(message())
            receive(client, len(message()) + 4)
            seconds.append(time.monotonic() - began)
        typical.append(sorted(seconds)[6])
    assert min(typical) < 0.03, typical


def test_broken_framing_ends_that_connection_alone(make: Callable[..., Bench]) -> None:
    bench = make()
    good, bad = bench.connect(), bench.connect()
    bad.sendall(HEAD + b"Content-Length: many\r\n\r\n")
    assert closed(bad)
    good.sendall(message())
    assert receive(good, len(message()) + 4) == b"200 " + message()


def test_too_many_connections_of_one_address_are_refused(make: Callable[..., Bench]) -> None:
    bench = make(per_address=2)
    one, two = bench.connect(), bench.connect()
    for client in (one, two):
        client.sendall(b"\r\n\r\n")
        assert receive(client, 2) == b"\r\n"
    with suppress(ConnectionResetError):  # or it is reset so soon that connecting itself fails
        assert closed(bench.connect())
    one.close()
    wait_for(lambda: bench.engine.lost, 20, "the end of the connection is told")
    three = bench.connect()
    three.sendall(b"\r\n\r\n")
    assert receive(three, 2) == b"\r\n"


def test_silent_and_idle_connections_are_closed(make: Callable[..., Bench]) -> None:
    bench = make(first_message_seconds=0.3, idle_seconds=1.2, sweep_seconds=0.05)
    busy = bench.connect()
    busy.sendall(message())
    assert receive(busy, len(message()) + 4)
    silent, dribbling = bench.connect(), bench.connect()
    for _ in range(3):
        with suppress(ConnectionError):  # a busy machine writes when it is closed already
            dribbling.sendall(b"O")
        time.sleep(0.03)
    busy.sendall(message())
    assert receive(busy, len(message()) + 4)
    assert closed(silent) and closed(dribbling)
    busy.sendall(b"\r\n\r\n")
    assert receive(busy, 2) == b"\r\n"
    assert closed(busy)  # idle, by then


def test_a_byte_a_second_holds_nothing_for_long_also_after_a_message(make: Callable[..., Bench]) -> None:
    bench = make(message_seconds=0.25, sweep_seconds=0.05)
    slow, pinging, busy = bench.connect(), bench.connect(), bench.connect()
    for client in (slow, busy):
        client.sendall(message())
        assert receive(client, len(message()) + 4)
    began = time.monotonic()
    pinging.sendall(b"\r\n")  # half a ping is no message that has begun
    slow.settimeout(0.04)
    while time.monotonic() - began < 5:
        busy.sendall(message())  # one after the other, each whole
        assert receive(busy, len(message()) + 4)
        with suppress(TimeoutError, ConnectionError):
            slow.sendall(b"O")
            if not slow.recv(1):
                break
        if bench.engine.lost:
            break
    wait_for(lambda: bench.engine.lost, 20, "the slow one is dropped")
    assert [flow.port for flow in bench.engine.lost] == [slow.getsockname()[1]]
    pinging.sendall(b"\r\n")
    assert receive(pinging, 2) == b"\r\n"
    busy.sendall(message())
    assert receive(busy, len(message()) + 4)


# Content-Length as it may be said, before a body of four bytes; what arrives as whole messages (None: the connection ends).
LENGTHS: dict[str, tuple[bytes, list[bytes] | None]] = {
    "right": (b"Content-Length: 4\r\n", [b"body"]),
    "compact": (b"l:4\r\n", [b"body"]),
    "twice the same": (b"Content-Length: 4\r\nl: 4\r\n", [b"body"]),
    "too short": (b"Content-Length: 3\r\n", [b"bod"]),
    "none": (b"", [b""]),
    "too long": (b"Content-Length: 5\r\n", []),
    "negative": (b"Content-Length: -4\r\n", None),
    "two": (b"Content-Length: 4\r\nContent-Length: 3\r\n", None),
    "past every limit": (b"Content-Length: 4000000000\r\n", None),
    "no number": (b"Content-Length: 0x4\r\n", None),
    "empty": (b"Content-Length:\r\n", None),
}


@pytest.mark.parametrize("said", LENGTHS)
def test_games_with_content_length(make: Callable[..., Bench], said: str) -> None:
    """Whatever it says, that connection alone has the harm of it, and no longer than a message may take."""
    bench = make(message_seconds=0.2, sweep_seconds=0.05)
    line, bodies = LENGTHS[said]
    good, odd = bench.connect(), bench.connect()
    odd.sendall(HEAD + line + b"\r\nbody")
    if bodies:
        wait_for(lambda: len(bench.engine.heard) == len(bodies), 20, "what was framed")
        assert [data.partition(b"\r\n\r\n")[2] for _, data in bench.engine.heard] == bodies
    if bodies is None or said in ("too long", "too short", "none"):
        wait_for(lambda: bench.engine.lost, 20, "the end of the connection")
        assert len(bench.engine.heard) == len(bodies or ())
    good.sendall(message())
    assert receive(good, len(message()) + 4) == b"200 " + message()


def test_a_connection_is_opened_once_and_used_again(make: Callable[..., Bench]) -> None:
    bench = make()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        flow = Flow("tcp", 0, "127.0.0.1", server.getsockname()[1])
        bench.say(flow, b"one")
        bench.say(flow, b"two")
        accepted, _ = server.accept()
        assert receive(accepted, 6) == b"onetwo"
        bench.say(flow, b"three")
        assert receive(accepted, 5) == b"three"
        accepted.sendall(message())
        assert receive(accepted, 4) == b"200 "
        assert bench.engine.flows[-1]._replace(connection=0) == flow
        accepted.close()
        wait_for(lambda: flow in bench.engine.lost, 20, "requests sent that way are told of the loss")


def test_who_cannot_be_reached_is_told(make: Callable[..., Bench]) -> None:
    bench = make()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = Flow("tcp", 0, "127.0.0.1", probe.getsockname()[1])
    bench.say(nobody, b"hello")
    wait_for(lambda: bench.engine.failed == [nobody], 20, "the failure is told")
    gone = Flow("tcp", 0, "127.0.0.1", 5060, 999)
    bench.say(gone, b"hello")
    wait_for(lambda: bench.engine.failed == [nobody, gone], 20, "and that of a connection that is gone")


def test_a_peer_that_does_not_read_is_dropped(make: Callable[..., Bench]) -> None:
    bench = make(unsent=100_000)
    client = bench.connect()
    client.sendall(message())
    receive(client, len(message()) + 4)
    flow = bench.engine.flows[0]
    for _ in range(200):
        bench.say(flow, b"x" * 60_000)
        if bench.engine.lost:
            break
    wait_for(lambda: flow in bench.engine.lost, 20, "the connection is dropped")


def test_stream_messages_wait_for_the_commit_too(make: Callable[..., Bench]) -> None:
    bench = make()
    client = bench.connect()
    bench.recorder.may_commit.clear()
    first = message().replace(b"OPTIONS", b"REFER")
    client.sendall(first)
    wait_for(lambda: bench.recorder.log[-1:] == ["commit"], 20, "a commit runs")
    client.sendall(message(b"two"))
    time.sleep(0.05)
    assert len(bench.engine.heard) == 1
    bench.recorder.may_commit.set()
    assert receive(client, len(first) + 4) == b"200 " + first
    assert receive(client, len(message(b"two")) + 4) == b"200 " + message(b"two")


def certificate() -> Any:
    """A key and a certificate for 127.0.0.1, as Twisted takes them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sip.example.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return twisted_ssl.PrivateCertificate.loadPEM(secret + pem)


def test_tls_in_and_out(running: RunningReactor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given contexts, a TLS listener works as a TCP one does, and so does a connection that we open."""
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: running.reactor)  # it looks for the global one
    contexts = TlsContexts(certificate().options(), lambda host, certificate: twisted_ssl.CertificateOptions())
    ends: list[tuple[EchoEngine, Pump, ListenerAddress]] = []
    for _ in range(2):
        engine, listener = EchoEngine(), ListenerAddress("tls", "127.0.0.1", 0)
        pump = Pump(running.reactor, engine, MemoryRecorder(), [listener], tls=contexts)
        running.do(pump.start)
        ends.append((engine, pump, listener))
    (one, pump, _), (two, _, there) = ends
    flow = Flow("tls", 0, "127.0.0.1", there.port)
    answers: list[bytes] = []
    one.receive_message = lambda data, flow, now: answers.append(data)  # type: ignore[method-assign]  # or the two talk for ever

    def say() -> None:
        one.say(flow, message(b"sealed"))
        pump.wake()

    running.do(say)
    wait_for(lambda: two.heard == [("message", message(b"sealed"))], 20, "the message arrives")
    wait_for(lambda: answers == [b"200 " + message(b"sealed")], 20, "and its answer on the same connection")
    assert two.flows[0].transport == "tls"
    for _, other, _ in ends:
        running.do(other.stop)
