"""What every noun's table can do: get by id, insert, change named columns with a version check.

Column names come from row types and from whitelists in the code, never from outside; values are always bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from appliance.errors import Conflict, NotFound
from appliance.store.database import Bindings, Database, SqlValue

R = TypeVar("R")


class Table(Generic[R]):
    """`row` is a NamedTuple whose fields are columns of `name`, or are named in `joined` with their SQL.

    `changeable` are the columns that `update` takes. `versioned` tables count their version up at each update.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        row: type[R],
        changeable: str = "",
        *,
        versioned: bool = False,
        joined: Mapping[str, str] | None = None,
        join: str = "",
    ) -> None:
        self._db = database
        self._name = name
        self._make: Callable[[Iterable[Any]], R] = row._make  # type: ignore[attr-defined]
        fields: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
        extra = joined or {}
        columns = ", ".join(extra.get(field, f't."{field}"') for field in fields)
        self._select = f"SELECT {columns} FROM {name} t {join} "
        self._by_id = self._select + "WHERE t.id = ?"
        self._columns = frozenset(fields) - frozenset(extra)
        self._changeable = frozenset(changeable.split())
        self._versioned = versioned
        self._inserts: dict[tuple[str, ...], str] = {}

    def get(self, row_id: int) -> R | None:
        """The row of that id, archived or not; None where there is none."""
        return self._one(self._by_id, (row_id,))

    def insert(self, **columns: SqlValue) -> int:
        """A new row of the given columns, the rest by the schema's defaults; its id. Conflict("store.taken") for a name in use."""
        names = tuple(columns)
        sql = self._inserts.get(names)
        if sql is None:
            unknown = frozenset(names) - self._columns
            if unknown:
                raise ValueError(f"{self._name} has no column {sorted(unknown)}")
            listed = ", ".join(f'"{name}"' for name in names)
            sql = f"INSERT INTO {self._name} ({listed}) VALUES ({', '.join('?' * len(names))})"
            self._inserts[names] = sql
        return self._db.insert(sql, tuple(columns.values()))

    def update(self, row_id: int, changes: Mapping[str, SqlValue], version: int | None = None) -> None:
        """Set the given columns. With `version`: Conflict("store.changed_meanwhile") where the row has another by now; NotFound("store.gone")."""
        unknown = frozenset(changes) - self._changeable
        if unknown:
            raise ValueError(f"{self._name} does not change {sorted(unknown)}")
        if not changes:
            return
        parts = [f'"{name}" = ?' for name in changes]
        bindings: list[SqlValue] = list(changes.values())
        if self._versioned:
            parts.append("version = version + 1")
        bindings.append(row_id)
        where = "WHERE id = ?"
        if version is not None and self._versioned:
            where += " AND version = ?"
            bindings.append(version)
        if self._db.change(f"UPDATE {self._name} SET {', '.join(parts)} {where}", bindings) == 0:
            if self._db.one(f"SELECT 1 FROM {self._name} WHERE id = ?", (row_id,)) is None:
                raise NotFound("store.gone", what=self._name, id=row_id)
            raise Conflict("store.changed_meanwhile", what=self._name, id=row_id)

    def _one(self, sql: str, bindings: Bindings) -> R | None:
        row = self._db.one(sql, bindings)
        return None if row is None else self._make(row)

    def _rows(self, where: str, bindings: Bindings = ()) -> Iterator[R]:
        return self._db.rows(self._make, self._select + where, bindings)


class Archived(Table[R]):
    """A table whose rows are archived, never deleted."""

    def archive(self, row_id: int, at: int) -> None:
        """Out of use from `at` on; its natural key is free again. NotFound("store.gone") where it is not there or archived already."""
        sql = f"UPDATE {self._name} SET archived_at = ?, version = version + 1 WHERE id = ? AND archived_at IS NULL"
        if self._db.change(sql, (at, row_id)) == 0:
            raise NotFound("store.gone", what=self._name, id=row_id)

    def restore(self, row_id: int, version: int | None = None) -> None:
        """In use again. Conflict("store.taken") where its key is another's by now, Conflict("store.changed_meanwhile") for another version."""
        sql = f"UPDATE {self._name} SET archived_at = NULL, version = version + 1 WHERE id = ?1 AND (?2 IS NULL OR version = ?2)"
        if self._db.change(sql, (row_id, version)) == 0:
            raise Conflict("store.changed_meanwhile", what=self._name, id=row_id)
