"""The address by which the world reaches a server that stands behind the shop's router (sip.md, Transports).

Sans-IO: time, datagrams and answers in; datagrams and questions out. It writes `public_host` and `public_port` of the
listeners and says when they changed. What was typed counts before what is found out; a name is looked up again, and
STUN and trunks are believed again, often enough that a change is noticed within 60 s.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.sip import stun
from appliance.sip.grammar import Rng
from appliance.sip.locate import Question
from appliance.sip.nat import is_private
from appliance.sip.policy import ListenerAddress

ASK_SECONDS = 25.0  # between two STUN requests of a listener, or two look-ups of a name; keeps a router's mapping open too
RETRY_SECONDS = 0.5  # until an unanswered STUN request is sent again; doubles
TRIES = 4
FORGET_SECONDS = 180.0  # what nobody has confirmed for so long is still used, and reported as doubtful


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """`address`: an IP address or a DNS name, with or without ":port"; empty: find out. `stun`: a server, "host[:port]";
    empty: none. `learn`: believe the `received` of trunks."""

    address: str = ""
    stun: str = ""
    learn: bool = True

    @classmethod
    def of(cls, text: str) -> PublicSettings:
        """The setting `sip.public_address`: empty, an address, a name, or `stun:server[:port]`. ValueError for a bad port."""
        if text.startswith("stun:"):
            split_host_port(text[5:], 0)
            return cls(stun=text[5:])
        split_host_port(text, 0)
        return cls(address=text)


def split_host_port(text: str, port: int) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]`, `[v6]:port` or a bare v6; ValueError for a bad port."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:]) if rest.startswith(":") else port
    host, colon, rest = text.rpartition(":")
    if not colon or ":" in host:
        return text, port
    return host, int(rest)


def literal(host: str) -> str:
    """The address if `host` is one, else empty."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return ""


class PublicAddress:
    """Call `handle_timeout` at `next_timeout`, then see to `packets` and `questions`; after anything ask `take_change`."""

    def __init__(self, listeners: Sequence[ListenerAddress], settings: PublicSettings, rng: Rng, now: float) -> None:
        self._listeners = listeners
        self._settings = settings
        self._rng = rng
        self._packets: list[tuple[int, bytes, str, int]] = []
        self._names: list[str] = []
        self._changed = False
        self._next_name = self._next_stun = float("inf")
        self._stun_host = self._stun_name = ""
        self._stun_port = 3478
        self._tries = 0
        self._waiting: dict[bytes, int] = {}  # transaction of a STUN request -> listener
        self.confirmed_at: float | None = None  # engine seconds; None: never
        self._typed_name, self._typed_port = "", 0
        if settings.address:
            host, self._typed_port = split_host_port(settings.address, 0)
            if literal(host):
                self._set_all(literal(host), now)
            else:
                self._typed_name = host
                self._next_name = now
        elif settings.stun:
            host, self._stun_port = split_host_port(settings.stun, 3478)
            self._stun_host, self._stun_name = literal(host), "" if literal(host) else host
            self._next_stun = now
            self._next_name = now if self._stun_name else self._next_name

    # -- time -------------------------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due; None: never."""
        due = min(self._next_name, self._next_stun)
        return None if due == float("inf") else due

    def handle_timeout(self, now: float) -> None:
        """Ask whatever is due to be asked."""
        if self._next_name <= now:
            self._names.append(self._typed_name or self._stun_name)
            self._next_name = now + ASK_SECONDS
        if self._next_stun <= now:
            self._ask_stun(now)

    def _ask_stun(self, now: float) -> None:
        if self._tries == 0:
            self._waiting.clear()
        if not self._stun_host or self._tries == TRIES:
            self._tries = 0
            self._next_stun = now + (ASK_SECONDS if self._stun_host else 1.0)
            return
        if self._tries == 0:
            for place, listener in enumerate(self._listeners):
                if listener.transport == "udp" and (":" in listener.host) == (":" in self._stun_host) and not _loopback(listener.host):
                    self._waiting[self._rng.getrandbits(96).to_bytes(12, "big")] = place
        for transaction, place in self._waiting.items():
            self._packets.append((place, stun.encode(stun.REQUEST, transaction), self._stun_host, self._stun_port))
        self._next_stun = now + RETRY_SECONDS * 2**self._tries
        self._tries += 1

    def packets(self) -> list[tuple[int, bytes, str, int]]:
        """STUN requests to send: listener, bytes, host, port."""
        packets, self._packets = self._packets, []
        return packets

    def questions(self) -> list[str]:
        """Names to look up; each is answered by `named`."""
        names, self._names = self._names, []
        return names

    def take_change(self) -> bool:
        """Whether the listeners have another public address than at the last asking."""
        changed, self._changed = self._changed, False
        return changed

    def doubtful(self, now: float) -> bool:
        """Whether something is to be found out and has not been for a long time; for the self-check."""
        if not self._typed_name and not self._settings.stun:
            return False
        return self.confirmed_at is None or now - self.confirmed_at > FORGET_SECONDS

    # -- what is found out ------------------------------------------------------------------------------------

    def named(self, name: str, addresses: Sequence[str], now: float) -> None:
        """The addresses of a name; an empty answer changes nothing."""
        found = [address for address in addresses if literal(address)]
        if not found:
            return
        if name == self._typed_name:
            self._set_all(found[0], now)
        elif name == self._stun_name:
            self._stun_host = found[0]

    def receive(self, data: bytes, listener: int, host: str, port: int, now: float) -> bytes | None:
        """A STUN datagram at one of our ports: what to answer there, if anything. Answers to our own requests count
        only under their transaction and from the server they were sent to."""
        reply = stun.answer(data, host, port)
        if reply is not None:
            return reply
        message = stun.decode(data)
        if message is None or message.kind != stun.SUCCESS or host != self._stun_host:
            return None
        place = self._waiting.pop(message.transaction, None)
        mapped = stun.mapped_address(message)
        if place is None or place != listener or mapped is None:
            return None
        self._set(place, mapped[0], mapped[1], now)
        for other, one in enumerate(self._listeners):
            if one.transport != "udp" and not _loopback(one.host):
                self._set(other, mapped[0], 0, now)
        if not self._waiting:
            self._tries = 0
            self._next_stun = now + ASK_SECONDS
        return None

    def received(self, listener: int, host: str, port: int, now: float) -> None:
        """A trusted trunk answered one of our requests and told in Via from where it came (RFC 3581): believed where
        nothing was typed and no STUN server is asked."""
        if not self._settings.learn or self._settings.address or self._settings.stun:
            return
        address = literal(host)
        if not address or is_private(address):
            return
        mine = self._listeners[listener]
        self._set(listener, address, port if mine.transport == "udp" else 0, now)
        for place, other in enumerate(self._listeners):
            if place != listener and not _loopback(other.host) and other.public_host != address:
                self._set(place, address, 0, now)

    def _set_all(self, host: str, now: float) -> None:
        for place, listener in enumerate(self._listeners):
            if not _loopback(listener.host):
                self._set(place, host, self._typed_port, now)

    def _set(self, place: int, host: str, port: int, now: float) -> None:
        listener = self._listeners[place]
        self.confirmed_at = now
        if host == listener.host:  # we are not behind a router at all
            host, port = "", 0
        if port == listener.port:
            port = 0
        if (listener.public_host, listener.public_port) != (host, port):
            listener.public_host, listener.public_port = host, port
            self._changed = True


