"""Reads in threads, on connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock

from appliance.api import long_reads
from appliance.api.long_reads import LongReads
from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault
from appliance.services.ground.reading import Reading
from appliance.store.nouns import Nouns
from appliance.store.store import Reader, Store


class Reactor(MemoryReactorClock):  # type: ignore[misc]
    """What threads hand over waits until the test takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], None]] = []
        self.came = threading.Semaphore(0)

    def callFromThread(self, work: Callable[..., object], *args: Any, **kwargs: Any) -> None:  # noqa: N802
        self.waiting.append(lambda: work(*args, **kwargs))
        self.came.release()

    def take(self) -> None:
        assert self.came.acquire(timeout=10)
        self.waiting.pop(0)()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", SteppedClock()) as one:
        yield one


def test_a_read_runs_on_another_thread_and_another_connection(store: Store) -> None:
    reactor, opened = Reactor(), []

    def open_reader() -> Reader:
        opened.append(store.reader())
        return opened[-1]

    reads = LongReads(reactor, open_reader)
    reads.start()
    found: list[object] = []
    for _ in range(3):
        reads.run(lambda tables: (threading.current_thread() is not threading.main_thread(), tables.database.read_only)).addCallback(found.append)
        reactor.take()
    assert found == [(True, True)] * 3
    assert len(opened) == 1, "the connection is used again"
    reads.stop()


def test_a_read_that_fails_says_so_and_its_connection_is_thrown_away(store: Store) -> None:
    reactor = Reactor()
    reads = LongReads(reactor, store.reader)
    reads.start()

    def fail(tables: Nouns) -> None:
        raise EnvironmentFault("database.locked", path="x", detail="")

    failed: list[Any] = []
    reads.run(fail).addErrback(failed.append)
    reactor.take()
    assert failed[0].value.code == "database.locked"
    assert reads._idle == []
    reads.stop()


def test_no_more_wait_than_there_is_room_for(store: Store) -> None:
    reactor = Reactor()
    reads = LongReads(reactor, store.reader)
    reads.start()
    hold = threading.Event()
    done: list[Deferred[object]] = [reads.work(hold.wait) for _ in range(long_reads.MOST_WAITING)]
    refused: list[Any] = []
    reads.work(lambda: 1).addErrback(refused.append)
    assert refused[0].value.code == "server.busy"
    hold.set()
    for _ in done:
        reactor.take()
    again: list[object] = []
    reads.work(lambda: 1).addCallback(again.append)
    reactor.take()
    assert again == [1]
    reads.stop()


def test_parts_see_one_moment(store: Store) -> None:
    reactor = Reactor()
    reads = LongReads(reactor, store.reader)
    reads.start()

    def lines(tables: Nouns) -> Iterator[str]:
        for _ in range(2):
            yield str(tables.database.value("SELECT count(*) FROM person"))

    parts = reads.parts(Reading(lambda tables: None, lines))
    found: list[object] = []
    for step in range(3):
        parts.next_part().addCallback(found.append)
        reactor.take()
        with store.write():
            store.people.insert(kind="customer", name=f"person {step}")
    assert found == ["0", "0", None]
    parts.close()
    parts.close()
    reads.stop()
