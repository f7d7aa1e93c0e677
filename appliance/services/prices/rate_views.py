"""A tariff's rates as people see them: valid now, derived ones worked out by the book of tariffs."""

from __future__ import annotations

from itertools import islice

from appliance.billing.rate import Price
from appliance.money import format_amount
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.tariffs import Tariff
from appliance.wire.rates import RatePage, RateView

MOST = 5000


class RateViews:
    """Reads the prices in memory, which are those that calls are rated by."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def page(self, tariff: Tariff, search: str, after: str, limit: int) -> RatePage:
        """By prefix, from after a given one."""
        book = self._room.hot.prices.book
        if tariff.id not in book:
            return RatePage([])
        prices = book.listing(tariff.id, self._room.clock.utcnow())
        wanted = search.strip().lower()
        fitting = (
            (price for price in prices if price.prefix > after and _fits(price, wanted))
            if after
            else (price for price in prices if _fits(price, wanted))
        )
        most = max(1, min(limit, MOST))
        found = list(islice(fitting, most + 1))
        return RatePage([view(price) for price in found[:most]], found[most - 1].prefix if len(found) > most else "")


def _fits(price: Price, wanted: str) -> bool:
    """Digits are a prefix or a number that falls under one; anything else is part of a destination's name."""
    if not wanted:
        return True
    digits = wanted.removeprefix("+")
    if digits.isdigit():
        return price.prefix.startswith(digits) or digits.startswith(price.prefix)
    return wanted in price.destination.lower()


def view(price: Price) -> RateView:
    """One price."""
    maximum = price.maximum_charge_micros
    return RateView(
        prefix=price.prefix,
        destination=price.destination,
        price_per_minute=format_amount(price.price_micros),
        connection_fee=format_amount(price.connection_fee_micros),
        first_increment=price.first_increment,
        next_increment=price.next_increment,
        minimum_seconds=price.minimum_seconds,
        free_below_seconds=price.free_below_seconds,
        free_seconds=price.free_seconds,
        minimum_charge=format_amount(price.minimum_charge_micros),
        maximum_charge=None if maximum is None else format_amount(maximum),
        blocked=bool(price.blocked),
        band=price.band,
        valid_from=stamp(price.valid_from_at),
        valid_until=stamp(price.valid_until_at),
        overridden=price.override,
    )
