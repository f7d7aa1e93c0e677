"""Margin radar: which prices are below cost, or below the wished margin, and all of them mended in one step (product.md N6).

In every time band, for every tariff that is sold by. In steps: a big tariff is looked through a little at a time, and what is mended is
written as one set that counts from one short unit of work on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.billing.rate import Price
from appliance.errors import NotFound, UserError
from appliance.money import MICROS, UNITS, divide_up, format_amount, format_percent, parse_percent
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.prices.price_grid import Costs
from appliance.store.rates import NewRate, Rate
from appliance.store.tariffs import Tariff
from appliance.wire.margins import Margins, MarginsAsk, MarginsMend, ThinPrice, WrittenSet

LOOKED_AT = 100  # prefixes in one step
WRITTEN = 200  # rates in one unit of work
MOST_LISTED = 5_000
MOST_MARGIN_PPM = 990_000
SOURCE = "margin"
"""What the source of a mend's set is."""

Rows = list[Tariff]


class _Thin(NamedTuple):
    tariff: Tariff
    price: Price
    cost_micros: int
    cost_prefix: str
    cost_tariff: int
    mended_micros: int


Found = list[_Thin]


class MarginRadar:
    """`list` and `mend` are given in steps (services/ground/stepwise)."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    def list(self, actor: Actor, request: MarginsAsk) -> Steps[Margins]:
        """Those with the greatest loss first."""
        tariffs, margin = self._asked(actor, request, "costs.read")
        found, looked_at = yield from self._find(tariffs, margin)
        return self._view(found, looked_at, request.limit)

    def mend(self, actor: Actor, request: MarginsMend) -> Steps[Margins]:
        """New versions (overrides in a derived tariff) at cost plus the margin; a tariff's are one set, and can be found in its history."""
        tariffs, margin = self._asked(actor, request, "tariffs.write")
        self._asked(actor, request, "costs.read")
        found, looked_at = yield from self._find(tariffs, margin)
        if request.prefixes is not None:
            wanted = frozenset(request.prefixes)
            found = [each for each in found if each.price.prefix in wanted]
        sets = []
        for tariff in tariffs:
            thin = [each for each in found if each.tariff.id == tariff.id]
            if thin:
                set_id = yield from self._write(actor, tariff, thin)
                sets.append(WrittenSet(tariff.id, set_id))
        view = self._view(found, looked_at, request.limit)
        return Margins(view.found, view.losses, view.looked_at, view.prices, len(found), sets)

    def _asked(self, actor: Actor, request: MarginsAsk, permission: str) -> tuple[Rows, int]:
        margin = parse_percent(request.margin_percent, "margin_percent")
        if not 0 <= margin <= MOST_MARGIN_PPM:
            raise UserError("margin.out_of_range", field="margin_percent")
        if request.tariff is not None:
            tariff = self._lookups.tariff(actor, request.tariff, request.reseller, permission)
            if tariff.archived_at is not None or not self._access.may(actor, permission, tariff.reseller_id):
                raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)
            return [tariff], margin
        reseller = self._lookups.reseller(actor, request.reseller, permission)
        costs = {trunk.cost_tariff_id for trunk in self._store.trunks.list()}
        return [row for row in self._store.tariffs.list(reseller.id, special=True) if row.id not in costs], margin

    def _find(self, tariffs: Rows, margin: int) -> Steps[tuple[Found, int]]:
        found: Found = []
        looked_at = 0
        for tariff in tariffs:
            book = self._room.hot.prices.book
            if tariff.id not in book:
                continue
            prefixes = yield from _prefixes(book.deck(tariff.id).prefixes() if book.get(tariff.id).base_id is None else book.prefixes(tariff.id))
            for first in range(0, len(prefixes), LOOKED_AT):
                now = self._room.clock.utcnow()
                costs = Costs(self._room, tariff, now)
                for prefix in prefixes[first : first + LOOKED_AT]:
                    found += self._thin(tariff, prefix, margin, costs, now)
                looked_at += min(LOOKED_AT, len(prefixes) - first)
                yield None
        return found, looked_at

    def _thin(self, tariff: Tariff, prefix: str, margin: int, costs: Costs, now: int) -> Iterator[_Thin]:
        """This prefix in every band in which it has a price of its own."""
        book = self._room.hot.prices.book
        seen: set[int] = set()
        for price in book.in_bands(tariff.id, prefix, now):
            if price.blocked or price.rate_id in seen:
                continue
            seen.add(price.rate_id)
            cost = costs.of(price)
            if cost is None:
                continue
            least = divide_up(cost[0] * MICROS, MICROS - margin)
            if price.price_micros < least:
                unit = UNITS[tariff.decimals]
                yield _Thin(tariff, price, cost[0], cost[1], cost[2], divide_up(least, unit) * unit)

    def _write(self, actor: Actor, tariff: Tariff, thin: Found) -> Steps[int]:
        """One set, inactive until its last unit of work; its number."""
        rates, changes = self._store.rates, self._room.changes
        with changes.unit():
            set_id = rates.open_set(tariff.id, SOURCE, self._room.clock.utcnow(), actor.operator_id)
        for first in range(0, len(thin), WRITTEN):
            with changes.unit():
                new, ended = [], []
                for each in thin[first : first + WRITTEN]:
                    before = self._own(tariff, each.price)
                    if before is not None:
                        ended.append(before.id)
                        new.append(NewRate(*before[3:])._replace(price_micros=each.mended_micros))
                    else:
                        new.append(NewRate(each.price.prefix, price_micros=each.mended_micros, band=each.price.band))
                rates.add(set_id, tariff.id, new)
                rates.withdraw(set_id, ended)
            yield None
        with changes.unit():
            rates.activate(set_id, self._room.clock.utcnow())
            self._audit.noted(actor, "margins.mend", "tariff", tariff.id, rate_set=set_id, prices=len(thin))
            changes.note("rate", tariff.id)
        return set_id

    def _own(self, tariff: Tariff, price: Price) -> Rate | None:
        """The tariff's own version that made a price."""
        own = price.steps[-1].rate_id
        return next((rate for rate in self._store.rates.at_prefix(tariff.id, price.prefix) if rate.id == own), None)

    def _view(self, found: Found, looked_at: int, limit: int) -> Margins:
        book = self._room.hot.prices.book
        ranked = sorted(found, key=lambda each: (each.price.price_micros - each.cost_micros, each.price.prefix))
        prices = []
        for each in ranked[: max(1, min(limit, MOST_LISTED))]:
            price = each.price
            margin = price.price_micros - each.cost_micros
            prices.append(
                ThinPrice(
                    tariff=each.tariff.name,
                    tariff_id=each.tariff.id,
                    prefix=price.prefix,
                    destination=price.destination,
                    band=price.band,
                    price=format_amount(price.price_micros),
                    cost=format_amount(each.cost_micros),
                    cost_by=book.get(each.cost_tariff).name,
                    cost_prefix=each.cost_prefix,
                    margin_percent=format_percent(margin * MICROS // price.price_micros // 100 * 100) if price.price_micros else None,
                    loss=margin < 0,
                    mended=format_amount(each.mended_micros),
                )
            )
        losses = sum(each.price.price_micros < each.cost_micros for each in found)
        return Margins(len(found), losses, looked_at, prices)


def _prefixes(found: Iterator[str] | set[str]) -> Steps[list[str]]:
    """In order; sorting a great list is left to another thread."""
    taken = list(found)
    ordered: list[str] = yield lambda: sorted(taken)
    return ordered
