"""The connection between server and relay, at the server's end: a socket that the relay inherits, or loopback TCP with a token."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable
from typing import Any

MAX_LINE = 4 << 20  # bytes of one report
HELD_SECONDS = 0.1  # what nobody waits for goes with what somebody does, or after so long


class Control:
    """Our end of the control connection, as a reader and writer of the reactor."""

    def __init__(self, reactor: Any, connection: socket.socket, on_line: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self._reactor = reactor
        self._connection = connection
        self._on_line = on_line
        self._on_end = on_end
        self._incoming = b""
        self._outgoing = bytearray()
        self._soon = False
        self._later = False
        self._closed = False
        connection.setblocking(False)
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._connection.fileno()

    def logPrefix(self) -> str:  # noqa: N802
        return "relay"

    def send(self, data: bytes) -> None:
        """Sent with everything else of this turn of the reactor."""
        self._outgoing += data
        if not self._soon and not self._closed:
            self._soon = True
            self._reactor.callLater(0, self.doWrite)

    def send_later(self, data: bytes) -> None:
        """Sent with what comes next, or soon."""
        self._outgoing += data
        if not self._soon and not self._later and not self._closed:
            self._later = True
            self._reactor.callLater(HELD_SECONDS, self._held_long_enough)

    def _held_long_enough(self) -> None:
        self._later = False
        if self._outgoing:
            self.doWrite()

    def doWrite(self) -> None:  # noqa: N802
        self._soon = False
        if self._closed:
            return
        try:
            while self._outgoing:
                sent = self._connection.send(self._outgoing)
                del self._outgoing[:sent]
        except BlockingIOError:
            self._reactor.addWriter(self)
            return
        except OSError:
            self._end()
            return
        self._reactor.removeWriter(self)

    def doRead(self) -> None:  # noqa: N802
        try:
            data = self._connection.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or len(self._incoming) > MAX_LINE:
            self._end()
            return
        *lines, self._incoming = (self._incoming + data).split(b"\n")
        for line in lines:
            self._on_line(line)

    def connectionLost(self, reason: object) -> None:  # noqa: N802, ARG002
        self._end()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._reactor.removeReader(self)
            self._reactor.removeWriter(self)
            self._connection.close()

    def _end(self) -> None:
        if not self._closed:
            self.close()
            self._on_end()


class Listening:
    """Waits on loopback for the one connection that knows the token (where sockets cannot be inherited)."""

    def __init__(self, reactor: Any, token: bytes, on_connected: Callable[[socket.socket], None]) -> None:
        self._reactor = reactor
        self._token = token
        self._on_connected = on_connected
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:  # noqa: N802
        return "relay"

    def doRead(self) -> None:  # noqa: N802
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        connection.settimeout(2.0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            said = connection.recv(len(self._token) + 1)
        except OSError:
            said = b""
        if not hmac.compare_digest(said, self._token + b"\n"):
            connection.close()
            return
        self.close()
        self._on_connected(connection)

    def connectionLost(self, reason: object) -> None:  # noqa: N802, ARG002
        self.close()

    def close(self) -> None:
        if self._socket.fileno() != -1:
            self._reactor.removeReader(self)
            self._socket.close()
