"""What a call would cost, without making it: the `rate` command and the look-up at the till.

The same book of prices and the same formula that running calls are charged by.
"""

from __future__ import annotations

import json

from appliance.billing.explanation import explain
from appliance.billing.number import dial_plan
from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rating import Terms, charge
from appliance.errors import UserError
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.explanation_sight import bounded
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller
from appliance.wire.rates import NoPrice, PriceRequest, PriceView

LONGEST_SECONDS = 31 * 86_400


class Prices:
    """By a tariff's name, or as a customer would pay."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups

    def price(self, actor: Actor, request: PriceRequest) -> PriceView | NoPrice:
        """The price of so many seconds of talk, begun at a moment (now where none is given)."""
        if (request.tariff is None) is (request.customer is None):
            raise UserError("price.name_tariff_or_customer", field="tariff")
        if not 0 <= request.seconds <= LONGEST_SECONDS:
            raise UserError("field.out_of_range", field="seconds", least=0, most=LONGEST_SECONDS)
        at = moment(request.at, "at")
        at = self._room.clock.utcnow() if at is None else at
        terms: Terms | NoRate | Blocked | None
        if request.customer is not None:
            customer = self._lookups.customer(actor, request.customer, request.reseller, "calls.price")
            normalised = self._normalised(request.number, customer.dial_plan, self._reseller(customer))
            terms = self._customer_terms(customer, normalised, at)
            currency = self._currency(customer)
        else:
            assert request.tariff is not None
            tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "calls.price")
            owner = self._store.resellers.get(tariff.reseller_id)
            normalised = self._normalised(request.number, None, owner)
            terms = self._room.hot.prices.terms(tariff.id, normalised, tariff.currency, at)
            currency = tariff.currency
        if isinstance(terms, Blocked):
            return NoPrice("blocked")
        if isinstance(terms, NoRate):
            return NoPrice("no_rate")
        if terms is None:
            return PriceView(request.number, normalised, "", "on-net", 0, format_amount(0), currency, {"why": "on_net"})
        made = charge(terms, request.seconds * 1000)
        return PriceView(
            request.number,
            normalised,
            terms.price.prefix,
            terms.price.destination,
            made.billed_seconds,
            format_amount(made.amount_micros),
            made.currency,
            bounded(self._store, explain(terms, request.seconds * 1000, made), self._access.reach(actor, "costs.read")),
        )

    def _customer_terms(self, customer: Customer, number: str, at: int) -> Terms | NoRate | Blocked | None:
        prices = self._room.hot.prices
        currency = self._currency(customer)
        if self._room.hot.by_number(number) is not None:
            return prices.on_net_terms(customer.tariff_id, currency, at)
        return prices.terms(self._room.hot.allowances.special.get(customer.id, customer.tariff_id), number, currency, at)

    def _currency(self, customer: Customer) -> str:
        account = self._store.accounts.get(customer.credit_account_id)
        assert account is not None  # foreign key
        return account.currency

    def _reseller(self, customer: Customer) -> Reseller | None:
        return self._store.resellers.get(customer.reseller_id)

    def _normalised(self, number: str, plan: str | None, reseller: Reseller | None) -> str:
        """By the customer's dial plan, else its reseller's."""
        text = plan or ("{}" if reseller is None else reseller.dial_plan)
        return dial_plan(json.loads(text)).normalise(number)
