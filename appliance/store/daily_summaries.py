"""Days as they were told to operators."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class DailySummary(NamedTuple):
    """`on_day` is the ISO date it tells of, in the reseller's time zone; `content` is JSON."""

    id: int
    reseller_id: int
    on_day: str
    made_at: int
    content: str


class DailySummaries(Table[DailySummary]):
    """Rows of `daily_summary`: made once, never changed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "daily_summary", DailySummary)

    def find(self, reseller_id: int, on_day: str) -> DailySummary | None:
        """Of one day."""
        return self._one(self._select + "WHERE t.reseller_id = ? AND t.on_day = ?", (reseller_id, on_day))

    def forget(self, before: int) -> int:
        """Remove those made before; how many."""
        return self._db.change("DELETE FROM daily_summary WHERE made_at < ?", (before,))
