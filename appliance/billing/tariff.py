"""All tariffs in memory: base tariffs with their rates, derived ones to any depth, and what each asks for a number.

The law of this file: a derived tariff follows its base at every change, so it keeps no copies; what has been worked
out once is remembered until anything under it changes. Each level's price is rounded to micros (or by the tariff's
rule for prices) at that level. An override wins over what the base says for the same or a shorter prefix; the fields
it leaves open follow the base. Never a second truth: rebuilt from the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo

from appliance.billing.rate import NO_MAXIMUM, Blocked, NoRate, Price, Step
from appliance.billing.rate_deck import RateDeck, Row
from appliance.billing.rating import Rules, Terms, increments_of
from appliance.billing.schedule import Schedule, TimeBand
from appliance.billing.timeline import Timeline
from appliance.errors import UserError
from appliance.money import DECIMALS, MICROS, Exchange, markup, round_ratio

INCOMING = "incoming"  # destination of a call to an incoming number that costs
ON_NET = "on-net"  # destination of a call between endpoints of the appliance
MOST_REMEMBERED = 10_000  # prices worked out, of one tariff: those that calls ask for are far fewer


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price list without its rates. Bands belong to base tariffs; a derived one has those of its base."""

    id: int
    name: str
    currency: str
    reseller_id: int = 0
    decimals: int = 4
    rounding: str = "half-up"  # half-up | up
    duration_rounding: str = "up"  # up | down | nearest
    increment_style: str = "first-next"  # first-next | total
    zone: tzinfo = UTC
    band_rule: str = "start"  # start | split
    base_id: int | None = None
    markup_ppm: int = 0
    surcharge_micros: int = 0  # per minute, after the markup
    price_rounding: str = "none"  # none | half-up-N | up-N, N decimals
    loss_guard: bool = False
    on_net_price_micros: int | None = None
    bands: tuple[TimeBand, ...] = ()


class _Node:
    """A tariff with its rates and what was worked out from them."""

    __slots__ = ("base", "children", "deck", "price_decimals", "price_mode", "prices", "rules", "schedule", "tariff", "terms")

    def __init__(self, tariff: Tariff, base: _Node | None, deck: RateDeck) -> None:
        self.tariff = tariff
        self.base = base
        self.deck = deck
        self.children: set[int] = set()
        self.prices: dict[object, Price | None] = {}
        self.terms: dict[Price, Terms] = {}
        self.schedule: Schedule | None = Schedule(tariff.bands, tariff.zone) if tariff.bands else None
        self.price_mode, self.price_decimals = price_rounding(tariff.price_rounding)
        self.rules = Rules(
            tariff.id, tariff.name, tariff.currency, tariff.decimals, tariff.rounding, tariff.duration_rounding, tariff.increment_style
        )

    def raised(self, micros: int, surcharge: int = 0) -> int:
        """An amount of the base as this tariff asks it."""
        if self.price_decimals == DECIMALS and not surcharge:
            return max(markup(micros, self.tariff.markup_ppm), 0)
        raised = micros * (MICROS + self.tariff.markup_ppm) + surcharge * MICROS
        return max(round_ratio(raised, MICROS, self.price_decimals, self.price_mode), 0)


def price_rounding(rule: str) -> tuple[str, int]:
    """Mode and decimals of "none", "half-up-4", "up-2". UserError: tariff.price_rounding."""
    if rule == "none":
        return "half-up", DECIMALS
    mode, _, decimals = rule.rpartition("-")
    if mode not in ("half-up", "up") or decimals not in tuple("0123456"):
        raise UserError("tariff.price_rounding", field="price_rounding", rule=rule)
    return mode, int(decimals)


