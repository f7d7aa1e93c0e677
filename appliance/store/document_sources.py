"""What documents are made of: an account's postings between two of its balances, summed as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database

SOLD = ("call", "booth", "fee", "adjustment", "rerate", "call_refund", "goods")
"""Kinds of entries that are supplies, and so lines of an invoice that is taxed by usage; all others move the account beside them."""

_RANGE = "p.account_id = ?1 AND p.id > ?2 AND p.id <= ?3"
_CLAIMED = "EXISTS (SELECT 1 FROM document_claim x WHERE x.entry_id = e.id)"
_KIND = "CASE WHEN e.kind = 'reversal' THEN coalesce(o.kind, 'reversal') ELSE e.kind END"


class Bounds(NamedTuple):
    """A stretch of an account's postings with the balances at its ends, in the ledger; empty where `last` equals `after`."""

    after: int
    last: int
    before_micros: int
    after_micros: int


class CallSum(NamedTuple):
    """Calls to one destination."""

    destination: str
    calls: int
    seconds: int
    amount_micros: int


class Moved(NamedTuple):
    """One entry on the account. `kind` is that of the entry that a reversal takes back; `method` of a payment; `claimed`: a credit note
    tells of it."""

    entry: int
    at: int
    kind: str
    reverses: int | None
    reference: str
    note: str
    method: str
    claimed: int
    amount_micros: int


class Paid(NamedTuple):
    """A payment with its tax."""

    at: int
    kind: str
    method: str
    gross_micros: int
    credit_micros: int
    tax_micros: int
    tax_ppm: int
    category: str
    country: str


class CallDetail(NamedTuple):
    """One charged call for the appendix."""

    at: int
    endpoint: str
    dialled: str
    destination: str
    seconds: int
    amount_micros: int


class StatementLine(NamedTuple):
    """One movement, or all calls of one day (`pieces` of them), with the balance after it."""

    at: int
    kind: str
    reference: str
    note: str
    method: str
    pieces: int
    amount_micros: int
    balance_micros: int


