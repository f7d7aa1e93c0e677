"""Shifts, the movements of their cash, and what was counted (callshop.md, Shifts and till)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Table


class Shift(NamedTuple):
    """Somebody's time at a till; `clerk` is the login as it was."""

    id: int
    shop_id: int
    till_id: int
    operator_id: int | None
    clerk: str
    opened_at: int
    closed_at: int | None
    closed_by: int | None
    close_reason: str
    version: int


class Movement(NamedTuple):
    """A change of what lies in a drawer; positive came in."""

    id: int
    shift_id: int
    at: int
    kind: str
    amount_micros: int
    currency: str
    entry_id: int
    bill_id: int | None
    operator_id: int | None
    reason: str


class Count(NamedTuple):
    """A blind count; `counted` is JSON, `last_movement_id` what it knew of."""

    id: int
    shift_id: int
    at: int
    operator_id: int | None
    counted: str
    last_movement_id: int


class Shifts(Table[Shift]):
    """Rows of `shift`, `cash_movement` and `shift_count`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "shift", Shift, "closed_at closed_by close_reason", versioned=True)
        self._movements: Table[Movement] = Table(database, "cash_movement", Movement)
        self._counts: Table[Count] = Table(database, "shift_count", Count)

    def open_at(self, till_id: int) -> Shift | None:
        """The shift that is open at a till."""
        return self._one(self._select + "WHERE t.till_id = ? AND t.closed_at IS NULL", (till_id,))

    def open_in(self, shop_id: int) -> list[Shift]:
        """All that are open in a shop."""
        return list(self._rows("WHERE t.shop_id = ? AND t.closed_at IS NULL ORDER BY t.id", (shop_id,)))

    def newest(self, shop_id: int, before_id: int | None = None) -> Iterator[Shift]:
        """Newest first."""
        return self._rows("WHERE t.shop_id = ?1 AND (?2 IS NULL OR t.id < ?2) ORDER BY t.id DESC", (shop_id, before_id))

    def move(self, **columns: SqlValue) -> int:
        """A movement of cash; its id."""
        return self._movements.insert(**columns)

    def movements(self, shift_id: int) -> list[Movement]:
        """In their order."""
        columns = ", ".join(Movement._fields)
        return list(self._db.rows(Movement._make, f"SELECT {columns} FROM cash_movement WHERE shift_id = ? ORDER BY id", (shift_id,)))

    def in_drawer(self, shift_id: int) -> dict[str, int]:
        """What should lie in the drawer, by currency."""
        return dict(self._db.fetch("SELECT currency, sum(amount_micros) FROM cash_movement WHERE shift_id = ? GROUP BY currency", (shift_id,)))

    def last_movement(self, shift_id: int) -> int:
        """The id of the newest movement."""
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM cash_movement WHERE shift_id = ?", (shift_id,)))

    def count(self, **columns: SqlValue) -> int:
        """A count; its id."""
        return self._counts.insert(**columns)

    def counts(self, shift_id: int) -> list[Count]:
        """All counts of a shift in their order."""
        columns = ", ".join(Count._fields)
        return list(self._db.rows(Count._make, f"SELECT {columns} FROM shift_count WHERE shift_id = ? ORDER BY id", (shift_id,)))

    def close(self, shift_id: int, changes: Mapping[str, SqlValue], version: int | None = None) -> None:
        """The shift is over."""
        self.update(shift_id, changes, version)
