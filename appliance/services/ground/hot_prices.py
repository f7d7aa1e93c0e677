"""Prices in memory: the book of tariffs, exchange rates by date, and routes by longest prefix. Derived from the store."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rate_deck import RateDeck
from appliance.billing.rating import Terms
from appliance.billing.schedule import TimeBand
from appliance.billing.tariff import Tariff, TariffBook
from appliance.money import Exchange, exchange, through
from appliance.store import tariffs as stored
from appliance.store.nouns import Nouns
from appliance.store.rates import Rate

PIVOT = "EUR"
"""The currency that two others meet in where no rate leads straight from one to the other (the ECB's base)."""


FEW_RATES = 2_000
"""Rates of one set that are taken over one by one; more, and the whole tariff is read again."""


class HotPrices:
    """Filled by `load`; `changed` by the kinds tariff, rate (ids are tariffs') and exchange_rate."""

    def __init__(self, store: Nouns) -> None:
        self._store = store
        self.book = TariffBook()
        self._dated: dict[tuple[str, str], tuple[list[str], list[Exchange]]] = {}
        self._offered: dict[int, tuple[RateDeck, int, int]] = {}
        self.mark: Callable[[], int] = lambda: 0
        """How many notes the open unit has: what is offered is noted after."""
        self._held: dict[int, frozenset[int]] = {}  # sets of rates that the book holds, by tariff

    def load(self) -> None:
        """Everything, from the store."""
        self.book = TariffBook()
        self._held = {}
        rows = list(self._store.tariffs.list(archived=True, special=True))
        self._put(rows)
        for row in rows:
            self._load_rates(row.id)
        self._load_exchange()

    def load_exchange(self) -> None:
        """The rates of exchange alone; tariffs come by `bring`."""
        self._load_exchange()

    def bring(self, row: stored.Tariff, deck: RateDeck | None = None, bands: tuple[TimeBand, ...] | None = None) -> None:
        """One tariff after its base, with the rates and time bands that count now or those given."""
        self.book.put(self._tariff(row, bands))
        if deck is not None:
            self.book.use_deck(row.id, deck)
        else:
            self._load_rates(row.id)

    def offer(self, tariff_id: int, deck: RateDeck, edition: int) -> None:
        """A deck that was built beside an open unit: swapped in after its commit, if the tariff's rates are of that edition then."""
        self._offered[tariff_id] = (deck, edition, self.mark())

    def withdraw(self) -> None:
        """What was written last was undone: no deck that was built beside it is swapped in, though the same edition comes again."""
        mark = self.mark()
        self._offered = {tariff: each for tariff, each in self._offered.items() if each[2] < mark}

    def changed(self, kind: str, ids: Sequence[int]) -> None:
        """Read again what a change names."""
        if kind == "exchange_rate":
            self._load_exchange()
        elif kind == "rate" and ids:
            for tariff_id in ids:
                if tariff_id in self.book:
                    self._load_rates(tariff_id)
        elif kind in ("tariff", "rate"):
            if not ids:
                self.load()
                return
            new = [identity for identity in ids if identity not in self.book]
            self._put([row for row in map(self._store.tariffs.get, ids) if row is not None])
            for identity in new:
                self._load_rates(identity)

    def terms(self, tariff_id: int, number: str, currency: str, at: int) -> Terms | NoRate | Blocked:
        """What a tariff asks for a number, for an account in `currency`, of a call that starts at that moment."""
        base = self.book.currency(tariff_id)
        exchange = None if base is None or base == currency else self.exchange(base, currency, at)
        return self.book.terms(tariff_id, number, at, currency, exchange)

    def on_net_terms(self, tariff_id: int, currency: str, at: int) -> Terms | NoRate | None:
        """The terms of a call between endpoints; None where the tariff has no price for them."""
        if tariff_id not in self.book:
            return None
        base = self.book.get(tariff_id).currency
        return self.book.on_net_terms(tariff_id, currency, None if base == currency else self.exchange(base, currency, at))

    def incoming_terms(self, tariff_id: int, micros: int, currency: str) -> Terms | NoRate:
        """The terms of a call to an incoming number with a price, typed in the currency of the account that pays."""
        return self.book.incoming_terms(tariff_id, micros, currency) if tariff_id in self.book else NoRate(tariff_id)

    def exchange(self, base: str, quote: str, at: int) -> Exchange | None:
        """The rate from one currency to another at a moment (UTC ms): straight, the other way round, or by way of the euro."""
        day = datetime.fromtimestamp(at // 1000, UTC).date().isoformat()
        found = self._straight(base, quote, day)
        if found is None and PIVOT not in (base, quote):
            first, second = self._straight(base, PIVOT, day), self._straight(PIVOT, quote, day)
            found = through(first, second) if first is not None and second is not None else None
        return found

    def _straight(self, base: str, quote: str, day: str) -> Exchange | None:
        there, back = self._newest(base, quote, day), self._newest(quote, base, day)
        if back is not None and (there is None or back.valid_on > there.valid_on):
            return back.inverse()
        return there

    def _newest(self, base: str, quote: str, day: str) -> Exchange | None:
        days, rates = self._dated.get((base, quote), ((), ()))
        index = bisect_right(days, day)
        return rates[index - 1] if index else None

    def _load_exchange(self) -> None:
        self._dated = {}
        for row in self._store.exchange_rates.list():
            days, rates = self._dated.setdefault((row.base, row.quote), ([], []))
            days.append(row.valid_on)
            rates.append(exchange(row.base, row.quote, row.rate, row.valid_on, row.source))

    def _load_rates(self, tariff_id: int) -> None:
        deck, edition, _mark = self._offered.pop(tariff_id, (None, 0, 0))
        before, now = self._held.get(tariff_id), self._store.rates.counting(tariff_id)
        self._held[tariff_id] = now
        if deck is not None and self._store.rates.edition(tariff_id) == edition:
            self.book.use_deck(tariff_id, deck)
        elif before is None or not before < now or len(now) != len(before) + 1 or not self._follow_set(tariff_id, *(now - before)):
            self.book.set_rates(tariff_id, map(_rate, self._store.rates.active(tariff_id)))

    def _follow_set(self, tariff_id: int, newest: int) -> bool:
        """Take over the one small set that was activated: a great tariff is not read again for a price that was typed."""
        rates = self._store.rates
        if sum(rates.sizes(newest)) > FEW_RATES:
            return False
        self.book.remove_rates(tariff_id, rates.withdrawn(newest))
        self.book.add_rates(tariff_id, map(_rate, rates.of_set(newest, 0, FEW_RATES)))
        return True

    def _put(self, rows: Iterable[stored.Tariff]) -> None:
        """Bases before what is derived from them."""
        waiting = list(rows)
        while waiting:
            ids = {row.id for row in waiting}
            ready = [row for row in waiting if row.base_id is None or row.base_id not in ids or row.base_id == row.id]
            for row in ready:
                self.book.put(self._tariff(row))
            waiting = [row for row in waiting if row not in ready] if ready else []

    def _tariff(self, row: stored.Tariff, bands: tuple[TimeBand, ...] | None = None) -> Tariff:
        if bands is None:
            bands = tuple(TimeBand(band.name, band.weekday, band.from_minute, band.until_minute) for band in self._store.tariffs.bands(row.id))
        return Tariff(
            row.id,
            row.name,
            row.currency,
            row.reseller_id,
            row.decimals,
            row.rounding,
            row.duration_rounding,
            row.increment_style,
            _zone(row.timezone),
            row.band_rule,
            row.base_id,
            row.markup_ppm,
            row.surcharge_micros,
            row.price_rounding,
            bool(row.loss_guard),
            row.on_net_price_micros,
            bands,
        )


def _rate(row: Rate) -> tuple[object, ...]:
    """A stored rate in the order that the book takes."""
    return (row.id, *row[3:])


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
