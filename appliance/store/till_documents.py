"""What tills issue and what is noted at them: documents in one chain a shop, events, PINs (callshop.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Table


class Document(NamedTuple):
    """`position` counts the shop's chain, `number` its series; `content` is canonical JSON that names nobody."""

    id: int
    shop_id: int
    position: int
    series: str
    number: int
    kind: str
    at: int
    till_id: int | None
    shift_id: int | None
    bill_id: int | None
    operator_id: int | None
    language: str
    content: str
    previous: str
    hash: str


class Event(NamedTuple):
    """Something that an owner wants to know of."""

    id: int
    shop_id: int
    at: int
    kind: str
    till_id: int | None
    shift_id: int | None
    operator_id: int | None
    approved_by: int | None
    bill_id: int | None
    session_id: int | None
    cdr_id: int | None
    document_id: int | None
    amount_micros: int
    currency: str
    reason: str


class Pin(NamedTuple):
    """A supervisor's PIN, hashed; after too many failures it is shut for a while."""

    operator_id: int
    pin_hash: str
    failures: int
    shut_until_at: int


class TillDocuments(Table[Document]):
    """Rows of `till_document`, `till_event` and `operator_pin`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "till_document", Document)
        self._events: Table[Event] = Table(database, "till_event", Event)

    def last(self, shop_id: int) -> Document | None:
        """The end of a shop's chain."""
        return self._one(self._select + "WHERE t.shop_id = ? ORDER BY t.position DESC LIMIT 1", (shop_id,))

    def next_number(self, shop_id: int, series: str) -> int:
        """The number after the last one of a series."""
        return int(self._db.value("SELECT coalesce(max(number), 0) + 1 FROM till_document WHERE shop_id = ? AND series = ?", (shop_id, series)))

    def find(self, shop_id: int, series: str, number: int) -> Document | None:
        """By its number."""
        return self._one(self._select + "WHERE t.shop_id = ? AND t.series = ? AND t.number = ?", (shop_id, series, number))

    def of_bill(self, bill_id: int) -> list[Document]:
        """What was issued for a bill, in order."""
        return list(self._rows("WHERE t.bill_id = ? ORDER BY t.id", (bill_id,)))

    def of_shift(self, shift_id: int, series: str) -> list[Document]:
        """What was issued in a shift, of one series."""
        return list(self._rows("WHERE t.shift_id = ? AND t.series = ? ORDER BY t.id", (shift_id, series)))

    def closed_between(self, shop_id: int, since: int, until: int) -> Iterator[Document]:
        """The Z reports of a shop from a time."""
        return self._rows("WHERE t.shop_id = ? AND t.series = 'z' AND t.at >= ? AND t.at < ? ORDER BY t.number", (shop_id, since, until))

    def newest(self, shop_id: int, before_id: int | None = None, series: str = "", shift_id: int | None = None) -> Iterator[Document]:
        """Newest first."""
        where = (
            "WHERE t.shop_id = ?1 AND (?2 IS NULL OR t.id < ?2) AND (?3 = '' OR t.series = ?3) AND (?4 IS NULL OR t.shift_id = ?4) ORDER BY t.id DESC"
        )
        return self._rows(where, (shop_id, before_id, series, shift_id))

    # events --------------------------------------------------------------------------------------------------------
    def note(self, **columns: SqlValue) -> int:
        """An event; its id."""
        return self._events.insert(**columns)

    def events(
        self, shop_id: int, *, since: int | None = None, until: int | None = None, kind: str = "", shift_id: int | None = None
    ) -> Iterator[Event]:
        """Newest first."""
        columns = ", ".join(Event._fields)
        sql = f"""SELECT {columns} FROM till_event WHERE shop_id = ?1 AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at < ?3)
          AND (?4 = '' OR kind = ?4) AND (?5 IS NULL OR shift_id = ?5) ORDER BY at DESC, id DESC"""
        return self._db.rows(Event._make, sql, (shop_id, since, until, kind, shift_id))

    def of_shift_events(self, shift_id: int) -> list[Event]:
        """What was noted in a shift."""
        columns = ", ".join(Event._fields)
        return list(self._db.rows(Event._make, f"SELECT {columns} FROM till_event WHERE shift_id = ? ORDER BY id", (shift_id,)))

    # PINs ----------------------------------------------------------------------------------------------------------
    def pin(self, operator_id: int) -> Pin | None:
        """Of one operator."""
        row = self._db.one("SELECT operator_id, pin_hash, failures, shut_until_at FROM operator_pin WHERE operator_id = ?", (operator_id,))
        return None if row is None else Pin._make(row)

    def set_pin(self, operator_id: int, pin_hash: str | None) -> None:
        """A new one, or none."""
        self._db.execute("DELETE FROM operator_pin WHERE operator_id = ?", (operator_id,))
        if pin_hash is not None:
            self._db.execute("INSERT INTO operator_pin (operator_id, pin_hash) VALUES (?, ?)", (operator_id, pin_hash))

    def tried(self, operator_id: int, failures: int, shut_until_at: int) -> None:
        """How often it was wrong since it was right, and until when nobody may try."""
        self._db.change("UPDATE operator_pin SET failures = ?, shut_until_at = ? WHERE operator_id = ?", (failures, shut_until_at, operator_id))
