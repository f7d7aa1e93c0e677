"""Charges of recorded calls worked out again: the one way in which a re-rating and a trial of prices come to their figures.

Law: everything but the prices is taken as it was recorded: duration, rate of exchange, what a bundle covered, the tier that was reached.
Flat memory: charges stream by, sums are kept by party and destination.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from appliance.billing.rating import Terms
from appliance.billing.volume import discounted
from appliance.money import Exchange, format_amount, parse_percent
from appliance.services.calls.price_history import PriceHistory
from appliance.services.ground.allowances import covering
from appliance.store.corrections import Charged
from appliance.store.nouns import Nouns
from appliance.wire.corrections import DestinationDifference, Difference, PartyDifference

MOST_DESTINATIONS = 200
INCOMING = "in"
"""Calls to incoming numbers cost what the number does, and no tariff says what."""
ON_NET = "on_net"

TariffOf = Callable[[Charged], int | None]
"""By which tariff a charge is worked out again; None: it is left as it is."""


class Again(NamedTuple):
    """A charge worked out again; `terms` None: there is no price."""

    charged: Charged
    before_micros: int
    after_micros: int
    terms: Terms | None


class _Sum:
    __slots__ = ("after", "before", "calls", "changed")

    def __init__(self) -> None:
        self.calls = self.changed = self.before = self.after = 0


class Recalculation:
    """One pass over charges."""

    def __init__(self, tables: Nouns, prices: PriceHistory, tariff_of: TariffOf) -> None:
        self._tables = tables
        self._prices = prices
        self._tariff_of = tariff_of
        self._parties: dict[tuple[int, int, str], _Sum] = {}
        self._destinations: dict[tuple[str, str], _Sum] = {}
        self._digest = blake2b(digest_size=16)
        self._charges = self._changed = self._without = 0
        self.moved: dict[int, int] = {}  # micros that each account would be charged more (below zero: given back)
        self._last = 0
        self._count = 0

    def over(self, charges: Iterator[Charged]) -> Iterator[Again]:
        """Those that come to another amount, as they are found; the others are counted."""
        for charged in charges:
            if charged.cdr_id != self._last:
                self._last = charged.cdr_id
                self._count += 1
            tariff_id = self._tariff_of(charged)
            if tariff_id is None:
                continue
            again = self.again(charged, tariff_id)
            self._take(again)
            if again.terms is not None and again.after_micros != again.before_micros:
                yield again

    def again(self, charged: Charged, tariff_id: int) -> Again:
        """One charge by a tariff's prices."""
        before = charged.charged_micros if charged.corrected_micros is None else charged.corrected_micros
        if not charged.number.isdigit() or charged.direction == INCOMING:
            return Again(charged, before, before, None)
        exchange, covered, discount = _recorded(charged.told) if charged.told else (None, None, 0)
        if charged.direction == ON_NET:
            found: object = self._prices.on_net_terms(tariff_id, charged.started_at, charged.ended_at, charged.currency)
        else:
            found = self._prices.terms(tariff_id, charged.number, charged.started_at, charged.ended_at, charged.currency, exchange)
        if not isinstance(found, Terms):
            return Again(charged, before, before, None)
        terms = found.begin(charged.answered_at)
        if discount:
            terms = discounted(terms, discount)
        terms = covering(terms, covered)
        return Again(charged, before, terms.amount(charged.duration_ms), terms)

    def difference(self) -> Difference:
        """What all that passed by comes to."""
        names: dict[tuple[int, int], str] = {}
        parties = []
        for (level, party, currency), sums in sorted(self._parties.items()):
            if (level, party) not in names:
                names[level, party] = self._name(level, party)
            parties.append(
                PartyDifference(
                    level, names[level, party], currency, sums.calls, sums.changed, format_amount(sums.before), format_amount(sums.after),
                    format_amount(sums.after - sums.before),
                )
            )  # fmt: skip
        ranked = sorted(self._destinations.items(), key=lambda item: (-abs(item[1].after - item[1].before), -item[1].before, item[0]))
        destinations = [
            DestinationDifference(
                name, currency, sums.calls, format_amount(sums.before), format_amount(sums.after), format_amount(sums.after - sums.before)
            )
            for (name, currency), sums in ranked[:MOST_DESTINATIONS]
        ]
        return Difference(self._count, self._charges, self._changed, self._without, parties, destinations, self._digest.hexdigest())

    def _take(self, again: Again) -> None:
        charged = again.charged
        self._charges += 1
        if again.terms is None:
            self._without += 1
        party = (charged.level, (charged.customer_id if charged.level == 0 else charged.reseller_id) or 0, charged.currency)
        sums = self._parties.get(party)
        if sums is None:
            sums = self._parties[party] = _Sum()
        changed = again.after_micros != again.before_micros
        where = [sums]
        if charged.level == 0:
            place = (charged.destination or "", charged.currency)
            there = self._destinations.get(place)
            if there is None:
                there = self._destinations[place] = _Sum()
            where.append(there)
        for each in where:
            each.calls += 1
            each.changed += changed
            each.before += again.before_micros
            each.after += again.after_micros
        if changed:
            self._changed += 1
            self.moved[charged.account_id] = self.moved.get(charged.account_id, 0) + again.after_micros - again.before_micros
            self._digest.update(b"%d %d %d %d;" % (charged.cdr_id, charged.level, again.before_micros, again.after_micros))

    def _name(self, level: int, party: int) -> str:
        row = self._tables.customers.get(party) if level == 0 else self._tables.resellers.get(party)
        return "" if row is None else row.name


def recorded_exchange(told: str) -> Exchange | None:
    """The rate of exchange that stands in an explanation."""
    return _recorded(told)[0]


def _recorded(told: str) -> tuple[Exchange | None, int | None, int]:
    """(rate of exchange, covered seconds, discount in ppm) that stand in an explanation."""
    said = json.loads(told)
    exchange = None
    rate = said.get("exchange")
    if rate is not None:
        numerator, _, denominator = str(rate["rate"]).partition("/")
        whole, _, decimals = numerator.partition(".")
        exchange = Exchange(
            rate["from"], rate["to"], int(whole + decimals), int(denominator or 1) * 10 ** len(decimals), rate["valid_on"], rate["source"]
        )
    covered = said.get("bundle_seconds")
    discount = parse_percent(said["volume_discount_percent"]) if "volume_discount_percent" in said else 0
    return exchange, covered, discount
