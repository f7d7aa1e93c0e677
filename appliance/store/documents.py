"""Numbers of documents: without gaps for each reseller and series, drawn in the unit that issues the document."""

from __future__ import annotations

from appliance.store.database import Database


class Documents:
    """Rows of `document_number`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def next_number(self, reseller_id: int, series: str) -> int:
        """Draw the next number, 1 at first; rolled back with the unit, so that none is lost."""
        sql = "INSERT INTO document_number (reseller_id, series, last) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last = last + 1"
        self._db.execute(sql, (reseller_id, series))
        return int(self._db.value("SELECT last FROM document_number WHERE reseller_id = ? AND series = ?", (reseller_id, series)))

    def start_at(self, reseller_id: int, series: str, last: int) -> None:
        """The last number used before (a move from another system)."""
        self._db.execute(
            "INSERT INTO document_number (reseller_id, series, last) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            (reseller_id, series, last),
        )
