"""The two clocks of the house, and the only module beside sip/transport and sip/media_relay that reads time.

Moments are recorded in UTC as whole milliseconds since 1970 (`_at`); durations are measured on the monotonic
clock in whole milliseconds (`_ms`). The two never mix: a wall clock that jumps changes no duration.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """What services and edges are handed instead of the time module."""

    def utcnow(self) -> int:
        """Milliseconds since 1970-01-01T00:00Z, for records."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps, for timers and durations."""
        ...


class SystemClock:
    """The machine's clocks."""

    def utcnow(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class SteppedClock:
    """A clock that a test moves by hand; both faces start where they are told."""

    def __init__(self, utc_ms: int = 1_767_225_600_000, monotonic: float = 1000.0) -> None:
        self._utc_ms = utc_ms
        self._monotonic = monotonic

    def utcnow(self) -> int:
        return self._utc_ms

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._monotonic += seconds
        self._utc_ms += round(seconds * 1000)

    def jump(self, seconds: float) -> None:
        """The wall clock alone is set, as an operator or NTP would."""
        self._utc_ms += round(seconds * 1000)


def rfc3339(at_ms: int) -> str:
    """`2026-01-02T03:04:05.678Z` (RFC 3339, UTC)."""
    return f"{_second(at_ms // 1000)}.{at_ms % 1000:03d}Z"


@lru_cache(16)
def _second(at: int) -> str:
    """A second since 1970 as text: what is logged together is of the same few."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}"


def parse_rfc3339(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time or an ISO date (midnight UTC); ValueError where it is neither."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)
    return int(whole.timestamp()) * 1000 + moment.microsecond // 1000
