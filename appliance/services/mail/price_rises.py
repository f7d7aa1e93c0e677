"""Customers are told of dearer prices before they count (product.md S13): once a rate, so many days ahead.

Law: a rise is what a call to the prefix will cost more than now by the tariff that the customer pays, whatever tariff the rate stands in.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.billing.rate import Price
from appliance.services.ground.room import Room
from appliance.services.mail.letters import Letters
from appliance.services.mail.messages import Messages
from appliance.store.customers import Customer
from appliance.store.letters import Rise
from appliance.store.tariffs import Tariff
from appliance.words import Words

DAY_MS = 86_400_000
EACH_STEP = 200
"""Rates that are looked at in one step."""

MOST_LISTED = 100
"""Prices that one e-mail names; of more it tells how many."""

Found = dict[tuple[int, int], list[tuple[str, str, int, int]]]
"""By tariff and moment: prefix, destination, price now and then."""


class PriceRises:
    """`step` is the job; a look at everything is begun once a day, and goes on a little each time."""

    def __init__(self, room: Room, letters: Letters, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._letters = letters
        self._messages = messages
        self._work: Iterator[None] | None = None
        self._next_at = 0

    def step(self) -> None:
        """Go on where the last step ended."""
        days = int(self._room.settings.get("mail.price_rise_days", 0))
        now = self._room.clock.utcnow()
        if self._work is None:
            if not days or now < self._next_at:
                return
            self._next_at = now + DAY_MS // 24
            self._work = self._look(now, now + days * DAY_MS)
        if next(self._work, self) is self:
            self._work = None

    def _look(self, now: int, until: int) -> Iterator[None]:
        paying: dict[int, list[Customer]] = {}
        special = self._room.hot.allowances.special
        for customer in list(self._store.customers.list()):
            paying.setdefault(special.get(customer.id, customer.tariff_id), []).append(customer)
        found: Found = {}
        for count, rise in enumerate(list(self._store.letters.coming(now, until)), 1):
            for tariff in self._below(rise.tariff_id):
                if tariff in paying and not self._store.letters.told(tariff, rise.prefix, rise.from_at):
                    self._compare(tariff, rise, now, found)
            if count % EACH_STEP == 0:
                yield
        for (tariff, from_at), lines in found.items():
            self._room.changes.begin()
            with self._room.changes.unit():
                self._tell(tariff, from_at, lines, paying[tariff])
            yield

    def _below(self, tariff_id: int) -> Iterator[int]:
        """A tariff and all that are derived from it."""
        book = self._room.hot.prices.book
        if tariff_id in book:
            yield tariff_id
            for each in book.derived_from(tariff_id):
                yield from self._below(each)

    def _compare(self, tariff: int, rise: Rise, now: int, found: Found) -> None:
        book = self._room.hot.prices.book
        before, after = book.price(tariff, rise.prefix, now), book.price(tariff, rise.prefix, rise.from_at)
        if isinstance(before, Price) and isinstance(after, Price) and after.price_micros > before.price_micros:
            lines = found.setdefault((tariff, rise.from_at), [])
            if all(line[0] != rise.prefix for line in lines[-3:]):
                lines.append((rise.prefix, after.destination or before.destination, before.price_micros, after.price_micros))

    def _tell(self, tariff_id: int, from_at: int, lines: list[tuple[str, str, int, int]], customers: list[Customer]) -> None:
        tariff = self._store.tariffs.get(tariff_id)
        assert tariff is not None  # customers pay by it
        groups: dict[tuple[int, str, str], list[int]] = {}
        for row in customers:
            reseller = self._store.resellers.get(row.reseller_id)
            assert reseller is not None  # foreign key
            groups.setdefault((row.reseller_id, self._messages.language_of(row, reseller), row.timezone or reseller.timezone), []).append(row.id)
        letter = 0
        for (reseller_id, spoken, timezone), ids in groups.items():
            words = Words(spoken)
            values = {"from": words.day(from_at, timezone), "count": words.count(len(lines)), "prices": _listed(words, tariff, lines)}
            subject = self._messages.template_of(reseller_id, "price_rise", spoken).subject
            letter = self._letters.write("", "price_rise", reseller_id, "price_rise", subject, {"values": values}, ids)
        for prefix, _destination, _before, _after in lines:
            if not self._store.letters.told(tariff_id, prefix, from_at):
                self._store.letters.tell(tariff_id, prefix, from_at, letter)


def _listed(words: Words, tariff: Tariff, lines: list[tuple[str, str, int, int]]) -> str:
    said = [
        words._(
            "{destination} (+{prefix}): {before} now, {after} then",
            destination=destination,
            prefix=prefix,
            before=words.money(before, tariff.currency),
            after=words.money(after, tariff.currency),
        )
        for prefix, destination, before, after in lines[:MOST_LISTED]
    ]
    if len(lines) > MOST_LISTED:
        said.append(words.plural("and {n} more price", "and {n} more prices", len(lines) - MOST_LISTED))
    return "\n".join(said)