class TariffBook:
    """Every tariff of the appliance. Not for threads: a deck is built beside and handed over by `use_deck`."""

    def __init__(self) -> None:
        self._nodes: dict[int, _Node] = {}

    def __contains__(self, tariff_id: int) -> bool:
        return tariff_id in self._nodes

    def get(self, tariff_id: int) -> Tariff:
        """The tariff; KeyError where there is none of that id."""
        return self._nodes[tariff_id].tariff

    def currency(self, tariff_id: int) -> str | None:
        """The tariff's own; None where there is none of that id."""
        node = self._nodes.get(tariff_id)
        return None if node is None else node.tariff.currency

    def deck(self, tariff_id: int) -> RateDeck:
        """A tariff's own rates; not to be changed. The same object for as long as nothing changes them by `use_deck`."""
        return self._nodes[tariff_id].deck

    def chain(self, tariff_id: int) -> list[int]:
        """The tariff, its base, the base of that, …"""
        found = []
        node: _Node | None = self._nodes[tariff_id]
        while node:
            found.append(node.tariff.id)
            node = node.base
        return found

    def derived_from(self, tariff_id: int) -> list[int]:
        """Tariffs whose base this is, not their own descendants."""
        return sorted(self._nodes[tariff_id].children)

    # changes ------------------------------------------------------------------------------------------------

    def put(self, tariff: Tariff) -> None:
        """Add or change a tariff; its rates stay.

        UserError: tariff.no_base, tariff.cycle, tariff.currency_differs, tariff.bands_of_base, tariff.price_rounding.
        """
        base = self._base_of(tariff)
        old = self._nodes.get(tariff.id)
        node = _Node(tariff, base, old.deck if old else RateDeck())
        if old:
            for child in old.children:
                if self._nodes[child].tariff.currency != tariff.currency:
                    raise UserError("tariff.currency_differs", field="currency", tariff=tariff.name)
            node.children = old.children
            if old.base:
                old.base.children.discard(tariff.id)
        self._nodes[tariff.id] = node
        if base:
            base.children.add(tariff.id)
        for child in node.children:
            self._nodes[child].base = node
        self._forget(node)

    def _base_of(self, tariff: Tariff) -> _Node | None:
        if tariff.base_id is None:
            return None
        base = self._nodes.get(tariff.base_id)
        if base is None:
            raise UserError("tariff.no_base", field="base", tariff=tariff.name)
        above: _Node | None = base
        while above:
            if above.tariff.id == tariff.id:
                raise UserError("tariff.cycle", field="base", tariff=tariff.name)
            above = above.base
        if base.tariff.currency != tariff.currency:
            raise UserError("tariff.currency_differs", field="currency", tariff=tariff.name)
        if tariff.bands:
            raise UserError("tariff.bands_of_base", field="bands", tariff=tariff.name)
        return base

    def remove(self, tariff_id: int) -> None:
        """Forget a tariff. UserError: tariff.is_base while others are derived from it."""
        node = self._nodes[tariff_id]
        if node.children:
            raise UserError("tariff.is_base", tariff=node.tariff.name)
        if node.base:
            node.base.children.discard(tariff_id)
        del self._nodes[tariff_id]

    def set_rates(self, tariff_id: int, rates: Iterable[tuple[object, ...]]) -> None:
        """Replace all rates of one tariff: Rates, or rows in the order of their fields."""
        self.use_deck(tariff_id, RateDeck(rates))

    def use_deck(self, tariff_id: int, deck: RateDeck) -> None:
        """Swap in rates that were built beside."""
        node = self._nodes[tariff_id]
        node.deck = deck
        self._forget(node)

    def add_rates(self, tariff_id: int, rates: Iterable[tuple[object, ...]]) -> None:
        """Add versions to one tariff."""
        node = self._nodes[tariff_id]
        node.deck.add(rates)
        self._forget(node)

    def remove_rates(self, tariff_id: int, versions: Iterable[tuple[str, int]]) -> None:
        """Take versions out of one tariff, named as (prefix, rate id)."""
        node = self._nodes[tariff_id]
        node.deck.remove(versions)
        self._forget(node)

    def _forget(self, node: _Node) -> None:
        """Drop what was worked out from this tariff, in it and in all derived from it; bands are handed down."""
        node.prices = {}
        node.terms = {}
        if node.base is not None:
            node.schedule = node.base.schedule
        for child in node.children:
            self._forget(self._nodes[child])

    # questions ----------------------------------------------------------------------------------------------

    def price(self, tariff_id: int, number: str, at_ms: int) -> Price | NoRate | Blocked:
        """What the tariff asks for a normalised number, for a call that starts at that moment (UTC milliseconds)."""
        node = self._nodes.get(tariff_id)
        return NoRate(tariff_id) if node is None else self._price(node, number, at_ms)

    def _price(self, node: _Node, number: str, at_ms: int) -> Price | NoRate | Blocked:
        schedule = node.schedule
        found = self._find(node, number, schedule.band(at_ms) if schedule else "", at_ms)
        if found is None:
            return NoRate(node.tariff.id)
        return Blocked(found) if found.blocked else found

    def terms(self, tariff_id: int, number: str, at_ms: int, currency: str = "", exchange: Exchange | None = None) -> Terms | NoRate | Blocked:
        """The price ready for rating, for an account in `currency` ("": the tariff's own).

        `exchange` leads from the tariff's currency to the account's; where it is wanted and missing there is no rate.
        """
        node = self._nodes.get(tariff_id)
        if node is None:
            return NoRate(tariff_id)
        price = self._price(node, number, at_ms)
        if not isinstance(price, Price):
            return price
        if currency and currency != node.tariff.currency:
            if exchange is None:
                return NoRate(tariff_id)
        else:
            exchange = None
        schedule = node.schedule
        if schedule and node.tariff.band_rule == "split":
            return Terms(price, node.rules, exchange, self._timeline(node, schedule, price, number, at_ms))
        if exchange is not None:
            return Terms(price, node.rules, exchange)
        terms = node.terms.get(price)
        if terms is None:
            terms = node.terms[price] = Terms(price, node.rules)
        return terms

    def on_net_terms(self, tariff_id: int, currency: str = "", exchange: Exchange | None = None) -> Terms | NoRate | None:
        """The terms of a call between endpoints, by the second; None where such calls are free."""
        node = self._nodes[tariff_id]
        if node.tariff.on_net_price_micros is None:
            return None
        needs = bool(currency) and currency != node.tariff.currency
        if needs and exchange is None:
            return NoRate(tariff_id)
        price = Price(tariff_id, 0, "", ON_NET, node.tariff.on_net_price_micros)
        return Terms(price, node.rules, exchange if needs else None)

    def incoming_terms(self, tariff_id: int, micros: int, currency: str = "") -> Terms:
        """The terms of a call to an incoming number that costs so much a minute, by the second and by the tariff's rules but for its currency:
        the price is the number's own, in `currency` (the tariff's where left out)."""
        rules = self._nodes[tariff_id].rules
        return Terms(Price(tariff_id, 0, "", INCOMING, micros), rules._replace(currency=currency) if currency else rules)

    def prefixes(self, tariff_id: int) -> set[str]:
        """Every prefix that the tariff or one under it has a rate for."""
        found: set[str] = set()
        node: _Node | None = self._nodes[tariff_id]
        while node:
            found.update(node.deck.prefixes())
            node = node.base
        return found

    def listing(self, tariff_id: int, at_ms: int) -> Iterator[Price]:
        """The price list as it is sold at a moment, blocked prefixes included, by prefix."""
        node = self._nodes[tariff_id]
        schedule = node.schedule
        band = schedule.band(at_ms) if schedule else ""
        for prefix in sorted(self.prefixes(tariff_id)):
            price = self._find(node, prefix, band, at_ms)
            if price is not None and price.prefix == prefix:
                yield price

    def exact(self, tariff_id: int, prefix: str, at_ms: int) -> Price | None:
        """What the list says of exactly this prefix at a moment, blocked or not; None where it says nothing of its own."""
        node = self._nodes[tariff_id]
        schedule = node.schedule
        price = self._find(node, prefix, schedule.band(at_ms) if schedule else "", at_ms)
        return price if price is not None and price.prefix == prefix else None

    def in_bands(self, tariff_id: int, prefix: str, at_ms: int) -> list[Price]:
        """What the list says of exactly this prefix at a moment in each time band, those without one first."""
        node = self._nodes[tariff_id]
        names = sorted(node.schedule.names) if node.schedule else [""]
        found = [self._find(node, prefix, band, at_ms) for band in names]
        return [price for price in found if price is not None and price.prefix == prefix]

    def inherited(self, tariff_id: int, number: str, at_ms: int) -> Price | None:
        """What a derived tariff would ask for a number if it had no rates of its own."""
        node = self._nodes[tariff_id]
        if node.base is None:
            return None
        schedule = node.schedule
        under = self._find(node.base, number, schedule.band(at_ms) if schedule else "", at_ms)
        return None if under is None else _followed(node, under)

    def _timeline(self, node: _Node, schedule: Schedule, price: Price, number: str, at_ms: int) -> Timeline:
        prices = {}
        for band in schedule.names:
            other = self._find(node, number, band, at_ms)
            prices[band] = price.price_micros if other is None or other.blocked else other.price_micros
        return Timeline(schedule, prices, increments_of(price, node.rules), at_ms)

    def _find(self, node: _Node, number: str, band: str, at_ms: int) -> Price | None:
        row = node.deck.match(number, band, at_ms)
        under = self._find(node.base, number, band, at_ms) if node.base is not None else None
        prices = node.prices
        if row is not None and (under is None or len(row.prefix) >= len(under.prefix)):
            key = row.id if under is None else (row.id, under)
            if key not in prices:
                prices = _room_in(node)
                prices[key] = _own(node, row, under)
            return prices[key]
        if under is None:
            return None
        if under not in prices:
            prices = _room_in(node)
            prices[under] = _followed(node, under)
        return prices[under]


