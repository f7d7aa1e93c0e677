"""What the HTTP doors share: listening, limits of a request, headers that protect a browser, the request log.

Law: no request may hold memory or a connection without a bound, and no reply leaves without the protecting headers.
"""

from __future__ import annotations

import errno
import logging
from collections import Counter
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.web import http
from twisted.web.server import Request, Site

from appliance.errors import EnvironmentFault
from appliance.logs import event

MOST_BODY = 32 * 1024 * 1024
MOST_CONNECTIONS = 500
IDLE_SECONDS = 60

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"server", b"tollhouse"),
)

_PROBLEM = b'{"title":"Too large","status":413,"code":"request.too_large","detail":"This is too large: at most %d bytes are read."}' % MOST_BODY
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_PROBLEM),
    _PROBLEM,
)
"""Written past the request, whose body is not read to its end."""

log = logging.getLogger("tollhouse.http")


class BoundedRequest(Request):
    """A request whose body is refused with 413 before it is read further than MOST_BODY."""

    _body_bytes = 0
    _refused = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        if length is not None and length > MOST_BODY:
            self._refuse()
            length = 0
        super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._body_bytes += len(data)
        if self._body_bytes > MOST_BODY:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)

    def _refuse(self) -> None:
        if not self._refused:
            self._refused = True
            channel: Any = self.channel
            channel.transport.write(TOO_LARGE)
            channel.loseConnection()

    def process(self) -> None:
        if self._refused:
            return
        for name, value in HEADERS:
            self.responseHeaders.setRawHeaders(name, [value])
        super().process()


class Door(Site):
    """One HTTP listener: a tree of resources, a bounded number of connections, one log line a request."""

    requestFactory = BoundedRequest  # noqa: N815
    connections = 0
    accepted = 0  # ever

    def __init__(self, tree: Any, name: str, reactor: Any) -> None:
        super().__init__(tree, timeout=IDLE_SECONDS, reactor=reactor)
        self.name = name
        self.answered: Counter[int] = Counter()
        self.displayTracebacks = False

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        if self.connections >= MOST_CONNECTIONS:
            return None
        protocol = super().buildProtocol(addr)
        self.connections += 1
        self.accepted += 1
        channel: Any = protocol
        lost = channel.connectionLost

        def ended(reason: Any) -> None:
            self.connections -= 1
            channel.connectionLost = lost
            lost(reason)

        channel.connectionLost = ended
        return protocol

    def log(self, request: http.Request) -> None:
        """Path without query: what is asked for may name a person."""
        self.answered[request.code] += 1
        path = request.path.decode("ascii", "replace")
        event(log, "request", level=logging.DEBUG, door=self.name, method=request.method.decode("ascii", "replace"), path=path, status=request.code)


class Listening:
    """An open listener: where it is, and how to close it."""

    def __init__(self, port: Any) -> None:
        self._port = port
        where = port.getHost()
        self.host: str = where.host
        self.port: int = where.port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8080`, with brackets around an IPv6 address."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def close(self) -> Deferred[None]:
        """Fires when nothing is accepted any more."""
        closed: Deferred[None] = maybeDeferred(self._port.stopListening)
        return closed


def listen(reactor: Any, host: str, port: int, door: Door) -> Listening:
    """Listen; EnvironmentFault port.taken, port.forbidden, port.no_such_address or port.failed."""
    try:
        return Listening(reactor.listenTCP(port, door, interface=host))
    except CannotListenError as error:
        raise listening_fault("tcp", host, port, error.socketError) from error


def listening_fault(transport: str, host: str, port: int, error: BaseException) -> EnvironmentFault:
    """What the machine's owner is told when an address cannot be listened on."""
    number = getattr(error, "errno", None)
    code = {errno.EADDRINUSE: "port.taken", errno.EACCES: "port.forbidden", errno.EADDRNOTAVAIL: "port.no_such_address"}.get(
        number or 0, "port.failed"
    )
    return EnvironmentFault(code, transport=transport, address=host, port=port, reason=getattr(error, "strerror", None) or error)
