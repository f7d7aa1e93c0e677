"""What came from another system: which of its keys became what here, its old calls and open invoices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class MoveSource(NamedTuple):
    """Another system. `cut_over_at` set: nothing more comes from there."""

    source: str
    reseller_id: int
    moved_at: int
    cut_over_at: int | None


class OldCallRow(NamedTuple):
    """A call of before; never charged."""

    id: int
    customer_id: int
    source: str
    old_key: str
    started_at: int
    seconds: int
    caller: str
    number: str
    destination: str
    amount_micros: int
    currency: str


class OldInvoiceRow(NamedTuple):
    """An invoice that was open when it came; its amount is in the opening balance."""

    id: int
    customer_id: int
    source: str
    old_key: str
    label: str
    issued_on: str
    due_on: str | None
    total_micros: int
    open_micros: int
    currency: str
    settled_at: int | None


_OPEN = """SELECT i.id, c.reseller_id, c.credit_account_id, i.label, i.due_on, i.currency, i.total_micros, i.open_micros
  FROM old_invoice i JOIN customer c ON c.id = i.customer_id WHERE i.settled_at IS NULL AND i.open_micros > 0"""

_COUNTS = "s.activated_at IS NOT NULL AND s.undone_at IS NULL"
_STANDS = f"""EXISTS (SELECT 1 FROM rate r JOIN rate_set s ON s.id = r.rate_set_id
  WHERE r.tariff_id = ?1 AND r.prefix = {{prefix}} AND {_COUNTS} {{more}}
  AND NOT EXISTS (SELECT 1 FROM rate_withdrawal x JOIN rate_set xs ON xs.id = x.rate_set_id
    WHERE x.rate_id = r.id AND xs.activated_at IS NOT NULL AND xs.undone_at IS NULL))"""
_OWN_PREFIXES = f"""WITH touched AS (
    SELECT r.prefix FROM rate r JOIN rate_set s ON s.id = r.rate_set_id WHERE s.tariff_id = ?1 AND s.source <> ?2 AND {_COUNTS}
    UNION SELECT r.prefix FROM rate_withdrawal w JOIN rate_set s ON s.id = w.rate_set_id JOIN rate r ON r.id = w.rate_id
      WHERE s.tariff_id = ?1 AND s.source <> ?2 AND {_COUNTS})
  SELECT t.prefix FROM touched t WHERE {_STANDS.format(prefix="t.prefix", more="AND s.source <> ?2")}
    OR NOT {_STANDS.format(prefix="t.prefix", more="")} ORDER BY t.prefix"""
"""Touched by another source, and either a price of another source stands there now, or none does."""


def _hash(old_key: str) -> str:
    return hashlib.sha256(old_key.encode()).hexdigest()


class Moving:
    """Rows of `move_source`, `moved`, `old_call` and `old_invoice`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.calls = Table(database, "old_call", OldCallRow)
        self.invoices = Table(database, "old_invoice", OldInvoiceRow, "label issued_on due_on total_micros open_micros settled_at")

    # where from ----------------------------------------------------------------------------------------------------
    def source(self, name: str) -> MoveSource | None:
        """What is known of a system; None where nothing came from there."""
        row = self._db.one("SELECT source, reseller_id, moved_at, cut_over_at FROM move_source WHERE source = ?", (name,))
        return None if row is None else MoveSource._make(row)

    def put_source(self, name: str, reseller_id: int, at: int, cut_over_at: int | None) -> None:
        """Something came from there at that moment."""
        self._db.execute(
            """INSERT INTO move_source (source, reseller_id, moved_at, cut_over_at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET moved_at = excluded.moved_at, cut_over_at = excluded.cut_over_at""",
            (name, reseller_id, at, cut_over_at),
        )

    def found(self, source: str, kind: str, old_key: str) -> int | None:
        """The id of what a key there became here; None where it did not come yet."""
        value = self._db.value("SELECT new_id FROM moved WHERE source = ? AND kind = ? AND key_hash = ?", (source, kind, _hash(old_key)))
        return None if value is None else int(value)

    def keep(self, source: str, kind: str, old_key: str, new_id: int) -> None:
        """What a key there became."""
        self._db.execute(
            "INSERT INTO moved (source, kind, key_hash, new_id) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET new_id = excluded.new_id",
            (source, kind, _hash(old_key), new_id),
        )

    def written(self, source: str, kind: str, old_key: str) -> dict[str, str] | None:
        """Field to digest of what the last move wrote of a thing; None where that is not known."""
        text = self._db.value("SELECT written FROM moved WHERE source = ? AND kind = ? AND key_hash = ?", (source, kind, _hash(old_key)))
        return None if text is None else dict(json.loads(str(text)))

    def put_written(self, source: str, kind: str, old_key: str, fields: Mapping[str, str]) -> None:
        """What this move wrote of it; `keep` came before."""
        sql = "UPDATE moved SET written = ? WHERE source = ? AND kind = ? AND key_hash = ?"
        self._db.execute(sql, (json.dumps(fields, separators=(",", ":")), source, kind, _hash(old_key)))

    def own_prefixes(self, tariff_id: int, written_by: str) -> list[str]:
        """Prefixes of a tariff whose prices came from elsewhere than the rate sets of that source, and those that were taken away here."""
        return [str(row[0]) for row in self._db.rows(tuple, _OWN_PREFIXES, (tariff_id, written_by))]

    def came_from(self, customer_id: int) -> str:
        """The system that a customer came from; "" for one who was made here."""
        return str(self._db.value("SELECT min(source) FROM moved WHERE kind = 'customer' AND new_id = ?", (customer_id,)) or "")

    def opened_of(self, account_id: int) -> int:
        """Micros posted to an account as opening balances."""
        sql = """SELECT coalesce(sum(p.amount_micros), 0) FROM posting p JOIN entry e ON e.id = p.entry_id
          WHERE p.account_id = ? AND e.kind = 'opening'"""
        return int(self._db.value(sql, (account_id,)))

    # old calls -----------------------------------------------------------------------------------------------------
    def add_calls(self, rows: Iterable[tuple[int, str, str, int, int, str, str, str, int, str]]) -> int:
        """Calls of `OldCallRow` without id; what is there already stays as it is. How many were new."""
        sql = f"INSERT OR IGNORE INTO old_call ({', '.join(OldCallRow._fields[1:])}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        return sum(self._db.change(sql, row) for row in rows)

    def old_calls(self, customer_id: int, before: tuple[int, int] | None, limit: int) -> list[OldCallRow]:
        """A customer's, the newest first; `before`: (started_at, id) of the last one seen."""
        at, row_id = before or (2**62, 0)
        sql = f"SELECT {', '.join(OldCallRow._fields)} FROM old_call WHERE customer_id = ?1 AND (started_at, id) < (?2, ?3) ORDER BY started_at DESC, id DESC LIMIT ?4"  # fmt: skip  # noqa: E501
        return list(self._db.rows(OldCallRow._make, sql, (customer_id, at, row_id, limit)))

    def call_sums(self, source: str) -> tuple[int, int]:
        """How many calls came from a system, and the sum of their amounts (micros)."""
        row = self._db.one("SELECT count(*), coalesce(sum(amount_micros), 0) FROM old_call WHERE source = ?", (source,))
        assert row is not None  # an aggregate
        return int(row[0]), int(row[1])

    # old invoices --------------------------------------------------------------------------------------------------
    def find_invoice(self, source: str, old_key: str) -> OldInvoiceRow | None:
        """By its key there."""
        sql = f"SELECT {', '.join(OldInvoiceRow._fields)} FROM old_invoice WHERE source = ? AND old_key = ?"
        row = self._db.one(sql, (source, old_key))
        return None if row is None else OldInvoiceRow._make(row)

    def old_invoices(self, customer_id: int) -> list[OldInvoiceRow]:
        """A customer's, the oldest first."""
        sql = f"SELECT {', '.join(OldInvoiceRow._fields)} FROM old_invoice WHERE customer_id = ? ORDER BY issued_on, id"
        return list(self._db.rows(OldInvoiceRow._make, sql, (customer_id,)))

    def unsettled(self, source: str) -> list[OldInvoiceRow]:
        """All of a system that are still open."""
        sql = f"SELECT {', '.join(OldInvoiceRow._fields)} FROM old_invoice WHERE source = ? AND settled_at IS NULL ORDER BY id"
        return list(self._db.rows(OldInvoiceRow._make, sql, (source,)))

    def open_of(self, resellers: frozenset[int] | None) -> list[tuple[int, int, int, str, str | None, str, int, int]]:
        """What is still open, of these resellers or of all: the fields of `store.allocations.OpenInvoice`."""
        among = "" if resellers is None else f" AND c.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})"
        return list(self._db.rows(tuple, f"{_OPEN}{among} ORDER BY c.credit_account_id, i.id"))
