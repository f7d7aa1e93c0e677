"""Disputes, their calls and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Dispute(NamedTuple):
    """`against`: customer or carrier; `state`: open, accepted, refused, settled; micros of `currency` are held back."""

    id: int
    reseller_id: int
    customer_id: int | None
    against: str
    state: str
    subject: str
    currency: str
    held_micros: int
    outcome: str
    opened_at: int
    closed_at: int | None
    version: int


class Note(NamedTuple):
    """What somebody wrote, never changed."""

    id: int
    dispute_id: int
    at: int
    who: str
    text: str


class Disputes(Table[Dispute]):
    """Rows of `dispute`, `dispute_call`, `dispute_note` and `dispute_ladder`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "dispute", Dispute, "subject state held_micros outcome closed_at", versioned=True)
        self._notes = Table(database, "dispute_note", Note)

    def page(self, resellers: Iterable[int] | None, state: str, call: int | None, before: int, limit: int) -> list[Dispute]:
        """Newest first, of these resellers (None: all)."""
        where = ["(?1 = '' OR t.state = ?1)", "(?2 IS NULL OR EXISTS (SELECT 1 FROM dispute_call d WHERE d.dispute_id = t.id AND d.cdr_id = ?2))"]
        where.append("(?3 = 0 OR t.id < ?3)")
        if resellers is not None:
            where.append(f"t.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})")
        return list(self._rows(f"WHERE {' AND '.join(where)} ORDER BY t.id DESC LIMIT ?4", (state, call, before, limit)))

    def calls(self, dispute_id: int) -> list[int]:
        """Ids of its calls."""
        return [row[0] for row in self._db.fetch("SELECT cdr_id FROM dispute_call WHERE dispute_id = ? ORDER BY cdr_id", (dispute_id,))]

    def add_calls(self, dispute_id: int, calls: Iterable[int]) -> None:
        """Further calls; those that are there already stay."""
        self._db.many("INSERT OR IGNORE INTO dispute_call (dispute_id, cdr_id) VALUES (?, ?)", ((dispute_id, each) for each in calls))

    def notes(self, dispute_id: int) -> Iterator[Note]:
        """What was written, the oldest first."""
        return self._db.rows(Note._make, "SELECT id, dispute_id, at, who, text FROM dispute_note WHERE dispute_id = ? ORDER BY id", (dispute_id,))

    def add_note(self, dispute_id: int, at: int, who: str, text: str) -> None:
        """One more."""
        self._notes.insert(dispute_id=dispute_id, at=at, who=who, text=text)

    def keep_ladder(self, dispute_id: int, cdr_id: int, steps: str) -> None:
        """The messages of one of its calls (JSON), kept once."""
        self._db.execute("INSERT OR IGNORE INTO dispute_ladder (dispute_id, cdr_id, steps) VALUES (?, ?, ?)", (dispute_id, cdr_id, steps))

    def ladder(self, dispute_id: int, cdr_id: int) -> str:
        """What was kept of a call's messages; "" where nothing was."""
        found = self._db.value("SELECT steps FROM dispute_ladder WHERE dispute_id = ? AND cdr_id = ?", (dispute_id, cdr_id))
        return "" if found is None else str(found)
