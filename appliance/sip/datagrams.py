"""UDP sockets of the SIP listeners: read until empty in bounded bytes of work, sent at once, ICMP errors reported.

Plain non-blocking sockets under the reactor's readiness, not Twisted's datagram port: the pump decides when a socket
is read, and it stays unread while a commit runs (the kernel buffers meanwhile).
"""

from __future__ import annotations

import errno
import logging
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from appliance.sip.policy import Flow, ListenerAddress

MAX_DATAGRAM = 65_535
RECEIVE_BUFFER = 4 << 20  # bytes asked of the kernel: what waits here while a commit runs is not lost
SEND_BUFFER = 2 << 20
MAX_LITERALS = 20_000  # hosts remembered to be addresses
MAX_FLOWS = 20_000  # peers remembered
_MAX_ERRORS = 64  # ICMP errors taken from one socket at one time

# linux/in.h, linux/in6.h, linux/errqueue.h: not all of them are named by the socket module
_IP_RECVERR, _IPV6_RECVERR, _MSG_ERRQUEUE = 11, 25, 0x2000
_LINUX = sys.platform.startswith("linux")
_SIO_UDP_CONNRESET = 0x9800000C

log = logging.getLogger("tollhouse.sip.transport")

Address = tuple[str, int]


class DatagramSocket:
    """One bound UDP socket. `on_readable` is called with self; `read` is then the pump's to call, now or later."""

    read_at_once = True
    __slots__ = (
        "_buffer", "_family", "_literals", "_on_readable", "_reactor", "_reading", "_socket", "_view", "dropped", "failed", "host", "index", "port",
    )  # fmt: skip

    def __init__(self, reactor: Any, index: int, host: str, port: int, on_readable: Callable[[DatagramSocket], None], buffer: bytearray) -> None:
        """Binds; raises OSError where it cannot. `buffer` of MAX_DATAGRAM bytes may be shared by sockets of one pump."""
        self._reactor = reactor
        self._on_readable = on_readable
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._reading = False
        self.index = index
        self.failed: list[Address] = []  # destinations that ICMP or the kernel refused; the pump takes them
        self.dropped = 0  # datagrams the kernel had no room for
        self._literals: set[str] = set()  # hosts known to be addresses of this socket's family
        family = self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._prepare(family)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def _prepare(self, family: int) -> None:
        sock = self._socket
        sock.setblocking(False)
        for option, size in ((socket.SO_RCVBUF, RECEIVE_BUFFER), (socket.SO_SNDBUF, SEND_BUFFER)):
            sock.setsockopt(socket.SOL_SOCKET, option, size)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if _LINUX:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        elif sys.platform == "win32":
            # or else an ICMP error makes the next recvfrom fail without saying whom it is about
            sock.ioctl(_SIO_UDP_CONNRESET, False)

    # what the reactor asks of a reader

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:  # noqa: N802
        return "sip"

    def doRead(self) -> None:  # noqa: N802
        self._on_readable(self)

    def connectionLost(self, reason: object) -> None:  # noqa: N802, ARG002
        """The reactor takes an error queue that is not empty for a lost connection, and lets go of the socket."""
        if self._socket.fileno() == -1:
            return
        self._take_errors()
        if self._reading:
            self._reading = False
            self.resume()
        if self.failed:
            self._on_readable(self)

    @property
    def paused(self) -> bool:
        return not self._reading

    def resume(self) -> None:
        """Listen for readiness."""
        if not self._reading:
            self._reading = True
            self._reactor.addReader(self)

    def pause(self) -> None:
        """Stop listening for readiness; datagrams wait in the kernel."""
        if self._reading:
            self._reading = False
            self._reactor.removeReader(self)

    def close(self) -> None:
        self.pause()
        self._socket.close()

    def read(self, limit: int, take: Callable[[bytes, str, int], None]) -> int:
        """At most `limit` waiting datagrams to `take(data, host, port)`; how many there were."""
        receive, buffer, view = self._socket.recvfrom_into, self._buffer, self._view
        count = 0
        while count < limit:
            try:
                size, source = receive(buffer)
            except BlockingIOError:
                break
            except OSError:
                self._take_errors()  # a pending ICMP error is reported in place of the next datagram
                count += 1
                continue
            count += 1
            take(bytes(view[:size]), source[0], source[1])
        return count

    def send(self, data: bytes, host: str, port: int) -> None:
        """Sends now. A destination that cannot be reached is added to `failed`; a full kernel buffer loses the datagram.
        A name is nobody's address: the system would look it up, and the server stand still meanwhile."""
        if host not in self._literals and not self._is_literal(host):
            self.failed.append((host, port))
            return
        try:
            self._socket.sendto(data, (host, port))
        except BlockingIOError:
            self.dropped += 1
        except OSError as error:
            if error.errno in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH) and self._take_errors():
                # the error was that of an earlier datagram to somebody else: this one has not been tried
                try:
                    self._socket.sendto(data, (host, port))
                    return
                except OSError:
                    pass
            log.debug("cannot send %d bytes to %s:%d: %s", len(data), host, port, error)
            self.failed.append((host, port))
        except OverflowError:
            self.failed.append((host, port))  # not a port

    def _is_literal(self, host: str) -> bool:
        try:
            socket.inet_pton(self._family, host.partition("%")[0])
        except (OSError, ValueError):
            return False
        if len(self._literals) >= MAX_LITERALS:
            self._literals.clear()
        self._literals.add(host)
        return True

    def _take_errors(self) -> int:
        """Empties the error queue (Linux: IP_RECVERR, ip(7)) into `failed`; how many errors were there."""
        if not _LINUX:
            return 0
        receive = self._socket.recvmsg
        for count in range(_MAX_ERRORS):
            try:
                _, control, _, destination = receive(0, 512, _MSG_ERRQUEUE)
            except OSError:
                return count
            if destination and any(_unreachable(data) for _, _, data in control):
                self.failed.append((destination[0], destination[1]))
        return _MAX_ERRORS


