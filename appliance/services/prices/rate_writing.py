"""Versions of rates written a chunk a unit of work into a set that does not count, and made to count by one short write.

The law of this file: nothing counts before `activate`, and then all of it. The memory that calls are rated by is built beside
and swapped after that write's commit. Whoever changed the tariff's rates meanwhile wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from appliance.billing.rate_deck import RateDeck
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.services.prices.price_desk import Work
from appliance.store.rates import NewRate
from appliance.wire import codec

FEWEST, MOST = 120, 1000  # versions written, or ended, in one unit of work: fewer would only make more commits
UNIT_SECONDS = 0.006  # what a unit is to take on this disk and beside what else runs: more, and the next is smaller

Chunk = bytes | list[Any]
"""Of versions, or of (prefix, rate id) of those that end; JSON as it came from the process that read a file, or as it is."""


class RateWriting:
    """`write` in steps, which say through `work` how far they are and end where somebody stops it; then `activate` in a unit of work."""

    def __init__(self, room: Room, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit

    def write(
        self, work: Work, tariff_id: int, set_id: int, basis: RateDeck, new: Iterable[Chunk], ended: Iterable[Chunk], total: int
    ) -> Steps[RateDeck]:
        """Versions and endings, `total` of them; the deck of afterwards, built beside `basis`."""
        rates = self._store.rates
        work.at("writing", 0, total)
        deck: RateDeck = yield basis.copy
        pace, clock = Pace(FEWEST, MOST, UNIT_SECONDS), self._room.clock
        for written in new:
            versions: list[NewRate] = yield partial(_versions, written)
            done = 0
            while done < len(versions):
                begun, part = clock.monotonic(), versions[done : done + pace.count]
                with self._room.changes.unit():
                    rates.add(set_id, tariff_id, part)
                    first = rates.last_id() - len(part) + 1
                done += len(part)
                pace.took(len(part), clock.monotonic() - begun)
                work.at("writing", min(work.done + len(part), total), total)
                yield partial(_add, deck, part, first)
        for ending in ended:
            gone: list[tuple[str, int]] = yield partial(_decoded, ending)
            done = 0
            while done < len(gone):
                begun, these = clock.monotonic(), gone[done : done + pace.count]
                with self._room.changes.unit():
                    rates.withdraw(set_id, (rate_id for _, rate_id in these))
                done += len(these)
                pace.took(len(these), clock.monotonic() - begun)
                work.at("writing", min(work.done + len(these), total), total)
                yield partial(deck.remove, these)
        work.at("activating")
        yield deck.ordered
        work.at("activating")
        return deck

    def sizes(self, set_id: int) -> tuple[int, int]:
        """How much was written and ended: for another thread, since it is all durable by then."""
        with self._store.reader() as tables:
            return tables.rates.sizes(set_id)

    def same(self, tariff_id: int, basis: RateDeck, edition: int) -> bool:
        """Whether a tariff's rates are still those that were read."""
        return self._room.hot.prices.book.deck(tariff_id) is basis and self._store.rates.edition(tariff_id) == edition

    def activate(self, actor: Actor, operation: str, tariff_id: int, set_id: int, deck: RateDeck, sizes: tuple[int, int]) -> None:
        """The one short write."""
        rates = self._store.rates
        rates.activate(set_id, self._room.clock.utcnow())
        self._room.hot.prices.offer(tariff_id, deck, rates.edition(tariff_id))
        written, ended = sizes
        self._audit.noted(actor, operation, "tariff", tariff_id, rate_set=set_id, written=written, ended=ended)
        self._room.changes.note("rate", tariff_id)


def _versions(chunk: Chunk) -> list[NewRate]:
    """As the store takes them: the same fields in the same order."""
    return list(map(NewRate._make, _decoded(chunk)))


def _add(deck: RateDeck, versions: list[NewRate], first: int) -> None:
    deck.add((number, *version) for number, version in enumerate(versions, first))


def _decoded(chunk: Chunk) -> list[Any]:
    return codec.decode(chunk, list) if isinstance(chunk, bytes) else chunk
