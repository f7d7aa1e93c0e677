"""Who did what: one row a change by a person or program, with the object before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
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


class AuditWanted(NamedTuple):
    """Which acts: `who` is part of a name, `operation` the beginning of an act's; empty and None do not bound; `until_at` is not included."""

    who: str = ""
    kind: str = ""
    object_id: int | None = None
    operation: str = ""
    since_at: int | None = None
    until_at: int | None = None


ALL = AuditWanted()


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

    def list(self, wanted: AuditWanted = ALL, *, before_id: int | None = None, limit: int = 100) -> Iterator[Audit]:
        """Newest first, from before a given one."""
        bounds: list[tuple[str, SqlValue]] = [("t.id < ?", before_id), ("t.object_id = ?", wanted.object_id)]
        bounds += [("t.at >= ?", wanted.since_at), ("t.at < ?", wanted.until_at)]
        bounds += [("instr(lower(t.who), ?)", wanted.who.lower() or None), ("t.object_kind = ?", wanted.kind or None)]
        bounds += [("substr(t.operation, 1, length(?)) = ?", wanted.operation or None)]
        said = [(text, value) for text, value in bounds if value is not None]
        where = "WHERE " + " AND ".join(text for text, _ in said) if said else ""
        values = [value for text, value in said for _ in range(text.count("?"))]
        return self._rows(f"{where} ORDER BY t.id DESC LIMIT ?", (*values, limit))