class Datagrams(dict[int, DatagramSocket]):
    """The sockets of one pump, by the number of their listener, and its peers: one Flow object for each."""

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray(MAX_DATAGRAM + 1)
        self._flows: dict[tuple[int, str, int], Flow] = {}

    def open(self, reactor: Any, index: int, listener: ListenerAddress, on_readable: Callable[[DatagramSocket], None]) -> None:
        """Binds; a port 0 becomes the real one in the listener. OSError where it cannot."""
        sock = self[index] = DatagramSocket(reactor, index, listener.host, listener.port, on_readable, self._buffer)
        listener.port = sock.port

    def resume(self) -> None:
        """All listen for readiness."""
        for sock in self.values():
            sock.resume()

    def pause(self) -> None:
        """None listens: datagrams wait in the kernel."""
        for sock in self.values():
            sock.pause()

    def close(self) -> None:
        """All are closed and forgotten."""
        for sock in self.values():
            sock.close()
        self.clear()

    def flow(self, listener: int, host: str, port: int) -> Flow:
        """A peer by UDP."""
        key = (listener, host, port)
        flow = self._flows.get(key)
        if flow is None:
            if len(self._flows) >= MAX_FLOWS:
                self._flows.clear()
            flow = self._flows[key] = Flow("udp", listener, host, port)
        return flow

    def failed(self) -> list[Flow]:
        """Peers that could not be reached since this was asked last."""
        found: list[Flow] = []
        for sock in self.values():
            if sock.failed:
                failed, sock.failed = sock.failed, []
                found += [self.flow(sock.index, host, port) for host, port in failed]
        return found


def _unreachable(control: bytes) -> bool:
    """Whether a sock_extended_err (linux/errqueue.h) says that the destination cannot be reached."""
    if len(control) < 8:
        return False
    code, origin = struct.unpack_from("=IB", control)
    return origin in (1, 2, 3) and code in (
        errno.ECONNREFUSED,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EACCES,
        errno.EHOSTDOWN,
        errno.ENOPROTOOPT,
        errno.EPROTO,
    )