class DocumentSources:
    """Reads `posting` with what caused it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def bounds(self, account_id: int, after: int, until_at: int) -> Bounds:
        """The postings after one up to the last that was made before a moment; every posting in between belongs to them."""
        last = self._db.value(
            "SELECT max(p.id) FROM posting p JOIN entry e ON e.id = p.entry_id WHERE p.account_id = ?1 AND p.id > ?2 AND e.at < ?3",
            (account_id, after, until_at),
        )
        end = after if last is None else int(last)
        return Bounds(after, end, self._balance(after), self._balance(end))

    def between(self, account_id: int, since_at: int, until_at: int) -> Bounds:
        """The postings of a period: after the last one that was made before it."""
        first = self._db.value(
            "SELECT min(p.id) FROM posting p JOIN entry e ON e.id = p.entry_id WHERE p.account_id = ?1 AND e.at >= ?2", (account_id, since_at)
        )
        if first is None:
            after = int(self._db.value("SELECT max(id) FROM posting WHERE account_id = ?", (account_id,)) or 0)
        else:
            after = int(self._db.value("SELECT max(id) FROM posting WHERE account_id = ? AND id < ?", (account_id, first)) or 0)
        return self.bounds(account_id, after, until_at)

    def first_at(self, account_id: int, bounds: Bounds) -> int | None:
        """When the stretch began; None where it is empty."""
        sql = f"SELECT e.at FROM posting p JOIN entry e ON e.id = p.entry_id WHERE {_RANGE} ORDER BY p.id LIMIT 1"
        found = self._db.value(sql, (account_id, bounds.after, bounds.last))
        return None if found is None else int(found)

    def _balance(self, posting_id: int) -> int:
        return int(self._db.value("SELECT balance_after_micros FROM posting WHERE id = ?", (posting_id,)) or 0)

    def calls(self, account_id: int, bounds: Bounds) -> list[CallSum]:
        """Calls by destination; amounts above zero are charged."""
        sql = f"""SELECT coalesce(nullif(c.destination, ''), c.prefix, ''), count(*), coalesce(sum(h.billed_seconds), 0), -sum(p.amount_micros)
          FROM posting p JOIN entry e ON e.id = p.entry_id JOIN cdr c ON c.id = e.call_id
          LEFT JOIN charge h ON h.cdr_id = e.call_id AND h.level = e.level
          WHERE {_RANGE} AND e.kind IN ('call', 'booth') GROUP BY 1 ORDER BY 1"""
        return list(self._db.rows(CallSum._make, sql, (account_id, bounds.after, bounds.last)))

    def others(self, account_id: int, bounds: Bounds) -> Iterator[Moved]:
        """Every entry that is no call, oldest first; the tax of invoices is left out, for each tells of its own."""
        sql = f"""SELECT e.id, e.at, {_KIND}, e.reverses_entry_id, e.reference, e.note, coalesce(y.method, ''), {_CLAIMED}, p.amount_micros
          FROM posting p JOIN entry e ON e.id = p.entry_id LEFT JOIN entry o ON o.id = e.reverses_entry_id LEFT JOIN payment y ON y.entry_id = e.id
          WHERE {_RANGE} AND e.kind NOT IN ('call', 'booth', 'invoice') ORDER BY p.id"""
        return self._db.rows(Moved._make, sql, (account_id, bounds.after, bounds.last))

    def used(self, account_id: int, bounds: Bounds) -> tuple[int, int]:
        """(calls, what they took) of the stretch."""
        sql = f"""SELECT count(*), coalesce(-sum(p.amount_micros), 0) FROM posting p JOIN entry e ON e.id = p.entry_id
          WHERE {_RANGE} AND e.kind IN ('call', 'booth')"""
        row = self._db.one(sql, (account_id, bounds.after, bounds.last))
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def payments(self, account_id: int, bounds: Bounds) -> list[Paid]:
        """Payments, refunds and reversals of the stretch, oldest first."""
        sql = f"""SELECT y.at, y.kind, y.method, y.gross_micros, y.credit_micros, y.tax_micros, y.tax_ppm, y.tax_category, y.tax_country
          FROM posting p JOIN payment y ON y.entry_id = p.entry_id AND y.account_id = p.account_id WHERE {_RANGE} ORDER BY p.id"""
        return list(self._db.rows(Paid._make, sql, (account_id, bounds.after, bounds.last)))

    def detail(self, account_id: int, bounds: Bounds) -> Iterator[CallDetail]:
        """Every charged call, by endpoint and time."""
        sql = f"""SELECT c.started_at, coalesce(n.number, ''), coalesce(w.normalised, ''), coalesce(c.destination, ''), coalesce(h.billed_seconds, 0),
          -p.amount_micros FROM posting p JOIN entry e ON e.id = p.entry_id JOIN cdr c ON c.id = e.call_id
          LEFT JOIN charge h ON h.cdr_id = e.call_id AND h.level = e.level LEFT JOIN endpoint n ON n.id = c.endpoint_id
          LEFT JOIN cdr_person w ON w.cdr_id = c.id
          WHERE {_RANGE} AND e.kind IN ('call', 'booth') ORDER BY 2, 1, c.id"""
        return self._db.rows(CallDetail._make, sql, (account_id, bounds.after, bounds.last))

    def statement(self, account_id: int, bounds: Bounds, day_ms: int = 86_400_000, offset_ms: int = 0) -> Iterator[StatementLine]:
        """Movements in the order they were posted; neighbouring calls of one day (of a zone `offset_ms` from UTC) are one line."""
        sql = f"""WITH m AS (SELECT p.id, e.at, {_KIND} kind, e.reference, e.note, coalesce(y.method, '') method, p.amount_micros,
            p.balance_after_micros, e.kind IN ('call', 'booth') called, (e.at + ?4) / ?5 day
          FROM posting p JOIN entry e ON e.id = p.entry_id LEFT JOIN entry o ON o.id = e.reverses_entry_id LEFT JOIN payment y ON y.entry_id = e.id
          WHERE {_RANGE}), g AS (SELECT *, CASE WHEN called THEN row_number() OVER (ORDER BY id)
            - row_number() OVER (PARTITION BY called, day ORDER BY id) ELSE -id END part FROM m)
          , s AS (SELECT max(at) at, kind, reference, note, method, count(*) pieces, sum(amount_micros) amount, max(id) last FROM g
            GROUP BY called, day, part)
          SELECT s.at, s.kind, s.reference, s.note, s.method, s.pieces, s.amount, p.balance_after_micros
          FROM s JOIN posting p ON p.id = s.last ORDER BY s.last"""
        return self._db.rows(StatementLine._make, sql, (account_id, bounds.after, bounds.last, offset_ms, day_ms))