def _room_in(node: _Node) -> dict[object, Price | None]:
    """What a tariff remembers, begun anew where it is full: a look through all prices fills it, and to drop many at once holds calls up."""
    if len(node.prices) >= MOST_REMEMBERED:
        node.prices = {}
    return node.prices


def _followed(node: _Node, under: Price) -> Price:
    """The base's price raised by this tariff."""
    maximum = under.maximum_charge_micros
    raised = node.raised(under.price_micros, node.tariff.surcharge_micros)
    step = Step(node.tariff.id, 0, under.prefix, node.tariff.markup_ppm, node.tariff.surcharge_micros, raised)
    return Price(
        node.tariff.id,
        under.rate_id,
        under.prefix,
        under.destination,
        raised,
        node.raised(under.connection_fee_micros),
        under.first_increment,
        under.next_increment,
        under.minimum_seconds,
        under.free_below_seconds,
        under.free_seconds,
        node.raised(under.minimum_charge_micros),
        None if maximum is None else node.raised(maximum),
        under.blocked,
        under.band,
        under.valid_from_at,
        under.valid_until_at,
        (*under.steps, step),
    )


def _own(node: _Node, row: Row, under: Price | None) -> Price | None:
    """A rate of this tariff itself, its open fields from the base. None where nobody says a price."""
    follows = _followed(node, under) if under is not None else Price(node.tariff.id, 0, row.prefix, "", 0)
    profile = row.profile
    blocked = follows.blocked if profile.blocked is None else bool(profile.blocked)
    if row.price_micros is None and under is None and not blocked:
        return None
    micros = _given(row.price_micros, follows.price_micros)
    given_maximum = profile.maximum_charge_micros
    maximum = follows.maximum_charge_micros if given_maximum is None else None if given_maximum == NO_MAXIMUM else given_maximum
    markup_ppm, surcharge = (node.tariff.markup_ppm, node.tariff.surcharge_micros) if row.price_micros is None else (0, 0)
    step = Step(node.tariff.id, row.id, row.prefix, markup_ppm, surcharge, micros)
    return Price(
        node.tariff.id,
        row.id,
        row.prefix,
        follows.destination if row.destination is None else row.destination,
        micros,
        _given(profile.connection_fee_micros, follows.connection_fee_micros),
        _given(profile.first_increment, follows.first_increment),
        _given(profile.next_increment, follows.next_increment),
        _given(profile.minimum_seconds, follows.minimum_seconds),
        _given(profile.free_below_seconds, follows.free_below_seconds),
        _given(profile.free_seconds, follows.free_seconds),
        _given(profile.minimum_charge_micros, follows.minimum_charge_micros),
        maximum,
        blocked,
        profile.band,
        profile.valid_from_at,
        profile.valid_until_at,
        (*(under.steps if under else ()), step),
    )


def _given(own: int | None, followed: int) -> int:
    return followed if own is None else own
