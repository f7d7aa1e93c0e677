"""Customers. Who they are stands in `people`; here is what they may do and pay by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived

_CHANGEABLE = (
    "tariff_id credit_account_id call_shop booth_tariff_id chain_id disabled free_on_net timezone language currency tax payment_terms_days "
    "max_calls calls_per_second max_seconds caller_number dial_plan allow_302 self_registered archived_at"
)


class Customer(NamedTuple):
    """`name` is the person's; `tax` and `dial_plan` are JSON text or None; `currency` is for display only."""

    id: int
    reseller_id: int
    person_id: int
    name: str
    tariff_id: int
    credit_account_id: int
    call_shop: int
    booth_tariff_id: int | None
    chain_id: int | None
    disabled: int
    self_registered: int
    free_on_net: int
    timezone: str
    language: str
    currency: str
    tax: str | None
    payment_terms_days: int
    max_calls: int | None
    calls_per_second: int | None
    max_seconds: int | None
    caller_number: str
    dial_plan: str | None
    allow_302: int
    created_at: int
    archived_at: int | None
    version: int


class Customers(Archived[Customer]):
    """Rows of `customer` with the person's name; `insert` takes `person_id`, not `name`."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database, "customer", Customer, _CHANGEABLE, versioned=True, joined={"name": "p.name"}, join="JOIN person p ON p.id = t.person_id "
        )

    def find(self, reseller_id: int, name: str) -> Customer | None:
        """By reseller and name, among the not archived."""
        return self._one(
            self._select
            + "WHERE p.kind = 'customer' AND coalesce(p.reseller_id, 0) = ? AND p.name = ? AND p.archived_at IS NULL AND t.archived_at IS NULL",
            (reseller_id, name),
        )

    def list(self, reseller_id: int | None = None, *, after_id: int = 0, archived: bool = False, limit: int = -1) -> Iterator[Customer]:
        """All or one reseller's by id, from after a given one; `limit` -1: no end."""
        where = "WHERE (?1 IS NULL OR t.reseller_id = ?1) AND t.id > ?2" + ("" if archived else " AND t.archived_at IS NULL")
        return self._rows(where + " ORDER BY t.id LIMIT ?3", (reseller_id, after_id, limit))

    def call_shops(self, reseller_id: int) -> Iterator[Customer]:
        """One reseller's with the call shop option, archived ones too."""
        return self._rows("WHERE t.reseller_id = ? AND t.call_shop = 1 ORDER BY t.id", (reseller_id,))

    def of_account(self, account_id: int) -> Iterator[Customer]:
        """Who pays from a credit account."""
        return self._rows("WHERE t.credit_account_id = ? ORDER BY t.id", (account_id,))

    def archive(self, row_id: int, at: int) -> None:
        """Out of use, and the name is free again. Endpoints are archived by whoever asks for this."""
        super().archive(row_id, at)
        self._db.change("UPDATE person SET archived_at = ? WHERE id = (SELECT person_id FROM customer WHERE id = ?)", (at, row_id))

    def restore(self, row_id: int, version: int | None = None) -> None:
        """In use again, with the name, which must be free."""
        super().restore(row_id, version)
        self._db.change("UPDATE person SET archived_at = NULL WHERE id = (SELECT person_id FROM customer WHERE id = ?)", (row_id,))
