"""The books as a whole: sums by kind of account, and the months that are closed."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Close(NamedTuple):
    """The books are closed up to a moment (not included); `sums` is JSON."""

    id: int
    until_at: int
    closed_at: int
    who: str
    note: str
    sums: str


class KindSum(NamedTuple):
    """All accounts of one kind and name together (credit accounts and carriers without their names); debits are below zero."""

    reseller_id: int
    reseller: str
    kind: str
    name: str
    currency: str
    debit_micros: int
    credit_micros: int


class Books(Table[Close]):
    """Rows of `book_close`, and sums over `posting`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "book_close", Close)

    def locked_until(self) -> int:
        """Nothing is dated before this moment any more; 0 while nothing is closed."""
        return int(self._db.value("SELECT max(until_at) FROM book_close") or 0)

    def last_entry(self) -> int:
        """The id of the newest entry."""
        return int(self._db.value("SELECT max(id) FROM entry") or 0)

    def closes(self) -> list[Close]:
        """Newest first."""
        return list(self._rows("ORDER BY t.id DESC"))

    def sums(self, resellers: frozenset[int] | None, since_at: int, until_at: int) -> list[KindSum]:
        """What moved in a period, by kind of account. Reads every posting of it: for a thread."""
        among = "" if resellers is None else f" AND a.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})"
        sql = f"""SELECT a.reseller_id, r.name, a.kind, CASE WHEN a.kind IN ('credit', 'carrier') THEN '' ELSE a.name END, a.currency,
          coalesce(sum(min(p.amount_micros, 0)), 0), coalesce(sum(max(p.amount_micros, 0)), 0)
          FROM posting p JOIN entry e ON e.id = p.entry_id JOIN account a ON a.id = p.account_id JOIN reseller r ON r.id = a.reseller_id
          WHERE e.at >= ? AND e.at < ?{among} GROUP BY 1, 3, 4, 5 ORDER BY 1, 5, 3, 4"""
        return list(self._db.rows(KindSum._make, sql, (since_at, until_at)))
