"""Reads that may take long run here: in a few threads, each on a connection that only reads, never on the reactor's.

Law: no more wait than MOST_WAITING, and a connection is used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from appliance.errors import EnvironmentFault
from appliance.services.ground.reading import Reading
from appliance.store.nouns import Nouns
from appliance.store.store import Reader

THREADS = 2
MOST_WAITING = 64
MOST_IDLE = 2

T = TypeVar("T")


class LongReads:
    """`open_reader()` gives a new read-only connection. `start` before use, `stop` at the end."""

    def __init__(self, reactor: Any, open_reader: Callable[[], Reader]) -> None:
        self.reactor = reactor
        self.open_reader = open_reader
        self._pool = ThreadPool(0, THREADS, name="long reads")
        self._slow = ThreadPool(0, 1, name="slow reads")
        self._idle: list[Reader] = []
        self._waiting = 0

    def start(self) -> None:
        """Threads begin with the first read."""
        self._pool.start()
        self._slow.start()

    def stop(self) -> None:
        """Wait for what runs, then close the connections."""
        self._pool.stop()
        self._slow.stop()
        while self._idle:
            self._idle.pop().close()

    def work(self, job: Callable[[], T], slow: bool = False) -> Deferred[T]:
        """Anything that touches nothing of ours, in one of the threads; EnvironmentFault server.busy where too many wait."""
        if self._waiting >= MOST_WAITING:
            return fail(EnvironmentFault("server.busy"))
        self._waiting += 1
        done: Deferred[T] = deferToThreadPool(self.reactor, self._slow if slow else self._pool, job)
        done.addBoth(self._done)
        return done

    def _done(self, result: T) -> T:
        self._waiting -= 1
        return result

    def run(self, read: Callable[[Nouns], T], slow: bool = False) -> Deferred[T]:
        """One read; all of it sees one moment."""

        def job() -> T:
            reader = self._take()
            try:
                with reader.snapshot():
                    result = read(reader)
            except BaseException:
                reader.close()
                raise
            self._give(reader)
            return result

        return self.work(job, slow)

    def parts(self, reading: Reading) -> PartReader:
        """A text in parts."""
        assert reading.lines is not None
        return PartReader(self, reading.lines)

    def _take(self) -> Reader:
        try:
            return self._idle.pop()
        except IndexError:
            return self.open_reader()

    def _give(self, reader: Reader) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(reader)
        else:
            reader.close()


class PartReader:
    """The parts of one file, each made in a thread; all see one moment. `close` when no more are wanted, or after the last."""

    def __init__(self, reads: LongReads, lines: Callable[[Nouns], Iterator[str | bytes]]) -> None:
        self._reads = reads
        self._lines = lines
        self._reader: Reader | None = None
        self._iterator: Iterator[str | bytes] | None = None

    def next_part(self) -> Deferred[str | bytes | None]:
        """The next part, None after the last. Not asked again before it fired."""
        return self._reads.work(self._next)

    def _next(self) -> str | bytes | None:
        if self._iterator is None:
            self._reader = self._reads.open_reader()
            self._reader.database.begin()
            self._iterator = self._lines(self._reader)
        return next(self._iterator, None)

    def close(self) -> None:
        """Give the connection up."""
        reader, self._reader = self._reader, None
        if reader is not None:
            self._iterator = None
            reader.close()
