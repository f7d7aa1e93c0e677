"""Accounts of the ledger. Balances are written by the posting trigger alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived


class Account(NamedTuple):
    """`kind`: credit revenue carrier_cost carrier tax cash bank write_off fees exchange opening rounding goods adjustment.

    `reseller_id` keeps the book; `owner_reseller_id` is set on a reseller's own credit account, which its parent keeps.
    """

    id: int
    kind: str
    reseller_id: int
    name: str
    currency: str
    owner_reseller_id: int | None
    credit_limit_micros: int
    tax_point: str
    balance_micros: int
    created_at: int
    archived_at: int | None
    version: int


class Balance(NamedTuple):
    """One credit account as `balances` prints it; `account` is `reseller:NAME` for a reseller's own."""

    id: int
    account: str
    reseller: str
    reseller_id: int
    owner: str
    currency: str
    balance_micros: int
    credit_limit_micros: int


class Accounts(Archived[Account]):
    """Rows of `account`; kind, reseller, currency and owner never change."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "account", Account, "name credit_limit_micros tax_point archived_at", versioned=True)

    def find(self, reseller_id: int, kind: str, name: str, currency: str) -> Account | None:
        """By reseller, kind, name and currency, archived or not."""
        return self._one(
            self._select + "WHERE t.reseller_id = ? AND t.kind = ? AND t.name = ? AND t.currency = ?", (reseller_id, kind, name, currency)
        )

    def named(self, reseller_id: int, kind: str, name: str) -> list[Account]:
        """All of that name whatever their currency, archived or not."""
        return list(self._rows("WHERE t.reseller_id = ? AND t.kind = ? AND t.name = ? ORDER BY t.id", (reseller_id, kind, name)))

    def ensure(self, reseller_id: int, kind: str, name: str, currency: str, created_at: int) -> Account:
        """The account of that key, made where it is missing."""
        account = self.find(reseller_id, kind, name, currency)
        if account is None:
            account = self.get(self.insert(reseller_id=reseller_id, kind=kind, name=name, currency=currency, created_at=created_at))
            assert account is not None
        return account

    def low(self, below_micros: int, reseller_ids: Iterable[int] | None = None, limit: int = 1000) -> list[Balance]:
        """Credit accounts in use that can pay less than that, the poorest first; of these resellers' books, or of all."""
        bound = "" if reseller_ids is None else f" AND a.reseller_id IN ({', '.join(str(int(each)) for each in reseller_ids)})"
        sql = f"""SELECT a.id, CASE WHEN o.id IS NULL THEN a.name ELSE 'reseller:' || o.name END, r.name, a.reseller_id, coalesce(o.name, a.name),
            a.currency, a.balance_micros, a.credit_limit_micros
            FROM account a JOIN reseller r ON r.id = a.reseller_id LEFT JOIN reseller o ON o.id = a.owner_reseller_id
            WHERE a.kind = 'credit' AND a.archived_at IS NULL AND a.balance_micros + a.credit_limit_micros < ?{bound}
            AND EXISTS (SELECT 1 FROM posting p WHERE p.account_id = a.id)
            ORDER BY a.balance_micros + a.credit_limit_micros, a.id LIMIT ?"""
        return list(self._db.rows(Balance._make, sql, (below_micros, limit)))

    def list(self, kind: str | None = None, reseller_id: int | None = None) -> Iterator[Account]:
        """All, or of one kind and reseller; archived ones too."""
        return self._rows("WHERE (?1 IS NULL OR t.kind = ?1) AND (?2 IS NULL OR t.reseller_id = ?2) ORDER BY t.id", (kind, reseller_id))

    def balance(self, account_id: int) -> int:
        """Micros; 0 for an account that is not there."""
        return int(self._db.value("SELECT balance_micros FROM account WHERE id = ?", (account_id,)) or 0)

    def funds(self, account_id: int) -> tuple[int, int] | None:
        """(balance, credit limit) in micros; None for an account that is not there."""
        return self._db.one("SELECT balance_micros, credit_limit_micros FROM account WHERE id = ?", (account_id,))

    def balances(self, reseller_ids: Iterable[int] | None = None) -> Iterator[Balance]:
        """Every credit account with its owner: the reseller, or its customers' names joined by ', '."""
        sql = """SELECT a.id, CASE WHEN o.id IS NULL THEN a.name ELSE 'reseller:' || o.name END, r.name, a.reseller_id,
            coalesce(o.name, (SELECT group_concat(p.name, ', ' ORDER BY p.name) FROM customer c JOIN person p ON p.id = c.person_id
            WHERE c.credit_account_id = a.id), ''),
            a.currency, a.balance_micros, a.credit_limit_micros
            FROM account a JOIN reseller r ON r.id = a.reseller_id LEFT JOIN reseller o ON o.id = a.owner_reseller_id WHERE a.kind = 'credit'"""
        if reseller_ids is not None:
            sql += f" AND a.reseller_id IN ({', '.join(str(int(each)) for each in reseller_ids)})"
        return self._db.rows(Balance._make, sql + " ORDER BY a.id")

    def imbalance(self) -> dict[str, int]:
        """{currency: micros} of books that do not sum to zero; empty where all is well."""
        return dict(self._db.fetch("SELECT currency, sum(balance_micros) FROM account GROUP BY currency HAVING sum(balance_micros) <> 0"))
