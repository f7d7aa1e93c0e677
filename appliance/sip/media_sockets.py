"""The relay's sockets: how they are bound, and how one is bound to its party when it is known who that is.

A connected socket spares the system the way to look up for each packet and us the sender to compare, a tenth of what a packet costs.
It is done when the learning time is over, from when on nobody else would be believed. What it takes away is that a port at
all addresses of this machine hears at each of them: so it is done only where packets come to the address that the way back leaves from.

Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from contextlib import suppress
from typing import Any

from appliance.sip import media_session
from appliance.sip.media_session import Half, aim

DSCP_EXPEDITED = 0xB8  # RFC 3246, in the place of IP_TOS
DATAGRAMS = socket.SOCK_DGRAM | getattr(socket, "SOCK_NONBLOCK", 0)  # Linux spares the call that makes it non-blocking
CAN_SETTLE = sys.platform == "linux"  # elsewhere a socket that was connected is not set free by another in its place
EVERYWHERE = ("0.0.0.0", "::")
IP_PKTINFO = 8  # ip(7); the socket module does not name it
_ROOM = 64  # bytes of ancillary data


def bound(host: str, port: int) -> socket.socket | None:
    """A socket of its own at `port`; None where that is taken or the system has no more."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.socket(family, DATAGRAMS)
    except OSError:
        return None
    try:
        _prepare(sock, host, port)
    except OSError:
        sock.close()
        return None
    return sock


def _prepare(sock: socket.socket, host: str, port: int) -> None:
    if sock.gettimeout() != 0.0:
        sock.setblocking(False)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        with suppress(OSError, AttributeError):  # not every system has both
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, DSCP_EXPEDITED)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, DSCP_EXPEDITED)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, DSCP_EXPEDITED)
    sock.bind((host, port))


def empty(halves: list[Half]) -> None:
    """Forgets what strangers sent just before. Nearly always that is nothing, and one look tells it of all."""
    sockets = [half.socket for half in halves]
    if hasattr(select, "poll"):
        look = select.poll()
        for sock in sockets:
            look.register(sock, select.POLLIN)
        found = {fd for fd, _ in look.poll(0)}
        waiting = [sock for sock in sockets if sock.fileno() in found] if found else []
    else:
        waiting = select.select(sockets, (), (), 0)[0]
    for sock in waiting:
        with suppress(OSError):
            while True:
                sock.recv(1)


def settle(half: Half, now: float) -> bool:
    """Connects an RTP half to whom it believes, once nobody else would be; call it now and then.

    At a port of all addresses it is first seen to which of them the packets come. False where the way back leaves from another:
    the socket is then as good as lost, and `set_free` mends it; it is not tried again.
    """
    if not CAN_SETTLE or half.local is None or half.to != half.peer or now - half.since < media_session.LEARNING_SECONDS:
        return True
    if half.host in EVERYWHERE and not half.local:
        if half.receive == half.socket.recvfrom_into:
            _look_where(half)
        return True
    try:
        half.socket.connect(half.peer)  # type: ignore[arg-type]  # who has a source has it
        leaves_from = half.socket.getsockname()[0]
    except OSError:
        half.local = None  # no way there at the moment; as it is, each packet tries anew
        return True
    if half.local and leaves_from != half.local:
        half.local = None
        return False
    half.settled = True
    half.receive = half.socket.recv_into
    return True


def _look_where(half: Half) -> None:
    """The next packet tells to which address of ours it came."""
    sock = half.socket
    wide = sock.family == socket.AF_INET6
    level, ask, told = (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, socket.IPV6_PKTINFO) if wide else (socket.IPPROTO_IP, IP_PKTINFO, IP_PKTINFO)

    def receive(buffer: bytearray) -> tuple[int, Any]:
        size, ancillary, _, source = sock.recvmsg_into([buffer], _ROOM)
        for found_level, kind, data in ancillary:
            if found_level == level and kind == told:
                # in6_pktinfo begins with the address; in_pktinfo ends with it
                half.local = socket.inet_ntop(sock.family, data[:16] if wide else data[8:12])
                half.receive = sock.recvfrom_into
                sock.setsockopt(level, ask, 0)
        return size, source

    sock.setsockopt(level, ask, 1)
    half.receive = receive


def set_free(half: Half) -> bool:
    """The half hears everybody again: its connected socket gives way to another on the same port, under the same descriptor.

    False where the port is lost over it. Whoever waits for the descriptor must be told to wait for it anew.
    """
    sock = half.socket
    half.settled = False
    half.receive = sock.recvfrom_into
    try:
        with socket.socket(sock.family, DATAGRAMS) as other:
            os.dup2(other.fileno(), sock.fileno(), inheritable=False)
        _prepare(sock, half.host, half.port)
    except OSError:
        return False
    return True


def aim_both(halves: list[Half]) -> None:
    """Both directions of a session, after one of its sockets was connected or set free."""
    aim(halves[0])
    aim(halves[1])
