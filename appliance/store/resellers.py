"""Resellers: the root and whoever sells below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived

_CHANGEABLE = (
    "name sip_domain old_sip_domains web_hosts number_first number_last retail_markup_ppm timezone language country tariff_id credit_account_id "
    "parent_id call_shop_allowed may_have_resellers own_trunks_allowed max_calls caller_number dial_plan disabled archived_at"
)


class Reseller(NamedTuple):
    """`old_sip_domains`, `web_hosts` and `dial_plan` are JSON text; the root has no parent, tariff or credit account."""

    id: int
    parent_id: int | None
    person_id: int
    name: str
    currency: str
    sip_domain: str
    old_sip_domains: str
    web_hosts: str
    number_first: str
    number_last: str
    retail_markup_ppm: int
    timezone: str
    language: str
    country: str
    tariff_id: int | None
    credit_account_id: int | None
    call_shop_allowed: int
    may_have_resellers: int
    own_trunks_allowed: int
    max_calls: int | None
    caller_number: str
    dial_plan: str
    disabled: int
    created_at: int
    archived_at: int | None
    version: int


class Resellers(Archived[Reseller]):
    """Rows of `reseller`; `currency` never changes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "reseller", Reseller, _CHANGEABLE, versioned=True)

    def root(self) -> Reseller | None:
        """The one without a parent; None in an empty store."""
        return self._one(self._select + "WHERE t.parent_id IS NULL", ())

    def find(self, name: str) -> Reseller | None:
        """By name, among the not archived."""
        return self._one(self._select + "WHERE t.name = ? AND t.archived_at IS NULL", (name,))

    def find_domain(self, sip_domain: str) -> Reseller | None:
        """By its present SIP domain."""
        return self._one(self._select + "WHERE t.sip_domain = ? AND t.archived_at IS NULL", (sip_domain,))

    def list(self, *, archived: bool = False) -> Iterator[Reseller]:
        """All, parents before children (ids grow downwards)."""
        return self._rows("ORDER BY t.id" if archived else "WHERE t.archived_at IS NULL ORDER BY t.id")

    def children(self, reseller_id: int) -> Iterator[Reseller]:
        """Directly below one, the archived left out."""
        return self._rows("WHERE t.parent_id = ? AND t.archived_at IS NULL ORDER BY t.id", (reseller_id,))

    def branch(self, reseller_id: int) -> tuple[int, ...]:
        """Ids of one and of all below it, archived ones too."""
        sql = "WITH RECURSIVE b(id) AS (VALUES (?) UNION SELECT r.id FROM reseller r JOIN b ON r.parent_id = b.id) SELECT id FROM b"
        return tuple(row[0] for row in self._db.fetch(sql, (reseller_id,)))
