"""A small world in memory: the engine, phones and carriers around it, virtual time, and a network that loses, doubles and reorders.

Phones are scripted on our own transaction layer. `World.run` moves time; nothing here reads a clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from appliance.sip.digest import answer_challenge
from appliance.sip.engine import Engine
from appliance.sip.facts import BindingsChanged, CallAnswered, CallEnded, Fact, RouteFailed
from appliance.sip.message import Request, Response, parse, response_to
from appliance.sip.policy import Flow, ListenerAddress, Media
from appliance.sip.settings import EngineSettings
from appliance.sip.timers import Timers
from appliance.sip.transaction import ClientTransaction, ServerTransaction, TransactionLayer
from tests.sip.fakes import DOMAIN, FakePolicy

HOME = ("10.0.0.1", 5060)
OFFER = b"v=0\r\no=a 1 1 IN IP4 10.0.0.50\r\ns=-\r\nc=IN IP4 10.0.0.50\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
OFFER += b"a=rtpmap:101 telephone-event/8000\r\n"
ANSWER = b"v=0\r\no=b 1 1 IN IP4 10.0.0.60\r\ns=-\r\nc=IN IP4 10.0.0.60\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n"
SDP = ("Content-Type", "application/sdp")


class World:
    """Time, the network, and everybody on it. `loss`, `double`: chances; `spread`: seconds that chance adds to the way."""

    def __init__(self, seed: int = 1, loss: float = 0.0, double: float = 0.0, spread: float = 0.0) -> None:
        self.now = 1000.0
        self.chance = random.Random(seed)
        self.loss, self.double, self.spread = loss, double, spread
        self.nodes: dict[tuple[str, int], Node] = {}
        self._queue: list[tuple[float, int, str, int, bytes, tuple[str, int]]] = []
        self._number = 0
        self.unreachable: set[tuple[str, int]] = set()

    def carry(self, source: tuple[str, int], host: str, port: int, data: bytes) -> None:
        copies = 2 if self.chance.random() < self.double else 1
        for _ in range(copies):
            if self.chance.random() < self.loss:
                continue
            self._number += 1
            heappush(self._queue, (self.now + 0.002 + self.spread * self.chance.random(), self._number, host, port, data, source))

    def run(self, seconds: float) -> None:
        """Deliver and fire everything until `seconds` from now."""
        end = self.now + seconds
        for _ in range(200_000):
            moments = [moment for moment in (node.next_timeout() for node in self.nodes.values()) if moment is not None]
            if self._queue:
                moments.append(self._queue[0][0])
            if not moments or min(moments) > end:
                break
            self.now = max(self.now, min(moments))
            self._step()
        else:
            raise AssertionError("the world does not come to rest")
        self.now = end

    def _step(self) -> None:
        while self._queue and self._queue[0][0] <= self.now:
            _, _, host, port, data, source = heappop(self._queue)
            node = self.nodes.get((host, port))
            if node is not None:
                node.receive(data, source, self.now)
            elif (host, port) in self.unreachable and source in self.nodes:
                self.nodes[source].icmp((host, port), self.now)
        for node in self.nodes.values():
            due = node.next_timeout()
            if due is not None and due <= self.now:
                node.handle_timeout(self.now)


class Node(Protocol):
    """Somebody with an address on the network."""

    def receive(self, data: bytes, source: tuple[str, int], now: float) -> None: ...
    def icmp(self, to: tuple[str, int], now: float) -> None: ...
    def next_timeout(self) -> float | None: ...
    def handle_timeout(self, now: float) -> None: ...


class Home:
    """The engine with its pump: facts are kept, bindings stored, packets sent. `fail` makes commits fail."""

    def __init__(self, world: World, policy: FakePolicy | None = None, media: Media | None = None, **settings: object) -> None:
        self.world = world
        self.policy = policy or FakePolicy()
        listener = ListenerAddress("udp", *HOME, public_host="203.0.113.1")
        self.engine = Engine(self.policy, media, EngineSettings(**settings), [listener], random.Random(7))  # type: ignore[arg-type]
        self.facts: list[Fact] = []
        self.fail = False
        self.questions: list[object] = []
        self.sent: list[tuple[Flow, bytes]] = []
        world.nodes[HOME] = self

    def receive(self, data: bytes, source: tuple[str, int], now: float) -> None:
        self.engine.receive(data, Flow("udp", 0, *source), now)
        self.pump()

    def icmp(self, to: tuple[str, int], now: float) -> None:
        self.engine.send_failed(Flow("udp", 0, *to), now)
        self.pump()

    def next_timeout(self) -> float | None:
        return self.engine.next_timeout()

    def handle_timeout(self, now: float) -> None:
        self.engine.handle_timeout(now)
        self.pump()

    def pump(self) -> None:
        facts = self.engine.facts()
        packets = self.engine.packets()
        if self.fail:
            self.engine.unrecorded(self.world.now)
            packets = self.engine.packets()
        else:
            self.facts.extend(facts)
            for fact in facts:
                if isinstance(fact, BindingsChanged):
                    self.policy.held[fact.endpoint] = fact.bindings
        self.engine.recorded()
        self.questions.extend(self.engine.questions())
        for flow, data in packets:
            self.sent.append((flow, data))
            self.world.carry(HOME, flow.host, flow.port, data)

    def told(self, kind: type) -> list[Fact]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def ended(self) -> CallEnded:
        (fact,) = self.told(CallEnded)
        assert isinstance(fact, CallEnded)
        return fact

    @property
    def answered(self) -> CallAnswered:
        (fact,) = self.told(CallAnswered)
        assert isinstance(fact, CallAnswered)
        return fact

    @property
    def failed_routes(self) -> list[int]:
        return [fact.status for fact in self.facts if isinstance(fact, RouteFailed)]

    def leaks(self) -> dict[str, int]:
        """What is left over, by kind; empty when all is clean. Also looks that calls end once."""
        exchange = self.engine._exchange
        left = {
            "calls": len(exchange.calls),
            "dialogs": len(exchange.owners),
            "waiting": len(exchange.waiting),
            "transactions": len(self.engine.layer),
            "timers": len(self.engine.timers) - len(self.engine._presence),
            "emergencies": len(exchange.emergencies),
            "batches": len(self.engine._closed),
        }
        ended = [fact.call for fact in self.facts if isinstance(fact, CallEnded)]
        left["ended twice"] = len(ended) - len(set(ended))
        return {kind: count for kind, count in left.items() if count}


@dataclass
class PhoneCall:
    """One side of a call as a phone keeps it. `events`: statuses received, methods received, "ack"."""

    phone: Phone
    call_id: str
    local: str
    remote: str
    target: str
    cseq: int = 1
    invite: ClientTransaction | None = None
    incoming: ServerTransaction | None = None
    routes: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    acks: list[Request] = field(default_factory=list)
    state: str = "calling"
    late: bytes = b""  # what the ACK carries

    @property
    def statuses(self) -> list[int]:
        return [response.status for response in self.responses]

    def send(self, method: str, body: bytes = b"", *headers: tuple[str, str]) -> ClientTransaction:
        """A request in the dialog."""
        self.cseq += 1
        request = self.phone.build(self, method, self.cseq, body, *headers)
        return self.phone.layer.request(request, self.phone.home, self.phone.world.now, self.phone)

    def bye(self) -> None:
        self.state = "ended"
        self.send("BYE")

    def cancel(self) -> None:
        assert self.invite is not None
        self.invite.cancel(self.phone.world.now)

    def answer(self, status: int, body: bytes = b"", *headers: tuple[str, str]) -> None:
        """Answer the incoming INVITE."""
        assert self.incoming is not None
        self.phone.answer(self.incoming, status, body, *headers)
        if 200 <= status < 300:
            self.state = "answered"


Script = Callable[["PhoneCall"], None]


class Phone:
    """A phone or a carrier at an address of its own. `script` is run for each incoming call; default: 180, then 200 with SDP."""

    def __init__(self, world: World, host: str, port: int, user: str, seed: int = 3) -> None:
        self.world = world
        self.address = (host, port)
        self.where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.user = user
        self.timers = Timers()
        self.rng = random.Random(f"{seed}{host}{port}")
        self.home = Flow("udp", 0, *HOME)
        self.layer = TransactionLayer(self.timers, self._send, self, lambda flow: self.where, self.rng)
        self.calls: list[PhoneCall] = []
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.timeouts: list[str] = []
        self.script: Script = ring_and_answer
        self.in_dialog: Callable[[ServerTransaction], tuple[int, bytes] | None] = lambda tx: (200, ANSWER if tx.request.body else b"")
        self.challenge = False  # asks for digest, as a carrier
        self.late_answer = ANSWER
        self.acks_2xx = True
        self.silent = False
        self.registered = 0  # the number of its last REGISTER
        world.nodes[self.address] = self

    def _send(self, flow: Flow, data: bytes) -> None:
        self.world.carry(self.address, flow.host, flow.port, data)

    def receive(self, data: bytes, source: tuple[str, int], now: float) -> None:
        if data.strip() and not self.silent:
            self.layer.receive(parse(data), Flow("udp", 0, *source), now)

    def icmp(self, to: tuple[str, int], now: float) -> None:
        """Phones do not mind."""

    def next_timeout(self) -> float | None:
        return self.timers.next()

    def handle_timeout(self, now: float) -> None:
        self.timers.run(now)

    # -- speaking

    def register(self, expires: int = 3600) -> None:
        self.registered += 2 + self.rng.getrandbits(20)
        request = Request(
            "REGISTER",
            f"sip:{DOMAIN}",
            [
                ("Max-Forwards", "70"),
                ("From", f"<sip:{self.user}@{DOMAIN}>;tag=r{self.user}"),
                ("To", f"<sip:{self.user}@{DOMAIN}>"),
                ("Call-ID", f"register-{self.user}-{self.address[1]}"),
                ("CSeq", f"{self.registered} REGISTER"),
                ("Contact", f"<sip:{self.user}@{self.where}>"),
                ("Expires", str(expires)),
            ],
        )
        self.layer.request(request, self.home, self.world.now, self)

    def call(self, number: str, body: bytes = OFFER, *headers: tuple[str, str], domain: str = DOMAIN) -> PhoneCall:
        call = PhoneCall(
            self,
            f"{self.rng.getrandbits(64):x}",
            f"<sip:{self.user}@{domain}>;tag={self.rng.getrandbits(32):x}",
            f"<sip:{number}@{domain}>",
            f"sip:{number}@{domain}",
        )
        self.calls.append(call)
        request = self.build(call, "INVITE", 1, body, *headers)
        call.invite = self.layer.request(request, self.home, self.world.now, self)
        return call

    def build(self, call: PhoneCall, method: str, cseq: int, body: bytes = b"", *headers: tuple[str, str]) -> Request:
        made = [
            ("Max-Forwards", "70"),
            ("From", call.local),
            ("To", call.remote),
            ("Call-ID", call.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<sip:{self.user}@{self.where}>"),
            *headers,
        ]
        if body and not any(name == "Content-Type" for name, _ in headers):
            made.append(SDP)
        return Request(method, call.target, made, body)

    def answer(self, tx: ServerTransaction, status: int, body: bytes = b"", *headers: tuple[str, str]) -> None:
        response = response_to(tx.request, status, None, tx.to_tag)
        response.headers.append(("Contact", f"<sip:{self.user}@{self.where}>"))
        response.headers.extend(headers)
        if body:
            response.headers.append(SDP)
        response.body = body
        tx.respond(response, self.world.now)

    def _find(self, message: Request | Response) -> PhoneCall | None:
        return next((call for call in self.calls if call.call_id == message.call_id), None)

    # -- hearing

    def on_request(self, tx: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        self.requests.append(request)
        tx.owner = self
        if request.method == "INVITE" and not request.to.tag:
            if self.challenge and request.get("Authorization") is None:
                self.answer(tx, 401, b"", ("WWW-Authenticate", 'Digest realm="carrier", nonce="abc", algorithm=MD5, qop="auth"'))
                return
            call = PhoneCall(self, request.call_id, f"{request.get('To')};tag={tx.to_tag}", request.get("From") or "", request.contacts[0].uri)
            call.cseq = 100
            call.incoming = tx
            self.calls.append(call)
            self.script(call)
            return
        known = self._find(request)
        if known is None or (known.state == "ended" and request.method != "BYE"):
            tx.reply(481 if request.to.tag else 200, now)
            return
        known.requests.append(request)
        if request.method == "BYE":
            known.state = "ended"
            tx.reply(200, now)
        elif (reply := self.in_dialog(tx)) is not None:
            if request.method == "INVITE":
                known.incoming = tx
            self.answer(tx, *reply)

    def on_ack(self, request: Request, flow: Flow, now: float) -> None:
        call = self._find(request)
        if call is not None:
            call.acks.append(request)
            if call.incoming is not None and request.cseq.number == call.incoming.request.cseq.number:
                call.incoming.acked()

    def on_stray_response(self, response: Response, flow: Flow, now: float) -> None:
        pass

    def on_cancel(self, tx: ServerTransaction, cancel: Request, now: float) -> None:
        call = self._find(cancel)
        if call is not None:
            call.requests.append(cancel)
            call.state = "ended"
        tx.reply(487, now)

    def on_no_ack(self, tx: ServerTransaction, now: float) -> None:
        self.timeouts.append("ack")

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        self.timeouts.append(tx.request.method)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        self.timeouts.append("error")

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        self.responses.append(response)
        call = self._find(response)
        if response.status in (401, 407) and tx.request.get("Authorization") is None:
            self._try_again(tx, response, call, now)
        elif call is not None:
            call.responses.append(response)
            if tx.request.method == "INVITE" and 200 <= response.status < 300:
                self._acknowledge(call, tx, response)
            elif tx.request.method == "INVITE" and 100 < response.status < 200:
                call.target = response.contacts[0].uri
                call.remote = response.get("To") or ""
            elif tx is call.invite and response.status >= 300:
                call.state = "failed"

    def _acknowledge(self, call: PhoneCall, tx: ClientTransaction, response: Response) -> None:
        if call.state == "calling":
            call.state = "answered"
        call.remote = response.get("To") or ""
        call.target = response.contacts[0].uri
        if not self.acks_2xx:
            return
        body = b"" if tx.request.body else self.late_answer
        self.layer.send_ack(self.build(call, "ACK", tx.request.cseq.number, body), self.home)

    def _try_again(self, tx: ClientTransaction, response: Response, call: PhoneCall | None, now: float) -> None:
        challenges = response.all("WWW-Authenticate") + response.all("Proxy-Authenticate")
        value = answer_challenge(challenges, tx.request.method, tx.request.uri, self.user, "secret", self.rng)
        request = tx.request.copy()
        request.remove("Via")
        request.set("CSeq", f"{request.cseq.number + 1} {request.method}")
        request.set("Authorization", value or "")
        if call is not None:
            call.cseq = request.cseq.number
        new = self.layer.request(request, self.home, now, self)
        if call is not None and tx is call.invite:
            call.invite = new


def ring_and_answer(call: PhoneCall) -> None:
    """180, then 200 with an answer (or an offer, where none was made)."""
    call.answer(180)
    call.answer(200, ANSWER)


def shop(seed: int = 1, media: Media | None = None, **network: float) -> tuple[World, Home, Phone, Phone, Phone]:
    """World, engine, two registered phones and a carrier."""
    world = World(seed, **network)
    home = Home(world, media=media)
    alice = Phone(world, "10.0.0.50", 5060, "1000001")
    bob = Phone(world, "10.0.0.60", 5060, "1000002")
    carrier = Phone(world, "10.0.0.9", 5090, "carrier")
    bob.register()
    alice.register()
    world.run(40)
    return world, home, alice, bob, carrier
