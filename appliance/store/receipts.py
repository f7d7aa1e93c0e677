"""Receipts of payments: the number drawn for each at its first print."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database


class Receipt(NamedTuple):
    """`number` is gapless within the reseller."""

    payment_id: int
    reseller_id: int
    number: int
    issued_at: int


class Receipts:
    """Rows of `receipt`, never changed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, payment_id: int) -> Receipt | None:
        """The receipt of a payment; None where none was printed yet."""
        row = self._db.one("SELECT payment_id, reseller_id, number, issued_at FROM receipt WHERE payment_id = ?", (payment_id,))
        return None if row is None else Receipt._make(row)

    def add(self, receipt: Receipt) -> None:
        """A receipt printed for the first time."""
        self._db.execute("INSERT INTO receipt (payment_id, reseller_id, number, issued_at) VALUES (?, ?, ?, ?)", tuple(receipt))

    def printed(self, payment_id: int) -> bool:
        """Whether it was on paper before."""
        return self._db.one("SELECT 1 FROM receipt_print WHERE payment_id = ?", (payment_id,)) is not None

    def note_print(self, payment_id: int, at: int) -> None:
        """It is on paper now."""
        self._db.execute("INSERT OR IGNORE INTO receipt_print (payment_id, at) VALUES (?, ?)", (payment_id, at))
