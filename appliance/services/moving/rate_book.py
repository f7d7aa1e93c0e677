"""The rates of another system's tariffs as rate decks, so that they come in by the same door as any carrier's list."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from appliance.money import format_amount
from appliance.services.moving.book import Book, Place
from appliance.services.moving.records import OldTariff
from appliance.services.moving.values import clean

COLUMNS = ("prefix", "destination", "price", "connection_fee", "first_increment", "next_increment", "free_seconds")
"""The columns of a deck, in their order, by the fields of `decks`."""

LONGEST_PREFIX = 18


class OldRate(NamedTuple):
    """One price: micros a minute and a call, seconds of the first and the next step, seconds that are not charged."""

    prefix: str
    destination: str
    price: int
    connection_fee: int
    first: int
    next: int
    free: int = 0


class RateBook:
    """Decks by the key of their tariff. `style`: how increments add up, as in a tariff (first-next or total)."""

    def __init__(self, book: Book, style: str) -> None:
        self._book = book
        self.style = style
        self._decks: dict[str, io.StringIO] = {}
        self._prefixes: dict[str, set[str]] = {}
        self._tariffs: dict[str, OldTariff] = {}
        self._names: set[str] = set()

    def tariff(self, key: str, name: str) -> None:
        """A tariff, empty at first; its name is made nobody else's."""
        if key in self._tariffs:
            return
        wanted = plain = clean(name) or f"tariff {key}"
        number = 2
        while wanted in self._names:
            wanted, number = f"{plain} ({number})", number + 1
        self._names.add(wanted)
        self._tariffs[key] = OldTariff(key, wanted)
        self._book.gathered.tariffs.append(self._tariffs[key])
        self._prefixes[key] = set()
        self._decks[key] = io.StringIO()
        self._line(key, COLUMNS)

    def has(self, key: str) -> bool:
        """Whether there is such a tariff."""
        return key in self._tariffs

    def rate(self, place: Place, key: str, rate: OldRate) -> None:
        """Taken where its tariff is known and its prefix is digits and stands there once."""
        if key not in self._tariffs:
            self._book.refuse(place, "move.no_tariff", tariff=key[:64])
        elif not (rate.prefix.isascii() and rate.prefix.isdigit() and len(rate.prefix) <= LONGEST_PREFIX):
            self._book.refuse(place, "move.prefix", prefix=rate.prefix[:64])
        elif rate.prefix in self._prefixes[key]:
            self._book.refuse(place, "move.prefix_twice", prefix=rate.prefix, tariff=self._tariffs[key].name)
        elif rate.price < 0 or rate.connection_fee < 0:
            self._book.refuse(place, "move.amount", text=format_amount(min(rate.price, rate.connection_fee)))
        else:
            self._prefixes[key].add(rate.prefix)
            self._tariffs[key].rates += 1
            first, following = max(1, rate.first), max(1, rate.next)
            amounts = (format_amount(rate.price), format_amount(rate.connection_fee))
            self._line(key, (rate.prefix, clean(rate.destination, 100) or rate.prefix, *amounts, first, following, max(0, rate.free)))

    def deck(self, key: str) -> bytes:
        """The rates of a tariff as CSV in UTF-8; b"" where it has none."""
        return self._decks[key].getvalue().encode() if self._tariffs[key].rates else b""

    def _line(self, key: str, cells: tuple[object, ...]) -> None:
        csv.writer(self._decks[key], delimiter=";", lineterminator="\n").writerow(cells)
