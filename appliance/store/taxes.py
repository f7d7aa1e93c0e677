"""Named tax rates of resellers, and checks of VAT numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived


class TaxRate(NamedTuple):
    """`country`: two letters, or "" for all others."""

    id: int
    reseller_id: int
    name: str
    percent_ppm: int
    country: str
    created_at: int
    archived_at: int | None
    version: int


class VatCheck(NamedTuple):
    """A VAT number that was looked up."""

    id: int
    person_id: int
    vat_number: str
    valid: int
    checked_at: int
    how: str
    operator_id: int | None


class Taxes(Archived[TaxRate]):
    """Rows of `tax_rate` and `vat_check`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "tax_rate", TaxRate, "name percent_ppm country", versioned=True)

    def list(self, reseller_id: int, *, archived: bool = False) -> Iterator[TaxRate]:
        """One reseller's by country and name."""
        where = "WHERE t.reseller_id = ?" + ("" if archived else " AND t.archived_at IS NULL")
        return self._rows(where + " ORDER BY t.country, t.name, t.id", (reseller_id,))

    def add_check(self, person_id: int, vat_number: str, valid: bool, checked_at: int, how: str, operator_id: int | None) -> None:
        """A number was looked up."""
        sql = "INSERT INTO vat_check (person_id, vat_number, valid, checked_at, how, operator_id) VALUES (?, ?, ?, ?, ?, ?)"
        self._db.execute(sql, (person_id, vat_number, int(valid), checked_at, how, operator_id))

    def last_check(self, person_id: int, vat_number: str) -> VatCheck | None:
        """The newest look-up of this very number."""
        sql = f"SELECT {', '.join(VatCheck._fields)} FROM vat_check WHERE person_id = ? AND vat_number = ? ORDER BY id DESC LIMIT 1"
        row = self._db.one(sql, (person_id, vat_number))
        return None if row is None else VatCheck._make(row)
