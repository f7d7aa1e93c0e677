"""Endpoints and what their phones prove themselves by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived

_CHANGEABLE = (
    "customer_id number auth_name display_name password_sealed media codecs max_calls max_bindings caller_number addresses forwarding booth "
    "emergency_address disabled archived_at"
)


class Endpoint(NamedTuple):
    """`password_sealed` opens with store.seal; `codecs`, `addresses` and `forwarding` are JSON text; `booth` is a shop's booth name."""

    id: int
    customer_id: int
    number: str
    auth_name: str
    display_name: str
    password_sealed: bytes | None
    media: str
    codecs: str
    max_calls: int | None
    max_bindings: int
    caller_number: str
    addresses: str
    forwarding: str
    booth: str | None
    emergency_address: str
    disabled: int
    created_at: int
    archived_at: int | None
    version: int


class Secret(NamedTuple):
    """HA1 in hex for one realm (RFC 7616); `ends_at` set: an old realm that stays valid until then."""

    endpoint_id: int
    realm: str
    ha1_md5: str
    ha1_sha256: str
    ends_at: int | None


class Endpoints(Archived[Endpoint]):
    """Rows of `endpoint` and `endpoint_secret`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "endpoint", Endpoint, _CHANGEABLE, versioned=True)

    def find(self, number: str) -> Endpoint | None:
        """By number, among the not archived."""
        return self._one(self._select + "WHERE t.number = ? AND t.archived_at IS NULL", (number,))

    def find_auth(self, auth_name: str) -> list[Endpoint]:
        """By authentication name, among the not archived; realms tell several apart."""
        return list(self._rows("WHERE t.auth_name = ? AND t.archived_at IS NULL ORDER BY t.id", (auth_name,)))

    def list(self, customer_id: int | None = None, *, archived: bool = False) -> Iterator[Endpoint]:
        """All or one customer's, by id."""
        where = "WHERE (?1 IS NULL OR t.customer_id = ?1)" + ("" if archived else " AND t.archived_at IS NULL")
        return self._rows(where + " ORDER BY t.id", (customer_id,))

    def secrets(self, endpoint_id: int | None = None) -> Iterator[Secret]:
        """Of one endpoint, or of all (to fill the memory of a starting server)."""
        sql = "SELECT endpoint_id, realm, ha1_md5, ha1_sha256, ends_at FROM endpoint_secret"
        if endpoint_id is None:
            return self._db.rows(Secret._make, sql)
        return self._db.rows(Secret._make, sql + " WHERE endpoint_id = ?", (endpoint_id,))

    def put_secret(self, secret: Secret) -> None:
        """Set the HA1s of one realm, or set them anew."""
        self._db.execute(
            """INSERT INTO endpoint_secret (endpoint_id, realm, ha1_md5, ha1_sha256, ends_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256, ends_at = excluded.ends_at""",
            secret,
        )

    def end_secret(self, endpoint_id: int, realm: str, ends_at: int) -> None:
        """An old realm stays valid until then."""
        self._db.change("UPDATE endpoint_secret SET ends_at = ? WHERE endpoint_id = ? AND realm = ?", (ends_at, endpoint_id, realm))

    def remove_secrets(self, endpoint_id: int, realm: str | None = None) -> int:
        """Of one realm or of all; how many."""
        return self._db.change("DELETE FROM endpoint_secret WHERE endpoint_id = ?1 AND (?2 IS NULL OR realm = ?2)", (endpoint_id, realm))

    def forget_ended_secrets(self, at: int) -> int:
        """Remove old realms that ran out; how many."""
        return self._db.change("DELETE FROM endpoint_secret WHERE ends_at < ?", (at,))
