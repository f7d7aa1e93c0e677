"""A reactor of its own in a thread, for tests of what runs under Twisted: the global one can be run only once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from twisted.internet.selectreactor import SelectReactor
from twisted.internet.threads import blockingCallFromThread

try:
    from twisted.internet.epollreactor import EPollReactor
except ImportError:  # no epoll on this system
    EPollReactor = SelectReactor  # type: ignore[misc,assignment]


class RunningReactor:
    """`do` runs something in the reactor's thread and gives its result, waiting for a Deferred."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()
        self.reactor.seconds = monotonic
        self._thread = threading.Thread(target=lambda: self.reactor.run(installSignalHandlers=False), daemon=True)
        self._thread.start()

    def do(self, work: Callable[..., Any], *values: Any, **named: Any) -> Any:
        return blockingCallFromThread(self.reactor, work, *values, **named)

    def stop(self) -> None:
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join(5)


@contextmanager
def running_reactor() -> Iterator[RunningReactor]:
    running = RunningReactor()
    try:
        yield running
    finally:
        running.stop()
