"""Customers' sign-ins at the web pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class WebLogin(NamedTuple):
    """`login` is unique in the reseller."""

    id: int
    customer_id: int
    reseller_id: int
    login: str
    password_hash: str | None
    totp_sealed: bytes | None
    must_change: int
    disabled: int
    created_at: int
    version: int


class WebLogins(Table[WebLogin]):
    """Rows of `web_login`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "web_login", WebLogin, "login password_hash totp_sealed must_change disabled", versioned=True)

    def find(self, reseller_id: int, login: str) -> WebLogin | None:
        """By reseller and login."""
        return self._one(self._select + "WHERE t.reseller_id = ? AND t.login = ?", (reseller_id, login))

    def of(self, customer_id: int) -> Iterator[WebLogin]:
        """Of one customer."""
        return self._rows("WHERE t.customer_id = ? ORDER BY t.login", (customer_id,))

    def remove(self, login_id: int) -> None:
        """Take a sign-in away."""
        self._db.change("DELETE FROM web_login WHERE id = ?", (login_id,))
