"""What a call may take before money: the customer's special rates, its bundles of minutes and its volume tiers, in memory.

Law: derived from the store, never a second truth. What a bundle has left is asked of the store, by whoever meters the calls that draw on it;
a bundle or tier that is changed counts for calls that start after that.
"""

from __future__ import annotations

import json
from datetime import UTC, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from appliance.billing.bundle import CoveredTerms
from appliance.billing.rating import Terms
from appliance.billing.volume import VolumeTier, discounted, group_of, period_start, reached
from appliance.services.ground.hot_prices import HotPrices
from appliance.store.allowances import Held
from appliance.store.nouns import Nouns

KINDS = ("bundle", "tariff")
MOST_KEPT = 2_000


class Pot(NamedTuple):
    """A customer's bundle in one period: what calls of that period draw on together."""

    holder: int
    period_at: int


class Taken(msgspec.Struct, array_like=True, gc=False):
    """What a call has beside its price, as it is kept in its record."""

    pot: Pot | None = None
    volume: tuple[int, str, int] | None = None  # tariff, prefix and month in which its seconds count


class Allowances:
    """Filled by `load`; follows the changes of `KINDS`."""

    def __init__(self, store: Nouns, prices: HotPrices) -> None:
        self._store = store
        self._prices = prices
        self.special: dict[int, int] = {}
        self._held: dict[int, list[tuple[Held, tuple[str, ...]]]] = {}
        self._seconds: dict[int, int] = {}  # of one period, by a customer's bundle
        self._tiers: dict[int, list[VolumeTier]] = {}
        self._pots: dict[Pot, int] = {}
        self._by_id: dict[int, Pot] = {}
        self._discounted: dict[tuple[Terms, int], Terms] = {}

    def load(self) -> None:
        """Everything, from the store."""
        self.special = self._store.special_tariffs.all()
        self._held, self._seconds = {}, {}
        for held in self._store.bundles.held():
            self._held.setdefault(held.customer_id, []).append((held, tuple(json.loads(held.prefixes))))
            self._seconds[held.id] = held.seconds
        self._tiers = {}
        for tier in self._store.volumes.tiers():
            self._tiers.setdefault(tier.tariff_id, []).append(VolumeTier(tier.prefix, tier.from_seconds, tier.discount_ppm))
        self._discounted.clear()

    def any_of(self, customer_id: int, tariff_id: int) -> bool:
        """Whether calls of that customer by that tariff may take anything; a call of others costs this one question."""
        return customer_id in self._held or tariff_id in self._tiers or customer_id in self.special

    def take(self, customer_id: int, tariff_id: int, number: str, terms: Terms, at: int) -> tuple[Terms, int, Taken]:
        """The terms by the tier reached, the book's account of the bundle that covers the call (0: none), and what is to be kept."""
        terms, volume = self._by_volume(customer_id, tariff_id, number, terms, at)
        pot = self._covering(customer_id, number, at)
        return terms, 0 if pot is None else self.account(pot), Taken(pot, volume)

    def account(self, pot: Pot) -> int:
        """The book's account of a bundle in a period, below zero."""
        account = self._pots.get(pot)
        if account is None:
            account = self._pots[pot] = -len(self._pots) - 1
            self._by_id[account] = pot
        return account

    def seconds_left(self, account: int) -> int:
        """What nobody has taken by a recorded call."""
        pot = self._by_id[account]
        return max(self._seconds.get(pot.holder, 0) - self._store.bundles.used(pot.holder, pot.period_at), 0)

    def settle(self, call: int, customer_id: int, taken: Taken, covered: int | None, billed: int) -> None:
        """Write what an ended call took, in the unit of its record."""
        if covered and taken.pot is not None:
            self._store.bundles.use(call, taken.pot.holder, taken.pot.period_at, covered)
        paid = billed - (covered or 0)
        if taken.volume is not None and paid > 0:
            tariff_id, prefix, month_at = taken.volume
            self._store.volumes.count_up(customer_id, tariff_id, prefix, month_at, paid)

    def period(self, held: Held, at: int) -> int:
        """When the bundle's period of a moment began."""
        return period_start(held.period, at, zone(held.timezone), held.starts_at)

    def _by_volume(self, customer_id: int, tariff_id: int, number: str, terms: Terms, at: int) -> tuple[Terms, tuple[int, str, int] | None]:
        tiers = self._tiers.get(tariff_id)
        if tiers is None and customer_id in self.special and tariff_id in self._prices.book:
            tariff_id = self._prices.book.get(tariff_id).base_id or tariff_id
            tiers = self._tiers.get(tariff_id)
        prefix = group_of(tiers, number) if tiers else None
        if tiers is None or prefix is None:
            return terms, None
        month_at = period_start("month", at, self._prices.book.get(tariff_id).zone)
        discount = reached(tiers, prefix, self._store.volumes.used(customer_id, tariff_id, prefix, month_at))
        return self.lowered(terms, discount), (tariff_id, prefix, month_at)

    def lowered(self, terms: Terms, discount_ppm: int) -> Terms:
        """Terms with a tier's discount; those that many calls share are made once."""
        if not discount_ppm:
            return terms
        if terms.timeline is not None or terms.exchange is not None:
            return discounted(terms, discount_ppm)
        found = self._discounted.get((terms, discount_ppm))
        if found is None:
            if len(self._discounted) >= MOST_KEPT:
                self._discounted.clear()
            found = self._discounted[terms, discount_ppm] = discounted(terms, discount_ppm)
        return found

    def _covering(self, customer_id: int, number: str, at: int) -> Pot | None:
        """The first bundle that covers the number and has anything left."""
        for held, prefixes in self._held.get(customer_id, ()):
            if held.starts_at <= at and (held.ends_at is None or at < held.ends_at) and number.startswith(prefixes):
                pot = Pot(held.id, self.period(held, at))
                if self._store.bundles.used(held.id, pot.period_at) < held.seconds:
                    return pot
        return None


def covering(terms: Terms, covered: int | None) -> Terms:
    """The terms that a charge was made by: `covered` seconds came out of a bundle; None: there was none."""
    return terms if covered is None else CoveredTerms(terms, covered or None)


def zone(name: str) -> tzinfo:
    """A time zone by name; an unknown one counts as UTC."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
