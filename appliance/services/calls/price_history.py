"""Prices for looking back: as the tariffs are now, as they were when a call ended, or as somebody wishes to change them.

Law: a book of its own over any connection, so that it may be read in a thread; tariffs are brought in when first asked for. Rates are never
edited, so what counted at a moment is known from when their sets were activated, ended and undone; what a tariff said of itself, and its
time bands, are taken back through the audit log.
"""

from __future__ import annotations

import json
from ast import literal_eval
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rate_deck import RateDeck, Row
from appliance.billing.rating import Terms
from appliance.billing.schedule import TimeBand
from appliance.money import Exchange
from appliance.services.ground.hot_prices import HotPrices
from appliance.store.nouns import Nouns
from appliance.store.rates import Rate
from appliance.store.tariffs import Tariff

FOR_EVER = 1 << 62
Spans = tuple[tuple[int, int], ...]  # moments between which a version counted


class PastDeck(RateDeck):
    """Every version that a tariff ever had; `match` finds what counted at `moment`, for a call that started at `at_ms`."""

    __slots__ = ("counted", "moment")

    def __init__(self, rates: Iterable[tuple[object, ...]], counted: dict[int, Spans]) -> None:
        super().__init__(rates)
        self.counted = counted
        self.moment = 0

    def match(self, number: str, band: str, at_ms: int) -> Row | None:
        """The version that counted for a number, or None."""
        moment, counted = self.moment, self.counted
        for length in self._lengths:
            if length > len(number):
                continue
            for row in self.versions(number[:length]):
                if (row.always or row.holds(band, at_ms)) and any(begin <= moment < end for begin, end in counted[row.id]):
                    return row
        return None


class PriceHistory:
    """`then`: prices as they were at the end of each call; else as they are now."""

    def __init__(self, tables: Nouns, *, then: bool = False) -> None:
        self._tables = tables
        self._then = then
        self._books: list[HotPrices] = []  # of each age of the tariffs' own settings
        self._begins: list[int] = []
        self._brought: set[int] = set()
        self._past: dict[int, PastDeck] = {}
        self._chains: dict[int, list[PastDeck]] = {}
        self._changes = _changes_of_tariffs(tables) if then else []
        self._bands = _changes_of_bands(tables) if then else []
        for begin in [0, *sorted({at for at, _, _ in (*self._changes, *self._bands)})]:
            self._begins.append(begin)
            prices = HotPrices(tables)
            prices.load_exchange()
            self._books.append(prices)

    @property
    def now(self) -> HotPrices:
        """The newest book, for changes to be tried in."""
        return self._books[-1]

    def bring(self, tariff_id: int) -> None:
        """Make a tariff and all under it ready."""
        if tariff_id in self._brought:
            return
        chain, at = [], self._tables.tariffs.get(tariff_id)
        while at is not None:
            chain.append(at)
            at = None if at.base_id is None else self._tables.tariffs.get(at.base_id)
        for row in reversed(chain):
            if row.id not in self._brought:
                self._brought.add(row.id)
                self._add(row)
        if self._then:
            self._chains[tariff_id] = [self._past[row.id] for row in chain]

    def terms(
        self, tariff_id: int, number: str, started_at: int, ended_at: int, currency: str, exchange: Exchange | None
    ) -> Terms | NoRate | Blocked:
        """What a tariff asks. `exchange` is the rate that was recorded; where it does not fit, that of the call's start is looked up."""
        self.bring(tariff_id)
        prices = self._at(tariff_id, ended_at)
        base = prices.book.get(tariff_id).currency
        if base != currency and (exchange is None or exchange.base != base or exchange.quote != currency):
            exchange = prices.exchange(base, currency, started_at)
        return prices.book.terms(tariff_id, number, started_at, currency, exchange)

    def on_net_terms(self, tariff_id: int, started_at: int, ended_at: int, currency: str) -> Terms | NoRate | None:
        """The terms of a call between endpoints."""
        self.bring(tariff_id)
        return self._at(tariff_id, ended_at).on_net_terms(tariff_id, currency, started_at)

    def _at(self, tariff_id: int, moment: int) -> HotPrices:
        if not self._then:
            return self._books[-1]
        for deck in self._chains[tariff_id]:
            deck.moment = moment
        return self._books[bisect_right(self._begins, moment) - 1]

    def _add(self, row: Tariff) -> None:
        if not self._then:
            self._books[-1].bring(row)
            return
        versions, counted = self._tables.rates.ever(row.id)
        deck = self._past[row.id] = PastDeck(map(_own_fields, versions), counted)
        for begin, prices in zip(self._begins, self._books, strict=True):
            said = row
            for at, tariff_id, before in reversed(self._changes):
                if at > begin and tariff_id == row.id:
                    said = said._replace(**before)
            if said.base_id is not None and said.base_id not in prices.book:
                self.bring(said.base_id)  # it hung elsewhere then
            bands = None
            for at, tariff_id, older in reversed(self._bands):
                if at > begin and tariff_id == row.id:
                    bands = older
            prices.bring(said, deck, bands)


def _changes_of_bands(tables: Nouns) -> list[tuple[int, int, tuple[TimeBand, ...]]]:
    """(moment, tariff, its time bands before) of every change there was, the oldest first."""
    found = []
    for row in tables.audit.changes_of("tariff", "tariffs.set_bands"):
        if row.object_id is not None:
            said = literal_eval(json.loads(row.before or "{}").get("bands", "[]"))
            found.append((row.at, row.object_id, tuple(TimeBand(*band) for band in said)))
    return found


def _own_fields(rate: Rate) -> tuple[object, ...]:
    return (rate.id, *rate[3:])


def _changes_of_tariffs(tables: Nouns) -> list[tuple[int, int, dict[str, Any]]]:
    """(moment, tariff, what it said before) of every change there was, the oldest first."""
    found = []
    for row in tables.audit.changes_of("tariff", "tariffs.update"):
        before = {name: value for name, value in json.loads(row.before or "{}").items() if name in Tariff._fields and name not in ("id", "version")}
        if before and row.object_id is not None:
            found.append((row.at, row.object_id, before))
    return found
