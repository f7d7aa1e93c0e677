"""Monthly fees, and which months were taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class MonthlyFee(NamedTuple):
    """`starts_on` and `ends_on` are ISO dates; `policy`: take or wait."""

    id: int
    customer_id: int
    endpoint_id: int | None
    name: str
    amount_micros: int
    starts_on: str
    ends_on: str | None
    day: int
    policy: str


class Fees(Table[MonthlyFee]):
    """Rows of `monthly_fee` and `monthly_fee_taken`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "monthly_fee", MonthlyFee, "endpoint_id amount_micros starts_on ends_on day policy")

    def find(self, customer_id: int, name: str) -> MonthlyFee | None:
        """By customer and name."""
        return self._one(self._select + "WHERE t.customer_id = ? AND t.name = ?", (customer_id, name))

    def list(self, customer_id: int | None = None) -> Iterator[MonthlyFee]:
        """All or one customer's."""
        return self._rows("WHERE (?1 IS NULL OR t.customer_id = ?1) ORDER BY t.id", (customer_id,))

    def take(self, fee_id: int, month: str, entry_id: int) -> None:
        """Mark a month ('2026-01') as taken; Conflict("store.taken") where it was."""
        self._db.execute("INSERT INTO monthly_fee_taken (monthly_fee_id, month, entry_id) VALUES (?, ?, ?)", (fee_id, month, entry_id))

    def taken(self, fee_id: int) -> Sequence[str]:
        """Months taken, in order."""
        return [row[0] for row in self._db.fetch("SELECT month FROM monthly_fee_taken WHERE monthly_fee_id = ? ORDER BY month", (fee_id,))]
