"""Runs of the server: one row a start, whose heartbeat is every running call's checkpoint at once."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database

_BEAT = "UPDATE server_run SET heartbeat_at = ?, heartbeat_mono_ms = ? WHERE id = ?"


class Run(NamedTuple):
    """`ended_at` None: it runs, or it died. Monotonic milliseconds are that run's own."""

    id: int
    started_at: int
    heartbeat_at: int
    heartbeat_mono_ms: int
    ended_at: int | None


class Runs:
    """Rows of `server_run`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def start(self, at: int, mono_ms: int) -> int:
        """A new run; its id."""
        return self._db.insert("INSERT INTO server_run (started_at, heartbeat_at, heartbeat_mono_ms) VALUES (?, ?, ?)", (at, at, mono_ms))

    def beat(self, run_id: int, at: int, mono_ms: int) -> None:
        """Still here; every running call is good up to now."""
        self._db.execute(_BEAT, (at, mono_ms, run_id))

    def end(self, run_id: int, at: int) -> None:
        """An orderly end."""
        self._db.execute("UPDATE server_run SET ended_at = ? WHERE id = ?", (at, run_id))

    def get(self, run_id: int) -> Run | None:
        """One run."""
        row = self._db.one("SELECT id, started_at, heartbeat_at, heartbeat_mono_ms, ended_at FROM server_run WHERE id = ?", (run_id,))
        return None if row is None else Run._make(row)

    def unended(self) -> list[Run]:
        """Runs without an orderly end, oldest first."""
        return list(
            self._db.rows(
                Run._make, "SELECT id, started_at, heartbeat_at, heartbeat_mono_ms, ended_at FROM server_run WHERE ended_at IS NULL ORDER BY id"
            )
        )
