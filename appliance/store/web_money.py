"""What customers set of their own spending: an alert of a low balance, a cap of the month; and what calls on an account cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database

SPENDING = ("call", "rerate", "call_refund")
"""Entries that are calls, or put a call's price right."""

_LISTED = ", ".join(f"'{kind}'" for kind in SPENDING)


class BalanceAlert(NamedTuple):
    """An e-mail is wanted when the balance falls below; `told`: of this crossing it went."""

    customer_id: int
    below_micros: int
    told: int


class SpendingCap(NamedTuple):
    """What calls on an account may cost in a calendar month of `timezone`."""

    account_id: int
    cap_micros: int
    timezone: str


class WebMoney:
    """Rows of `balance_alert`, `spending_cap` and `welcome_credit`; sums of `posting`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # alerts --------------------------------------------------------------------------------------------------------
    def alert(self, customer_id: int) -> BalanceAlert | None:
        """One customer's."""
        row = self._db.one("SELECT customer_id, below_micros, told FROM balance_alert WHERE customer_id = ?", (customer_id,))
        return None if row is None else BalanceAlert._make(row)

    def alerts_of(self, account_id: int) -> list[BalanceAlert]:
        """Those of everybody who pays from an account."""
        sql = """SELECT b.customer_id, b.below_micros, b.told FROM balance_alert b JOIN customer c ON c.id = b.customer_id
        WHERE c.credit_account_id = ? AND c.archived_at IS NULL ORDER BY b.customer_id"""
        return list(self._db.rows(BalanceAlert._make, sql, (account_id,)))

    def set_alert(self, customer_id: int, below_micros: int | None) -> None:
        """Another threshold, not told yet; None: no alert any more."""
        if below_micros is None:
            self._db.change("DELETE FROM balance_alert WHERE customer_id = ?", (customer_id,))
            return
        self._db.execute(
            """INSERT INTO balance_alert (customer_id, below_micros) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET below_micros = excluded.below_micros, told = 0""",
            (customer_id, below_micros),
        )

    def told(self, customer_id: int, told: bool) -> None:
        """Whether the e-mail of this crossing went."""
        self._db.change("UPDATE balance_alert SET told = ? WHERE customer_id = ?", (int(told), customer_id))

    def any_alert(self) -> bool:
        """Whether anybody wants one."""
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM balance_alert)"))

    # caps ----------------------------------------------------------------------------------------------------------
    def caps(self) -> Iterator[SpendingCap]:
        """All of them."""
        return self._db.rows(SpendingCap._make, "SELECT account_id, cap_micros, timezone FROM spending_cap ORDER BY account_id")

    def cap(self, account_id: int) -> SpendingCap | None:
        """One account's."""
        row = self._db.one("SELECT account_id, cap_micros, timezone FROM spending_cap WHERE account_id = ?", (account_id,))
        return None if row is None else SpendingCap._make(row)

    def set_cap(self, account_id: int, cap_micros: int | None, timezone: str) -> None:
        """Another cap; None: none any more."""
        if cap_micros is None:
            self._db.change("DELETE FROM spending_cap WHERE account_id = ?", (account_id,))
            return
        self._db.execute(
            """INSERT INTO spending_cap (account_id, cap_micros, timezone) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET cap_micros = excluded.cap_micros, timezone = excluded.timezone""",
            (account_id, cap_micros, timezone),
        )

    # sums ----------------------------------------------------------------------------------------------------------
    def spent(self, account_id: int, since_at: int) -> int:
        """Micros that calls on an account cost since a moment (UTC ms), by the time of their entries; what was given back is taken off."""
        sql = f"""SELECT coalesce(-sum(p.amount_micros), 0) FROM posting p CROSS JOIN entry e ON e.id = p.entry_id
        WHERE p.account_id = ? AND e.at >= ? AND e.kind IN ({_LISTED})"""
        return int(self._db.value(sql, (account_id, since_at)))

    def spent_after(self, account_id: int, posting_id: int, since_at: int) -> tuple[int, int]:
        """(micros, id of the newest posting) of what was posted after a posting, as `spent`."""
        sql = f"""SELECT coalesce(-sum(CASE WHEN e.at >= ?3 AND e.kind IN ({_LISTED}) THEN p.amount_micros END), 0), coalesce(max(p.id), ?2)
        FROM posting p CROSS JOIN entry e ON e.id = p.entry_id WHERE p.account_id = ?1 AND p.id > ?2"""
        row = self._db.one(sql, (account_id, posting_id, since_at))
        assert row is not None  # an aggregate
        return int(row[0]), int(row[1])

    # welcome credit ------------------------------------------------------------------------------------------------
    def welcomed(self, contact_hash: str) -> bool:
        """Whether welcome credit was given to this mailbox or telephone."""
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM welcome_credit WHERE contact_hash = ?)", (contact_hash,)))

    def welcomes_since(self, at: int, reseller_id: int, source_hash: str) -> tuple[int, int]:
        """How many customers were welcomed since a moment: (from this network address, at this reseller)."""
        sql = """SELECT count(DISTINCT CASE WHEN source_hash = ?3 THEN customer_id END), count(DISTINCT customer_id) FROM welcome_credit
        WHERE at >= ?1 AND reseller_id = ?2"""
        row = self._db.one(sql, (at, reseller_id, source_hash))
        assert row is not None  # an aggregate
        return int(row[0]), int(row[1])

    def welcome(self, contact_hash: str, reseller_id: int, customer_id: int, source_hash: str, at: int, amount_micros: int) -> None:
        """It was given."""
        self._db.execute(
            "INSERT INTO welcome_credit (contact_hash, reseller_id, customer_id, source_hash, at, amount_micros) VALUES (?, ?, ?, ?, ?, ?)",
            (contact_hash, reseller_id, customer_id, source_hash, at, amount_micros),
        )
