"""Moves the write-ahead log into the file, in a thread and on a connection of its own, so that no call waits for it.

Only this moves the log while a server runs (the writer's own checkpoints are off). Whoever must see the log's frames
before they can be overwritten (the second copy) is called first, each time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from appliance.errors import EnvironmentFault
from appliance.store.database import Database

INTERVAL_SECONDS = 2.0
LOG_PAGES = 1000  # frames below which the log is left alone until `LONGEST_SECONDS` have passed
LONGEST_SECONDS = 60.0

Checkpoint = Callable[[], tuple[int, int]]
Before = Callable[[Checkpoint], None]


class Checkpointer:
    """One for each running server. `fault` is what the last round met, None where it went well."""

    def __init__(self, path: Path, before: Before | None = None, *, interval_seconds: float = INTERVAL_SECONDS) -> None:
        """`before` is handed the checkpoint to run when it has taken what it needs (`second_copy.SecondCopy.around`)."""
        self.fault: EnvironmentFault | None = None
        self.rounds = 0
        self._path = path
        self._before = before
        self._interval = interval_seconds
        self._stop = threading.Event()
        self._database: Database | None = None
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
            if self._database is None:
                self._database = Database(self._path)
            if not force and self._database.log_frames() < LOG_PAGES:
                return False
            if self._before is None:
                self._database.checkpoint()
            else:
                self._before(self._database.checkpoint)
        except EnvironmentFault as fault:
            self.fault = fault
            return False
        self.fault = None
        self.rounds += 1
        return True
