"""Price lists for customers: what a tariff sells now, by country (product.md S11).

The prices are gathered a few at a time, since a tariff may have tens of thousands and calls are served meanwhile.
"""

from __future__ import annotations

from appliance import i18n
from appliance.billing.rate import Price
from appliance.documents.price_list import PriceList, PriceRow, comma_separated, spreadsheet
from appliance.documents.price_poster import Poster
from appliance.errors import UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_templates import checked_language
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.wire.documents import PriceListPrint
from appliance.wire.operation import XLSX
from appliance.wire.shapes import Binary
from appliance.words import Words, words

AT_ONCE = 300
FORMATS = ("pdf", "csv", "xlsx", "poster")
Terms = tuple[str, str, int, int, int, int]  # country, destination, price, connection fee, first and next seconds


class PriceLists:
    """`make` is a generator of steps (`stepwise`)."""

    def __init__(self, room: Room, lookups: Lookups) -> None:
        self._room = room
        self._lookups = lookups

    def make(self, actor: Actor, request: PriceListPrint) -> Steps[Binary]:
        """The list as a file; blocked prefixes are left out."""
        if request.format not in FORMATS:
            raise UserError("field.not_a_choice", field="format", choices=", ".join(FORMATS))
        paper = checked_paper(self._room, request.paper, "documents.paper")
        tariff = self._lookups.tariff(actor, request.id, request.reseller, "tariffs.read", "id")
        seller = self._lookups.reseller(actor, request.reseller, "tariffs.read")
        language = checked_language(request.language) if request.language else i18n.known(seller.language)
        spoken, now = words(language), self._room.clock.utcnow()
        gathered: dict[Terms, list[str]] = {}
        book = self._room.hot.prices.book
        countries = Countries(spoken)
        for number, price in enumerate(book.listing(tariff.id, now) if tariff.id in book else ()):
            if not price.blocked:
                gathered.setdefault(_terms(price, countries), []).append(price.prefix)
            if number % AT_ONCE == AT_ONCE - 1:
                yield None
        rows = tuple(PriceRow(*terms[:2], tuple(prefixes), *terms[2:]) for terms, prefixes in sorted(gathered.items()))
        content = PriceList(brand_of(self._room, seller), tariff.name, tariff.currency, tariff.decimals, now, seller.timezone, rows)
        if request.format == "csv":
            file = yield lambda: comma_separated(content)
            return Binary(f"prices-{tariff.id}.csv", "text/csv", file)
        if request.format == "xlsx":
            file = yield lambda: spreadsheet(content)
            return Binary(f"prices-{tariff.id}.xlsx", XLSX, file)
        paged = Poster(content) if request.format == "poster" else content
        file = yield lambda: drawn(self._room, paged, language, paper)
        return Binary(f"{'poster' if request.format == 'poster' else 'prices'}-{tariff.id}.pdf", PDF, file)


class Countries:
    """The name of the country that a prefix belongs to, in one language; "" where it is none's."""

    def __init__(self, spoken: Words) -> None:
        self._spoken = spoken
        self._known: dict[str, str] = {}

    def of(self, prefix: str) -> str:
        """By the longest country code (E.164) that the prefix begins with."""
        for length in (3, 2, 1):
            code = prefix[:length]
            if len(code) == length and self._name(code):
                return self._name(code)
        return ""

    def _name(self, code: str) -> str:
        found = self._known.get(code)
        if found is None:
            from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

            regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code.isdigit() else ()
            found = self._known[code] = self._spoken.country(regions[0]) if regions and regions[0].isalpha() else ""
        return found


def _terms(price: Price, countries: Countries) -> Terms:
    name = countries.of(price.prefix)
    return (
        name or price.destination,
        price.destination,
        price.price_micros,
        price.connection_fee_micros,
        price.first_increment,
        price.next_increment,
    )
