"""Servers that announce themselves on the LAN, found while the sign-in is open. Where the library or the network is missing none are found.

The library is loaded in a thread after the window has been drawn: the start waits for nothing of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from appliance.wire.lan import SERVICE, LanServer, server_of

LATE_MS = 400
ANSWER_MS = 3000
MOST = 20

Browse = Callable[[Callable[[str, LanServer | None], None]], Callable[[], None]]
"""Looks for servers: tells (full name, server), None for one that went; gives what ends the search. Runs in a thread."""


def browse(tell: Callable[[str, LanServer | None], None]) -> Callable[[], None]:
    """By multicast DNS on every interface; ImportError or OSError where that cannot be."""
    from zeroconf import ServiceBrowser, Zeroconf

    class Heard:
        """What the library calls, in its own thread."""

        def add_service(self, line: Zeroconf, kind: str, name: str) -> None:
            info = line.get_service_info(kind, name, timeout=ANSWER_MS)
            if info is not None:
                found = server_of(name, info.parsed_addresses(), info.port, info.properties)
                if found is not None:
                    tell(name, found)

        def update_service(self, line: Zeroconf, kind: str, name: str) -> None:
            self.add_service(line, kind, name)

        def remove_service(self, line: Zeroconf, kind: str, name: str) -> None:
            tell(name, None)

    line = Zeroconf()
    heard: Any = Heard()
    ServiceBrowser(line, SERVICE, heard)
    return line.close


class LanServers(QObject):
    """`changed` whenever a server came or went; `servers` are those there now, by name."""

    changed = Signal()
    _told = Signal(str, object)

    def __init__(self, parent: QObject, browse: Browse = browse) -> None:
        super().__init__(parent)
        self._browse = browse
        self._found: dict[str, LanServer] = {}
        self._over = threading.Event()
        self._told.connect(self._hear)
        self._begin = QTimer(self, singleShot=True, interval=LATE_MS)
        self._begin.timeout.connect(self._start)

    @property
    def servers(self) -> list[LanServer]:
        """Each address once."""
        by_url = {each.url: each for each in self._found.values()}
        return sorted(by_url.values())[:MOST]

    def start(self) -> None:
        """Begin to look, a moment from now."""
        self._begin.start()

    def stop(self) -> None:
        """Look no more; what the library still does ends by itself."""
        self._begin.stop()
        self._over.set()

    def _start(self) -> None:
        threading.Thread(target=self._look, name="servers on the LAN", daemon=True).start()

    def _look(self) -> None:
        try:
            end = self._browse(self._tell)
        except (ImportError, OSError):
            return
        self._over.wait()
        end()

    def _tell(self, name: str, server: LanServer | None) -> None:
        if self._over.is_set():
            return
        try:
            self._told.emit(name, server)
        except RuntimeError:  # the window went at this very moment
            self._over.set()

    def _hear(self, name: str, server: LanServer | None) -> None:
        if server is None:
            self._found.pop(name, None)
        else:
            self._found[name] = server
        self.changed.emit()
