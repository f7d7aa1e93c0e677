"""Charges of calls put right: refunds and re-ratings, each with its entry. The newest of a level is what the call costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table
from appliance.store.told import EXPLANATION

REFUND, RERATE = "refund", "rerate"
ENTRY_KINDS = {REFUND: "call_refund", RERATE: "rerate"}


class Correction(NamedTuple):
    """One charge put right; micros of the account's currency. Tariff, rate, seconds and `explanation` are a re-rating's."""

    id: int
    cdr_id: int
    level: int
    kind: str
    rerating_id: int | None
    before_micros: int
    after_micros: int
    currency: str
    account_id: int
    tariff_id: int | None
    rate_id: int | None
    billed_seconds: int | None
    explanation: str | None
    entry_id: int
    at: int


class New(NamedTuple):
    """One to be written; `revenue_id` is the seller's account that earned the charge."""

    cdr_id: int
    level: int
    before_micros: int
    after_micros: int
    currency: str
    account_id: int
    revenue_id: int
    tariff_id: int | None = None
    rate_id: int | None = None
    billed_seconds: int | None = None
    explanation: str | None = None


class Charged(NamedTuple):
    """One level of a recorded call as a re-rating needs it. `told` is the explanation where a rate of exchange, a bundle or a tier may stand in it:
    long texts are not read for nothing."""

    cdr_id: int
    started_at: int
    answered_at: int
    ended_at: int
    duration_ms: int
    direction: str
    destination: str | None
    number: str
    level: int
    account_id: int
    customer_id: int | None
    reseller_id: int | None
    tariff_id: int
    charged_micros: int
    currency: str
    told: str | None
    corrected_micros: int | None
    seller_id: int


class Rerating(NamedTuple):
    """One posting of differences; `finished_at` None: it was interrupted, and what it posted stands."""

    id: int
    at: int
    operator_id: int | None
    request_id: str
    request: str
    note: str
    calls: int
    finished_at: int | None


_NEWEST = "(SELECT k.after_micros FROM correction k WHERE k.cdr_id = h.cdr_id AND k.level = h.level ORDER BY k.id DESC LIMIT 1)"
_CHARGED = f"""SELECT c.id, c.started_at, c.answered_at, c.ended_at, c.duration_ms, c.direction, c.destination, coalesce(n.normalised, ''), h.level,
  h.account_id, h.customer_id, h.reseller_id, h.tariff_id, h.amount_micros, h.currency,
  CASE WHEN h.currency <> t.currency OR EXISTS (SELECT 1 FROM customer_bundle b WHERE b.customer_id = h.customer_id)
  OR EXISTS (SELECT 1 FROM volume_use v WHERE v.customer_id = h.customer_id) THEN {EXPLANATION} END, {_NEWEST}, a.reseller_id
  FROM {{source}} CROSS JOIN charge h ON h.cdr_id = c.id CROSS JOIN account a ON a.id = h.account_id CROSS JOIN tariff t ON t.id = h.tariff_id
  LEFT JOIN cdr_person n ON n.cdr_id = c.id
  WHERE {{where}} AND c.answered_at IS NOT NULL AND h.level >= 0"""
