"""Names by DNS, against a name server of our own on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from twisted.internet import defer
from twisted.names import client, dns, server
from twisted.names.common import ResolverBase
from twisted.names.error import DomainError
from twisted.python.failure import Failure

from appliance.sip.engine import Engine
from appliance.sip.locate import Naptr, Question, Srv
from appliance.sip.message import Request, Response, parse, response_to
from appliance.sip.policy import Caller, CallRequest, Flow, ListenerAddress, Route, Target
from appliance.sip.resolve import NameResolver
from appliance.sip.settings import EngineSettings
from appliance.sip.transport import Pump
from tests.helpers.loop import RunningReactor, running_reactor
from tests.sip.fakes import FakePolicy
from tests.sip.pump_doubles import MemoryRecorder

RECORDS = {
    (b"example.test", dns.NAPTR): [dns.Record_NAPTR(10, 20, b"s", b"SIP+D2U", b"", b"_sip._udp.example.test")],
    (b"_sip._udp.example.test", dns.SRV): [dns.Record_SRV(1, 5, 5070, b"one.example.test"), dns.Record_SRV(2, 5, 5071, b"two.example.test")],
    (b"one.example.test", dns.A): [dns.Record_A("192.0.2.1"), dns.Record_A("192.0.2.2")],
    (b"one.example.test", dns.AAAA): [dns.Record_AAAA("2001:db8::1")],
}
SERVICE = b"_sip._udp.carrier.test"


class Zone(ResolverBase):
    """Answers from RECORDS, and no such name for the rest."""

    def _lookup(self, name: bytes, kind: type, record: int, timeout: object) -> object:
        found = RECORDS.get((name.lower(), record))
        if found is None:
            return defer.fail(Failure(DomainError()))
        return defer.succeed(([dns.RRHeader(name, record, payload=payload) for payload in found], [], []))


@pytest.fixture(scope="module")
def resolver() -> Iterator[tuple[RunningReactor, NameResolver]]:
    with running_reactor() as running:
        protocol = dns.DNSDatagramProtocol(server.DNSServerFactory(clients=[Zone()]), running.reactor)
        port = running.do(running.reactor.listenUDP, 0, protocol, "127.0.0.1")
        asked = client.Resolver(servers=[("127.0.0.1", port.getHost().port)], reactor=running.reactor)
        yield running, NameResolver(running.reactor, asked)
        running.do(port.stopListening)


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        ("NAPTR", "example.test", [Naptr(10, 20, "s", "SIP+D2U", "_sip._udp.example.test")]),
        ("SRV", "_sip._udp.example.test", [Srv(1, 5, 5070, "one.example.test"), Srv(2, 5, 5071, "two.example.test")]),
        ("A", "one.example.test", ["192.0.2.1", "192.0.2.2"]),
        ("AAAA", "one.example.test", ["2001:db8::1"]),
        ("A", "nobody.example.test", []),
        ("A", "two..dots", []),
    ],
)
def test_records_of_each_kind(resolver: tuple[RunningReactor, NameResolver], kind: str, name: str, wanted: list[object]) -> None:
    running, one = resolver
    assert running.do(one.resolve, Question(kind, name)) == wanted


def test_this_computers_own_name_comes_from_its_own_table(resolver: tuple[RunningReactor, NameResolver]) -> None:
    running, one = resolver
    assert "127.0.0.1" in running.do(one.resolve, Question("A", "localhost"))
    assert running.do(one.resolve, Question("SRV", "localhost")) == []


class Policy(FakePolicy):
    """Everybody is a trunk, and every call goes where the name leads, RFC 3263 4.1 having nothing to go by but the name."""

    def trunk_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        return 1

    def route_to(self, request: CallRequest) -> Route:
        return Route((Target("sip:312@carrier.test", None, host="carrier.test"),), Caller("1"), trunk=1, silent_seconds=0.4)


INVITE = (
    "INVITE sip:312@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{0};rport;branch=z9hG4bK{1}\r\nMax-Forwards: 70\r\n"
    "From: <sip:1@127.0.0.1>;tag={1}\r\nTo: <sip:312@127.0.0.1>\r\nCall-ID: {1}\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:1@127.0.0.1:{0}>\r\nContent-Length: 0\r\n\r\n"
)


def test_two_servers_of_a_carrier_and_the_first_is_dead(resolver: tuple[RunningReactor, NameResolver], monkeypatch: pytest.MonkeyPatch) -> None:
    """NAPTR, SRV and A over real DNS, the INVITE over real sockets: a silent first server costs its moment once, a closed one nothing."""
    running, names = resolver
    caller, silent, second = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3))
    for each in (caller, silent, second):
        each.bind(("127.0.0.1", 0))
        each.settimeout(10)
    ports = [each.getsockname()[1] for each in (caller, silent, second)]
    zone: dict[tuple[bytes, int], list[object]] = {
        (b"carrier.test", dns.NAPTR): [dns.Record_NAPTR(10, 20, b"s", b"SIP+D2U", b"", SERVICE)],
        (SERVICE, dns.SRV): [dns.Record_SRV(1, 0, ports[1], b"a.carrier.test"), dns.Record_SRV(2, 0, ports[2], b"b.carrier.test")],
        (b"a.carrier.test", dns.A): [dns.Record_A("127.0.0.1")],
        (b"b.carrier.test", dns.A): [dns.Record_A("127.0.0.1")],
    }
    for key, records in zone.items():
        monkeypatch.setitem(RECORDS, key, records)
    listeners = [ListenerAddress("udp", "127.0.0.1", 0)]
    engine = Engine(Policy(), None, EngineSettings(), listeners, random.Random(5))
    pump = Pump(running.reactor, engine, MemoryRecorder(), listeners, resolve=names.resolve)
    running.do(pump.start)
    try:
        for call in ("one", "two"):
            caller.sendto(INVITE.format(ports[0], call).encode(), ("127.0.0.1", listeners[0].port))
            asked = parse(second.recv(4096))
            while asked.cseq.method != "INVITE":  # the ACK of the call before
                asked = parse(second.recv(4096))
            assert isinstance(asked, Request) and asked.uri == "sip:312@carrier.test"
            second.sendto(response_to(asked, 486, None, "b").encode(), ("127.0.0.1", listeners[0].port))
            statuses = [0]
            while statuses[-1] < 200:
                answer = parse(caller.recv(4096))
                assert isinstance(answer, Response)
                statuses.append(answer.status)
            assert statuses[-1] == 486
        first = [parse(silent.recv(4096)).get("Call-ID")]
        silent.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                first.append(parse(silent.recv(4096)).get("Call-ID"))
        assert len(set(first)) == 1  # the second call went to the second server at once
    finally:
        running.do(pump.stop)
        for each in (caller, silent, second):
            each.close()
