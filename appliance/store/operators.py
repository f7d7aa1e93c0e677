"""Operators, and what they are granted where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Operator(NamedTuple):
    """One who signs in at the console; `login` is unique in the appliance."""

    id: int
    person_id: int
    login: str
    password_hash: str | None
    totp_sealed: bytes | None
    language: str
    must_change: int
    disabled: int
    created_at: int
    version: int


class Grant(NamedTuple):
    """A role in one reseller, one shop (a customer) or one chain of shops; exactly one of the three is set."""

    id: int
    operator_id: int
    role: str
    reseller_id: int | None
    shop_id: int | None
    chain_id: int | None


class Chain(NamedTuple):
    """Shops of one owner."""

    id: int
    reseller_id: int
    name: str


class Operators(Table[Operator]):
    """Rows of `operator`, `operator_grant` and `chain`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "operator", Operator, "login password_hash totp_sealed language must_change disabled", versioned=True)
        self._grants = Table(database, "operator_grant", Grant)
        self._chains = Table(database, "chain", Chain, "name")

    def find(self, login: str) -> Operator | None:
        """By login."""
        return self._one(self._select + "WHERE t.login = ?", (login,))

    def list(self) -> Iterator[Operator]:
        """All, by login."""
        return self._rows("ORDER BY t.login")

    def grants(self, operator_id: int | None = None) -> Iterator[Grant]:
        """Of one operator, or all of them."""
        sql = "SELECT id, operator_id, role, reseller_id, shop_id, chain_id FROM operator_grant"
        if operator_id is None:
            return self._db.rows(Grant._make, sql + " ORDER BY id")
        return self._db.rows(Grant._make, sql + " WHERE operator_id = ? ORDER BY id", (operator_id,))

    def grant(self, operator_id: int, role: str, *, reseller_id: int | None = None, shop_id: int | None = None, chain_id: int | None = None) -> int:
        """Give a role in exactly one place; the grant's id."""
        return self._grants.insert(operator_id=operator_id, role=role, reseller_id=reseller_id, shop_id=shop_id, chain_id=chain_id)

    def revoke(self, grant_id: int) -> None:
        """Take one grant away."""
        self._db.change("DELETE FROM operator_grant WHERE id = ?", (grant_id,))

    def insert_chain(self, reseller_id: int, name: str) -> int:
        """A new chain of shops; its id."""
        return self._chains.insert(reseller_id=reseller_id, name=name)

    def chain(self, chain_id: int) -> Chain | None:
        """One chain."""
        return self._chains.get(chain_id)

    def chains(self) -> Iterator[Chain]:
        """All, by name."""
        return self._db.rows(Chain._make, "SELECT id, reseller_id, name FROM chain ORDER BY name, id")

    def remove_chain(self, chain_id: int) -> None:
        """A chain and the roles in it."""
        self._db.change("DELETE FROM operator_grant WHERE chain_id = ?", (chain_id,))
        self._db.change("DELETE FROM chain WHERE id = ?", (chain_id,))

    def in_chain(self, chain_id: int) -> tuple[int, ...]:
        """The shops of a chain."""
        return tuple(row[0] for row in self._db.fetch("SELECT id FROM customer WHERE chain_id = ? AND archived_at IS NULL ORDER BY id", (chain_id,)))

    def find_chain(self, reseller_id: int, name: str) -> Chain | None:
        """By reseller and name."""
        row = self._db.one("SELECT id, reseller_id, name FROM chain WHERE reseller_id = ? AND name = ?", (reseller_id, name))
        return None if row is None else Chain._make(row)