_ENTRY = "INSERT INTO entry (id, at, kind, reference, call_id, level, operator_id, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_POSTING = "INSERT INTO posting (entry_id, account_id, amount_micros, balance_after_micros) VALUES (?, ?, ?, ?)"
_CORRECTION = """INSERT INTO correction (cdr_id, level, kind, rerating_id, before_micros, after_micros, currency, account_id, tariff_id, rate_id,
  billed_seconds, explanation, entry_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class Corrections(Table[Correction]):
    """Rows of `correction` and `rerating`, and charges read in bulk."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "correction", Correction)
        self.reratings = Table(database, "rerating", Rerating, "calls finished_at")

    def of_call(self, cdr_id: int) -> list[Correction]:
        """All of one call, the oldest first."""
        return list(self._rows("WHERE t.cdr_id = ? ORDER BY t.id", (cdr_id,)))

    def rerating_of(self, request_id: str) -> Rerating | None:
        """The one that a client asked for by that id."""
        found = self._db.one(f"SELECT {', '.join(Rerating._fields)} FROM rerating WHERE request_id = ?", (request_id,))
        return None if found is None else Rerating._make(found)

    def posted(self, rerating_id: int) -> list[tuple[str, int, int, int]]:
        """(currency, calls, micros before, micros after) of one re-rating."""
        sql = "SELECT currency, count(*), sum(before_micros), sum(after_micros) FROM correction WHERE rerating_id = ? GROUP BY 1 ORDER BY 1"
        return self._db.fetch(sql, (rerating_id,))

    def charged(self, sources: Iterable[tuple[str, str, list[Any]]]) -> Iterator[Charged]:
        """Every charge of the answered calls of a filter (`CallSearch.sources`), in flat memory and no order; booths' guests are left out."""
        for source, where, bindings in sources:
            yield from self._db.rows(Charged._make, _CHARGED.format(source=source, where=where), bindings)

    def last(self) -> int:
        """The id of the newest one; 0 where there is none."""
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM correction"))

    def later(self, correction_id: int) -> set[tuple[int, int]]:
        """(call, level) of whatever was put right after that one."""
        return {(row[0], row[1]) for row in self._db.fetch("SELECT cdr_id, level FROM correction WHERE id > ?", (correction_id,))}

    def current(self, calls: Sequence[int]) -> dict[tuple[int, int], int]:
        """{(call, level): micros} that each costs now, as the open unit of work has it."""
        marks = ", ".join("?" * len(calls))
        sql = f"SELECT h.cdr_id, h.level, coalesce({_NEWEST}, h.amount_micros) FROM charge h WHERE h.cdr_id IN ({marks})"
        return {(row[0], row[1]): row[2] for row in self._db.fetch(sql, tuple(calls))}

    def with_documents(self, accounts: Sequence[int]) -> set[int]:
        """Those of these accounts that were ever invoiced."""
        marks = ", ".join("?" * len(accounts))
        return {row[0] for row in self._db.fetch(f"SELECT DISTINCT account_id FROM document WHERE account_id IN ({marks})", tuple(accounts))}

    def write(
        self, at: int, kind: str, new: Sequence[New], *, rerating_id: int | None = None, operator_id: int | None = None, note: str = ""
    ) -> tuple[list[int], dict[int, int]]:
        """One entry each: what was charged goes back, what is right is charged. (entries' ids, {account: its balance after them}).

        Inside a unit of work; a few statements for any number of calls.
        """
        db = self._db
        entry = int(db.value("SELECT coalesce(max(id), 0) FROM entry"))
        ids = sorted({each.account_id for each in new} | {each.revenue_id for each in new})
        marks = ", ".join("?" * len(ids))
        balances: dict[int, int] = dict(db.fetch(f"SELECT id, balance_micros FROM account WHERE id IN ({marks})", ids))
        entries, postings, rows = [], [], []
        for each in new:
            entry += 1
            entries.append((entry, at, ENTRY_KINDS[kind], "call", each.cdr_id, each.level, operator_id, note))
            for micros in (each.before_micros, -each.after_micros):
                if micros:
                    for account, amount in ((each.account_id, micros), (each.revenue_id, -micros)):
                        balances[account] += amount
                        postings.append((entry, account, amount, balances[account]))
            rows.append((
                each.cdr_id, each.level, kind, rerating_id, each.before_micros, each.after_micros, each.currency, each.account_id, each.tariff_id,
                each.rate_id, each.billed_seconds, each.explanation, entry, at,
            ))  # fmt: skip
        db.many(_ENTRY, entries)
        db.many(_POSTING, postings)
        db.many(_CORRECTION, rows)
        return [row[0] for row in entries], balances