class PublicAddressWatch:
    """Drives a PublicAddress by the reactor, a pump and a resolver. `stun` is the pump's hook; `on_change` is called when
    the listeners have another public address."""

    def __init__(self, reactor: Any, state: PublicAddress, resolve: Callable[[Question], Any], on_change: Callable[[], None]) -> None:
        self._reactor = reactor
        self._state = state
        self._resolve = resolve
        self._on_change = on_change
        self._send: Callable[[int, bytes, str, int], None] | None = None
        self._timer: Any = None

    def start(self, send: Callable[[int, bytes, str, int], None]) -> None:
        """`send(listener, data, host, port)` is the pump's `send_datagram`; the sockets are open by now."""
        self._send = send
        self._run()

    def stop(self) -> None:
        """No more questions."""
        self._send = None
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def stun(self, data: bytes, listener: int, host: str, port: int) -> bytes | None:
        """A STUN datagram came: what to answer."""
        reply = self._state.receive(data, listener, host, port, self._reactor.seconds())
        self._look()
        return reply

    def received(self, listener: int, host: str, port: int) -> None:
        """A trunk told from where our request came."""
        self._state.received(listener, host, port, self._reactor.seconds())
        self._look()

    def _look(self) -> None:
        if self._state.take_change():
            self._on_change()

    def _run(self) -> None:
        state, now = self._state, self._reactor.seconds()
        due = state.next_timeout()
        if due is not None and due <= now:
            state.handle_timeout(now)
        self._look()
        for name in state.questions():
            for kind in ("A", "AAAA"):
                self._resolve(Question(kind, name)).addCallback(self._answered, name)
        if self._send is None:
            return
        for packet in state.packets():
            self._send(*packet)
        due = state.next_timeout()
        if due is not None:
            self._timer = self._reactor.callLater(max(0.0, due - now), self._run)

    def _answered(self, addresses: Sequence[Any], name: str) -> None:
        self._state.named(name, [address for address in addresses if isinstance(address, str)], self._reactor.seconds())
        self._look()


def _loopback(host: str) -> bool:
    address = literal(host)
    return bool(address) and ipaddress.ip_address(address).is_loopback
