"""What the service manager is told: that the server serves, that it lives, that it stops (systemd's sd_notify, a datagram to a socket).

Law: the sign of life is sent by the reactor's own timer and by nothing else. A reactor that hangs sends none, and is started again.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import MutableMapping
from typing import Any

log = logging.getLogger("tollhouse.server")

SHARE_OF_PATIENCE = 3
"""A sign of life is sent so many times within the time that the manager waits for one."""


class Notifier:
    """Speaks to the service manager that started us; without one it does nothing.

    `environment` is asked for NOTIFY_SOCKET, WATCHDOG_USEC (µs) and WATCHDOG_PID, which are taken out of it: they are not for our children.
    """

    def __init__(self, reactor: Any, environment: MutableMapping[str, str] = os.environ) -> None:
        self._reactor = reactor
        self._address = environment.pop("NOTIFY_SOCKET", "")
        patience, process = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        ours = not process or process == str(os.getpid())
        self._every = int(patience) / 1_000_000 / SHARE_OF_PATIENCE if ours and patience.isdecimal() else 0.0

    def ready(self) -> None:
        """Every listener is open; from now on signs of life."""
        self._send("READY=1")
        if self._address and self._every:
            self._live()

    def stopping(self) -> None:
        """Told to stop; running calls may go on for a while, and so do the signs of life."""
        self._send("STOPPING=1")

    def _live(self) -> None:
        self._send("WATCHDOG=1")
        self._reactor.callLater(self._every, self._live)

    def _send(self, text: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.setblocking(False)
                way.sendto(text.encode(), address)
        except OSError as error:
            log.warning("the service manager was not told %s: %s", text, error)
