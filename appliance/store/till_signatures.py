"""What a till's signing device said of each document: a row beside the document, given its outcome once (callshop.md, Receipts)."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database, SqlValue

WAITING = "waiting"


class Signature(NamedTuple):
    """`state`: waiting, signed, silent (no answer in time) or wrong (an answer that is none)."""

    document_id: int
    till_id: int
    address: str
    seconds: int
    state: str
    at: int | None
    device: str
    signature: str
    qr: str
    error: str
    hash: str


_COLUMNS = ", ".join(Signature._fields)


class TillSignatures:
    """Rows of `till_signature`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, document_id: int) -> Signature | None:
        """Of one document; None where its till had no device."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM till_signature WHERE document_id = ?", (document_id,))
        return None if row is None else Signature._make(row)

    def wait(self, document_id: int, till_id: int, address: str, seconds: int) -> None:
        """A document that is to be signed."""
        sql = "INSERT INTO till_signature (document_id, till_id, address, seconds) VALUES (?, ?, ?, ?)"
        self._db.execute(sql, (document_id, till_id, address, seconds))

    def next(self) -> list[Signature]:
        """The oldest that waits at each till: devices are asked in the order of the documents."""
        sql = f"""SELECT {_COLUMNS} FROM till_signature WHERE document_id IN
          (SELECT min(document_id) FROM till_signature WHERE state = 'waiting' GROUP BY till_id) AND state = 'waiting'"""
        return [Signature._make(row) for row in self._db.fetch(sql)]

    def newest(self, till_id: int) -> Signature | None:
        """What the device of a till said last."""
        sql = f"SELECT {_COLUMNS} FROM till_signature WHERE till_id = ? AND state <> 'waiting' ORDER BY document_id DESC LIMIT 1"
        row = self._db.one(sql, (till_id,))
        return None if row is None else Signature._make(row)

    def settle(self, document_id: int, **columns: SqlValue) -> bool:
        """What became of one that waited; False where that is known already."""
        names = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE till_signature SET {names} WHERE document_id = ? AND state = 'waiting'"
        return self._db.change(sql, (*columns.values(), document_id)) > 0
