"""Limits of money by role, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class RoleLimit(NamedTuple):
    """What a role may do alone; `what`: payment, refund, adjustment, credit_limit, day."""

    reseller_id: int
    role: str
    what: str
    amount_micros: int


class Approval(NamedTuple):
    """`request` is the JSON of `operation`; `state`: waiting, approved or refused."""

    id: int
    reseller_id: int
    operation: str
    what: str
    request: str
    account_id: int
    amount_micros: int
    limit_micros: int
    operator_id: int
    who: str
    asked_at: int
    state: str
    decided_by: str | None
    decided_at: int | None
    note: str


class Approvals(Table[Approval]):
    """Rows of `approval` and `role_limit`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "approval", Approval, "state decided_by decided_at note")

    def limits(self, reseller_id: int) -> list[RoleLimit]:
        """Of one reseller."""
        sql = "SELECT reseller_id, role, what, amount_micros FROM role_limit WHERE reseller_id = ? ORDER BY role, what"
        return list(self._db.rows(RoleLimit._make, sql, (reseller_id,)))

    def limit(self, reseller_id: int, role: str, what: str) -> int | None:
        """Micros; None: as much as it likes."""
        sql = "SELECT amount_micros FROM role_limit WHERE reseller_id = ? AND role = ? AND what = ?"
        found = self._db.value(sql, (reseller_id, role, what))
        return None if found is None else int(found)

    def set_limit(self, reseller_id: int, role: str, what: str, amount_micros: int | None) -> None:
        """None: no limit."""
        self._db.execute("DELETE FROM role_limit WHERE reseller_id = ? AND role = ? AND what = ?", (reseller_id, role, what))
        if amount_micros is not None:
            sql = "INSERT INTO role_limit (reseller_id, role, what, amount_micros) VALUES (?, ?, ?, ?)"
            self._db.execute(sql, (reseller_id, role, what, amount_micros))

    def newest(self, resellers: frozenset[int] | None, *, decided: bool) -> Iterator[Approval]:
        """Waiting or decided ones of these resellers, or of all."""
        among = "" if resellers is None else f" AND t.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})"
        return self._rows(f"WHERE t.state {'<>' if decided else '='} 'waiting'{among} ORDER BY t.id DESC")

    def moved_today(self, operator_id: int, currency: str, since_at: int) -> int:
        """Micros that one operator's payments, refunds and adjustments moved since a moment, both ways added up."""
        sql = """SELECT coalesce(sum(abs(p.amount_micros)), 0) FROM entry e JOIN posting p ON p.entry_id = e.id
          JOIN account a ON a.id = p.account_id AND a.kind = 'credit' AND a.currency = ?2
          WHERE e.at >= ?3 AND e.operator_id = ?1 AND e.kind IN ('payment', 'refund', 'adjustment', 'write_off', 'transfer',
          'call_refund', 'rerate')"""
        return int(self._db.value(sql, (operator_id, currency, since_at)))
