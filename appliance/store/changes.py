"""The change log: what kind of thing changed, and which, in order; written in the unit that changed it."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database

_ADD = "INSERT INTO change_log (at, kind, ids) VALUES (?, ?, ?)"


class Change(NamedTuple):
    """`ids` is JSON text, a list of row ids."""

    sequence: int
    at: int
    kind: str
    ids: str


class Changes:
    """Rows of `change_log`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, at: int, kind: str, ids: str) -> int:
        """Append; its sequence number, which only grows."""
        return self._db.insert(_ADD, (at, kind, ids))

    def last(self) -> int:
        """The newest sequence number ever given, 0 at first."""
        return int(self._db.value("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'") or 0)

    def first(self) -> int | None:
        """The oldest still kept; who is behind it must ask for everything again."""
        value: int | None = self._db.value("SELECT min(sequence) FROM change_log")
        return value

    def after(self, sequence: int, limit: int = 1000) -> list[Change]:
        """What came after a number, oldest first."""
        sql = "SELECT sequence, at, kind, ids FROM change_log WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return list(self._db.rows(Change._make, sql, (sequence, limit)))

    def forget(self, before_at: int, limit: int = 10000) -> int:
        """Remove up to `limit` of those before a moment, oldest first; how many."""
        return self._db.change(
            "DELETE FROM change_log WHERE sequence IN (SELECT sequence FROM change_log WHERE at < ? ORDER BY sequence LIMIT ?)", (before_at, limit)
        )
