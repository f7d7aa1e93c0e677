"""Links that phones fetch their settings by, found by the hash of their token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class ProvisionLink(NamedTuple):
    """`mac` is "" until a phone is known; `fetches` counts files with the password in them."""

    id: int
    endpoint_id: int
    maker: str
    token_hash: str
    mac: str
    made_at: int
    made_by: str
    expires_at: int
    most_fetches: int
    fetches: int
    fetched_at: int | None
    fetched_from: str
    revoked_at: int | None


class ProvisionLinks(Table[ProvisionLink]):
    """Rows of `provision_link`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "provision_link", ProvisionLink, "mac fetches fetched_at fetched_from revoked_at")

    def find(self, token_hash: str) -> ProvisionLink | None:
        """By the token's hash, good or not."""
        return self._one(self._select + "WHERE t.token_hash = ?", (token_hash,))

    def of(self, endpoint_id: int) -> Iterator[ProvisionLink]:
        """Of one endpoint, newest first."""
        return self._rows("WHERE t.endpoint_id = ? ORDER BY t.id DESC", (endpoint_id,))

    def forget(self, before: int) -> int:
        """Remove links that were over before that moment; how many."""
        return self._db.change("DELETE FROM provision_link WHERE expires_at < ?", (before,))
