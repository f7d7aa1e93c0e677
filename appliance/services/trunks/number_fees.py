"""What an incoming number costs its customer: a price a minute, a fee once, and a monthly fee that follows the number from customer to customer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from msgspec import UNSET, UnsetType

from appliance.billing.ledger import monthly_fee
from appliance.clock import rfc3339
from appliance.money import format_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.services.trunks.trunk_fields import failover_numbers
from appliance.store.number_sales import NumberFee
from appliance.store.trunks import Did
from appliance.wire.description import MonthlyFeeEntry
from appliance.wire.shapes import given
from appliance.wire.trunks import TrunkNumberView


class Incoming(Protocol):
    """An incoming number as a request or a description says it."""

    @property
    def did(self) -> str: ...
    @property
    def endpoint(self) -> str | None | UnsetType: ...
    @property
    def failover(self) -> list[str] | UnsetType: ...
    @property
    def price_per_minute(self) -> str | None | UnsetType: ...
    @property
    def monthly_fee(self) -> str | None | UnsetType: ...
    @property
    def setup_fee(self) -> str | None | UnsetType: ...


def did_row(number: Incoming, trunk_id: int, endpoint_id: int | None, before: Did | None) -> Did:
    """The number's row as it is to be; what is left out stays."""
    old = before or Did(number.did, trunk_id, endpoint_id)

    def micros(value: str | None | UnsetType, field: str, kept: int | None) -> int | None:
        found = col.amount(None)(value, field) if value is not UNSET else kept
        assert found is None or isinstance(found, int)
        return found

    return Did(
        number.did,
        trunk_id,
        endpoint_id,
        old.failover if number.failover is UNSET else failover_numbers(given(number.failover, []), "failover"),
        micros(number.price_per_minute, "price_per_minute", old.price_micros),
        micros(number.monthly_fee, "monthly_fee", old.fee_micros),
        micros(number.setup_fee, "setup_fee", old.setup_micros),
    )


def failover_of(did: Did) -> list[str]:
    """The numbers that are tried next."""
    return [str(each) for each in json.loads(did.failover)]


def number_view(did: Did, endpoint: str | None, currency: str, sold_to: str | None = None) -> TrunkNumberView:
    """An incoming number as it is shown; `currency` is that of the account that pays for it."""
    price = None if did.price_micros is None else format_amount(did.price_micros)
    fee = None if did.fee_micros is None else format_amount(did.fee_micros)
    setup = None if did.setup_micros is None else format_amount(did.setup_micros)
    return TrunkNumberView(did.did, endpoint, failover_of(did), price, fee, currency, setup, sold_to)


class NumberFees:
    """`put` and `take` are the monthly fees' own: a number's fee is one of them, by its name."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store
        self.put: Callable[[Actor, int, MonthlyFeeEntry], object] | None = None
        self.take: Callable[[int, str], object] = lambda customer, name: None

    def follow(self, actor: Actor, before: Did | None, after: Did | None, *, set_up: bool = True) -> None:
        """The fee of a number that was put elsewhere, or that costs something else; in the open unit of work."""
        if self.put is None:
            return
        if set_up:
            self._set_up(before, after)
        old, new = self._payer(before), self._payer(after)
        name = f"Number {(after or before or Did('', 0, None)).did}"
        today = rfc3339(self._room.clock.utcnow())[:10]
        if before is not None and old is not None and old != new and self._store.fees.find(old, name) is not None:
            self.put(actor, old, MonthlyFeeEntry(name=name, amount=format_amount(before.fee_micros or 0), ends_on=today))
            self.take(old, name)
        if new is not None and after is not None and after.fee_micros is not None:
            again = old != new and self._store.fees.find(new, name) is not None
            amount = format_amount(after.fee_micros)
            self.put(
                actor,
                new,
                MonthlyFeeEntry(name=name, amount=amount, starts_on=today, ends_on=None) if again else MonthlyFeeEntry(name=name, amount=amount),
            )
            self.take(new, name)

    def ring_again(self, actor: Actor, before: Did | None, after: Did) -> None:
        """The fee of a number that rings again where it rang before: its customer has paid its set-up."""
        self.follow(actor, before, after, set_up=False)

    def _payer(self, did: Did | None) -> int | None:
        """The customer whose endpoint a number with a fee rings."""
        return None if did is None or did.fee_micros is None else self._customer(did)

    def _customer(self, did: Did) -> int | None:
        endpoint = None if did.endpoint_id is None else self._store.endpoints.get(did.endpoint_id)
        return None if endpoint is None else endpoint.customer_id

    def _set_up(self, before: Did | None, after: Did | None) -> None:
        """A number that is given to another customer than before costs him its fee once."""
        customer_id = None if after is None else self._customer(after)
        if after is None or customer_id is None or not after.setup_micros or (before is not None and self._customer(before) == customer_id):
            return
        customer = self._store.customers.get(customer_id)
        account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
        assert account is not None  # foreign keys
        now = self._room.clock.utcnow()
        entry = monthly_fee(account.id, account.reseller_id, after.setup_micros, account.currency)
        entry_id = self._room.ledger.write(now, entry, reference=f"number:{after.did}:setup")
        assert entry_id is not None  # no fee of nothing
        today = rfc3339(now)[:10]
        self._store.number_sales.take(NumberFee(entry_id, after.did, None, customer_id, "setup", "", after.setup_micros, today, today))
