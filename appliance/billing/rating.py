"""A call into a charge, and an amount into the time it buys: one formula, read both ways.

The law of this file: an exact fraction is rounded once, at the end. Inside, a cost is micros a minute times
seconds (so sixty times the charge) in the tariff's currency; it becomes micros of the account's currency by
`cost * multiplier / divisor`, rounded to the tariff's decimals. A charge never falls while a call goes on.

Durations are whole milliseconds. A boundary is the longest duration that still has the charge before it: with
durations rounded up the whole second itself (60000), rounded down the millisecond before (60999 of 61 s).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import msgspec

from appliance.billing.increments import Increments
from appliance.billing.rate import Price
from appliance.billing.timeline import Span, Timeline
from appliance.money import UNITS, Exchange

MINUTE_SECONDS = 60
SLOPE_SCALE = 1 << 20
LONGEST_LOOK_MS = 31 * 86_400_000  # a month: no call is longer


class Rules(NamedTuple):
    """What a tariff says about all of its prices."""

    tariff_id: int
    tariff_name: str
    currency: str
    decimals: int = 4
    rounding: str = "half-up"  # half-up | up, of the charge
    duration_rounding: str = "up"  # up | down | nearest, milliseconds to seconds
    increment_style: str = "first-next"  # first-next | total


class Charge(msgspec.Struct, frozen=True, gc=False):
    """What one party pays for one call, in the account's currency."""

    amount_micros: int
    currency: str
    billed_seconds: int
    terms: Terms | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """The billed seconds, by their price; worked out for who asks, since most charges have one price and nobody does."""
        return () if self.terms is None else self.terms.spans(self.billed_seconds)


NOTHING = Charge(0, "", 0)


class Start(NamedTuple):
    """What all calls by some terms begin with."""

    boundary: int | None  # the longest duration that is free
    least: int  # the smallest charge above zero; 0 where it is free whatever it lasts
    ceiling: tuple[int, int]  # the line above the charge from the answer on


