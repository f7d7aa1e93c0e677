"""What shops have sold: sums of settled bills' lines, by one key at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appliance.store.database import Database

KEYS = {
    "day": "b.settled_at / 900000",  # quarters of an hour: every time zone's midnight is one's beginning
    "clerk": "b.settled_by",
    "destination": "l.destination",
    "booth": "s.endpoint_id",
    "shop": "b.shop_id",
    "goods": "l.text",
}
_ONLY = {"destination": "AND l.kind = 'call'", "goods": "AND l.kind IN ('goods', 'item')", "booth": "AND s.endpoint_id IS NOT NULL"}


class Sum(NamedTuple):
    """Of one key, shop and tax rate. Sales are of paid bills; `cost` of all."""

    key: int | str | None
    shop_id: int
    currency: str
    tax_ppm: int
    calls: int
    seconds: int
    sales_calls: int
    sales_goods: int
    discounts: int
    cost: int


class Lost(NamedTuple):
    """Bills of one key and shop: how many were settled, and what was lost with them."""

    key: int | str | None
    shop_id: int
    currency: str
    bills: int
    lost: int


class Cash(NamedTuple):
    """What guests' money changed in the drawers of one clerk's shifts; floats, counts and what the owner moved left out."""

    shop_id: int
    clerk_id: int | None
    currency: str
    moved: int


class ShopFigures:
    """Reads `bill` and `bill_line`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def sums(self, by: str, shop_ids: Sequence[int], since: int | None, until: int | None) -> list[Sum]:
        """Of all lines of bills settled in that time."""
        key = KEYS[by]
        sql = f"""SELECT {key}, b.shop_id, b.currency, l.tax_ppm,
          sum(l.kind = 'call'), sum(CASE WHEN l.kind = 'call' THEN l.seconds ELSE 0 END),
          sum(CASE WHEN b.state = 'paid' AND l.kind = 'call' THEN l.amount_micros ELSE 0 END),
          sum(CASE WHEN b.state = 'paid' AND l.kind IN ('goods', 'item') THEN l.amount_micros ELSE 0 END),
          sum(CASE WHEN b.state = 'paid' AND l.kind IN ('discount', 'forgiven') THEN l.amount_micros ELSE 0 END), sum(l.cost_micros)
          FROM bill b JOIN bill_line l ON l.bill_id = b.id LEFT JOIN booth_session s ON s.id = l.session_id
          WHERE {self._which(shop_ids)} AND l.removed_at IS NULL {_ONLY.get(by, "")} GROUP BY 1, 2, 3, 4"""
        return list(self._db.rows(Sum._make, sql, (since, until)))

    def lost(self, by: str, shop_ids: Sequence[int], since: int | None, until: int | None) -> list[Lost]:
        """Of the bills themselves, for keys that are theirs (day, clerk, shop)."""
        sql = f"""SELECT {KEYS[by]}, b.shop_id, b.currency, count(*), sum(b.lost_micros) FROM bill b
          WHERE {self._which(shop_ids)} AND b.state <> 'joined' GROUP BY 1, 2, 3"""
        return list(self._db.rows(Lost._make, sql, (since, until)))

    def cash(self, shop_ids: Sequence[int], since: int, until: int) -> list[Cash]:
        """Cash that came in less what was given out in that time, by shop, the shift's clerk and currency."""
        listed = ", ".join(str(int(each)) for each in shop_ids)
        sql = f"""SELECT s.shop_id, s.operator_id, m.currency, sum(m.amount_micros) FROM shift s JOIN cash_movement m ON m.shift_id = s.id
          WHERE s.shop_id IN ({listed}) AND s.opened_at < ?2 AND (s.closed_at IS NULL OR s.closed_at >= ?1) AND m.at >= ?1 AND m.at < ?2
          AND m.kind NOT IN ('float', 'count', 'in', 'out', 'drop') GROUP BY 1, 2, 3"""
        return list(self._db.rows(Cash._make, sql, (since, until)))

    def _which(self, shop_ids: Sequence[int]) -> str:
        listed = ", ".join(str(int(each)) for each in shop_ids)
        return f"b.shop_id IN ({listed}) AND b.settled_at IS NOT NULL AND (?1 IS NULL OR b.settled_at >= ?1) AND (?2 IS NULL OR b.settled_at < ?2)"
