"""What was read last: whoever looked at a deck writes it next, and reading it again would double the time.

The law of this file: what is kept is taken once, for the same file, asked in the same way, over the same rates; or it is read anew.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from appliance.clock import Clock
from appliance.services.prices.deck_process import Frames
from appliance.services.prices.deck_reading import Job

KEPT_SECONDS = 600.0
MOST_BYTES = 24 * 1024 * 1024  # of versions and endings, still JSON: some 300,000 rates

Key = tuple[str, Job]


class _Kept(NamedTuple):
    key: Key
    frames: Frames
    until: float


def key_of(job: Job, content: bytes) -> Key:
    """The same for the same bytes, asked in the same way; for a thread, since the bytes may be many."""
    return hashlib.sha256(content).hexdigest(), msgspec.structs.replace(job, now=0, show=0, writes=True)


class LastRead:
    """One file's versions between its preview and its writing; used on the store's thread alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: _Kept | None = None

    def keep(self, key: Key, found: Frames) -> None:
        """In the place of what was kept; nothing where it is too much."""
        size = sum(map(len, found.new)) + sum(map(len, found.ended))
        self._kept = _Kept(key, found, self._clock.monotonic() + KEPT_SECONDS) if size <= MOST_BYTES else None

    def taken(self, key: Key, edition: int) -> Frames | None:
        """What was kept of that file, if the tariff's rates are still of that edition; it is kept no longer."""
        kept = self._kept
        if kept is None or kept.key != key:
            return None
        self._kept = None
        fresh = kept.until > self._clock.monotonic() and kept.frames.outcome.edition == edition
        return kept.frames if fresh else None

    def forget(self) -> None:
        """What nobody came for."""
        if self._kept is not None and self._kept.until <= self._clock.monotonic():
            self._kept = None
