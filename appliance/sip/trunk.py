"""Our side of a trunk: registration at the carrier (RFC 3261 10.2), refresh, back-off, and what keeps the way to it open.

Law of this file: one machine a trunk, with one request under way at a time; a trunk that is changed begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.sip.challenge import Account, answered, with_credentials
from appliance.sip.exchange import Exchange
from appliance.sip.facts import TrunkRegistered
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.headers import delta_seconds
from appliance.sip.keep_alive import DATAGRAM_SECONDS, PING, SPREAD, STREAM_SECONDS
from appliance.sip.locate import Place
from appliance.sip.message import Request, Response
from appliance.sip.policy import Flow
from appliance.sip.timers import Timer
from appliance.sip.transaction import ClientTransaction
from appliance.sip.uri import SipUri, escape_user

RETRY_SECONDS = 30.0  # after a failure; doubles up to the longest
LONGEST_RETRY_SECONDS = 900.0
REFRESH_PART = 0.85  # of what the carrier granted
SHORTEST_REFRESH_SECONDS = 5.0
SETTLED_SECONDS = 60.0  # a connection that is lost so long after its registration is missed: a carrier that closes each at once has its reasons
MAX_CHALLENGES = 2  # of one registration: the first, and one with a stale nonce


@dataclass(frozen=True, slots=True)
class TrunkConfig:
    """A trunk as far as signalling has to keep it up. Calls name it by Route; this is for what goes on between calls.

    `listener` is the index of the listener it is reached from. `register_seconds` 0: not registered.
    `keepalive_seconds` 0: no OPTIONS.
    """

    trunk: int
    host: str
    port: int = 0  # 0: by SRV, else the transport's default (RFC 3263)
    transport: str = "udp"
    listener: int = 0
    username: str = ""
    password: str = ""
    auth_username: str = ""  # where it differs from `username`
    domain: str = ""  # the registrar's domain; empty: `host`
    register_seconds: int = 0
    keepalive_seconds: int = 0
    addresses: tuple[str, ...] = ()  # further hosts its requests come from, for the guard
    certificate: str = ""  # of `Flow`


class TrunkLine:
    """One trunk's registration and keep-alive. `reachable`: None until the carrier answered or failed to."""

    __slots__ = (
        "_call_id",
        "_challenges",
        "_cseq",
        "_expires",
        "_failures",
        "_keepalive",
        "_ping",
        "_places",
        "_tag",
        "_timer",
        "_told",
        "_tx",
        "config",
        "exchange",
        "flow",
        "reachable",
        "registered_at",
        "registered_until",
    )

    def __init__(self, exchange: Exchange, config: TrunkConfig) -> None:
        self.exchange = exchange
        self.config = config
        self.reachable: bool | None = None
        self.registered_at = self.registered_until = 0.0
        self._call_id = exchange.call_id()
        self._tag = exchange.tag()
        self._cseq = exchange.rng.getrandbits(16)
        self._expires = config.register_seconds
        self._failures = 0
        self._challenges = 0
        self.flow: Flow | None = None
        self._places: list[Place] = []
        self._timer: Timer | None = None
        self._keepalive: Timer | None = None
        self._ping: Timer | None = None
        self._told: tuple[int, str] | None = None
        self._tx: ClientTransaction | None = None

    @property
    def account(self) -> Account:
        """Who we are there."""
        config = self.config
        return Account(config.auth_username or config.username, config.password, self.exchange.rng)

    def start(self, now: float) -> None:
        """Find the carrier, then register and keep alive."""
        config = self.config
        self.exchange.locator.find(config.host, config.port, config.transport, self, now)

    def stop(self, now: float) -> None:
        """The trunk is gone or changed: take our contact away, as far as one word does it."""
        timers = self.exchange.timers
        timers.cancel(self._timer)
        timers.cancel(self._keepalive)
        timers.cancel(self._ping)
        if self._tx is not None:
            self._tx.owner = None
        if self.flow is not None and self.registered_until > now:
            self.exchange.layer.request(self._request("REGISTER", 0), self.flow, now, _Parting(self))

    def renew(self, now: float) -> None:
        """Register anew at once: our address has changed."""
        if self.config.register_seconds and self._tx is None and self.flow is not None:
            self._register(now)

    def lost(self, flow: Flow, now: float) -> None:
        """A connection is gone: the carrier can call us over it no more, so that we register anew, but not again and again."""
        if flow == self.flow and self.registered_until > now >= self.registered_at + SETTLED_SECONDS:
            self.exchange.timers.cancel(self._timer)
            self.renew(now)

    def located(self, places: list[Place], now: float) -> None:
        """Where the carrier is; the first place is used until it fails."""
        self._places = places
        if not places:
            self._failed("name", now)
            return
        self._use(places.pop(0))
        if self.config.register_seconds:
            self._register(now)
        if self.config.keepalive_seconds and self._keepalive is None:
            self._keepalive = self.exchange.timers.at(now + self.config.keepalive_seconds, self, "options")

    def _use(self, place: Place) -> None:
        self.flow = Flow(place.transport, self._listener(place), place.host, place.port, 0, self.config.certificate)

    def _listener(self, place: Place) -> int:
        """The one chosen, unless the name led to another transport or address family."""
        addresses, chosen = self.exchange.addresses, self.config.listener
        own = addresses.listeners[chosen]
        fits = own.transport == place.transport and (":" in own.host) == (":" in place.host)
        return chosen if fits else addresses.listener_for(place.transport, place.host)

    # -- registration

    def _register(self, now: float) -> None:
        assert self.flow is not None
        self._challenges = 0
        self._tx = self.exchange.layer.request(self._request("REGISTER", self._expires), self.flow, now, self)

    def _request(self, method: str, expires: int) -> Request:
        config, flow = self.config, self.flow
        assert flow is not None
        domain = config.domain or config.host
        user = escape_user(config.username)
        here = f"sip:{user}@{domain}" if user else f"sip:{domain}"
        self._cseq += 1
        headers = [
            ("Max-Forwards", "70"),
            ("From", f"<{here}>;tag={self._tag}"),
            ("To", f"<{here}>" if method == "REGISTER" else f"<sip:{domain}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._cseq} {method}"),
            ("User-Agent", self.exchange.product),
        ]
        if method == "REGISTER":
            headers.append(("Contact", self.exchange.addresses.contact(flow, user)))
            headers.append(("Expires", str(expires)))
        return Request(method, f"sip:{domain}", headers)

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """The carrier's word on a REGISTER or OPTIONS of ours."""
        if response.status < 200:
            return
        self.reachable = True
        if tx is not self._tx:
            return
        self._tx = None
        status = response.status
        received = response.via.received
        if received is not None and status < 300:
            self.exchange.seen_as(self.config.listener, received, response.via.rport or 0)
        if status < 300:
            self._registered(response, now)
        elif status in (401, 407) and self._challenges < MAX_CHALLENGES and self._answer(tx, response, now):
            return
        elif status == 423 and (delta_seconds(response.get("Min-Expires")) or 0) > self._expires:
            # RFC 3261 10.2.8
            self._expires = min(delta_seconds(response.get("Min-Expires")) or 0, 86_400)
            self._register(now)
        else:
            self._failed(f"{status} {response.reason}"[:100], now)

    def _answer(self, tx: ClientTransaction, response: Response, now: float) -> bool:
        header = answered(self.account, response, tx.request, self._challenges > 0)
        if header is None or self.flow is None:
            return False
        self._challenges += 1
        self._cseq += 1
        self._tx = self.exchange.layer.request(with_credentials(tx.request, header, self._cseq), self.flow, now, self)
        return True

    def _registered(self, response: Response, now: float) -> None:
        granted = self._granted(response)
        self._failures = 0
        self.exchange.trace.drop(self._call_id)
        if granted <= 0:
            self._failed("not granted", now)
            return
        self.registered_at, self.registered_until = now, now + granted
        if self._ping is None:
            self._ping_later(now)
        self._tell(granted, "", now)
        wait = max(granted * REFRESH_PART, min(granted / 2, SHORTEST_REFRESH_SECONDS))
        self._timer = self.exchange.timers.at(now + wait, self, "register")

    def _ping_later(self, now: float) -> None:
        """The router before us forgets a silent way to the carrier long before we register again, and its calls to us with it."""
        assert self.flow is not None
        interval = DATAGRAM_SECONDS if self.flow.transport == "udp" else STREAM_SECONDS
        part = self.exchange.rng.getrandbits(16) / 65536
        self._ping = self.exchange.timers.at(now + interval * (1 - SPREAD * part), self, "ping")

    def _granted(self, response: Response) -> int:
        """Seconds given to our own contact; the answer lists others' too (RFC 3261 10.2.4)."""
        assert self.flow is not None
        general = response.expires
        host, port = self.exchange.addresses.host_port(self.flow)
        try:
            for contact in response.contacts:
                uri = SipUri.parse(contact.uri)
                if uri.host == host and (uri.port or 5060) == port:
                    return delta_seconds(contact.params.get("expires"), general) or general or self._expires
        except RemoteProtocolError:
            pass
        # A carrier behind NAT help may list us under another address.
        return general or self._expires

    def _failed(self, reason: str, now: float) -> None:
        self.registered_until = 0.0
        self._failures += 1
        wait = min(RETRY_SECONDS * 2.0 ** min(self._failures - 1, 10), LONGEST_RETRY_SECONDS)
        if self.config.register_seconds:
            self._tell(0, reason, now, wait)
        self._timer = self.exchange.timers.at(now + wait, self, "start")

    def _tell(self, seconds: int, reason: str, now: float, retry: float = 0.0) -> None:
        """A change of state and each failure, not each refresh."""
        said = (1 if seconds else 0, reason)
        if said != self._told or retry:
            self._told = said
            self.exchange.news.append(TrunkRegistered(self.config.trunk, seconds, reason, now, retry))

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """No answer: the next place, else later again."""
        self._unreachable(tx, "timeout", now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """Nobody there: the next place, else later again."""
        self._unreachable(tx, "unreachable", now)

    def _unreachable(self, tx: ClientTransaction, reason: str, now: float) -> None:
        self.reachable = False
        if tx is not self._tx:
            return
        self._tx = None
        if self._places:
            self._use(self._places.pop(0))
            self._register(now)
        else:
            self._failed(reason, now)

    def on_timer(self, token: str, now: float) -> None:
        """Time to refresh, to try again, or to say that we are here."""
        if token == "start":
            self.start(now)
        elif token == "register":
            self._register(now)
        elif token == "ping":
            self._ping = None
            if self.flow is not None and self.registered_until > now:
                self.exchange.layer.send(self.flow, PING)
                self._ping_later(now)
        elif self.flow is not None:
            self.exchange.layer.request(self._request("OPTIONS", 0), self.flow, now, self)
            self._keepalive = self.exchange.timers.at(now + self.config.keepalive_seconds, self, "options")


class _Parting:
    """The last REGISTER of a line that is given up; a challenge to it is answered once."""

    __slots__ = ("_line", "_tried")

    def __init__(self, line: TrunkLine) -> None:
        self._line = line
        self._tried = False

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        if response.status in (401, 407) and not self._tried:
            self._tried = True
            header = answered(self._line.account, response, tx.request, False)
            if header is not None:
                again = with_credentials(tx.request, header, tx.request.cseq.number + 1)
                self._line.exchange.layer.request(again, tx.flow, now, self)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """The carrier will forget us by itself."""

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """The carrier will forget us by itself."""


class Trunks:
    """All lines of one engine."""

    __slots__ = ("_lines", "exchange")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._lines: dict[int, TrunkLine] = {}

    def update(self, configs: Sequence[TrunkConfig], now: float) -> None:
        """Start what is new, stop what is gone, begin anew what is changed."""
        wanted = {config.trunk: config for config in configs}
        for trunk, line in list(self._lines.items()):
            if wanted.get(trunk) != line.config:
                line.stop(now)
                del self._lines[trunk]
        for trunk, config in wanted.items():
            if trunk not in self._lines and (config.register_seconds or config.keepalive_seconds):
                line = self._lines[trunk] = TrunkLine(self.exchange, config)
                line.start(now)

    def renew(self, now: float) -> None:
        """Our public address has changed: every registration is made anew."""
        for line in self._lines.values():
            line.renew(now)

    def lost(self, flow: Flow, now: float) -> None:
        """A connection is gone."""
        for line in self._lines.values():
            line.lost(flow, now)

    def line(self, trunk: int) -> TrunkLine | None:
        """The state of one trunk, None where nothing is kept up for it."""
        return self._lines.get(trunk)

    def account_at(self, flow: Flow) -> Account | None:
        """Our account with whoever is at the other end, where a line leads there."""
        for line in self._lines.values():
            reached = line.flow
            if reached is not None and reached.host == flow.host and reached.port == flow.port and line.config.username:
                return line.account
        return None
