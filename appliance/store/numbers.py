"""Endpoint numbers and their rest after release; proofs that a number is somebody's."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Number(NamedTuple):
    """`endpoint_id` None: resting or free; until `rests_until_at` nobody else gets it."""

    number: str
    reseller_id: int
    endpoint_id: int | None
    assigned_at: int
    released_at: int | None
    rests_until_at: int | None


class NumberVerification(NamedTuple):
    """Who may show which number as caller; `owner_kind`: customer or endpoint."""

    id: int
    owner_kind: str
    owner_id: int
    number: str
    verified_at: int
    verified_by: str
    method: str


class Numbers(Table[Number]):
    """Rows of `number` and `number_verification`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "number", Number)
        self._proofs = Table(database, "number_verification", NumberVerification)

    def find(self, number: str) -> Number | None:
        """The row of a number that was ever assigned."""
        return self._one(self._select + "WHERE t.number = ?", (number,))

    def assign(self, number: str, reseller_id: int, endpoint_id: int, at: int) -> None:
        """Give a number to an endpoint; that it neither rests nor belongs to another is the caller's to have checked."""
        self._db.execute(
            """INSERT INTO number (number, reseller_id, endpoint_id, assigned_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
            SET reseller_id = excluded.reseller_id, endpoint_id = excluded.endpoint_id, assigned_at = excluded.assigned_at, released_at = NULL,
            rests_until_at = NULL""",
            (number, reseller_id, endpoint_id, at),
        )

    def release(self, number: str, at: int, rests_until_at: int) -> None:
        """Take it from its endpoint; it rests until then."""
        self._db.change("UPDATE number SET endpoint_id = NULL, released_at = ?, rests_until_at = ? WHERE number = ?", (at, rests_until_at, number))

    def next_free(self, reseller_id: int, first: str, last: str, at: int) -> str | None:
        """The lowest number of a range of equal width that is neither assigned nor resting at `at`; None where the range is full."""
        low, high, width = int(first), int(last), len(first)
        taken = self._db.rows(
            tuple,
            """SELECT cast(number AS INTEGER) n FROM number WHERE length(number) = ?1 AND number BETWEEN ?2 AND ?3
            AND (endpoint_id IS NOT NULL OR coalesce(rests_until_at, 0) > ?4)
            UNION SELECT cast(number AS INTEGER) FROM endpoint WHERE archived_at IS NULL AND length(number) = ?1 AND number BETWEEN ?2
            AND ?3 ORDER BY n""",
            (width, first, last, at),
        )
        candidate = low
        for (used,) in taken:
            if used > candidate:
                break
            candidate = used + 1
        return None if candidate > high else str(candidate).zfill(width)

    def verify(self, owner_kind: str, owner_id: int, number: str, at: int, by: str, method: str) -> int:
        """Record a proof; its id."""
        return self._proofs.insert(owner_kind=owner_kind, owner_id=owner_id, number=number, verified_at=at, verified_by=by, method=method)

    def verified(self, owner_kind: str, owner_id: int) -> list[NumberVerification]:
        """Proofs of one owner."""
        sql = f"SELECT {', '.join(NumberVerification._fields)} FROM number_verification WHERE owner_kind = ? AND owner_id = ? ORDER BY id"
        return list(self._db.rows(NumberVerification._make, sql, (owner_kind, owner_id)))
