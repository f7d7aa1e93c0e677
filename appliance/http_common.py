"""What the HTTP doors share: listening, limits of a request, headers that protect a browser, the request log.

Law: no request may hold memory or a connection without a bound, and no reply leaves without the protecting headers.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, AnyStr

from twisted.internet.address import IPv4Address, IPv6Address
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
)
SERVER = b"tollhouse"
STRICT = b"max-age=31536000"
"""A year of HTTPS alone (RFC 6797), told where TLS is spoken; browsers take it from certificates that they trust."""

MOST_PROXIES = 10

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

    def getHeader(self, key: AnyStr) -> AnyStr | None:  # noqa: N802
        """The last header of that name. A text is read as UTF-8, and what is none of it does not matter: nobody need send text at all."""
        if isinstance(key, bytes):
            return super().getHeader(key)
        value = super().getHeader(key.encode())
        return None if value is None else value.decode("utf-8", "replace")

    def _trusts(self) -> Callable[[str], bool]:
        """Which addresses are proxies of ours, as the listener says."""
        channel: Any = self.channel
        site = getattr(channel, "site", None)
        return site.trusts if isinstance(site, Door) else lambda address: False

    def getClientAddress(self) -> Any:  # noqa: N802
        """Who asks: behind a proxy of ours, the last address in X-Forwarded-For that is none of ours."""
        direct = super().getClientAddress()
        trusts = self._trusts()
        if not trusts(str(getattr(direct, "host", ""))):
            return direct
        said = b",".join(self.requestHeaders.getRawHeaders(b"x-forwarded-for") or []).decode("ascii", "replace")
        for each in reversed([part.strip() for part in said.split(",")[-MOST_PROXIES:]]):
            try:
                address = ipaddress.ip_address(each.strip("[]"))
            except ValueError:
                break
            direct = (IPv4Address if address.version == 4 else IPv6Address)("TCP", str(address), 0)
            if not trusts(str(address)):
                break
        return direct

    def isSecure(self) -> bool:  # noqa: N802
        """Whether the asker's side speaks TLS: here, or to a proxy of ours."""
        if super().isSecure():
            return True
        trusts = self._trusts()
        if not trusts(str(getattr(super().getClientAddress(), "host", ""))):
            return False
        return (self.getHeader("x-forwarded-proto") or "").rpartition(",")[2].strip().lower() == "https"

    def process(self) -> None:
        if self._refused:
            return
        for name, value in HEADERS:
            self.responseHeaders.setRawHeaders(name, [value])
        if self.isSecure():
            self.responseHeaders.setRawHeaders(b"strict-transport-security", [STRICT])
        super().process()

    def render(self, resrc: Any) -> None:
        self.responseHeaders.setRawHeaders(b"server", [SERVER])  # Twisted writes its own name and version there a moment before
        super().render(resrc)


class Door(Site):
    """One HTTP listener: a tree of resources, a bounded number of connections, one log line a request."""

    requestFactory = BoundedRequest  # noqa: N815
    connections = 0
    accepted = 0  # ever

    def __init__(self, tree: Any, name: str, reactor: Any) -> None:
        super().__init__(tree, timeout=IDLE_SECONDS, reactor=reactor)
        self.name = name
        self.answered: Counter[int] = Counter()
        self.trusts: Callable[[str], bool] = lambda address: False
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

    def __init__(self, port: Any, *, secure: bool = False) -> None:
        self._port = port
        self.secure = secure
        where = port.getHost()
        self.host: str = where.host
        self.port: int = where.port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8080`, with brackets around an IPv6 address."""
        return f"{'https' if self.secure else 'http'}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def close(self) -> Deferred[None]:
        """Fires when nothing is accepted any more."""
        closed: Deferred[None] = maybeDeferred(self._port.stopListening)
        return closed


def listen(reactor: Any, host: str, port: int, door: Door, tls: Any = None) -> Listening:
    """Listen, by TLS where `tls` makes its connections; EnvironmentFault port.taken, port.forbidden, port.no_such_address or port.failed."""
    try:
        if tls is not None:
            return Listening(reactor.listenSSL(port, door, tls, interface=host), secure=True)
        return Listening(reactor.listenTCP(port, door, interface=host))
    except CannotListenError as error:
        raise listening_fault("tcp", host, port, error.socketError) from error


def bring_tls_back() -> None:
    """Undo what a server without TLS listeners left out at its start (server_listeners.leave_tls_out), before something asks by HTTPS."""
    for name in ("OpenSSL", "twisted.internet._newtls"):
        if name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]
    endpoints = sys.modules.get("twisted.internet.endpoints")
    if endpoints is not None and getattr(endpoints, "TLSMemoryBIOFactory", None) is None:
        del sys.modules["twisted.internet.endpoints"]  # it was loaded without TLS, and would stay so


def listening_fault(transport: str, host: str, port: int, error: BaseException) -> EnvironmentFault:
    """What the machine's owner is told when an address cannot be listened on."""
    number = getattr(error, "errno", None)
    code = {errno.EADDRINUSE: "port.taken", errno.EACCES: "port.forbidden", errno.EADDRNOTAVAIL: "port.no_such_address"}.get(
        number or 0, "port.failed"
    )
    return EnvironmentFault(code, transport=transport, address=host, port=port, reason=getattr(error, "strerror", None) or error)
