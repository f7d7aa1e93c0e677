"""A tariff's prices page by page, each beside what it costs: the grid in which people change prices.

Reads the book that calls are rated by, and sorts nothing at a page: every deck keeps its prefixes in order.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from appliance.billing.rate import Price
from appliance.billing.tariff import TariffBook
from appliance.errors import UserError
from appliance.money import format_amount, format_percent, parse_percent
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.tariffs import Tariff
from appliance.wire.rates import GridPage, GridRequest, GridRow

MOST = 500
MOST_SCANNED = 2_000  # prefixes looked at for one page that shows only some
MOST_BELOW = 300  # dearer costs are sought among so many longer prefixes
PPM = 1_000_000
ONLY = ("", "overridden", "loss", "thin")
LAST_SIGN = ":"  # sorts after every digit


class PriceGrid:
    """`page` is the only question."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._room = room
        self._access = access
        self._lookups = lookups

    def page(self, actor: Actor, request: GridRequest) -> GridPage:
        """From after a prefix."""
        tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.read")
        check_only(request.only)
        thin_ppm = parse_percent(request.thin_percent, "thin_percent")
        book, now = self._room.hot.prices.book, self._room.clock.utcnow()
        if tariff.id not in book:
            return GridPage([], tariff.currency)
        costs = Costs(self._room, tariff, now) if self._access.may(actor, "costs.read", tariff.reseller_id) else None
        wanted = request.search.strip().lower()
        found = Prefixes(book, tariff.id, wanted, request.only == "overridden", now)
        most = max(1, min(request.limit, MOST))
        rows: list[GridRow] = []
        last = ""
        for scanned, prefix in enumerate(found.after(request.after), 1):
            price = book.exact(tariff.id, prefix, now)
            if price is not None and found.fits(price):
                row = row_of(price, book, costs, now)
                if shown(row, request.only, thin_ppm):
                    if len(rows) == most:
                        break
                    rows.append(row)
            last = prefix
            if scanned >= MOST_SCANNED and request.only in ("loss", "thin"):
                break
        else:
            last = ""
        return GridPage(rows, tariff.currency, last, found.total() if request.only in ("", "overridden") else None)


class Prefixes:
    """The prefixes of a tariff and all under it that a search may mean, in order."""

    def __init__(self, book: TariffBook, tariff_id: int, wanted: str, own: bool, now: int) -> None:
        self._wanted = wanted
        self._digits = wanted.removeprefix("+")
        if not self._digits.isdigit():
            self._digits = ""
        chain = book.chain(tariff_id)
        self._decks = [book.deck(each) for each in (chain[:1] if own and len(chain) > 1 else chain)]
        self._named: list[str] | None = None
        if wanted and not self._digits and own and len(chain) > 1:
            self._named = sorted(prefix for prefix in self._decks[0].prefixes() if self._says(book, tariff_id, prefix, now))
        elif wanted and not self._digits:
            found = {prefix for deck in self._decks[:-1] for prefix in deck.named(wanted, unnamed=True) if self._says(book, tariff_id, prefix, now)}
            self._named = sorted(found.union(self._decks[-1].named(wanted)))

    def _says(self, book: TariffBook, tariff_id: int, prefix: str, now: int) -> bool:
        """Whether a prefix of a derived tariff has a name that fits, its own or its base's."""
        price = book.exact(tariff_id, prefix, now)
        return price is not None and self.fits(price)

    def after(self, prefix: str) -> Iterator[str]:
        """Each once, from after that one."""
        if self._named is not None:
            return iter(self._named[bisect_right(self._named, prefix) if prefix else 0 :])
        return self._in_order(prefix)

    def _in_order(self, after: str) -> Iterator[str]:
        lists = [deck.ordered() for deck in self._decks]
        if self._digits:
            shorter = [self._digits[:length] for length in range(len(self._digits))]
            for each in shorter:
                if (each > after or not after) and any(each in deck for deck in self._decks):
                    yield each
        parts: list[Iterable[str]] = []
        for ordered in lists:
            start, end = 0, len(ordered)
            if self._digits:
                start, end = bisect_left(ordered, self._digits), bisect_left(ordered, self._digits + LAST_SIGN)
            if after:
                start = max(start, bisect_right(ordered, after))
            parts.append(islice(ordered, start, end) if start else ordered if end == len(ordered) else islice(ordered, end))
        before = None
        for prefix in heapq.merge(*parts) if len(parts) > 1 else parts[0]:
            if prefix != before:
                before = prefix
                yield prefix

    def fits(self, price: Price) -> bool:
        """A destination's name may be another in a derived tariff."""
        return not self._wanted or bool(self._digits) or self._wanted in price.destination.lower()

    def total(self) -> int:
        """How many there are, valid now or not."""
        if self._named is not None:
            return len(self._named)
        if self._digits:
            return sum(1 for _ in self._in_order(""))
        largest = max(self._decks, key=len)
        return len(largest) + len({prefix for deck in self._decks if deck is not largest for prefix in deck.prefixes() if prefix not in largest})


