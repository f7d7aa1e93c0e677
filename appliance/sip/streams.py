"""TCP and TLS connections of the SIP service (RFC 3261 18): framing, reuse, limits.

A connection is known by its `Flow`, whose `connection` number is never given twice. What a phone opened is used for
all that goes to the phone; towards others one connection is opened for each address and used again. A connection that
breaks a limit is dropped and nothing else suffers.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import StreamParser
from appliance.sip.policy import Flow, ListenerAddress

log = logging.getLogger("tollhouse.sip.transport")

_PONG = b"\r\n"  # RFC 5626 4.4.1
_QUICKLY: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds, and counts of connections."""

    total: int = 5_000
    per_address: int = 200  # twelve booths and their gateways share one router
    first_message_seconds: float = 30.0  # until a new connection must have said something whole
    message_seconds: float = 30.0  # from the first byte of a later message to its last
    idle_seconds: float = 7_800.0  # without a byte in either direction: longer than the longest registration
    connect_seconds: float = 10.0
    unsent: int = 1 << 20  # bytes waiting for a peer that does not read
    unopened: int = 100  # messages waiting for one connection to open
    sweep_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class TlsContexts:
    """`server` accepts; `client(host, certificate)` makes what connects to `host` and shows `Flow.certificate` there; ValueError where that
    cannot be. Both as Twisted's TLS layer wants them.

    `names(transport)`: whom the certificate of a peer that connected was made for (RFC 5922 7.1), none where it showed none that is trusted.
    """

    server: Any
    client: Callable[[str, str], Any]
    names: Callable[[Any], tuple[str, ...]] = lambda transport: ()


class StreamUser(Protocol):
    """The pump."""

    def on_stream_message(self, data: bytes, flow: Flow) -> bool: ...
    def on_stream_event(self, kind: str, flow: Flow) -> None: ...


class Connection(TwistedProtocol):
    """One connection, whoever opened it."""

    transport: Any

    def __init__(self, streams: Streams, listener: int, kind: str, asked: tuple[str, int] | None, certificate: str = "") -> None:
        self.streams = streams
        self.listener = listener
        self.kind = kind
        self.asked = asked  # the address we connected to; None: the peer connected
        self.flow = Flow(kind, listener, "", 0, 0, certificate)
        self.parser = StreamParser()
        self.since = 0.0
        self.heard = 0.0  # when a byte last went either way
        self.whole = False  # a whole message has come
        self.begun: float | None = None  # since when the message that is coming has not become whole
        self.full = False  # the kernel's buffer and Twisted's are full
        self.unsent = 0
        self.held = False  # reading stopped because the pump has enough
        self.names: tuple[str, ...] | None = None  # of the peer's certificate, once somebody asked
        self.socket: socket.socket | None = None

    def connectionMade(self) -> None:  # noqa: N802
        peer = self.transport.getPeer()
        self.since = self.heard = self.streams.seconds()
        host, port = self.asked or (peer.host, peer.port)
        if not self.streams.admit(self, host):
            self.transport.abortConnection()
            return
        self.flow = Flow(self.kind, self.listener, host, port, self.streams.number(), self.flow.certificate)
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.socket = getattr(getattr(self.transport, "transport", None) or self.transport, "socket", None)  # below TLS, where there is some
        self.transport.registerProducer(self, True)
        self.streams.opened(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if not self.flow.connection:
            return
        self.heard = self.streams.seconds()
        self._acknowledge()
        try:
            items = self.parser.feed(data)
        except RemoteProtocolError as error:
            log.info("connection of %s:%d dropped: %s", self.flow.host, self.flow.port, error)
            self.transport.abortConnection()
            return
        if not self.parser.partial:
            self.begun = None
        elif items or self.begun is None:
            self.begun = self.heard
        for item in items:
            self.whole = True
            if not item:
                self.write(_PONG)
            elif not self.streams.user.on_stream_message(item, self.flow):
                self.hold()

    def _acknowledge(self) -> None:
        """Have the kernel say at once that the bytes came: many phones send nothing more before that (RFC 896), so that each call
        would begin 40 ms late, between the ACK of its challenge and its INVITE."""
        if self.socket is not None and _QUICKLY is not None:
            with suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, _QUICKLY, 1)

    def hold(self) -> None:
        """Read no more until the pump has worked off what waits."""
        if not self.held:
            self.held = True
            self.transport.pauseProducing()
            self.streams.held.append(self)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802, ARG002
        self.streams.closed(self)

    def write(self, data: bytes) -> None:
        """Sends, or drops the connection where the peer has not read for too long."""
        if self.full:
            self.unsent += len(data)
            if self.unsent > self.streams.limits.unsent:
                self.transport.abortConnection()
                return
        self.heard = self.streams.seconds()
        self.transport.write(data)

    # what Twisted calls when its write buffer fills and empties

    def pauseProducing(self) -> None:  # noqa: N802
        self.full = True

    def resumeProducing(self) -> None:  # noqa: N802
        self.full = False
        self.unsent = 0

    def stopProducing(self) -> None:  # noqa: N802
        self.full = True


