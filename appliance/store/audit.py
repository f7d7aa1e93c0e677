"""Who did what: one row a change by a person or program, with the object before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Audit(NamedTuple):
    """`who` reads for people (login, 'folder owner'); `before` and `after` are JSON text without secrets."""

    id: int
    at: int
    operator_id: int | None
    who: str
    operation: str
    object_kind: str
    object_id: int | None
    before: str | None
    after: str | None


class Audits(Table[Audit]):
    """Rows of `audit`: `insert(at=, operator_id=, who=, operation=, object_kind=, object_id=, before=, after=)`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "audit", Audit)

    def of(self, object_kind: str, object_id: int) -> Iterator[Audit]:
        """Of one object, newest first."""
        return self._rows("WHERE t.object_kind = ? AND t.object_id = ? ORDER BY t.id DESC", (object_kind, object_id))

    def changes_of(self, object_kind: str, operation: str) -> Iterator[Audit]:
        """Every act of one kind, the oldest first."""
        return self._rows("WHERE t.object_kind = ? AND t.operation = ? ORDER BY t.id", (object_kind, operation))

    def list(self, *, before_id: int | None = None, limit: int = 100) -> Iterator[Audit]:
        """Newest first, from before a given one."""
        return self._rows("WHERE (?1 IS NULL OR t.id < ?1) ORDER BY t.id DESC LIMIT ?2", (before_id, limit))
