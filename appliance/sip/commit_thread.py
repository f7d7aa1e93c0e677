"""One thread that does one thing at a time: the COMMIT of the pump's unit of work.

Written by hand rather than taken from a pool: one hop must stay cheap, and there must never be two writers. The
thread spends its life waiting for work or inside SQLite, both without the interpreter lock. What it has done it tells by a
bell of its own: the reactor's common one costs more, for it serves everybody.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol

Done = Callable[[BaseException | None], None]

log = logging.getLogger("tollhouse.sip.transport")


class Reactor(Protocol):
    """What is wanted of the reactor here."""

    def callFromThread(self, callable: Callable[..., Any], *args: object) -> object:  # noqa: N802
        """Run on the reactor's thread, soon."""
        ...

    def addReader(self, reader: Any) -> object:  # noqa: N802
        """Call the reader's `doRead` when it has something to read."""
        ...

    def removeReader(self, reader: Any) -> object:  # noqa: N802
        """Call it no more."""
        ...


class Bell:
    """Rung from another thread, heard on the reactor's: `rung` is called there, once at least after the last ring."""

    read_at_once = True

    def __init__(self, reactor: Reactor, rung: Callable[[], None]) -> None:
        """Where the reactor cannot wait for pipes, it is its own bell that rings."""
        self._reactor = reactor
        self._rung = rung
        self._in = self._out = -1
        if os.name == "posix":
            self._in, self._out = os.pipe()
            os.set_blocking(self._in, False)
            os.set_blocking(self._out, False)
            reactor.addReader(self)

    def ring(self) -> None:
        """From any thread."""
        if self._out == -1:
            self._reactor.callFromThread(self._rung)
            return
        with suppress(BlockingIOError):  # so many rings wait that one more changes nothing
            os.write(self._out, b"x")

    def close(self) -> None:
        """It rings no more; only after the thread that rings it has ended."""
        if self._out != -1:
            self._reactor.removeReader(self)
            os.close(self._in)
            os.close(self._out)
            self._in = self._out = -1

    # what the reactor asks of a reader

    def fileno(self) -> int:
        return self._in

    def logPrefix(self) -> str:  # noqa: N802
        return "commit"

    def doRead(self) -> None:  # noqa: N802
        os.read(self._in, 512)
        self._rung()

    def connectionLost(self, reason: object) -> None:  # noqa: N802, ARG002
        """The reactor lets go of all its readers when it stops."""


class CommitThread:
    """`run(work, done)`: `work()` in the thread, then `done(error or None)` on the reactor's thread."""

    __slots__ = ("_bell", "_done", "_queue", "_reactor", "_thread")

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._queue: SimpleQueue[tuple[Callable[[], None], Done] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Done, BaseException | None]] = SimpleQueue()
        self._bell: Bell | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread; a second call does nothing."""
        if self._thread is None:
            self._bell = Bell(self._reactor, self._told)
            self._thread = threading.Thread(target=self._work, args=(self._bell.ring,), name="commit", daemon=True)
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
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _told(self) -> None:
        while not self._done.empty():
            done, error = self._done.get_nowait()
            try:
                done(error)
            except Exception:
                log.exception("what follows a commit met a bug")

    def _work(self, ring: Callable[[], None]) -> None:
        get, told = self._queue.get, self._done.put
        while (job := get()) is not None:
            error: BaseException | None = None
            try:
                job[0]()
            except BaseException as raised:  # handed on whole to the reactor's thread, which judges it
                error = raised
            told((job[1], error))
            job = None
            ring()
