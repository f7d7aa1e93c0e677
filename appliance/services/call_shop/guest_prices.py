"""What a call costs a guest: found as the clerk types, by number, destination or country; never what the shop pays."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable

from appliance.billing.rate import Blocked, NoRate, Price
from appliance.billing.rating import Terms, affordable_ms
from appliance.errors import Conflict, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.call_shop.meters import Meters
from appliance.services.call_shop.places import READ, Place, Places
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.wire.shops import GuestPrice, GuestPriceRequest, GuestPrices
from appliance.words import words

MOST = 100
LAST_SIGN = "~"
LONGEST_SECONDS = 86_400
Group = tuple[str, int, int, int, int]


class PriceLookup:
    """Reads the book of prices that calls are charged by."""

    def __init__(self, room: Room, places: Places, meters: Meters) -> None:
        self._room = room
        self._places = places
        self._meters = meters

    def find(self, actor: Actor, request: GuestPriceRequest) -> GuestPrices:
        """A number's own price, or the destinations that a text names, cheapest spelling of each once."""
        place = self._places.shop(actor, request.id, READ, "id")
        tariff_id = place.shop.booth_tariff_id
        if tariff_id is None:
            raise Conflict("booth.no_tariff", field="id")
        if not 0 <= request.seconds <= LONGEST_SECONDS:
            raise UserError("field.out_of_range", field="seconds", least=0, most=LONGEST_SECONDS)
        amount = None if request.amount is None else parse_amount(request.amount, "amount")
        wanted = request.search.strip()
        digits = wanted.translate({ord(each): None for each in " -./()"})
        if digits.lstrip("+").isdigit():
            return self._of_number(place, tariff_id, digits, request.seconds, amount)
        found = self._named(tariff_id, wanted.lower(), max(1, min(request.limit, MOST))) if wanted else []
        return GuestPrices(
            place.currency,
            "",
            "",
            [self._view(place, price, self._terms(place, tariff_id, price.prefix), request.seconds, amount) for price in found],
        )

    def _of_number(self, place: Place, tariff_id: int, dialled: str, seconds: int, amount: int | None) -> GuestPrices:
        customer = self._room.hot.customers.get(place.id)
        number = self._room.hot.normalised(customer, dialled) if customer is not None else dialled.lstrip("+")
        terms = self._terms(place, tariff_id, number)
        if isinstance(terms, NoRate):
            return GuestPrices(place.currency, number, "no_rate", [])
        view = self._view(place, terms.price, terms, seconds, amount, number)
        return GuestPrices(place.currency, number, "blocked" if view.blocked else "", [view])

    def _named(self, tariff_id: int, wanted: str, most: int) -> list[Price]:
        book, now = self._room.hot.prices.book, self._room.clock.utcnow()
        if tariff_id not in book:
            return []
        groups: dict[Group, Price] = {}
        for prefix in sorted(self._prefixes(tariff_id, wanted), key=lambda each: (len(each), each)):
            price = book.exact(tariff_id, prefix, now)
            if price is None:
                continue
            group = (price.destination, price.price_micros, price.connection_fee_micros, price.first_increment, price.next_increment)
            groups.setdefault(group, price)
            if len(groups) > 4 * most:
                break
        return sorted(groups.values(), key=lambda price: (not price.destination.lower().startswith(wanted), price.destination, price.prefix))[:most]

    def _prefixes(self, tariff_id: int, wanted: str) -> Iterable[str]:
        book = self._room.hot.prices.book
        chain = book.chain(tariff_id)
        decks = [book.deck(each) for each in chain]
        found = {prefix for deck in decks for prefix in deck.named(wanted)}
        for code in self._codes(wanted):
            for deck in decks:
                ordered = deck.ordered()
                found.update(ordered[bisect_left(ordered, code) : bisect_left(ordered, code + LAST_SIGN)])
        return found

    def _codes(self, wanted: str) -> list[str]:
        """Country codes (E.164) of countries whose name begins so, in English or the ISO code."""
        from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

        spoken = words("en")
        return [
            str(code)
            for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
            if regions[0].isalpha() and (spoken.country(regions[0]).lower().startswith(wanted) or regions[0].lower() == wanted)
        ]

    def _terms(self, place: Place, tariff_id: int, number: str) -> Terms | NoRate | Blocked:
        return self._room.hot.prices.terms(tariff_id, number, place.currency, self._room.clock.utcnow())

    def _view(self, place: Place, price: Price, terms: Terms | NoRate | Blocked, seconds: int, amount: int | None, number: str = "") -> GuestPrice:
        prefixes = tuple(json.loads(place.settings.blocked))
        lasts = affordable_ms(terms, amount) if isinstance(terms, Terms) and amount is not None else None
        return GuestPrice(
            prefix=price.prefix,
            destination=price.destination,
            country=self._meters.country(number or price.prefix),
            price_per_minute=format_amount(price.price_micros),
            connection_fee=format_amount(price.connection_fee_micros),
            first_increment=price.first_increment,
            next_increment=price.next_increment,
            blocked=price.blocked or not isinstance(terms, Terms) or bool(prefixes and (number or price.prefix).startswith(prefixes)),
            cost=format_amount(terms.amount(seconds * 1000)) if isinstance(terms, Terms) else "0.00",
            lasts_seconds=None if lasts is None else lasts // 1000,
        )
