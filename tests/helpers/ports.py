"""Ports of loopback for programs that bind them later, chosen so that nobody takes them meanwhile."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections import deque
from collections.abc import Sequence
from pathlib import Path

FIRST, LAST = 10_000, 19_999
"""Below those that systems give to outgoing connections and to whoever asks for any port (Linux: from 32768), and below the server's own relay."""

KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
_chance = random.SystemRandom()  # what a test seeds has no say here: two programs of one seed would want the same ports
_given: deque[int] = deque(maxlen=300)  # those of before are bound by now, or free again


def quiet_ports(count: int = 1, kinds: Sequence[int] = KINDS, *, step: int = 1) -> int:
    """The first of `count` ports in a row that are free for all these kinds of socket, and that this process was not given lately.

    The first one is a multiple of `step`.
    """
    while True:
        first = _chance.randrange(FIRST, LAST - count) // step * step
        wanted = range(first, first + count)
        if not set(wanted).intersection(_given) and _free(wanted, kinds):
            _given.extend(wanted)
            return first


def _free(ports: Sequence[int], kinds: Sequence[int]) -> bool:
    with contextlib.ExitStack() as probes:
        try:
            for port in ports:
                for kind in kinds:
                    probe = probes.enter_context(socket.socket(socket.AF_INET, kind))
                    if kind == socket.SOCK_STREAM and os.name == "posix":
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a connection that ended here is no hindrance
                    probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """One port of that kind."""
    return quiet_ports(kinds=(kind,))


def sip_port() -> int:
    """A port free for UDP and TCP alike."""
    return quiet_ports()


def held(port: int, kind: int = socket.SOCK_DGRAM) -> bool:
    """Whether some program has bound that UDP port, or listens on that TCP port; asked of Linux's kernel, so that the program sees nothing of it."""
    name, state = ("tcp", "0A") if kind == socket.SOCK_STREAM else ("udp", "07")
    lines = [line.split() for family in ("", "6") for line in Path(f"/proc/net/{name}{family}").read_text().splitlines()[1:]]
    return any(line[1].endswith(f":{port:04X}") and line[3] == state for line in lines)
