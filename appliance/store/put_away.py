"""What things that were put out of use let go, until they are restored."""

from __future__ import annotations

from appliance.store.database import Database


class PutAway:
    """Rows of `put_away`: by the kind of thing and its id, JSON text."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, kind: str, row_id: int, at: int, kept: str) -> None:
        """Set it, or set it anew."""
        self._db.execute(
            """INSERT INTO put_away (kind, id, at, kept) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET at = excluded.at, kept = excluded.kept""",
            (kind, row_id, at, kept),
        )

    def take(self, kind: str, row_id: int) -> str | None:
        """What was kept of a thing, and it is kept no longer; None where nothing is."""
        row = self._db.one("SELECT kept FROM put_away WHERE kind = ? AND id = ?", (kind, row_id))
        if row is None:
            return None
        self._db.change("DELETE FROM put_away WHERE kind = ? AND id = ?", (kind, row_id))
        return str(row[0])

    def forget(self, kind: str, before_at: int) -> int:
        """What was kept of a kind before a moment; how many."""
        return self._db.change("DELETE FROM put_away WHERE kind = ? AND at < ?", (kind, before_at))
