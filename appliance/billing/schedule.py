"""Weekly time bands (peak, off-peak, weekend) in a time zone: which holds at a moment, and until when.

The law of this file: bands follow the wall clock of their zone, moments are UTC milliseconds, and what lies in
no band is the band "". Where bands overlap, the first one given holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

MINUTES_A_DAY = 1440
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
MINUTE_MS = 60_000
LOOK_AHEAD_MS = 9 * MINUTES_A_DAY * MINUTE_MS  # a week and a change of the clocks


class TimeBand(NamedTuple):
    """Every week from one minute of a day until another of the same day (1440: midnight at its end)."""

    name: str
    weekday: int  # 0 Monday … 6 Sunday
    from_minute: int
    until_minute: int


class Schedule:
    """The bands of one tariff."""

    __slots__ = ("_names", "_starts", "names", "zone")

    def __init__(self, bands: Iterable[TimeBand], zone: tzinfo = UTC) -> None:
        bands = tuple(bands)
        self.zone = zone
        self.names = frozenset(band.name for band in bands) | {""}
        edges = {0}
        for band in bands:
            day = band.weekday * MINUTES_A_DAY
            edges |= {day + band.from_minute, (day + band.until_minute) % MINUTES_A_WEEK}
        self._starts = sorted(edges)  # minutes since Monday 00:00
        self._names = [_holding(bands, minute) for minute in self._starts]

    def band(self, at_ms: int) -> str:
        """The band that holds at a moment."""
        return self._names[bisect_right(self._starts, self._minute(at_ms)) - 1]

    def next_change(self, at_ms: int) -> int | None:
        """The first moment after `at_ms` at which another band holds; None where none ever does."""
        here = self.band(at_ms)
        end = at_ms + LOOK_AHEAD_MS
        while at_ms < end:
            at_ms = self._next_edge(at_ms)
            if self.band(at_ms) != here:
                return at_ms
        return None

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms // 1000, self.zone)

    def _minute(self, at_ms: int) -> int:
        local = self._local(at_ms)
        return local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute

    def _next_edge(self, at_ms: int) -> int:
        """The next edge of the week's table, or the change of the zone's clock that comes before it."""
        minute = self._minute(at_ms)
        index = bisect_right(self._starts, minute)
        edge = self._starts[index] if index < len(self._starts) else MINUTES_A_WEEK
        into_minute = (self._local(at_ms).second * 1000) + at_ms % 1000
        candidate = at_ms - into_minute + (edge - minute) * MINUTE_MS
        offset = self._local(at_ms).utcoffset()
        if self._local(candidate).utcoffset() == offset:
            return candidate
        before, after = at_ms, candidate  # the clocks change between the two
        while after - before > 1:
            middle = (before + after) // 2
            if self._local(middle).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after


def _holding(bands: tuple[TimeBand, ...], minute_of_week: int) -> str:
    weekday, minute = divmod(minute_of_week, MINUTES_A_DAY)
    for band in bands:
        if band.weekday == weekday and band.from_minute <= minute < band.until_minute:
            return band.name
    return ""
