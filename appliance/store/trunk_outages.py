"""When trunks did not work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Outage(NamedTuple):
    """`reason`: registration (the carrier refuses us) or rests (calls over it failed); `detail` is what was said or counted."""

    id: int
    trunk_id: int
    reason: str
    detail: str
    began_at: int
    ended_at: int | None


class TrunkOutages(Table[Outage]):
    """Rows of `trunk_outage`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "trunk_outage", Outage, "ended_at")

    def open(self) -> Iterator[Outage]:
        """Those that go on."""
        return self._rows("WHERE t.ended_at IS NULL ORDER BY t.id")

    def newest(self, trunk_id: int) -> Outage | None:
        """The last of one trunk, over or not."""
        return self._one(self._select + "WHERE t.trunk_id = ? ORDER BY t.id DESC LIMIT 1", (trunk_id,))

    def between(self, since: int, until: int) -> Iterator[Outage]:
        """Those that fall into a time, even in part; by their beginning."""
        return self._rows("WHERE t.began_at < ?2 AND (t.ended_at IS NULL OR t.ended_at > ?1) ORDER BY t.began_at, t.id", (since, until))

    def forget(self, before: int) -> int:
        """Remove what was over by then; how many."""
        return self._db.change("DELETE FROM trunk_outage WHERE ended_at < ?", (before,))
