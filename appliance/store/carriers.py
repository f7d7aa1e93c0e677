"""Accounts with carriers: what they were paid, what calls cost, and our side of a comparison."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class CarrierPayment(NamedTuple):
    """Money paid to a trunk's carrier; below zero it came back."""

    id: int
    trunk_id: int
    account_id: int
    entry_id: int
    at: int
    method: str
    amount_micros: int
    currency: str
    reference: str
    note: str
    operator_id: int | None


class OurCall(NamedTuple):
    """A call that went out by a trunk and was answered."""

    id: int
    started_at: int
    number: str
    seconds: int
    cost_micros: int
    currency: str


class Carriers(Table[CarrierPayment]):
    """Rows of `carrier_payment`: `insert(...)`, never changed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "carrier_payment", CarrierPayment)

    def account_of(self, trunk_id: int, currency: str) -> int | None:
        """The id of a trunk's account in a currency."""
        found = self._db.value("SELECT account_id FROM carrier_account WHERE trunk_id = ? AND currency = ?", (trunk_id, currency))
        return None if found is None else int(found)

    def accounts_of(self, trunk_id: int) -> list[int]:
        """The ids of all of a trunk's accounts, by currency."""
        return [row[0] for row in self._db.fetch("SELECT account_id FROM carrier_account WHERE trunk_id = ? ORDER BY currency", (trunk_id,))]

    def keep(self, trunk_id: int, currency: str, account_id: int) -> None:
        """A trunk's account in a currency, from now on."""
        self._db.execute("INSERT INTO carrier_account (trunk_id, currency, account_id) VALUES (?, ?, ?)", (trunk_id, currency, account_id))

    def paid(self, account_id: int) -> int:
        """Micros paid to it in all."""
        return int(self._db.value("SELECT coalesce(sum(amount_micros), 0) FROM carrier_payment WHERE account_id = ?", (account_id,)))

    def cost(self, account_id: int, since_at: int = 0) -> int:
        """Micros that calls cost there since a moment."""
        if not since_at:
            sql = """SELECT coalesce(sum(p.amount_micros), 0) FROM posting p JOIN entry e ON e.id = p.entry_id
              WHERE p.account_id = ? AND e.kind IN ('cost', 'recost')"""
            return int(self._db.value(sql, (account_id,)))
        sql = """SELECT coalesce(sum(p.amount_micros), 0) FROM entry e JOIN posting p ON p.entry_id = e.id
          WHERE e.at >= ? AND e.kind IN ('cost', 'recost') AND +p.account_id = ?"""
        return int(self._db.value(sql, (since_at, account_id)))

    def calls(self, trunk_id: int, since_at: int, until_at: int) -> list[OurCall]:
        """Answered calls that a trunk carried out, by time."""
        sql = """SELECT c.id, coalesce(c.answered_at, c.started_at), coalesce(w.normalised, ''), (c.duration_ms + 999) / 1000,
          coalesce((SELECT k.after_micros FROM cost_correction k WHERE k.cdr_id = c.id ORDER BY k.id DESC LIMIT 1), c.cost_micros),
          coalesce(c.cost_currency, '') FROM cdr c LEFT JOIN cdr_person w ON w.cdr_id = c.id
          WHERE c.trunk_id = ? AND c.started_at >= ? AND c.started_at < ? AND c.answered_at IS NOT NULL AND c.direction <> 'in'
          ORDER BY c.started_at, c.id"""
        return list(self._db.rows(OurCall._make, sql, (trunk_id, since_at, until_at)))
