"""SQLite through apsw, and nothing else of this house imports apsw.

A unit of work is explicit: a statement that would commit by itself is refused by the commit hook, so that after a
full disk threw a unit away (SQLite rolls back by itself then) no later statement of it can slip in alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from appliance.errors import Conflict, EnvironmentFault, UserError

SqlValue = None | int | str | bytes
Bindings = Sequence[SqlValue]
R = TypeVar("R")

STATEMENT_CACHE = 400  # prepared statements kept for each connection
BUSY_MS = 5000
PAGE_SIZE = 1024  # bytes; a call touches some twenty-five pages of as many trees, and each goes whole into the log
LOG_SIZE_LIMIT = 64 << 20  # bytes the write-ahead log is cut back to once it restarts

_FAULTS: dict[int, str] = {
    apsw.SQLITE_BUSY: "database.locked",
    apsw.SQLITE_LOCKED: "database.locked",
    apsw.SQLITE_PROTOCOL: "database.locked",
    apsw.SQLITE_CORRUPT: "database.damaged",
    apsw.SQLITE_NOTADB: "database.damaged",
    apsw.SQLITE_FORMAT: "database.damaged",
    apsw.SQLITE_FULL: "database.full",
    apsw.SQLITE_READONLY: "database.read_only",
    apsw.SQLITE_PERM: "database.read_only",
    apsw.SQLITE_CANTOPEN: "database.cannot_open",
    apsw.SQLITE_IOERR: "database.disk_error",
    apsw.SQLITE_AUTH: "database.read_only",
}


ERRORS = (apsw.Error, OverflowError)
"""What a statement raises; the latter for a number that no column can hold, which somebody typed or sent."""


def sorted_error(error: Exception, path: str) -> Exception:
    """A result code as the error of whoever must act; what is not sorted is a bug and stays itself."""
    if isinstance(error, OverflowError):
        return UserError("number.too_large")
    code = getattr(error, "result", apsw.SQLITE_ERROR)
    fault = _FAULTS.get(code & 0xFF)
    if fault is not None:
        return EnvironmentFault(fault, path=path, detail=str(error))
    if getattr(error, "extendedresult", 0) in (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY):
        return Conflict("store.taken", columns=str(error).rpartition(": ")[2])
    return error


_to_disk: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # frames in room that is there already change no length


class Database:
    """One connection. Not for two threads at once; a unit may be committed on another thread than it was built on."""

    __slots__ = ("_connection", "_depth", "_execute", "_log", "_may_commit", "_open", "_run", "path", "read_only")

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Opens, and makes the file where it is missing; EnvironmentFault for what the machine's owner must mend."""
        self.path = str(path)
        self.read_only = read_only
        self._open = True
        self._log: int | None = None  # a descriptor of the write-ahead log, once it was synced
        self._depth = 0
        self._may_commit = False
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        try:
            self._connection = apsw.Connection(self.path, flags=flags, statementcachesize=STATEMENT_CACHE)
            self._execute: Callable[..., Any] = self._connection.execute
            self._run: Callable[..., Any] = self._connection.cursor().execute  # of what is over when it returns: a cursor each is 0.3 us more
            self._set_up()
        except apsw.Error as error:
            raise sorted_error(error, self.path) from error

    def _set_up(self) -> None:
        connection = self._connection
        connection.set_busy_timeout(BUSY_MS)
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 1)
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.pragma("schema_version")  # the first read: what is no database shows here
        if self.read_only:
            return
        connection.pragma("page_size", PAGE_SIZE)  # of a new file; a file that is there keeps its own
        if connection.pragma("journal_mode", "wal") not in ("wal", "memory"):
            raise EnvironmentFault("database.read_only", path=self.path, detail="write-ahead log refused")
        connection.pragma("synchronous", "FULL")
        connection.pragma("wal_autocheckpoint", 0)
        connection.pragma("temp_store", "memory")  # what undoes a single statement needs no file of its own
        connection.pragma("recursive_triggers", True)  # or REPLACE would delete a fact without its guard being asked
        connection.pragma("journal_size_limit", LOG_SIZE_LIMIT)
        connection.set_commit_hook(self._on_commit)

    def _on_commit(self) -> bool:
        return not self._may_commit

    # reading ---------------------------------------------------------------------------------------------------
    def execute(self, sql: str, bindings: Bindings = ()) -> None:
        """Run one statement whose rows, if any, nobody reads; `fetch`, `one` and `rows` are for those that are read."""
        try:
            self._run(sql, bindings)
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    def fetch(self, sql: str, bindings: Bindings = ()) -> list[tuple[Any, ...]]:
        """Every row, where they are few."""
        try:
            return list(self._run(sql, bindings))
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    def one(self, sql: str, bindings: Bindings = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        try:
            for row in self._execute(sql, bindings):
                return row  # type: ignore[no-any-return]
        except ERRORS as error:
            raise sorted_error(error, self.path) from error
        return None

    def value(self, sql: str, bindings: Bindings = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, bindings)
        return None if row is None else row[0]

    def rows(self, make: Callable[[Iterable[Any]], R], sql: str, bindings: Bindings = ()) -> Iterator[R]:
        """A stream of rows, each through `make`; memory stays flat however long it is."""
        try:
            for row in self._execute(sql, bindings):
                yield make(row)
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    # writing ---------------------------------------------------------------------------------------------------
    def insert(self, sql: str, bindings: Bindings) -> int:
        """Run an INSERT; the new row's id, of several the last one's."""
        try:
            self._run(sql, bindings)
        except ERRORS as error:
            raise sorted_error(error, self.path) from error
        return self._connection.last_insert_rowid()

    def change(self, sql: str, bindings: Bindings) -> int:
        """Run an UPDATE or DELETE; how many rows it met."""
        try:
            self._run(sql, bindings)
        except ERRORS as error:
            raise sorted_error(error, self.path) from error
        return self._connection.changes()

    def many(self, sql: str, rows: Iterable[Bindings]) -> None:
        """Run one statement for each row of bindings."""
        try:
            self._connection.executemany(sql, rows)
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    def script(self, sql: str) -> None:
        """Several statements in one text (migrations); inside an open unit of work."""
        self.execute(sql)

    # units of work ---------------------------------------------------------------------------------------------
    @property
    def in_unit(self) -> bool:
        """Whether a unit of work is open (False also after SQLite threw it away by itself)."""
        return self._connection.in_transaction

    @property
    def total_changes(self) -> int:
        """Rows changed since this connection was opened."""
        return self._connection.total_changes()

    @property
    def in_savepoint(self) -> bool:
        """Whether a savepoint of `savepoint` is open."""
        return self._depth > 0

    def begin(self) -> None:
        """Open a unit; the write lock is taken at its first write, so that a unit of reads costs nothing."""
        self.execute("BEGIN")

    def begin_immediate(self) -> None:
        """Open a unit and take the write lock at once."""
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the unit durable; where that fails it is rolled back whole and the fault raised."""
        self._depth = 0
        self._may_commit = True
        try:
            self._run("COMMIT")
        except ERRORS as error:
            self._may_commit = False
            self.rollback()
            raise sorted_error(error, self.path) from error
        finally:
            self._may_commit = False

    def sync_commits(self, wanted: bool) -> None:
        """Whether each commit from now on is on the disk when it returns, as it is at first; else only in the log, and
        `sync` puts it there. Not inside a unit."""
        self.execute(f"PRAGMA synchronous = {'FULL' if wanted else 'NORMAL'}")

    def sync(self) -> None:
        """All that was committed is on the disk when this returns; on any thread, beside other work. EnvironmentFault where
        the disk did not keep it: it stays readable, but a power cut may take it."""
        try:
            if self._log is None:
                self._log = os.open(f"{self.path}-wal", os.O_RDWR)
            _to_disk(self._log)
        except OSError as error:
            raise EnvironmentFault("database.disk_error", path=self.path, detail=str(error)) from error

    def rollback(self) -> None:
        """Forget the unit; harmless where none is open."""
        self._depth = 0
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A unit with the write lock from its start: committed at the end, rolled back where it raises."""
        self.begin_immediate()
        good = False
        try:
            yield
            good = True
        finally:
            if not good:
                self.rollback()
        self.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What raises inside undoes itself alone; the unit around it goes on."""
        self._depth += 1
        name = f"s{self._depth}"
        self.execute(f"SAVEPOINT {name}")
        good = False
        try:
            yield
            good = True
        finally:
            self._depth -= 1
            if good:
                self.execute(f"RELEASE {name}")
            elif self._connection.in_transaction:  # a full disk may have thrown the whole unit away
                self.execute(f"ROLLBACK TO {name}")
                self.execute(f"RELEASE {name}")

    # the file --------------------------------------------------------------------------------------------------
    @property
    def version(self) -> int:
        """The number of the last migration applied (PRAGMA user_version)."""
        return int(self.value("PRAGMA user_version"))

    def checkpoint(self, mode: str = "PASSIVE") -> tuple[int, int]:
        """Move the log into the file; (frames in the log, frames moved). EnvironmentFault where the disk refuses."""
        modes = {"PASSIVE": apsw.SQLITE_CHECKPOINT_PASSIVE, "TRUNCATE": apsw.SQLITE_CHECKPOINT_TRUNCATE}
        try:
            return self._connection.wal_checkpoint(mode=modes[mode])
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    def log_frames(self) -> int:
        """Committed frames in the write-ahead log; not from inside a transaction."""
        try:
            return self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[0]
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    def integrity(self) -> list[str]:
        """What PRAGMA integrity_check finds; empty where the file is whole."""
        found = [row[0] for row in self.fetch("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def copy_into(self, path: Path) -> None:
        """A compact, consistent copy beside running calls (VACUUM INTO); `path` must not exist."""
        self.execute("VACUUM INTO ?", (str(path),))

    def copy_pages(self, path: Path) -> None:
        """A consistent copy page for page, in one step (the stepping kind does not end while calls write); `path` must not exist."""
        try:
            target = apsw.Connection(str(path))
            try:
                target.pragma("journal_mode", "off")
                target.pragma("synchronous", "off")
                with target.backup("main", self._connection, "main") as copy:
                    copy.step(-1)
            finally:
                target.close()
        except ERRORS as error:
            raise sorted_error(error, self.path) from error

    def close(self) -> None:
        """Roll an open unit back and close; closing twice is harmless."""
        if self._open:
            self._open = False
            self.rollback()
            if self._log is not None:
                os.close(self._log)
            self._connection.close()
