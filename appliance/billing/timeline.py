"""What the billed seconds of one call cost where it crosses time bands: stretches of one band each.

The law of this file: an increment is priced by the band in which it starts. Costs are micros a minute times
seconds, exactly. Stretches are found as far as they are asked for; a call of ordinary length has one or two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from appliance.billing.increments import Increments
from appliance.billing.schedule import Schedule

LONGEST_FREE_SECONDS = 8 * 86_400  # a price that is zero for a whole week is zero for ever


class Span(NamedTuple):
    """So many billed seconds at one price per minute. The spans of a charge add up to its billed seconds."""

    seconds: int
    band: str
    price_micros: int


class Timeline:
    """The stretches of a call answered at `start_at` (UTC milliseconds); `prices` are micros a minute by band."""

    __slots__ = ("_bands", "_costs", "_idle_seconds", "_starts", "increments", "prices", "schedule", "start_at")

    def __init__(self, schedule: Schedule, prices: dict[str, int], increments: Increments, start_at: int) -> None:
        self.schedule = schedule
        self.prices = prices
        self.start_at = start_at
        self.increments = increments
        self._idle_seconds = 0  # of the stretches found last, those without a price
        self._starts = [0]  # billed seconds at which each stretch starts; the last is not yet priced
        self._costs = [0]  # what the seconds before it cost
        self._bands: list[str] = []

    def restarted(self, start_at: int) -> Timeline:
        """The same bands and prices for a call answered at another moment."""
        return Timeline(self.schedule, self.prices, self.increments, start_at)

    def cost(self, billed: int) -> int:
        """Micros a minute times seconds of the first `billed` seconds, which lie on an edge."""
        while self._starts[-1] < billed:
            self._extend()
        index = bisect_right(self._starts, billed) - 1
        if index == len(self._bands):
            return self._costs[-1]
        return self._costs[index] + (billed - self._starts[index]) * self.prices[self._bands[index]]

    def reaching(self, cost: int) -> int | None:
        """The fewest billed seconds, not necessarily on an edge, that cost at least so much (1 or more); None where none do."""
        while self._costs[-1] < cost:
            if self._idle_seconds > LONGEST_FREE_SECONDS:
                return None
            self._extend()
        index = bisect_left(self._costs, cost) - 1
        price = self.prices[self._bands[index]]
        return self._starts[index] - (self._costs[index] - cost) // price

    def spans(self, billed: int) -> tuple[Span, ...]:
        """The stretches of the first `billed` seconds."""
        self.cost(billed)
        spans = []
        for index, band in enumerate(self._bands):
            start = self._starts[index]
            if start >= billed:
                break
            spans.append(Span(min(self._starts[index + 1], billed) - start, band, self.prices[band]))
        return tuple(spans)

    def _extend(self) -> None:
        """Price the stretch that starts where the last one ended."""
        start = self._starts[-1]
        moment = self.start_at + (self.increments.free_seconds + start) * 1000
        band = self.schedule.band(moment)
        change = self.schedule.next_change(moment)
        ahead = LONGEST_FREE_SECONDS + 1 if change is None else -((moment - change) // 1000)  # in which an increment may still start
        end = self.increments.edge(start + ahead)
        self._idle_seconds = 0 if self.prices[band] else self._idle_seconds + end - start
        self._bands.append(band)
        self._starts.append(end)
        self._costs.append(self._costs[-1] + (end - start) * self.prices[band])
