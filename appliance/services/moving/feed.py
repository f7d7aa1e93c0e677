"""Files read to the end in flat memory: first all but calls, then the rates of each tariff, then calls in portions.

Beside a server a process of its own reads (`move-reader`): a million rows within it would hold its interpreter and its memory. The pipe
between them holds the child back, so that no more is read than is written. Without a server the same runs here.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

from msgspec import Struct

from appliance.errors import EnvironmentFault, UserError
from appliance.services.moving import csv_set, dump
from appliance.services.moving.a2billing import A2Billing
from appliance.services.moving.astpp import Astpp
from appliance.services.moving.book import Book
from appliance.services.moving.csv_set import CsvSet
from appliance.services.moving.dump import Broken, Row
from appliance.services.moving.magnus import Magnus
from appliance.services.moving.rate_book import RateBook
from appliance.services.moving.records import Gathered, Job, OldCall
from appliance.wire import codec

COMMAND = "move-reader"
PORTION = 500
"""Calls in a frame."""

NICER = 5
END = b""
"""The last frame."""


class Source(Protocol):
    """What knows one system's tables."""

    book: Book
    rates: RateBook

    @property
    def tables(self) -> dict[str, str]:
        """Tables that are kept until the file ends, and of what kind a broken row in them is."""
        ...

    @property
    def calls(self) -> frozenset[str]:
        """Tables of call records."""
        ...

    def take(self, file: str, row: Row) -> None:
        """A row of `tables`."""
        ...

    def finish(self) -> Gathered:
        """All but calls."""
        ...

    def call(self, file: str, row: Row) -> OldCall | None:
        """A row of `calls`; None where it is not moved."""
        ...


class Head(Struct, frozen=True):
    """The first frame: what was gathered, and how increments add up; or the error that ended the reading."""

    gathered: Gathered | None = None
    style: str = ""
    fault: str = ""
    of_machine: bool = False
    parameters: dict[str, str] = {}


def source_for(job: Job) -> Source:
    """The reader of a system."""
    book = Book(job)
    made: dict[str, Source] = {}
    if job.source == "csv":
        made[job.source] = CsvSet(book)
    elif job.source == "astpp":
        made[job.source] = Astpp(book)
    elif job.source == "magnus":
        made[job.source] = Magnus(book)
    else:
        made[job.source] = A2Billing(book)
    return made[job.source]


def frames(job: Job) -> Iterator[bytes]:
    """The whole reading, a frame at a time. UserError move.nothing_found; EnvironmentFault file.unreadable."""
    source = source_for(job)
    for file in job.files:
        for row in _rows(job, file, source.tables.keys()):
            if isinstance(row, Broken):
                source.book.broken(file, row.line, row.code, source.tables.get(row.table, "files"))
            elif row.table in source.tables:
                source.take(file, row)
    gathered = source.finish()
    if "customers" not in gathered.found and not gathered.apart:
        raise UserError("move.nothing_found", field="files", source=job.source)
    for _ in _calls(job, source):
        pass  # counted, and what is refused is told, before anything is written
    yield codec.encode(Head(gathered, source.rates.style))
    for tariff in gathered.tariffs:
        if tariff.rates:
            yield source.rates.deck(tariff.key)
    source.book.gathered = Gathered(gathered.currency)  # what is told was told
    portion: list[OldCall] = []
    for call in _calls(job, source):
        portion.append(call)
        if len(portion) >= PORTION:
            yield codec.encode(portion)
            portion = []
    if portion:
        yield codec.encode(portion)
    yield END


def _rows(job: Job, file: str, tables: object) -> Iterator[Row | Broken]:
    names = frozenset(tables)  # type: ignore[call-overload]
    if job.source != "csv":
        yield from dump.rows(file, names)
        return
    for row in csv_set.rows(file):
        if row.table in names or (isinstance(row, Broken) and row.table not in csv_set.CALLS):
            yield row


def _calls(job: Job, source: Source) -> Iterator[OldCall]:
    for file in job.files:
        for row in dump.rows(file, source.calls) if job.source != "csv" else csv_set.rows(file):
            if row.table not in source.calls:
                continue
            if isinstance(row, Broken):
                source.book.broken(file, row.line, row.code, "calls")
            elif (call := source.call(file, row)) is not None:
                yield call


class Feed:
    """Frames one after the other; `close` ends the reading wherever it is. Both may block: not on the store's thread."""

    def __init__(self, program: Sequence[str], job: Job) -> None:
        """`program` starts this program; empty: the files are read here."""
        self._here: Iterator[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        if not program:
            self._here = frames(job)
            return
        try:
            self._child = subprocess.Popen(
                [*program, COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            assert self._child.stdin is not None  # asked for
            with self._child.stdin as pipe:
                pipe.write(codec.encode(job))
        except OSError as error:
            raise EnvironmentFault("move.reader_failed", reason=str(error)[:200]) from error

    def head(self) -> Head:
        """The first frame. UserError and EnvironmentFault as the reading met them."""
        said = codec.decode(self.next(), Head)
        if said.gathered is None:
            if said.of_machine:
                raise EnvironmentFault(said.fault, **said.parameters)
            raise UserError(said.fault, field="files", **said.parameters)
        return said

    def next(self) -> bytes:
        """The next frame; `END` is the last. EnvironmentFault move.reader_failed where the child broke off."""
        if self._here is not None:
            return next(self._here)
        assert self._child is not None and self._child.stdout is not None  # one of both
        size = self._child.stdout.read(4)
        body = self._child.stdout.read(int.from_bytes(size, "big")) if len(size) == 4 else b""
        if len(size) < 4 or len(body) < int.from_bytes(size, "big"):
            raise EnvironmentFault("move.reader_failed", reason=f"exit {self._child.poll()}")
        return body

    def halt(self) -> None:
        """Whoever waits for the next frame waits no longer: move.reader_failed. From any thread."""
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        """Nothing more is read; twice is harmless."""
        if self._child is not None:
            child, self._child = self._child, None
            child.kill()
            if child.stdout is not None:
                child.stdout.close()
            child.wait()
        self._here = None


def run(_options: argparse.Namespace) -> int:
    """The command `move-reader`; started by the server, never by hand."""
    gc.disable()
    if hasattr(os, "nice"):
        os.nice(NICER)
    target = sys.stdout.buffer
    job = codec.decode(sys.stdin.buffer.read(), Job)
    try:
        for body in frames(job):
            _frame(target, body)
    except UserError as error:
        _frame(target, codec.encode(Head(fault=error.code, parameters={name: str(each) for name, each in error.parameters.items()})))
    except EnvironmentFault as error:
        said = {name: str(each) for name, each in error.parameters.items()}
        _frame(target, codec.encode(Head(fault=error.code, of_machine=True, parameters=said)))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), target.fileno())  # the server has enough of it
    return 0


def _frame(target: BinaryIO, body: bytes) -> None:
    target.write(len(body).to_bytes(4, "big") + body)
    target.flush()
