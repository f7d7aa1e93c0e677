"""Names by DNS, against a name server of our own on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet import defer
from twisted.names import client, dns, server
from twisted.names.common import ResolverBase
from twisted.names.error import DomainError
from twisted.python.failure import Failure

from appliance.sip.locate import Naptr, Question, Srv
from appliance.sip.resolve import NameResolver
from tests.helpers.loop import RunningReactor, running_reactor

RECORDS = {
    (b"example.test", dns.NAPTR): [dns.Record_NAPTR(10, 20, b"s", b"SIP+D2U", b"", b"_sip._udp.example.test")],
    (b"_sip._udp.example.test", dns.SRV): [dns.Record_SRV(1, 5, 5070, b"one.example.test"), dns.Record_SRV(2, 5, 5071, b"two.example.test")],
    (b"one.example.test", dns.A): [dns.Record_A("192.0.2.1"), dns.Record_A("192.0.2.2")],
    (b"one.example.test", dns.AAAA): [dns.Record_AAAA("2001:db8::1")],
}


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
