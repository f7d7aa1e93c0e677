"""The reactor that the server runs on: Twisted's own, with a shorter way to what is read a thousand times a second.

Twisted goes about each event with a log context, a look whether the descriptor still stands, and a judgement of what came
back. SIP sockets and the bell of the commit thread need none of it: whoever has `read_at_once` is called as soon as there
is something to read. All that is not plain readiness, and all other descriptors, go Twisted's way. A bug in a reader is
logged by Twisted's loop, which goes on; what else was to be read is told again in its next round.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def server_reactor() -> Any:
    """The one reactor of this process, made and installed where there is none yet; the usual one where the system has no epoll."""
    if "twisted.internet.reactor" not in sys.modules and sys.platform.startswith("linux"):
        from twisted.internet.main import installReactor

        installReactor(_made())  # type: ignore[no-untyped-call]
    from twisted.internet import reactor

    return reactor


def _made() -> Any:
    from select import EPOLLIN

    from twisted.internet.epollreactor import EPollReactor
    from twisted.python.log import callWithLogger

    class ServerReactor(EPollReactor):
        """See the module."""

        def __init__(self) -> None:
            self._at_once: dict[int, Callable[[], None]] = {}
            super().__init__()  # type: ignore[no-untyped-call]

        def addReader(self, reader: Any) -> None:  # noqa: N802
            super().addReader(reader)  # type: ignore[no-untyped-call]
            if getattr(reader, "read_at_once", False):
                self._at_once[reader.fileno()] = reader.doRead

        def removeReader(self, reader: Any) -> None:  # noqa: N802
            self._at_once.pop(reader.fileno(), None)
            super().removeReader(reader)  # type: ignore[no-untyped-call]

        def doPoll(self, timeout: float | None) -> None:  # noqa: N802
            try:
                events = self._poller.poll(-1 if timeout is None else timeout, max(1, len(self._selectables)))
            except InterruptedError:
                return
            for number, event in events:
                read = self._at_once.get(number)
                if read is not None and event == EPOLLIN:
                    read()
                else:
                    selectable = self._selectables.get(number)
                    if selectable is not None:
                        callWithLogger(selectable, self._doReadOrWrite, selectable, number, event)  # type: ignore[no-untyped-call]

        doIteration = doPoll  # noqa: N815

    return ServerReactor()
