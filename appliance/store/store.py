"""The one writer of a data folder, and readers beside it.

A unit of work is built on one thread with `begin`, may be committed on another, and nothing touches the connection
meanwhile. Whatever is not the pump writes in `with store.write():`, which joins an open unit as a savepoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from appliance.clock import Clock
from appliance.errors import EnvironmentFault
from appliance.store import migration
from appliance.store.database import Database
from appliance.store.lock import FolderLock
from appliance.store.nouns import Nouns

DATABASE_NAME = "tollhouse.db"


class Reader(Nouns):
    """A read-only connection of its own with the same nouns: for one worker thread, or a command beside a running server."""

    def __init__(self, folder: Path) -> None:
        """EnvironmentFault("database.missing"), ("database.older"), ("database.newer") or what `Database` finds."""
        path = folder / DATABASE_NAME
        if not path.exists():
            raise EnvironmentFault("database.missing", path=str(path))
        with ExitStack() as opened:
            database = Database(path, read_only=True)
            opened.callback(database.close)
            migration.require_current(database)
            opened.pop_all()
        super().__init__(database)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see the same moment."""
        self.database.begin()
        try:
            yield
        finally:
            self.database.rollback()

    def close(self) -> None:
        """Give the connection up."""
        self.database.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Store(Nouns):
    """The writer. One for each data folder: a second is refused with EnvironmentFault("store.in_use")."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Makes the folder (0700) where it is missing, locks it, opens the database and brings it up to date."""
        self.folder = folder
        self.clock = clock
        self._lock = FolderLock(folder)
        with ExitStack() as opened:
            opened.callback(self._lock.release)
            database = migration.open_current(folder / DATABASE_NAME, clock)
            opened.pop_all()
        super().__init__(database)
        self._open = False
        self._closed = False
        self._changes_before = 0
        self._quick = self._distrusted = self._log_moved = False
        self.quick_units = False
        """Whether units opened from now on are committed into the log alone, for `sync` to put on the disk."""

    # the pump's unit -------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Open a unit of work. Nothing is locked until it writes."""
        if self._open:
            raise RuntimeError("a unit of work is open already")
        quick = self.quick_units and not self._distrusted and not self._log_moved
        self._log_moved = False
        if quick is not self._quick:
            self.database.sync_commits(not quick)
            self._quick = quick
        self.database.begin()
        self._open = True
        self._changes_before = self.database.total_changes

    def commit(self) -> None:
        """Make the open unit durable, a quick one once `sync` returns; may run on another thread. EnvironmentFault: the unit is
        rolled back whole."""
        try:
            if self.database.in_unit:
                self.database.commit()
            else:  # SQLite threw the unit away at an earlier statement
                raise EnvironmentFault("database.unit_lost", path=self.database.path)
        finally:
            self._open = False

    @property
    def quick(self) -> bool:
        """Whether the open unit is one of `quick_units`."""
        return self._quick

    def sync(self) -> None:
        """As `Database.sync`: puts quick units on the disk."""
        self.database.sync()

    def log_moved(self) -> None:
        """From the checkpointer's thread: all of the log is in the file. Whoever commits next begins the log anew, and SQLite syncs its
        head there and then, so that is not to be a quick unit."""
        self._log_moved = True

    def distrust(self) -> None:
        """The disk did not keep a quick unit: there are no more of them, so that each commit shows whether it is kept."""
        self._distrusted = True

    def rollback(self) -> None:
        """Forget the open unit; harmless where none is open."""
        self._open = False
        self.database.rollback()

    @property
    def in_unit(self) -> bool:
        """Whether a unit of work is open."""
        return self._open

    def begin_again(self) -> None:
        """Undo all that the open unit wrote, and go on with it as if it were new."""
        self.database.rollback()
        self.database.begin()
        self._changes_before = self.database.total_changes

    @property
    def untouched(self) -> bool:
        """Whether the open unit wrote nothing yet and has no savepoint: undoing it whole undoes nobody else's work."""
        database = self.database
        return self._open and database.total_changes == self._changes_before and not database.in_savepoint

    @property
    def changed(self) -> bool:
        """Whether the open unit has written anything; one that has not need not be committed on another thread."""
        return self.database.total_changes != self._changes_before

    # everybody else's ------------------------------------------------------------------------------------------
    @contextmanager
    def write(self) -> Iterator[Store]:
        """A unit of work: committed at the end, rolled back where it raises; inside another it is a savepoint of that one."""
        if self._open:
            with self.savepoint():
                yield self
            return
        self.quick_units = False  # nobody syncs for whoever opens a unit of his own
        self.begin()
        good = False
        try:
            yield self
            good = True
        finally:
            if not good:
                self.rollback()
        self.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What raises inside undoes itself alone."""
        with self.database.savepoint():
            yield

    def reader(self) -> Reader:
        """A read-only connection of its own; close it on the thread that uses it."""
        return Reader(self.folder)

    def close(self) -> None:
        """Roll an open unit back, move the log into the file, give the folder free; twice is harmless."""
        if self._closed:
            return
        self._closed = True
        self.rollback()
        try:
            self.database.checkpoint("TRUNCATE")
        except EnvironmentFault:
            pass  # a reader holds it, or the disk is full: the log stays and is whole
        finally:
            self.database.close()
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