class _Accepting(Factory):
    noisy = False

    def __init__(self, streams: Streams, listener: int, kind: str) -> None:
        self.streams = streams
        self.listener = listener
        self.kind = kind

    def buildProtocol(self, addr: object) -> Connection:  # noqa: N802, ARG002
        return Connection(self.streams, self.listener, self.kind, None)


class _Opening:
    """A connection that is being opened, and what waits for it. Serves as Twisted's client factory."""

    noisy = False

    def __init__(self, streams: Streams, flow: Flow) -> None:
        self.streams = streams
        self.flow = flow
        self.messages: list[bytes] = []

    def doStart(self) -> None: ...  # noqa: N802
    def doStop(self) -> None: ...  # noqa: N802
    def startedConnecting(self, connector: object) -> None: ...  # noqa: N802
    def clientConnectionLost(self, connector: object, reason: object) -> None: ...  # noqa: N802

    def buildProtocol(self, addr: object) -> Connection:  # noqa: N802, ARG002
        flow = self.flow
        return Connection(self.streams, flow.listener, flow.transport, (flow.host, flow.port), flow.certificate)

    def clientConnectionFailed(self, connector: object, reason: Any) -> None:  # noqa: N802, ARG002
        log.info("cannot connect to %s:%d: %s", self.flow.host, self.flow.port, reason.getErrorMessage())
        self.streams.failed(self)


Key = tuple[str, int, str, int, str]  # transport, listener, host, port, certificate


def _key(flow: Flow) -> Key:
    return (flow.transport, flow.listener, flow.host, flow.port, flow.certificate)


