"""Peers for the demo and for tests: a phone that registers and calls, a carrier that answers. They are strangers to the
server, built on our own SIP core, and reach it by sockets alone.
"""

from __future__ import annotations

import logging
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.demo_call import DemoCall
from appliance.demo_loop import AgentLoop, Later
from appliance.demo_sound import Voice
from appliance.sip.digest import answer_challenge, challenge, ha1, parse_answer, verify
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import Request, Response, StreamParser, parse
from appliance.sip.policy import Flow
from appliance.sip.transaction import ClientTransaction, ServerTransaction, TransactionLayer

log = logging.getLogger("tollhouse.demo")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer does with a call that comes in. Seconds count from the INVITE."""

    status: int = 200  # the final answer
    reason: str | None = None
    rings: int | None = 180  # a provisional answer first: 180, 183 (with sound), or None
    after: float = 0.0  # until the final answer
    talk_seconds: float | None = None  # then BYE; None: the other side ends the call
    silent: bool = False  # no reply at all
    frequency: float | None = None  # of the tone; None: the peer's own
    headers: tuple[tuple[str, str], ...] = field(default=())


class DemoPeer:
    """What phones and carriers share: a socket, a transaction layer, calls by Call-ID."""

    name = "Tollhouse demo"

    def __init__(
        self,
        loop: AgentLoop,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        transport: str = "udp",
        server: tuple[str, int] | None = None,
        username: str = "",
        password: str = "",
        domain: str = "",
        frequency: float = 440.0,
        payload_types: tuple[int, ...] = (0, 8),
        answer: Answer | Callable[[str], Answer] | None = None,
        seed: int | None = None,
    ) -> None:
        """`server` is where everything is sent; one is needed to call, none to be called. A TCP peer connects to it."""
        self.loop = loop
        self.username = username
        self.password = password
        self.domain = domain or (server[0] if server else host)
        self.frequency = frequency
        self.payload_types = payload_types
        self.answers = answer if callable(answer) else (lambda number, one=answer: one or Answer())
        self.calls: list[DemoCall] = []  # every call there was, oldest first; bounded by `remember`
        self.remember = 1000
        self.invites: list[Request] = []  # first INVITEs that were let in, bounded alike
        self.seen: list[Request] = []  # every other request outside of calls
        self.on_call: Callable[[DemoCall], None] | None = None
        self.rng = random.SystemRandom() if seed is None else random.Random(seed)
        self._live: dict[str, DemoCall] = {}
        self._parsers: dict[int, tuple[socket.socket, StreamParser]] = {}
        self._last_connection = 0
        self._sockets: list[socket.socket] = []
        self.transport = transport
        self.host = self.media_host = host
        self.port = port
        self.flow = Flow(transport, 0, *(server or ("", 0)))
        self.layer = TransactionLayer(loop.timers, self._send, self, lambda flow: f"{_bracket(self.host)}:{self.port}", self.rng)
        loop.ask(self._open)

    # -- sockets ------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        if self.transport == "udp":
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.bind((self.host, self.port))
            sock.setblocking(False)
            self._sockets.append(sock)
            self.loop.watch(sock, lambda: self._readable(sock))
            self.port = sock.getsockname()[1]
        elif self.flow.host:
            sock = socket.create_connection((self.flow.host, self.flow.port), 5.0, (self.host, self.port))
            self.port = sock.getsockname()[1]
            self.flow = self._adopt(sock)
        else:
            sock = socket.create_server((self.host, self.port), family=family)
            self._sockets.append(sock)
            self.loop.watch(sock, lambda: self._adopt(sock.accept()[0]))
            self.port = sock.getsockname()[1]

    def _adopt(self, sock: socket.socket) -> Flow:
        """A connection, made or accepted."""
        sock.setblocking(True)
        self._last_connection += 1
        number = self._last_connection
        host, port = sock.getpeername()[:2]
        flow = Flow("tcp", 0, host, port, number)
        self._parsers[number] = sock, StreamParser()
        self.loop.watch(sock, lambda: self._stream_readable(number, flow))
        return flow

    def _readable(self, sock: socket.socket) -> None:
        for _ in range(100):
            try:
                data, source = sock.recvfrom(65535)
            except OSError:
                return
            if len(data) > 20:
                self._receive(data, Flow("udp", 0, source[0], source[1]))

    def _stream_readable(self, number: int, flow: Flow) -> None:
        sock, parser = self._parsers[number]
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.loop.unwatch(sock)
            sock.close()
            del self._parsers[number]
            self.layer.transport_failed(flow, self.loop.now())
            return
        for item in parser.feed(data):
            if item:
                self._receive(item, flow)

    def _receive(self, data: bytes, flow: Flow) -> None:
        try:
            self.layer.receive(parse(data), flow, self.loop.now())
        except RemoteProtocolError as error:
            log.info("a demo peer was sent nonsense: %s", error)

    def _send(self, flow: Flow, data: bytes) -> None:
        try:
            if flow.transport == "udp":
                self._sockets[0].sendto(data, (flow.host, flow.port))
            elif flow.connection in self._parsers:
                self._parsers[flow.connection][0].sendall(data)
        except OSError as error:
            log.info("a demo peer cannot send: %s", error)

    def close(self) -> None:
        """Closes the sockets; calls are dropped without a word. From any thread."""

        def close() -> None:
            for call in list(self._live.values()):
                if call.voice is not None:
                    call.voice.close()
            for sock in [*self._sockets, *[one for one, _ in self._parsers.values()]]:
                self.loop.unwatch(sock)
                sock.close()
            self._parsers.clear()

        self.loop.ask(close)

    # -- for calls ----------------------------------------------------------------------------------------------

    @property
    def contact(self) -> str:
        ending = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"<sip:{self.username or 'carrier'}@{_bracket(self.host)}:{self.port}{ending}>"

    def new_voice(self) -> Voice:
        return Voice(self.loop, self.media_host, self.frequency, self.rng.getrandbits(32))

    def authorize(self, request: Request, response: Response) -> bool:
        """Puts credentials for the challenge into the request; False where it cannot be met."""
        proxy = response.status == 407
        lines = [value for name, value in response.headers if name == ("Proxy-Authenticate" if proxy else "WWW-Authenticate")]
        credentials = answer_challenge(lines, request.method, request.uri, self.username, self.password, self.rng, request.body)
        if credentials is None:
            return False
        request.set("Proxy-Authorization" if proxy else "Authorization", credentials)
        return True

    def forget(self, call: DemoCall) -> None:
        """The call is over."""
        self.loop.later(5.0, lambda: self._live.pop(call.call_id, None))  # its BYE may come again

    def _keep(self, call: DemoCall) -> None:
        self._live[call.call_id] = call
        self.calls.append(call)
        del self.calls[: -self.remember]

    # -- the transaction layer's user ---------------------------------------------------------------------------

    def on_request(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        """See `TransactionUser`."""
        call = self._live.get(request.call_id)
        if call is not None and request.to.tag:
            call.on_request(transaction, request, now)
        elif request.to.tag:
            transaction.reply(481, now)
        elif not self.let_in(transaction, request, now):
            return
        elif request.method == "INVITE":
            self._on_invite(transaction, request, flow, now)
        else:
            self.seen.append(request)
            del self.seen[: -self.remember]
            self.on_other(transaction, request, now)
            self.loop.tell()

    def let_in(self, transaction: ServerTransaction, request: Request, now: float) -> bool:  # noqa: ARG002
        """Whether the sender may; what may not has been answered."""
        return True

    def on_other(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A request outside of calls, other than INVITE."""
        transaction.reply(200 if request.method in ("OPTIONS", "MESSAGE", "NOTIFY") else 405, now)

    def on_ack(self, request: Request, flow: Flow, now: float) -> None:  # noqa: ARG002
        """See `TransactionUser`."""
        call = self._live.get(request.call_id)
        if call is not None:
            call.on_ack()

    def on_stray_response(self, response: Response, flow: Flow, now: float) -> None:
        """See `TransactionUser`."""

    def _on_invite(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        self.invites.append(request)
        del self.invites[: -self.remember]
        number = request.uri.partition(":")[2].partition("@")[0]
        plan = self.answers(number)
        if plan.silent:
            transaction.abandon()
            self.loop.tell()
            return
        call = DemoCall(self, False, number)
        call.call_id = request.call_id
        call.invite = request
        call.caller = request.get("From") or ""
        call.remote = call.caller
        call.local = f"{request.get('To')};tag={transaction.to_tag}"
        call.target = request.contacts[0].uri if request.contacts else request.uri
        call.route = request.all("Record-Route")
        call.pending = transaction
        transaction.owner = call
        if self.flow.host == "":
            self.flow = flow  # a carrier answers where it was called from
        self._keep(call)
        if plan.rings is not None:
            call.accept(plan.rings)
        if plan.frequency is not None and call.voice is not None:
            call.voice.change(plan.frequency)
        if plan.after > 0:
            self.loop.later(plan.after, lambda: self._decide(call, plan))
        else:
            self._decide(call, plan)
        if self.on_call is not None:
            self.on_call(call)
        self.loop.tell()

    def _decide(self, call: DemoCall, plan: Answer) -> None:
        if call.state in ("ended", "answered"):
            return
        call.accept(plan.status, plan.reason, plan.headers)
        if call.voice is not None and plan.frequency is not None:
            call.voice.change(plan.frequency)
        if plan.talk_seconds is not None and plan.status < 300:
            self.loop.later(plan.talk_seconds, call._hang_up)


class DemoPhone(DemoPeer):
    """Registers, calls, answers. Methods may be called from any thread."""

    def __init__(self, loop: AgentLoop, server: tuple[str, int], username: str, password: str, **options: object) -> None:
        """`options` are those of `DemoPeer`."""
        self.registered = False
        self.registrations = 0  # times a REGISTER was accepted
        self.register_status = 0
        self.expires = 3600
        self._register_call_id = f"{random.SystemRandom().getrandbits(64):016x}"
        self._register_cseq = 0
        self._register_tried = False
        self._refresh: Later | None = None
        super().__init__(loop, server=server, username=username, password=password, **options)  # type: ignore[arg-type]

    def register(self, expires: int = 3600, wait: float = 20.0) -> bool:
        """REGISTER, and again in time for as long as the peer lives; whether it was accepted within `wait` seconds
        (0: not waited for)."""
        self.expires = expires

        def begin() -> None:
            self.register_status = 0
            self._register_tried = False
            self._send_register()

        self.loop.ask(begin)
        return bool(wait) and self.loop.wait(lambda: self.register_status >= 200, wait) and self.register_status == 200

    def unregister(self) -> bool:
        """Takes the binding back."""
        return self.register(0)

    def _send_register(self, answer_to: Response | None = None) -> None:
        self._register_cseq += 1
        identity = f"<sip:{self.username}@{self.domain}>"
        request = Request("REGISTER", f"sip:{self.domain}", [
            ("Max-Forwards", "70"), ("From", f"{identity};tag={self._register_call_id[:8]}"), ("To", identity),
            ("Call-ID", self._register_call_id), ("CSeq", f"{self._register_cseq} REGISTER"), ("Contact", self.contact),
            ("Expires", str(self.expires)), ("User-Agent", self.name),
        ])  # fmt: skip
        if answer_to is not None and not self.authorize(request, answer_to):
            self._register_done(answer_to.status)
            return
        self.layer.request(request, self.flow, self.loop.now(), self)

    def _register_done(self, status: int) -> None:
        self.register_status = status
        self.registered = status == 200 and self.expires > 0
        if status == 200:
            self.registrations += 1
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        if self.expires:
            again = self.expires * 0.8 if self.registered else min(30.0, self.expires * 0.5)
            self._refresh = self.loop.later(again, self._register_again)
        self.loop.tell()

    def _register_again(self) -> None:
        self._register_tried = False
        self._send_register()

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:  # noqa: ARG002
        """Of a REGISTER."""
        if response.status in (401, 407) and not self._register_tried:
            self._register_tried = True
            self._send_register(response)
        elif response.status >= 200:
            self._register_done(response.status)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:  # noqa: ARG002
        """Of a REGISTER."""
        self._register_done(408)

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:  # noqa: ARG002
        """Of a REGISTER."""
        self._register_done(503)

    def call(self, number: str, headers: tuple[tuple[str, str], ...] = (), frequency: float | None = None) -> DemoCall:
        """Calls a number; gives the call at once, still `calling`."""
        call = DemoCall(self, True, number)

        def begin() -> None:
            call.call_id = f"{self.rng.getrandbits(64):016x}@{self.host}"
            call.local = f"<sip:{self.username}@{self.domain}>;tag={self.rng.getrandbits(48):012x}"
            uri = f"sip:{number}@{self.domain}"
            call.remote = f"<{uri}>"
            self._keep(call)
            call.voice = self.new_voice()
            if frequency is not None:
                call.voice.change(frequency)
            call.begin(uri, headers)

        self.loop.ask(begin)
        return call


class DemoCarrier(DemoPeer):
    """Answers every number, as `answer` says; with `credentials` it challenges first. Takes registrations from anybody
    who has them."""

    name = "Tollhouse demo carrier"

    def __init__(self, loop: AgentLoop, *, credentials: tuple[str, str] | None = None, realm: str = "carrier.test", **options: object) -> None:
        """`credentials` are the user name and password a caller must prove; other `options` are those of `DemoPeer`."""
        self.credentials = credentials
        self.realm = realm
        self.challenges = 0
        self.registered_contacts: list[str] = []
        super().__init__(loop, **options)  # type: ignore[arg-type]
        self._nonce = f"{self.rng.getrandbits(128):032x}"

    def let_in(self, transaction: ServerTransaction, request: Request, now: float) -> bool:
        """Digest, where credentials are wanted."""
        if self.credentials is None or request.method == "OPTIONS":
            return True
        proxy = request.method != "REGISTER"
        said = request.get("Proxy-Authorization" if proxy else "Authorization")
        answer = parse_answer(said) if said else None
        username, password = self.credentials
        if answer is not None and answer.username == username and answer.nonce == self._nonce:
            algorithm = answer.algorithm.removesuffix("-SESS") or "MD5"
            if verify(answer, ha1(username, self.realm, password, algorithm), request.method, request.body):
                return True
        self.challenges += 1
        header = ("Proxy-Authenticate" if proxy else "WWW-Authenticate", challenge(self.realm, self._nonce, "MD5"))
        transaction.reply(407 if proxy else 401, now, headers=(header,))
        return False

    def on_other(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """REGISTER is accepted as asked."""
        if request.method != "REGISTER":
            super().on_other(transaction, request, now)
            return
        contacts = [value for name, value in request.headers if name == "Contact"]
        self.registered_contacts = contacts
        expires = request.get("Expires") or "3600"
        listed = tuple(("Contact", value if "expires=" in value else f"{value};expires={expires}") for value in contacts)
        transaction.reply(200, now, headers=listed)

    def call_in(self, server: tuple[str, int], number: str, caller: str, domain: str = "", headers: tuple[tuple[str, str], ...] = ()) -> DemoCall:
        """A call from the carrier's side to one of the server's numbers."""
        call = DemoCall(self, True, number)

        def begin() -> None:
            self.flow = Flow(self.transport, 0, *server)
            call.call_id = f"{self.rng.getrandbits(64):016x}@{self.host}"
            call.local = f"<sip:{caller}@{_bracket(self.host)}>;tag={self.rng.getrandbits(48):012x}"
            uri = f"sip:{number}@{domain or _bracket(server[0])}"
            call.remote = f"<{uri}>"
            self._keep(call)
            call.begin(uri, headers)

        self.loop.ask(begin)
        return call


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host
