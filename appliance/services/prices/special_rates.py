"""Special rates: what one customer pays otherwise than its tariff says (product.md P2).

They are the overrides of a derived tariff of the customer's own, without markup, that hangs below whatever tariff the customer pays by: so
validity, time bands, increments and the explanation are those of every tariff.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.billing.rate import Price
from appliance.errors import Conflict
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.prices.rates import Rates, Written
from appliance.store.customers import Customer
from appliance.store.nouns import Nouns
from appliance.store.tariffs import Tariff
from appliance.wire.allowances import CustomerRef, SpecialRate, SpecialRates, SpecialRatesRemove, SpecialRatesSet
from appliance.wire.rates import RateFields

FOLLOWS = (
    "decimals", "rounding", "price_rounding", "duration_rounding", "increment_style", "timezone", "band_rule", "loss_guard", "on_net_price_micros",
)  # fmt: skip
"""What special rates have from the tariff that they hang below, at every change of it."""


class SpecialRateBook:
    """`list`, `set`, `remove`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, rates: Rates) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._rates = rates

    def list(self, actor: Actor, request: CustomerRef) -> SpecialRates:
        """One customer's, by prefix."""
        return self._view(self._lookups.customer(actor, request.customer, request.reseller, "tariffs.read"))

    def set(self, actor: Actor, request: SpecialRatesSet) -> SpecialRates:
        """New versions of the given rates; a call that runs feels it at once, as with every rate."""
        with self._room.changes.unit():
            customer = self._customer(actor, request)
            self._rates.write(actor, self._tariff(actor, customer), request.rates, "special rates")
            return self._view(customer)

    def apply(self, actor: Actor, customer: Customer, rates: Sequence[RateFields]) -> Written:
        """Of a description file: versions of what differs, the other special rates stay."""
        return self._rates.write(actor, self._tariff(actor, customer), rates, "apply", "special_rates")

    def remove(self, actor: Actor, request: SpecialRatesRemove) -> SpecialRates:
        """The prefixes follow the tariff again."""
        with self._room.changes.unit():
            customer = self._customer(actor, request)
            if self._store.special_tariffs.of(customer.id) is not None:
                self._rates.end(actor, self._tariff(actor, customer), request.prefixes)
            return self._view(customer)

    def _customer(self, actor: Actor, request: CustomerRef) -> Customer:
        customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.read")
        self._access.need(actor, "tariffs.write", customer.reseller_id, what="customer")
        return customer

    def _tariff(self, actor: Actor, customer: Customer) -> Tariff:
        """The tariff that holds them, made where it is missing."""
        store = self._store
        there = store.special_tariffs.of(customer.id)
        if there is None:
            base = store.tariffs.get(customer.tariff_id)
            assert base is not None  # foreign key
            there = store.tariffs.insert(
                reseller_id=customer.reseller_id,
                name=f"special rates {customer.id}",
                currency=base.currency,
                base_id=base.id,
                created_at=self._room.clock.utcnow(),
                **{column: getattr(base, column) for column in FOLLOWS},
            )
            store.special_tariffs.add(customer.id, there)
            self._audit.noted(actor, "special_rates.begin", "customer", customer.id, tariff=there)
            self._room.changes.note("tariff", there)
            self._room.changes.note("customer", customer.id)
        found = store.tariffs.get(there)
        assert found is not None  # foreign key
        return found

    def _view(self, customer: Customer) -> SpecialRates:
        store, now = self._store, self._room.clock.utcnow()
        base = store.tariffs.get(customer.tariff_id)
        assert base is not None  # foreign key
        special = store.special_tariffs.of(customer.id)
        rates = []
        book = self._room.hot.prices.book
        for prefix in sorted({rate.prefix for rate in store.rates.active(special)}) if special is not None else ():
            own = next((rate for rate in reversed(store.rates.at_prefix(special or 0, prefix))), None)
            usual = book.price(base.id, prefix, now) if base.id in book else None
            price = own.price_micros if own is not None and own.price_micros is not None else usual.price_micros if isinstance(usual, Price) else 0
            destination = (own.destination if own is not None else None) or (usual.destination if isinstance(usual, Price) else "")
            usually = format_amount(usual.price_micros) if isinstance(usual, Price) else None
            rates.append(SpecialRate(prefix, destination, format_amount(price), bool(own is not None and own.blocked), usually))
        return SpecialRates(customer.name, base.name, special, base.currency, rates)


def rehang(store: Nouns, customer_id: int, tariff: Tariff) -> int | None:
    """Hang a customer's special rates below the tariff that it pays by from now on; their tariff's id, None where it has none.

    Conflict special_rates.currency: prices in one currency mean nothing in another.
    """
    special = store.special_tariffs.of(customer_id)
    row = None if special is None else store.tariffs.get(special)
    if row is None:
        return None
    if row.currency != tariff.currency:
        raise Conflict("special_rates.currency", field="tariff", tariff=tariff.name, currency=row.currency)
    store.tariffs.update(row.id, {"base_id": tariff.id, **{column: getattr(tariff, column) for column in FOLLOWS}})
    return row.id


def follow(store: Nouns, tariff: Tariff) -> list[int]:
    """A tariff has changed: the special rates below it take its rules over. Their tariffs' ids."""
    found = store.special_tariffs.on(tariff.id)
    for special in found:
        store.tariffs.update(special, {column: getattr(tariff, column) for column in FOLLOWS})
    return found