class Costs:
    """What a prefix costs us: by what the reseller buys by, or by the trunks that its routes name."""

    def __init__(self, room: Room, tariff: Tariff, now: int) -> None:
        self._hot = room.hot
        self._book = room.hot.prices.book
        self._tariff = tariff
        self._now = now
        self._chain = set(self._book.chain(tariff.id))
        owner = self._hot.resellers.get(tariff.reseller_id)
        self._buying = None if owner is None or owner.parent_id is None else owner.tariff_id
        self._resellers = () if owner is None else self._hot.chain(owner.id)

    def of(self, price: Price) -> tuple[int, str, int] | None:
        """(micros in the tariff's currency, prefix, cost tariff) of the dearest that this price must carry."""
        if self._buying is not None:
            return None if self._buying == self._tariff.id else self._dearest(self._buying, price)
        route = self._hot.routes.match(self._resellers, price.prefix)
        if route is None:
            return None
        found: list[tuple[int, str, int]] = []
        for step in route.steps:
            trunk = self._hot.trunks.get(step.trunk_id)
            if trunk is None or trunk.disabled or trunk.cost_tariff_id is None or trunk.cost_tariff_id == self._tariff.id:
                continue
            cost = self._dearest(trunk.cost_tariff_id, price)
            if cost is not None:
                found.append(cost)
        if not found:
            return None
        return min(found) if route.order == "cost" else max(found) if route.order == "weight" else found[0]

    def _dearest(self, cost_tariff: int, price: Price) -> tuple[int, str, int] | None:
        found = self._book.price(cost_tariff, price.prefix, self._now)
        best = None if not isinstance(found, Price) else (found.price_micros, found.prefix)
        if cost_tariff not in self._chain:  # else every longer cost has a price of its own
            for longer in self._below(cost_tariff, price.prefix):
                other = self._book.exact(cost_tariff, longer, self._now)
                if other is not None and not other.blocked and (best is None or other.price_micros > best[0]):
                    best = (other.price_micros, longer)
        if best is None:
            return None
        micros = self._exchanged(cost_tariff, best[0])
        return None if micros is None else (micros, best[1], cost_tariff)

    def _below(self, cost_tariff: int, prefix: str) -> Iterator[str]:
        """Longer prefixes that have a cost, but no price of their own before this one."""
        for each in self._book.chain(cost_tariff):
            ordered = self._book.deck(each).ordered()
            start, end = bisect_right(ordered, prefix), bisect_left(ordered, prefix + LAST_SIGN)
            for longer in islice(ordered, start, min(end, start + MOST_BELOW)):
                sold = self._book.price(self._tariff.id, longer, self._now)
                if isinstance(sold, Price) and sold.prefix == prefix:
                    yield longer

    def _exchanged(self, cost_tariff: int, micros: int) -> int | None:
        currency = self._book.get(cost_tariff).currency
        if currency == self._tariff.currency:
            return micros
        exchange = self._hot.prices.exchange(currency, self._tariff.currency, self._now)
        return None if exchange is None else exchange.convert(micros)


def check_only(only: str) -> None:
    """UserError field.not_a_choice."""
    if only not in ONLY:
        raise UserError("field.not_a_choice", field="only", choices=" ".join(ONLY[1:]))


def row_of(price: Price, book: TariffBook, costs: Costs | None, now: int) -> GridRow:
    """A price as the grid shows it; without `costs` it says nothing of its margin."""
    cost = None if costs is None or price.blocked else costs.of(price)
    margin = None if cost is None else price.price_micros - cost[0]
    inherited = book.inherited(price.tariff_id, price.prefix, now) if price.override else None
    coming = _coming(price, book, now)
    return GridRow(
        prefix=price.prefix,
        destination=price.destination,
        price_per_minute=format_amount(price.price_micros),
        connection_fee=format_amount(price.connection_fee_micros),
        first_increment=price.first_increment,
        next_increment=price.next_increment,
        minimum_seconds=price.minimum_seconds,
        band=price.band,
        blocked=bool(price.blocked),
        valid_from=stamp(price.valid_from_at),
        overridden=price.override,
        inherited_price=None if inherited is None else format_amount(inherited.price_micros),
        cost=None if cost is None else format_amount(cost[0]),
        cost_by=None if cost is None else book.get(cost[2]).name,
        cost_prefix=None if cost is None else cost[1],
        margin=None if margin is None else format_amount(margin),
        margin_percent=None if margin is None or not price.price_micros else format_percent(margin * PPM // price.price_micros // 100 * 100),
        loss=margin is not None and margin < 0,
        coming_price=None if coming is None else format_amount(coming[0]),
        coming_at=None if coming is None else stamp(coming[1]),
    )


def _coming(price: Price, book: TariffBook, now: int) -> tuple[int, int] | None:
    """The next price that is known already, and when it begins."""
    moments = [
        row.profile.valid_from_at
        for each in book.chain(price.tariff_id)
        for row in book.deck(each).versions(price.prefix)
        if row.profile.valid_from_at is not None and row.profile.valid_from_at > now
    ]
    if not moments:
        return None
    at = min(moments)
    then = book.exact(price.tariff_id, price.prefix, at)
    return None if then is None or then.price_micros == price.price_micros else (then.price_micros, at)


def shown(row: GridRow, only: str, thin_ppm: int) -> bool:
    """Whether a grid that is narrowed to `only` shows it."""
    if only == "overridden":
        return row.overridden
    if only == "loss":
        return row.loss
    if only == "thin":
        return row.margin_percent is not None and parse_percent(row.margin_percent) < thin_ppm
    return True
