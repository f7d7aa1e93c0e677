"""Routes: which trunks a prefix goes out by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Route(NamedTuple):
    """`order`: priority, cost or weight."""

    id: int
    reseller_id: int
    prefix: str
    order: str
    version: int


class RouteTrunk(NamedTuple):
    """A step of a route; position 0 is tried first."""

    route_id: int
    position: int
    trunk_id: int
    weight: int


class Routes(Table[Route]):
    """Rows of `route` and `route_trunk`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "route", Route, "order", versioned=True)

    def find(self, reseller_id: int, prefix: str) -> Route | None:
        """By reseller and prefix."""
        return self._one(self._select + "WHERE t.reseller_id = ? AND t.prefix = ?", (reseller_id, prefix))

    def list(self, reseller_id: int | None = None) -> Iterator[Route]:
        """All or one reseller's, by prefix."""
        return self._rows("WHERE (?1 IS NULL OR t.reseller_id = ?1) ORDER BY t.reseller_id, t.prefix", (reseller_id,))

    def trunks(self, route_id: int | None = None) -> Iterator[RouteTrunk]:
        """Steps of one route or of all, in order."""
        sql = "SELECT route_id, position, trunk_id, weight FROM route_trunk WHERE (?1 IS NULL OR route_id = ?1) ORDER BY route_id, position"
        return self._db.rows(RouteTrunk._make, sql, (route_id,))

    def set_trunks(self, route_id: int, trunks: Sequence[tuple[int, int]]) -> None:
        """Replace a route's steps by (trunk_id, weight) in order, and count its version up."""
        self._db.change("DELETE FROM route_trunk WHERE route_id = ?", (route_id,))
        rows = [(route_id, position, trunk_id, weight) for position, (trunk_id, weight) in enumerate(trunks)]
        self._db.many("INSERT INTO route_trunk (route_id, position, trunk_id, weight) VALUES (?, ?, ?, ?)", rows)
        self._db.change("UPDATE route SET version = version + 1 WHERE id = ?", (route_id,))

    def remove(self, route_id: int) -> None:
        """Take a route away."""
        self._db.change("DELETE FROM route_trunk WHERE route_id = ?", (route_id,))
        self._db.change("DELETE FROM route WHERE id = ?", (route_id,))
