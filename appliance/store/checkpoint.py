"""Moves the write-ahead log into the file, in a thread and on a connection of its own, so that no call waits for it.

Only this moves the log while a server runs (the writer's own checkpoints are off). Whoever must see the log's frames
before they can be overwritten (the second copy) is called first, each time.

The log begins anew only where it was moved whole, which beside a busy writer happens by chance: each pass leaves what was
committed meanwhile. A long log is therefore moved several times in a row, every pass shorter than the one before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from appliance.errors import EnvironmentFault
from appliance.store.database import Database
from appliance.store.log_room import LogRoom

INTERVAL_SECONDS = 2.0
LOG_PAGES = 1000  # frames below which the log is left alone until `LONGEST_SECONDS` have passed
LONGEST_SECONDS = 60.0
LONG_PAGES = 8_000  # frames past which the log should begin anew
PASSES = 12

Checkpoint = Callable[[], tuple[int, int]]
Before = Callable[[Checkpoint], None]


class Checkpointer:
    """One for each running server. `fault` is what the last round met, None where it went well."""

    def __init__(
        self, path: Path, before: Before | None = None, *, moved: Callable[[], None] = lambda: None, interval_seconds: float = INTERVAL_SECONDS
    ) -> None:
        """`before` is handed the checkpoint to run when it has taken what it needs (`second_copy.SecondCopy.around`); it may be set later.
        `moved` is told, in the thread, that the log was moved whole."""
        self.fault: EnvironmentFault | None = None
        self.rounds = 0
        self._path = path
        self.before = before
        self._moved = moved
        self._interval = interval_seconds
        self._stop = threading.Event()
        self._database: Database | None = None
        self._room: LogRoom | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def stop(self) -> None:
        """A last round, then the thread ends; returns when it has."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._make_room()
        waited = 0.0
        while not self._stop.wait(self._interval):
            waited += self._interval
            if self.round(force=waited >= LONGEST_SECONDS):
                waited = 0.0
        self.round(force=True)
        if self._database is not None:
            self._database.close()

    def round(self, *, force: bool = True) -> bool:
        """Look once; whether the log was moved. Not for two threads at once."""
        try:
            if self._make_room() < LOG_PAGES and not force:
                return False
            for _ in range(PASSES):
                logged, moved = self._pass()
                if logged < LONG_PAGES or logged == moved:
                    break
        except EnvironmentFault as fault:
            self.fault = fault
            return False
        self.fault = None
        self.rounds += 1
        return True

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database(self._path)
            self._room = LogRoom(self._path, int(self._database.value("PRAGMA page_size")))
        return self._database

    def _make_room(self) -> int:
        """Keep room ahead in the log; frames in it."""
        try:
            frames = self._opened().log_frames()
        except EnvironmentFault as fault:
            self.fault = fault
            return 0
        if self._room is not None:
            self._room.keep(frames)
        return frames

    def _pass(self) -> tuple[int, int]:
        """(frames in the log, frames moved) of one pass."""
        done = (0, 0)

        def checkpoint() -> tuple[int, int]:
            nonlocal done
            done = self._opened().checkpoint()
            if 0 < done[0] == done[1]:
                self._moved()
            return done

        if self.before is None:
            checkpoint()
        else:
            self.before(checkpoint)
        return done
