"""Trunks and the incoming numbers that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived

_CHANGEABLE = (
    "name host port transport username password_sealed register addresses cost_tariff_id carrier_account_id max_calls strip prepend media codecs "
    "main_number emergency trusted disabled archived_at rules caller_rules hours never_rests tls_name emergency_location "
    "certificate_sealed certificate_name certificate_until_at"
)

_DID = "did, trunk_id, endpoint_id, failover, price_micros, fee_micros, setup_micros"


class Trunk(NamedTuple):
    """`addresses`, `codecs`, `rules` and `caller_rules` are JSON text; `password_sealed` and `certificate_sealed` open with store.seal."""

    id: int
    reseller_id: int
    name: str
    host: str
    port: int
    transport: str
    username: str | None
    password_sealed: bytes | None
    register: int
    addresses: str
    cost_tariff_id: int | None
    carrier_account_id: int | None
    max_calls: int | None
    strip: int
    prepend: str
    media: str
    codecs: str
    main_number: str
    emergency: int
    trusted: int
    disabled: int
    created_at: int
    archived_at: int | None
    version: int
    rules: str = "[]"
    caller_rules: str = "[]"
    hours: str = ""
    never_rests: int = 0
    tls_name: str = ""
    emergency_location: int = 0
    certificate_sealed: bytes | None = None
    certificate_name: str = ""
    certificate_until_at: int | None = None


class Did(NamedTuple):
    """An incoming number of a trunk, and the endpoint that rings; `failover` is JSON: numbers that are tried next."""

    did: str
    trunk_id: int
    endpoint_id: int | None
    failover: str = "[]"
    price_micros: int | None = None
    fee_micros: int | None = None
    setup_micros: int | None = None


class Trunks(Archived[Trunk]):
    """Rows of `trunk` and `trunk_did`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "trunk", Trunk, _CHANGEABLE, versioned=True)

    def find(self, name: str) -> Trunk | None:
        """By name, among the not archived."""
        return self._one(self._select + "WHERE t.name = ? AND t.archived_at IS NULL", (name,))

    def find_tls_name(self, name: str) -> Trunk | None:
        """By the name in its certificate, among the not archived."""
        return self._one(self._select + "WHERE t.tls_name = ? AND t.archived_at IS NULL", (name,))

    def list(self, *, archived: bool = False) -> Iterator[Trunk]:
        """All, by id."""
        return self._rows("ORDER BY t.id" if archived else "WHERE t.archived_at IS NULL ORDER BY t.id")

    def dids(self, trunk_id: int | None = None) -> Iterator[Did]:
        """Incoming numbers of one trunk or of all."""
        return self._db.rows(Did._make, f"SELECT {_DID} FROM trunk_did WHERE (?1 IS NULL OR trunk_id = ?1) ORDER BY did", (trunk_id,))

    def find_did(self, did: str) -> Did | None:
        """By number."""
        row = self._db.one(f"SELECT {_DID} FROM trunk_did WHERE did = ?", (did,))
        return None if row is None else Did._make(row)

    def put_did(
        self,
        did: str,
        trunk_id: int,
        endpoint_id: int | None,
        failover: str = "[]",
        price_micros: int | None = None,
        fee_micros: int | None = None,
        setup_micros: int | None = None,
    ) -> None:
        """Set where an incoming number rings, and what it costs."""
        self._db.execute(
            f"""INSERT INTO trunk_did ({_DID}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET trunk_id = excluded.trunk_id,
            endpoint_id = excluded.endpoint_id, failover = excluded.failover, price_micros = excluded.price_micros,
            fee_micros = excluded.fee_micros, setup_micros = excluded.setup_micros""",
            (did, trunk_id, endpoint_id, failover, price_micros, fee_micros, setup_micros),
        )

    def remove_did(self, did: str) -> None:
        """The number rings nowhere."""
        self._db.change("DELETE FROM trunk_did WHERE did = ?", (did,))

    def set_dids(self, trunk_id: int, dids: Iterable[tuple[str, int | None]]) -> None:
        """Replace a trunk's numbers by (did, endpoint_id)."""
        self._db.change("DELETE FROM trunk_did WHERE trunk_id = ?", (trunk_id,))
        for did, endpoint_id in dids:
            self.put_did(did, trunk_id, endpoint_id)
