"""Where a SIP server is: NAPTR, SRV, A and AAAA (RFC 3263, 2782), as questions out and answers in.

Law of this file: only names an owner typed are looked up, never names in messages. A machine asks, is told, and ends
with a list of places to try in order; no answer to a question is an empty answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appliance.sip.grammar import Rng
from appliance.sip.nat import address

MAX_RECORDS = 32  # of one answer that are used
MAX_PLACES = 32  # in the result
MAX_QUESTIONS = 64  # of one location

DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
_SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_PREFIXES = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}


class Question(NamedTuple):
    """One name to look up. `kind`: NAPTR, SRV, A or AAAA."""

    kind: str
    name: str


class Naptr(NamedTuple):
    """One NAPTR record (RFC 3403)."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


class Srv(NamedTuple):
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


class Place(NamedTuple):
    """Somewhere to send to: a literal address."""

    transport: str
    host: str
    port: int


Record = Naptr | Srv | str  # text: the literal of an A or AAAA record


class _Server(NamedTuple):
    transport: str
    name: str
    port: int


class Location:
    """One search. Ask `questions()`, give each answer to `answer`, until `done`; then read `places()`.

    `port` 0 and `transport` "" where nothing is said; `secure` for sips. `families`: which addresses, in what order.
    """

    __slots__ = ("_addresses", "_asked", "_families", "_rng", "_secure", "_servers", "_srv", "_transport", "host", "port")

    def __init__(self, host: str, port: int, transport: str, rng: Rng, secure: bool = False, families: tuple[str, ...] = ("A", "AAAA")) -> None:
        self.host = host.rstrip(".").lower()
        self.port = port
        self._transport = "tls" if secure else transport
        self._secure = secure
        self._rng = rng
        self._families = families
        # Question to its answer, None while it is open; in the order they were asked.
        self._asked: dict[Question, tuple[Record, ...] | None] = {}
        self._srv: list[tuple[str, Question]] = []  # transport and SRV question, in order of choice
        self._servers: list[_Server] = []
        self._addresses: dict[str, list[str]] = {}
        self._start()

    def _start(self) -> None:
        """RFC 3263 4.1 and 4.2."""
        transport = self._transport or "udp"
        if address(self.host) is not None:
            self._addresses[self.host] = [self.host]
            self._servers = [_Server(transport, self.host, self.port or DEFAULT_PORTS[transport])]
        elif self.port:
            self._serve([_Server(transport, self.host, self.port)])
        elif self._transport:
            self._ask_srv([(self._transport, _PREFIXES[self._transport] + self.host)])
        else:
            self._ask(Question("NAPTR", self.host))

    def _ask(self, question: Question) -> None:
        if len(self._asked) < MAX_QUESTIONS:
            self._asked.setdefault(question, None)

    def _ask_srv(self, names: list[tuple[str, str]]) -> None:
        self._srv = [(transport, Question("SRV", name)) for transport, name in names]
        for _, question in self._srv:
            self._ask(question)

    def _serve(self, servers: list[_Server]) -> None:
        self._servers = servers[:MAX_PLACES]
        for server in self._servers:
            literal = address(server.name)
            if literal is not None:
                self._addresses[server.name] = [server.name]
                continue
            for family in self._families:
                self._ask(Question(family, server.name))

    def questions(self) -> list[Question]:
        """What is open now. The same question stays in the list until it is answered."""
        return [question for question, answer in self._asked.items() if answer is None]

    def answer(self, question: Question, records: Sequence[Record]) -> None:
        """What was found; an empty sequence for nothing or a failure. An answer nobody waits for is passed over."""
        if question not in self._asked or self._asked[question] is not None:
            return
        self._asked[question] = tuple(records[:MAX_RECORDS])
        if question.kind == "NAPTR":
            self._take_naptr(question)
        elif question.kind == "SRV":
            if all(self._asked.get(open_question) is not None for _, open_question in self._srv):
                self._take_srv()
        else:
            self._addresses.setdefault(question.name, [])

    def _take_naptr(self, question: Question) -> None:
        found = [record for record in self._asked[question] or () if isinstance(record, Naptr)]
        names: list[tuple[str, str]] = []
        for record in sorted(found, key=lambda record: (record.order, record.preference)):
            transport = _SERVICES.get(record.service.upper())
            if transport is not None and record.flags.lower() == "s" and (transport == "tls" or not self._secure):
                names.append((transport, record.replacement.rstrip(".").lower()))
        self._ask_srv(names or [(transport, prefix + self.host) for transport, prefix in _PREFIXES.items()])

    def _take_srv(self) -> None:
        servers: list[_Server] = []
        refused = False
        for transport, question in self._srv:
            records = [record for record in self._asked.get(question) or () if isinstance(record, Srv)]
            if len(records) == 1 and records[0].target in (".", ""):
                refused = True  # RFC 2782: the service is decidedly not there
                continue
            servers += [_Server(transport, record.target.rstrip(".").lower(), record.port) for record in self._weighed(records)]
        if servers or refused:
            self._serve(servers)
        else:
            transport = self._transport or "udp"
            self._serve([_Server(transport, self.host, DEFAULT_PORTS[transport])])

    def _weighed(self, records: list[Srv]) -> list[Srv]:
        """By priority; among equals by chance in proportion to weight (RFC 2782)."""
        ordered: list[Srv] = []
        for priority in sorted({record.priority for record in records}):
            left = sorted((record for record in records if record.priority == priority), key=lambda record: record.weight)
            while left:
                draw = self._rng.getrandbits(32) % (sum(record.weight for record in left) + 1)
                for record in left:
                    draw -= record.weight
                    if draw <= 0:
                        ordered.append(record)
                        left.remove(record)
                        break
        return ordered

    @property
    def done(self) -> bool:
        """Whether nothing is open."""
        return all(answer is not None for answer in self._asked.values())

    def places(self) -> list[Place]:
        """Where to try, in order; empty where nothing was found."""
        found: dict[Place, None] = {}
        for server in self._servers:
            hosts = list(self._addresses.get(server.name, []))
            for family in self._families:
                hosts += [record for record in self._asked.get(Question(family, server.name)) or () if isinstance(record, str)]
            for host in hosts:
                found[Place(server.transport, host, server.port)] = None
        return list(found)[:MAX_PLACES]
