"""Payments that customers make at a provider's page: what was asked, what came of it, and which news counted."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class OnlinePayment(NamedTuple):
    """`state`: open, paid, failed or reversed. `provider_id` is the provider's name of what was asked, `charge_id` of the payment; `card` a hash."""

    id: int
    reseller_id: int
    customer_id: int
    provider: str
    currency: str
    amount_micros: int
    made_at: int
    state: str
    provider_id: str
    charge_id: str
    card: str
    payment_id: int | None
    ended_at: int | None


class OnlinePayments(Table[OnlinePayment]):
    """Rows of `online_payment` and `online_event`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "online_payment", OnlinePayment, "state provider_id charge_id card payment_id ended_at")

    def by_provider(self, provider: str, provider_id: str) -> OnlinePayment | None:
        """By the provider's name of what was asked."""
        return self._one(self._select + "WHERE t.provider = ? AND t.provider_id = ?", (provider, provider_id)) if provider_id else None

    def by_charge(self, provider: str, charge_id: str) -> OnlinePayment | None:
        """By the provider's name of the payment."""
        return self._one(self._select + "WHERE t.provider = ? AND t.charge_id = ?", (provider, charge_id)) if charge_id else None

    def of_customer(self, customer_id: int, limit: int = 20) -> list[OnlinePayment]:
        """Newest first."""
        return list(self._rows("WHERE t.customer_id = ? ORDER BY t.id DESC LIMIT ?", (customer_id, limit)))

    def paid_ever(self, customer_id: int) -> bool:
        """Whether a payment of this customer came in by a provider."""
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM online_payment WHERE customer_id = ? AND state = 'paid')", (customer_id,)))

    def asked_since(self, customer_id: int, at: int) -> int:
        """Micros that a customer paid, or may yet pay by what is open, since a moment."""
        sql = "SELECT coalesce(sum(amount_micros), 0) FROM online_payment WHERE customer_id = ? AND made_at >= ? AND state IN ('open', 'paid')"
        return int(self._db.value(sql, (customer_id, at)))

    def paid_by_card(self, card: str, at: int) -> int:
        """Micros that came in by a card since a moment, whoever's."""
        sql = "SELECT coalesce(sum(amount_micros), 0) FROM online_payment WHERE card = ? AND ended_at >= ? AND state = 'paid'"
        return int(self._db.value(sql, (card, at)))

    def news(self, provider: str, event_id: str, at: int, kind: str) -> bool:
        """Note a provider's event; False where it was told before."""
        sql = "INSERT INTO online_event (provider, event_id, at, kind) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self._db.change(sql, (provider, event_id, at, kind)) > 0
