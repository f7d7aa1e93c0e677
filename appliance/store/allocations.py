"""What payments and credit notes are set against: append-only, taken back by a row below zero."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Allocation(NamedTuple):
    """A part of a payment, or of a credit note, set against an invoice."""

    id: int
    document_id: int
    payment_id: int | None
    credit_note_id: int | None
    amount_micros: int
    at: int
    operator_id: int | None


class OpenInvoice(NamedTuple):
    """An invoice that is not paid whole; `open_micros` is above zero."""

    id: int
    reseller_id: int
    account_id: int
    label: str
    due_on: str | None
    currency: str
    total_micros: int
    open_micros: int


_OPEN = """SELECT d.id, d.reseller_id, d.account_id, d.label, d.due_on, d.currency, d.total_micros,
  d.total_micros - coalesce((SELECT sum(amount_micros) FROM allocation x WHERE x.document_id = d.id), 0) open
  FROM document d WHERE d.kind = 'invoice' AND d.taxed_by = 'usage' AND open > 0"""


class Allocations(Table[Allocation]):
    """Rows of `allocation`: `insert(document_id=, payment_id=, credit_note_id=, amount_micros=, at=, operator_id=)`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "allocation", Allocation)

    def of_document(self, document_id: int) -> list[Allocation]:
        """Oldest first."""
        return list(self._rows("WHERE t.document_id = ? ORDER BY t.id", (document_id,)))

    def of_payment(self, payment_id: int) -> list[Allocation]:
        """Oldest first."""
        return list(self._rows("WHERE t.payment_id = ? ORDER BY t.id", (payment_id,)))

    def paid(self, document_id: int) -> int:
        """Micros set against an invoice."""
        return int(self._db.value("SELECT coalesce(sum(amount_micros), 0) FROM allocation WHERE document_id = ?", (document_id,)))

    def set_of_payment(self, payment_id: int) -> int:
        """Micros of a payment that are set against something."""
        return int(self._db.value("SELECT coalesce(sum(amount_micros), 0) FROM allocation WHERE payment_id = ?", (payment_id,)))

    def between(self, payment_id: int, document_id: int) -> int:
        """Micros of a payment that are set against one invoice."""
        sql = "SELECT coalesce(sum(amount_micros), 0) FROM allocation WHERE payment_id = ? AND document_id = ?"
        return int(self._db.value(sql, (payment_id, document_id)))

    def open(self, account_id: int) -> list[OpenInvoice]:
        """The account's unpaid invoices, the oldest first."""
        return list(self._db.rows(OpenInvoice._make, _OPEN + " AND d.account_id = ? ORDER BY d.id", (account_id,)))

    def open_of(self, resellers: frozenset[int] | None) -> list[OpenInvoice]:
        """All unpaid invoices of these resellers, or of all."""
        among = "" if resellers is None else f" AND d.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})"
        return list(self._db.rows(OpenInvoice._make, f"{_OPEN}{among} ORDER BY d.account_id, d.id"))

    def loose(self, account_id: int) -> list[tuple[int, int]]:
        """(payment, micros) of the account's payments that are not set against anything yet, the oldest first.

        What was refunded or reversed is nobody's to set.
        """
        sql = """SELECT y.id, y.gross_micros + coalesce((SELECT sum(u.gross_micros) FROM payment u WHERE u.reverses_payment_id = y.id), 0)
          - coalesce((SELECT sum(x.amount_micros) FROM allocation x WHERE x.payment_id = y.id), 0) loose
          FROM payment y WHERE y.account_id = ? AND y.kind = 'payment' AND loose > 0 ORDER BY y.id"""
        return [(int(payment), int(amount)) for payment, amount in self._db.fetch(sql, (account_id,))]
