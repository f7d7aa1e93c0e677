"""Exchange rates: dated rows, typed or imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class ExchangeRate(NamedTuple):
    """One `base` is `rate` (a decimal as text) of `quote`, from the ISO date `valid_on` on."""

    id: int
    base: str
    quote: str
    valid_on: str
    rate: str
    source: str
    created_at: int


class ExchangeRates(Table[ExchangeRate]):
    """Rows of `exchange_rate`, never changed: a later row of the same day counts."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "exchange_rate", ExchangeRate)

    def find(self, base: str, quote: str, on: str) -> ExchangeRate | None:
        """The newest valid on an ISO date."""
        return self._one(
            self._select + "WHERE t.base = ? AND t.quote = ? AND t.valid_on <= ? ORDER BY t.valid_on DESC, t.id DESC LIMIT 1", (base, quote, on)
        )

    def list(self) -> Iterator[ExchangeRate]:
        """All, oldest first."""
        return self._rows("ORDER BY t.valid_on, t.id")
