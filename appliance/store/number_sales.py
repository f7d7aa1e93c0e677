"""Incoming numbers that resellers have of their parents, and what was taken for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.store.database import Database, SqlValue

_SALE = "id, did, reseller_id, setup_micros, fee_micros, price_micros, starts_on, ends_on"
_PRICES = frozenset(["setup_micros", "fee_micros", "price_micros"])


class NumberSale(NamedTuple):
    """A number that its parent gave to a reseller, and at what price; dates are ISO, `ends_on` is the first day without it."""

    id: int
    did: str
    reseller_id: int
    setup_micros: int | None
    fee_micros: int | None
    price_micros: int | None
    starts_on: str
    ends_on: str | None


class NumberFee(NamedTuple):
    """An amount taken for a number: `kind` setup or month, or given back: returned. Paid from `since_on` up to `until_on` (not included)."""

    entry_id: int
    did: str
    sale_id: int | None
    customer_id: int | None
    kind: str
    month: str
    amount_micros: int
    since_on: str
    until_on: str


class NumberSales:
    """Rows of `number_sale` and `number_fee`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def running(self) -> Iterator[NumberSale]:
        """Those that have not ended, by id."""
        return self._db.rows(NumberSale._make, f"SELECT {_SALE} FROM number_sale WHERE ends_on IS NULL ORDER BY id")

    def of(self, did: str) -> dict[int, NumberSale]:
        """Who has a number now, by reseller."""
        rows = self._db.rows(NumberSale._make, f"SELECT {_SALE} FROM number_sale WHERE did = ? AND ends_on IS NULL", (did,))
        return {row.reseller_id: row for row in rows}

    def begin(self, did: str, reseller_id: int, starts_on: str, prices: Mapping[str, SqlValue]) -> int:
        """A reseller has a number from that day on; its id. Conflict("store.taken") where he has it already."""
        values = [prices.get(name) for name in ("setup_micros", "fee_micros", "price_micros")]
        sql = "INSERT INTO number_sale (did, reseller_id, setup_micros, fee_micros, price_micros, starts_on) VALUES (?, ?, ?, ?, ?, ?)"
        return self._db.insert(sql, (did, reseller_id, *values, starts_on))

    def change(self, sale_id: int, prices: Mapping[str, SqlValue]) -> None:
        """Other prices from now on."""
        unknown = frozenset(prices) - _PRICES
        if unknown:
            raise ValueError(f"number_sale does not change {sorted(unknown)}")
        parts = ", ".join(f'"{name}" = ?' for name in prices)
        self._db.change(f"UPDATE number_sale SET {parts} WHERE id = ?", (*prices.values(), sale_id))

    def end(self, sale_id: int, ends_on: str) -> None:
        """He has it no more."""
        self._db.change("UPDATE number_sale SET ends_on = ? WHERE id = ?", (ends_on, sale_id))

    def take(self, fee: NumberFee) -> None:
        """Note what an entry was for; Conflict("store.taken") where that month was taken (or given back) already."""
        self._db.execute(f"INSERT INTO number_fee ({', '.join(NumberFee._fields)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", tuple(fee))

    def taken(self, sale_id: int) -> list[NumberFee]:
        """What was taken and given back of a sale, by month."""
        sql = f"SELECT {', '.join(NumberFee._fields)} FROM number_fee WHERE sale_id = ? ORDER BY month, kind"
        return list(self._db.rows(NumberFee._make, sql, (sale_id,)))
