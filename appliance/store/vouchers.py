"""Vouchers in batches, found by the hash of their code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Batch(NamedTuple):
    """Vouchers of one value; `expires_on` is the first day on which they are worth nothing."""

    id: int
    reseller_id: int
    name: str
    amount_micros: int
    currency: str
    expires_on: str | None
    made_at: int
    operator_id: int | None


class Voucher(NamedTuple):
    """Used where `payment_id` is set; `code_sealed` is kept until then."""

    id: int
    batch_id: int
    serial: int
    code_hash: str
    code_sealed: bytes | None
    payment_id: int | None
    cancelled_at: int | None


class Vouchers(Table[Voucher]):
    """Rows of `voucher_batch` and `voucher`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "voucher", Voucher, "code_sealed payment_id cancelled_at")
        self.batches: Table[Batch] = Table(database, "voucher_batch", Batch)

    def by_code(self, code_hash: str) -> Voucher | None:
        """The voucher of a code."""
        return self._one(self._select + "WHERE t.code_hash = ?", (code_hash,))

    def of_batch(self, batch_id: int) -> Iterator[Voucher]:
        """By serial number."""
        return self._rows("WHERE t.batch_id = ? ORDER BY t.serial", (batch_id,))

    def cancel(self, batch_id: int, serial: int | None, at: int) -> int:
        """A batch's unused vouchers, or the one of that number, made worthless and their codes forgotten; how many they were."""
        sql = """UPDATE voucher SET cancelled_at = ?3, code_sealed = NULL
        WHERE batch_id = ?1 AND payment_id IS NULL AND cancelled_at IS NULL AND (?2 IS NULL OR serial = ?2)"""
        return self._db.change(sql, (batch_id, serial, at))

    def of_reseller(self, reseller_id: int) -> list[int]:
        """Ids of batches, newest first."""
        return [row[0] for row in self._db.fetch("SELECT id FROM voucher_batch WHERE reseller_id = ? ORDER BY id DESC", (reseller_id,))]

    def counts(self, batch_id: int) -> tuple[int, int, int]:
        """(all, redeemed, cancelled)."""
        row = self._db.one("SELECT count(*), count(payment_id), count(cancelled_at) FROM voucher WHERE batch_id = ?", (batch_id,))
        return (0, 0, 0) if row is None else (int(row[0]), int(row[1]), int(row[2]))
