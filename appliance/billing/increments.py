"""From the milliseconds of a call to the seconds that are billed, and back.

The law of this file (money.md, A rate): nothing where d = 0 or d < free below; else d' = max(d, minimum) - free
seconds, and billed is 0 where d' <= 0, `first` where d' <= first, else first + ceil((d' - first) / next) * next. In
the style "total" the last is ceil(d' / next) * next instead. d is the duration in whole seconds, rounded once.
"""

from __future__ import annotations

_ROUNDING_MS = {"up": 999, "down": 0, "nearest": 500}
DURATION_ROUNDINGS = tuple(_ROUNDING_MS)
STYLES = ("first-next", "total")


class Increments:
    """The geometry of one price. Billed seconds lie on edges: 0, first, then every `next` counted from `anchor`."""

    __slots__ = ("_anchor", "_charged_from", "_round_ms", "first", "free_seconds", "minimum", "next")

    def __init__(
        self, first: int, next_: int, minimum: int = 0, free_below: int = 0, free_seconds: int = 0, rounding: str = "up", style: str = "first-next"
    ) -> None:
        self.first = first
        self.next = next_
        self.minimum = minimum
        self.free_seconds = free_seconds
        self._charged_from = free_below if free_below > 1 else 1
        self._round_ms = _ROUNDING_MS[rounding]
        self._anchor = first // next_ * next_ if style == "total" else first

    @property
    def geometry(self) -> tuple[int, ...]:
        """All that makes it: equal ones bill alike."""
        return self.first, self.next, self.minimum, self.free_seconds, self._charged_from, self._round_ms, self._anchor

    def seconds(self, duration_ms: int) -> int:
        """The duration in whole seconds, as the tariff rounds it."""
        return (duration_ms + self._round_ms) // 1000

    def billed(self, duration_ms: int) -> int | None:
        """Billed seconds; None where the call is free, also of its connection fee."""
        seconds = (duration_ms + self._round_ms) // 1000
        if seconds < self._charged_from:
            return None
        if seconds < self.minimum:
            seconds = self.minimum
        seconds -= self.free_seconds
        if seconds > self.first:
            anchor = self._anchor
            return anchor - (anchor - seconds) // self.next * self.next
        return self.first if seconds > 0 else 0

    def edge(self, seconds: int) -> int:
        """The first edge at or after so many seconds (one or more) of charged time."""
        if seconds <= self.first:
            return self.first
        return self._anchor - (self._anchor - seconds) // self.next * self.next

    def last_ms_below(self, billed: int) -> int:
        """The longest duration in milliseconds that is billed less than `billed` seconds (0: that is wholly free)."""
        if billed <= 0:
            charged = 0  # any charged call will do
        elif billed <= self.first:
            charged = 1
        else:
            anchor = self._anchor
            before = anchor + (billed - anchor - 1) // self.next * self.next  # the edge below
            charged = max(before, self.first) + 1
        seconds = self._charged_from
        if charged and max(seconds, self.minimum) - self.free_seconds < charged:
            seconds = charged + self.free_seconds
        return seconds * 1000 - self._round_ms - 1
