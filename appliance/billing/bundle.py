"""Minutes that are paid for already: a bundle covers the first billed seconds of a call, and what is left costs money.

The law of this file: a bundle is used by billed seconds, call by call in the order in which their increments begin. A call
that is covered in part pays the rest by the second: no connection fee and no minimum charge, and the maximum holds
for what is paid. A call that is free by itself takes nothing.
"""

from __future__ import annotations

from appliance.billing.rate import Price
from appliance.billing.rating import MINUTE_SECONDS, SLOPE_SCALE, Rules, Terms
from appliance.billing.timeline import Span

BUNDLE_BAND = "bundle"
"""What a span of covered seconds is called."""


class CoveredTerms(Terms):
    """Terms of a call whose first `covered` billed seconds (one or more) are in a bundle; None: all of them, so far."""

    __slots__ = ("covered", "plain")

    def __init__(self, plain: Terms, covered: int | None) -> None:
        if covered is not None and covered < 1:
            raise ValueError("nothing is covered")
        super().__init__(plain.price, plain.rules, plain.exchange, plain.timeline)
        self.plain = plain
        self.covered = covered
        self._fee = self._minimum = 0

    def of_billed(self, billed: int) -> int:
        """Micros of the account's currency for so many billed seconds of a call that is charged."""
        covered = self.covered
        if covered is None or billed <= covered:
            return 0
        timeline = self.timeline
        cost = (billed - covered) * self._per_minute if timeline is None else timeline.cost(billed) - timeline.cost(covered)
        if self._maximum is not None and cost > self._maximum:
            cost = self._maximum
        return (cost * self._multiplier + self._add) // self._divisor * self._unit

    def boundary(self, micros: int) -> int | None:
        """The longest duration in milliseconds that costs no more than `micros` (zero or more); None: any does."""
        covered = self.covered
        if covered is None:
            return None
        cost = -((self._add - (micros // self._unit + 1) * self._divisor) // self._multiplier)
        if self._maximum is not None and cost > self._maximum:
            return None
        if self.timeline is not None:
            billed = self.timeline.reaching(cost + self.timeline.cost(covered))
        else:
            billed = covered - ((-cost) // self._per_minute) if self._per_minute else None
        return None if billed is None else self.increments.last_ms_below(billed)

    def begin(self, answered_at: int) -> Terms:
        """The same for a call answered at that moment."""
        plain = self.plain.begin(answered_at)
        return self if plain is self.plain else CoveredTerms(plain, self.covered)

    def ceiling(self, elapsed_ms: int) -> tuple[int, int]:
        """A straight line that the charge never crosses from `elapsed_ms` on (see `Terms`)."""
        if self.covered is None:
            return 0, 0
        micros, slope = super().ceiling(elapsed_ms)
        steps = 1000 * self.covered  # the slope is rounded up: so much may be too much
        return max(micros - steps * slope // SLOPE_SCALE + steps // SLOPE_SCALE + 1, self._unit), slope

    def spans(self, billed: int) -> tuple[Span, ...]:
        """The covered seconds first, at no price, then the stretches that are paid."""
        free = billed if self.covered is None else min(billed, self.covered)
        found = [Span(free, BUNDLE_BAND, 0)] if free else []
        passed = 0
        for span in self.plain.spans(billed):
            paid = min(span.seconds, passed + span.seconds - free)
            passed += span.seconds
            if paid > 0:
                found.append(Span(paid, span.band, span.price_micros))
        return tuple(found)


def drawn(terms: Terms, most: int | None = None) -> Terms:
    """What a call takes out of its bundle as if it were money: its amounts are billed seconds, `most` at most."""
    price, rules = terms.price, terms.rules
    seconds = Price(
        price.tariff_id, price.rate_id, price.prefix, price.destination, MINUTE_SECONDS, 0, price.first_increment, price.next_increment,
        price.minimum_seconds, price.free_below_seconds, price.free_seconds, 0, most,
    )  # fmt: skip
    return Terms(seconds, Rules(rules.tariff_id, "", "", 6, "half-up", rules.duration_rounding, rules.increment_style))


def plain(terms: Terms) -> Terms:
    """What is paid without a bundle."""
    return terms.plain if isinstance(terms, CoveredTerms) else terms


def same_seconds(one: Terms, other: Terms) -> bool:
    """Whether both bill the same seconds for every duration."""
    return one.increments.geometry == other.increments.geometry