class Terms:
    """A price with everything that turns a duration into an amount for one account. Frozen by habit.

    `exchange` leads from the tariff's currency to the account's; without it both are the same. `timeline` is set
    where the call is split by time bands.
    """

    __slots__ = (
        "_add", "_divisor", "_fee", "_maximum", "_minimum", "_multiplier", "_per_minute", "_start", "_unit",
        "currency", "exchange", "increments", "price", "rules", "timeline", "told",
    )  # fmt: skip

    def __init__(self, price: Price, rules: Rules, exchange: Exchange | None = None, timeline: Timeline | None = None) -> None:
        self.price = price
        self.rules = rules
        self.exchange = exchange
        self.timeline = timeline
        self._start: Start | None = None
        self.told: dict[str, object] | None = None  # what every explanation says alike (explanation.py)
        self.currency = exchange.quote if exchange else rules.currency
        self.increments = timeline.increments if timeline else increments_of(price, rules)
        self._fee = price.connection_fee_micros * MINUTE_SECONDS
        self._per_minute = price.price_micros
        self._minimum = price.minimum_charge_micros * MINUTE_SECONDS
        maximum = price.maximum_charge_micros
        self._maximum = None if maximum is None else maximum * MINUTE_SECONDS
        self._unit = UNITS[rules.decimals]
        numerator, denominator = (exchange.numerator, exchange.denominator) if exchange else (1, 1)
        divisor = MINUTE_SECONDS * denominator * self._unit
        # Both sides doubled, so that half a unit is whole.
        self._multiplier = 2 * numerator
        self._divisor = 2 * divisor
        self._add = 2 * divisor - 1 if rules.rounding == "up" else divisor

    def amount(self, duration_ms: int) -> int:
        """Micros of the account's currency for a call of that duration."""
        billed = self.increments.billed(duration_ms)
        return 0 if billed is None else self.of_billed(billed)

    def of_billed(self, billed: int) -> int:
        """The same for so many billed seconds of a call that is charged."""
        cost = self._fee + (self.timeline.cost(billed) if self.timeline is not None else billed * self._per_minute)
        if cost < self._minimum:
            cost = self._minimum
        if self._maximum is not None and cost > self._maximum:
            cost = self._maximum
        return (cost * self._multiplier + self._add) // self._divisor * self._unit

    def boundary(self, micros: int) -> int | None:
        """The longest duration in milliseconds that costs no more than `micros` (zero or more); None: any does."""
        units = micros // self._unit + 1
        cost = -((self._add - units * self._divisor) // self._multiplier)  # the least cost that rounds to more
        if self._maximum is not None and cost > self._maximum:
            return None
        if cost <= max(self._minimum, self._fee):
            billed: int | None = 0
        elif self.timeline is not None:
            billed = self.timeline.reaching(cost - self._fee)
        else:
            billed = -((self._fee - cost) // self._per_minute) if self._per_minute else None
        return None if billed is None else self.increments.last_ms_below(billed)

    @property
    def start(self) -> Start:
        """Found once: terms are shared by many calls."""
        start = self._start
        if start is None:
            boundary = self.boundary(0)
            start = self._start = Start(boundary, 0 if boundary is None else self.amount(boundary + 1), self.ceiling(0))
        return start

    def begin(self, answered_at: int) -> Terms:
        """The terms of the call that was answered at that moment (UTC milliseconds; 0: as they are): bands count from there."""
        if self.timeline is None or answered_at in (0, self.timeline.start_at):
            return self
        return Terms(self.price, self.rules, self.exchange, self.timeline.restarted(answered_at))

    def spans(self, billed: int) -> tuple[Span, ...]:
        """The stretches of so many billed seconds, each at one price."""
        if self.timeline is not None:
            return self.timeline.spans(billed)
        return (Span(billed, self.price.band, self.price.price_micros),) if billed else ()

    def per_minute_ratio(self) -> Fraction:
        """The exact price per minute in micros of the account's currency."""
        rate = Fraction(self.exchange.numerator, self.exchange.denominator) if self.exchange else Fraction(1)
        return self._per_minute * rate

    def ceiling(self, elapsed_ms: int) -> tuple[int, int]:
        """A straight line that the charge never crosses from `elapsed_ms` on: micros there, and its slope.

        For every later moment t: amount_at(t) <= micros + (t - elapsed_ms) * slope / SLOPE_SCALE.
        """
        increments = self.increments
        charged = max(elapsed_ms // 1000 + 2, increments.minimum) - increments.free_seconds
        billed = max(charged, 0) + max(increments.first, increments.next)
        per_minute = max(self.timeline.prices.values()) if self.timeline is not None else self._per_minute
        cost = max(self._fee + billed * per_minute, self._minimum)
        if self._maximum is not None and cost >= self._maximum:
            cost, per_minute = self._maximum, 0
        in_micros = self._multiplier * self._unit
        micros = self._unit - (-cost * in_micros // self._divisor)
        return micros, -(-per_minute * in_micros * SLOPE_SCALE // (self._divisor * 1000))


def amount_at(terms: Terms, elapsed_ms: int) -> int:
    """The charge of a call that goes on after `elapsed_ms`, if it ended in its current increment."""
    return terms.amount(elapsed_ms + 1)


def next_rise_ms(terms: Terms, elapsed_ms: int) -> int | None:
    """The first boundary at or after `elapsed_ms` past which the call costs more; None where it never will."""
    return terms.boundary(terms.amount(elapsed_ms))


def affordable_ms(terms: Terms, micros: int) -> int | None:
    """How long a call may last that is to cost no more than `micros`; None where a month would not cost that."""
    micros = max(micros, 0)
    return None if terms.amount(LONGEST_LOOK_MS) <= micros else terms.boundary(micros)


def hold(terms: Terms) -> int:
    """The smallest charge above zero that the call can cost; 0 where it is free whatever it lasts."""
    return terms.start.least


def charge(terms: Terms, duration_ms: int) -> Charge:
    """What a call of that duration costs."""
    billed = terms.increments.billed(duration_ms)
    if billed is None:
        return Charge(0, terms.currency, 0)
    return Charge(terms.of_billed(billed), terms.currency, billed, terms)


def increments_of(price: Price, rules: Rules) -> Increments:
    """The geometry of a price under its tariff's rules."""
    return Increments(
        price.first_increment,
        max(price.next_increment, 1),
        price.minimum_seconds,
        price.free_below_seconds,
        price.free_seconds,
        rules.duration_rounding,
        rules.increment_style,
    )
