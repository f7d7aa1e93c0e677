"""What sub-resellers earn of the calls that they buy: a rate each, and what was credited, a row a month."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database


class Commission(NamedTuple):
    """What one month brought; `base_micros` is what calls cost the reseller. No entry where the amount is 0."""

    reseller_id: int
    month: str
    ppm: int
    base_micros: int
    amount_micros: int
    currency: str
    entry_id: int | None
    at: int


_COLUMNS = ", ".join(Commission._fields)


class Commissions:
    """Rows of `commission_rate` and `commission`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def rates(self) -> dict[int, int]:
        """{reseller: parts per million}."""
        return dict(self._db.fetch("SELECT reseller_id, ppm FROM commission_rate"))

    def set_rate(self, reseller_id: int, ppm: int) -> None:
        """From now on; 0 takes it away."""
        self._db.change("DELETE FROM commission_rate WHERE reseller_id = ?", (reseller_id,))
        if ppm:
            self._db.execute("INSERT INTO commission_rate (reseller_id, ppm) VALUES (?, ?)", (reseller_id, ppm))

    def of_month(self, reseller_id: int, month: str) -> Commission | None:
        """What was credited for a month ("2026-01")."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM commission WHERE reseller_id = ? AND month = ?", (reseller_id, month))
        return None if row is None else Commission._make(row)

    def add(self, row: Commission) -> None:
        """One month of one reseller; it can have no second."""
        marks = ", ".join("?" * len(row))
        self._db.execute(f"INSERT INTO commission ({_COLUMNS}) VALUES ({marks})", row)

    def base(self, account_id: int, since_at: int, until_at: int) -> int:
        """Micros that calls cost an account in a period, what was put right counted."""
        sql = """SELECT coalesce(-sum(p.amount_micros), 0) FROM entry e CROSS JOIN posting p ON p.entry_id = e.id
          WHERE e.at >= ? AND e.at < ? AND e.kind IN ('call', 'rerate', 'call_refund') AND p.account_id = ?"""
        return int(self._db.value(sql, (since_at, until_at, account_id)))
