"""What a change of a tariff would have meant for the calls of the last days, before it is saved (product.md N5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from appliance.billing.tariff import TariffBook
from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.services.calls.price_history import PriceHistory
from appliance.services.calls.recalculation import Recalculation
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.prices.price_changes import rule_of
from appliance.services.prices.price_changes import tried as by_percent
from appliance.services.prices.rates import Rates
from appliance.services.prices.tariffs import FIELDS
from appliance.store.call_search import Wanted
from appliance.store.corrections import Charged
from appliance.store.nouns import Nouns
from appliance.store.rates import NewRate
from appliance.wire.corrections import WhatIf, WhatIfView

DAY_MS = 86_400_000
MOST_DAYS = 366
SETTINGS = (
    "markup_percent", "surcharge_per_minute", "rounding", "decimals", "price_rounding", "duration_rounding", "increment_style",
)  # fmt: skip


class WhatIfs:
    """`try_out` gives a `Reading`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, rates: Rates) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._rates = rates

    def try_out(self, actor: Actor, request: WhatIf) -> Reading:
        """All charges by the tariff or one that derives from it, priced again; those of tariffs beyond the actor's reach are left out."""
        row = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.write")
        self._access.need(actor, "tariffs.write", row.reseller_id, what="tariff")
        if not 1 <= request.days <= MOST_DAYS:
            raise UserError("field.out_of_range", field="days", least=1, most=MOST_DAYS)
        changed = {}
        for field, column, convert in FIELDS:
            value = getattr(request, field, None) if field in SETTINGS else None
            if value is not None:
                changed[column] = convert(value, field)
        if row.base_id is None and (changed.get("markup_ppm") or changed.get("surcharge_micros")):
            raise UserError("tariff.no_base_to_mark_up", field="markup_percent")
        now = self._room.clock.utcnow()
        new, ended = self._rates.tried(row, request.rates)
        percent = request.percent
        if percent is not None:
            rule_of(percent)
        elif not new and not changed:
            raise UserError("what_if.nothing", field="rates")
        since = now - request.days * DAY_MS
        reach = self._access.reach(actor, "calls.read")

        def run(tables: Nouns) -> WhatIfView:
            history = PriceHistory(tables)
            derived = _family(tables, row.id)
            for each in derived:
                history.bring(each)
            book = history.now.book
            if changed:
                book.put(dataclasses.replace(book.get(row.id), **changed))  # type: ignore[arg-type]  # columns have the names of its fields
            _lay_over(book, row.id, new, ended)
            if percent is not None:
                _lay_over(book, row.id, *by_percent(book, row.id, percent, now))

            def tariff_of(charged: Charged) -> int | None:
                return charged.tariff_id if charged.tariff_id in derived and (reach is None or charged.seller_id in reach) else None

            again = Recalculation(tables, history, tariff_of)
            for _ in again.over(tables.corrections.charged(tables.call_search.sources(Wanted(from_at=since, until_at=now + 1)))):
                pass
            return WhatIfView(row.name, rfc3339(since), again.difference())

        return Reading(run)


def _family(tables: Nouns, tariff_id: int) -> set[int]:
    """The tariff and all that derive from it, special rates too."""
    children: dict[int, list[int]] = {}
    for each in tables.tariffs.list(archived=True, special=True):
        if each.base_id is not None:
            children.setdefault(each.base_id, []).append(each.id)
    found, waiting = {tariff_id}, [tariff_id]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _lay_over(book: TariffBook, tariff_id: int, new: Sequence[NewRate], ended: Sequence[tuple[str, int]]) -> None:
    if new:
        deck = book.deck(tariff_id).copy()
        deck.remove(ended)
        deck.add((-number, *rate) for number, rate in enumerate(new, 1))
        book.use_deck(tariff_id, deck)
