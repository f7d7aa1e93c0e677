"""One thread that does one thing at a time: the COMMIT of the pump's unit of work.

Written by hand rather than taken from a pool: one hop must stay cheap, and there must never be two writers. The
thread spends its life waiting for work or inside SQLite, both without the interpreter lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Protocol

Done = Callable[[BaseException | None], None]


class CallsFromThread(Protocol):
    """The one thing wanted of the reactor here."""

    def callFromThread(self, callable: Callable[..., Any], *args: object) -> object:  # noqa: N802
        """Run on the reactor's thread, soon."""
        ...


class CommitThread:
    """`run(work, done)`: `work()` in the thread, then `done(error or None)` on the reactor's thread."""

    __slots__ = ("_queue", "_reactor", "_thread")

    def __init__(self, reactor: CallsFromThread) -> None:
        self._reactor = reactor
        self._queue: SimpleQueue[tuple[Callable[[], None], Done] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="commit", daemon=True)
            self._thread.start()

    @property
    def native_id(self) -> int:
        """The system's number of the thread; 0 where none runs."""
        return (self._thread.native_id or 0) if self._thread is not None else 0

    def run(self, work: Callable[[], None], done: Done) -> None:
        """Whatever `work` raises arrives at `done`; nothing is lost in the thread."""
        self._queue.put((work, done))

    def stop(self) -> None:
        """Ends the thread after the work it was given; waits for it."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        get = self._queue.get
        call = self._reactor.callFromThread
        while (job := get()) is not None:
            error: BaseException | None = None
            try:
                job[0]()
            except BaseException as raised:  # handed on whole to the reactor's thread, which judges it
                error = raised
            call(job[1], error)
            job = None
