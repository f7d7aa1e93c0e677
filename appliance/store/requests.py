"""Requests seen: a write that a client sends twice answers twice and happens once."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database


class Seen(NamedTuple):
    """`request_hash` tells a true repeat from another request under the same id; `reply` is JSON text."""

    request_id: str
    operator_id: int | None
    operation: str
    request_hash: str
    reply: str
    at: int


class Requests:
    """Rows of `request_seen`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, request_id: str) -> Seen | None:
        """By the client's id."""
        row = self._db.one("SELECT request_id, operator_id, operation, request_hash, reply, at FROM request_seen WHERE request_id = ?", (request_id,))
        return None if row is None else Seen._make(row)

    def add(self, seen: Seen) -> None:
        """In the unit of what it did; Conflict("store.taken") for an id seen before."""
        self._db.execute("INSERT INTO request_seen (request_id, operator_id, operation, request_hash, reply, at) VALUES (?, ?, ?, ?, ?, ?)", seen)

    def forget(self, before_at: int) -> int:
        """Remove those before a moment; how many."""
        return self._db.change("DELETE FROM request_seen WHERE at < ?", (before_at,))
