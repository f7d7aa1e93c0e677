"""Lines of bank statements and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class BankLine(NamedTuple):
    """`state`: waiting, booked or ignored; `account_id` is the credit account it was booked to."""

    id: int
    statement_id: int
    reseller_id: int
    fingerprint: str
    booked_on: str
    amount_micros: int
    currency: str
    name: str
    iban: str
    text: str
    reference: str
    state: str
    payment_id: int | None
    account_id: int | None


class Bank(Table[BankLine]):
    """Rows of `bank_statement` and `bank_line`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "bank_line", BankLine, "state payment_id account_id")

    def add_statement(self, reseller_id: int, name: str, form: str, imported_at: int, operator_id: int | None) -> int:
        """A file that was read; its id."""
        sql = "INSERT INTO bank_statement (reseller_id, name, format, imported_at, operator_id) VALUES (?, ?, ?, ?, ?)"
        return self._db.insert(sql, (reseller_id, name, form, imported_at, operator_id))

    def known(self, reseller_id: int, fingerprint: str) -> bool:
        """Whether the line came in before."""
        return self._db.one("SELECT 1 FROM bank_line WHERE reseller_id = ? AND fingerprint = ?", (reseller_id, fingerprint)) is not None

    def newest(self, reseller_id: int, state: str, before_id: int) -> Iterator[BankLine]:
        """Lines of a state, newest first, before that id (0: all)."""
        where = "WHERE t.reseller_id = ?1 AND (?2 = '' OR t.state = ?2) AND (?3 = 0 OR t.id < ?3) ORDER BY t.id DESC"
        return self._rows(where, (reseller_id, state, before_id))

    def payer(self, reseller_id: int, iban: str) -> int | None:
        """The credit account that the last line from this bank account was booked to."""
        sql = "SELECT account_id FROM bank_line WHERE reseller_id = ? AND iban = ? AND account_id IS NOT NULL ORDER BY id DESC LIMIT 1"
        found = self._db.value(sql, (reseller_id, iban)) if iban else None
        return None if found is None else int(found)