class Streams:
    """All stream listeners and connections of one pump."""

    def __init__(self, reactor: Any, listeners: Sequence[ListenerAddress], user: StreamUser, limits: StreamLimits, tls: TlsContexts | None) -> None:
        self._reactor = reactor
        self._tls = tls
        self._ports: list[Any] = []
        self._bound = [listener.host for listener in listeners]  # as configured: the listeners' own may come to name one address
        self._connections: dict[int, Connection] = {}
        self._opened: dict[Key, Connection] = {}
        self._opening: dict[Key, _Opening] = {}
        self._per_address: dict[str, int] = {}
        self._last_number = 0
        self._sweep: Any = None
        self._closing = False
        self.held: list[Connection] = []
        self.user = user
        self.limits = limits
        self.seconds: Callable[[], float] = reactor.seconds

    def listen(self, index: int, listener: ListenerAddress) -> int:
        """Accepts connections; the real port. Raises OSError."""
        factory = _Accepting(self, index, listener.transport)
        try:
            if listener.transport == "tls":
                if self._tls is None:
                    raise OSError("a TLS listener without a certificate")
                port = self._reactor.listenSSL(listener.port, factory, self._tls.server, interface=listener.host)
            else:
                port = self._reactor.listenTCP(listener.port, factory, interface=listener.host)
        except CannotListenError as error:
            raise error.socketError if isinstance(error.socketError, OSError) else OSError(str(error)) from error
        self._ports.append(port)
        if self._sweep is None:
            self._sweep = self._reactor.callLater(self.limits.sweep_seconds, self._sweep_idle)
        return int(port.getHost().port)

    def close(self) -> None:
        """Stops listening and drops every connection without a word to the user."""
        self._closing = True
        for port in self._ports:
            port.stopListening()
        self._ports.clear()
        if self._sweep is not None and self._sweep.active():
            self._sweep.cancel()
        for connection in list(self._connections.values()):
            connection.transport.abortConnection()
        self._connections.clear()
        self._opened.clear()
        self._opening.clear()

    def send(self, flow: Flow, data: bytes) -> None:
        """On the flow's own connection; without one, on a connection to its address, opened where there is none.

        A flow whose connection is gone has failed: another connection to a phone's source port reaches nobody.
        """
        if flow.connection:
            connection = self._connections.get(flow.connection)
            if connection is None:
                self.user.on_stream_event("failed", flow)
            else:
                connection.write(data)
            return
        key = _key(flow)
        connection = self._opened.get(key)
        if connection is not None:
            connection.write(data)
            return
        opening = self._opening.get(key)
        if opening is None:
            opening = self._opening[key] = _Opening(self, flow)
            self._connect(opening)
        if len(opening.messages) < self.limits.unopened:
            opening.messages.append(data)

    def _connect(self, opening: _Opening) -> None:
        flow, seconds = opening.flow, self.limits.connect_seconds
        host = self._bound[flow.listener]
        bind = (host, 0) if host not in ("", "0.0.0.0", "::") else None
        try:
            if flow.transport == "tls":
                if self._tls is None:
                    raise OSError("no TLS")
                self._reactor.connectSSL(flow.host, flow.port, opening, self._tls.client(flow.host, flow.certificate), seconds, bind)
            else:
                self._reactor.connectTCP(flow.host, flow.port, opening, seconds, bind)
        except (OSError, ValueError, OverflowError) as error:
            log.info("cannot connect to %s:%d: %s", flow.host, flow.port, error)
            self._reactor.callLater(0, self.failed, opening)

    def names(self, flow: Flow) -> tuple[str, ...]:
        """Whom the peer's certificate was made for; empty where it showed none, none that is trusted, or we connected."""
        connection = self._connections.get(flow.connection)
        if connection is None or connection.asked is not None or connection.kind != "tls" or self._tls is None:
            return ()
        if connection.names is None:
            connection.names = self._tls.names(connection.transport)
        return connection.names

    def resume(self) -> None:
        """The pump has room again."""
        if self.held:
            held, self.held = self.held, []
            for connection in held:
                connection.held = False
                if connection.flow.connection in self._connections:
                    connection.transport.resumeProducing()

    # -- what connections tell --------------------------------------------------------------------------------

    def number(self) -> int:
        self._last_number += 1
        return self._last_number

    def admit(self, connection: Connection, host: str) -> bool:
        """Whether this address may have one connection more."""
        if self._closing:
            return False
        if connection.asked is None and (len(self._connections) >= self.limits.total or self._per_address.get(host, 0) >= self.limits.per_address):
            log.warning("too many connections, that of %s is refused", host)
            return False
        self._per_address[host] = self._per_address.get(host, 0) + 1
        return True

    def opened(self, connection: Connection) -> None:
        flow = connection.flow
        self._connections[flow.connection] = connection
        if connection.asked is not None:
            key = _key(flow)
            self._opened[key] = connection
            opening = self._opening.pop(key, None)
            for data in opening.messages if opening is not None else ():
                connection.write(data)

    def closed(self, connection: Connection) -> None:
        flow = connection.flow
        if not flow.connection:
            return
        self._connections.pop(flow.connection, None)
        left = self._per_address.get(flow.host, 0) - 1
        if left > 0:
            self._per_address[flow.host] = left
        else:
            self._per_address.pop(flow.host, None)
        if connection.asked is not None:
            key = _key(flow)
            if self._opened.get(key) is connection:
                del self._opened[key]
        if not self._closing:
            self.user.on_stream_event("lost", flow)
            if connection.asked is not None:
                # requests were sent on it under the flow that names no connection
                self.user.on_stream_event("lost", flow._replace(connection=0))

    def failed(self, opening: _Opening) -> None:
        flow = opening.flow
        self._opening.pop(_key(flow), None)
        if not self._closing:
            self.user.on_stream_event("failed", flow)

    def _sweep_idle(self) -> None:
        now, limits = self.seconds(), self.limits
        for connection in list(self._connections.values()):
            mute = not connection.whole and connection.asked is None and now - connection.since > limits.first_message_seconds
            begun = connection.begun
            slow = begun is not None and not connection.held and now - begun > limits.message_seconds
            if mute or slow or now - connection.heard > limits.idle_seconds:
                connection.transport.abortConnection()
        self._sweep = self._reactor.callLater(limits.sweep_seconds, self._sweep_idle)


def enlarge_descriptor_limit() -> int:
    """Raises this process's limit of open files as far as it may; the limit now. 0 where there is none to raise."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1 << 20
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):
            pass
    return int(soft)


def local_address_towards(host: str, port: int = 5060) -> str:
    """The address this machine would send from to reach `host` (an IP literal); empty where it cannot. Sends nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, port))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
