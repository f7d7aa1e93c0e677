"""Payments: facts beside their ledger entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Payment(NamedTuple):
    """`kind`: payment, refund, reversal, …; gross = credit + tax, all micros of `currency`."""

    id: int
    account_id: int
    customer_id: int | None
    entry_id: int
    at: int
    kind: str
    method: str
    gross_micros: int
    tax_micros: int
    credit_micros: int
    currency: str
    reference: str
    note: str
    reverses_payment_id: int | None
    operator_id: int | None
    tax_ppm: int
    tax_category: str
    tax_country: str


class Payments(Table[Payment]):
    """Rows of `payment`, never changed: `insert(account_id=, customer_id=, entry_id=, at=, kind=, method=, …)`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "payment", Payment)

    def of_account(self, account_id: int, after_id: int = 0) -> Iterator[Payment]:
        """Oldest first, from after a given one."""
        return self._rows("WHERE t.account_id = ? AND t.id > ? ORDER BY t.id", (account_id, after_id))

    def of_customer(self, customer_id: int, after_id: int = 0) -> Iterator[Payment]:
        """Oldest first, from after a given one."""
        return self._rows("WHERE t.customer_id = ? AND t.id > ? ORDER BY t.id", (customer_id, after_id))

    def newest(self, *, account_id: int | None = None, customer_id: int | None = None, before_id: int | None = None) -> Iterator[Payment]:
        """Newest first, from before a given one; of one account or customer where it is named."""
        where = "WHERE (?1 IS NULL OR t.account_id = ?1) AND (?2 IS NULL OR t.customer_id = ?2) AND (?3 IS NULL OR t.id < ?3) ORDER BY t.id DESC"
        return self._rows(where, (account_id, customer_id, before_id))

    def undoing(self, payment_id: int) -> Iterator[Payment]:
        """The refunds of a payment, or its reversal, oldest first."""
        return self._rows("WHERE t.reverses_payment_id = ? ORDER BY t.id", (payment_id,))

    def reversal_of(self, payment_id: int) -> Payment | None:
        """The payment that takes this one back, if any."""
        return self._one(self._select + "WHERE t.reverses_payment_id = ?", (payment_id,))
