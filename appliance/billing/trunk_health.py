"""How a trunk has served of late, and whether it is to rest: sums over a moving window (ASR, ACD, PDD of ITU-T E.411).

The law of this file: moments in, figures out. Only what the carrier does wrong counts against it; a number that is busy or
does not answer does not. A trunk rests for a time that doubles while it fails again at once, and the next call after that
is the test: a success clears it.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import msgspec

LONGEST_REST_MS = 3_600_000
MOST_KEPT = 5_000
FEWEST_SHORT, FEWEST_HEARD = 20, 10
"""Fewer answered calls than this tell nothing of false answers; fewer that were heard tell nothing of dead air."""

FAILED, UNTAKEN, ANSWERED = 0, 1, 2
"""The carrier failed; the number was busy, did not answer or the caller gave up; somebody answered."""


class Rules(NamedTuple):
    """When a trunk rests, and when it is told of. Percentages are whole."""

    window_ms: int = 1_800_000
    rests: bool = True
    calls: int = 10
    percent: int = 80
    rest_ms: int = 60_000
    short_ms: int = 6_000
    short_percent: int = 60
    dead_percent: int = 20


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One call's try at a trunk. `delay_ms` from our INVITE to the first ringing, None where it did not ring; `dead`: answered
    and relayed, and not a packet came from the carrier; None: not heard."""

    at: int
    outcome: int
    talk_ms: int = 0
    delay_ms: int | None = None
    dead: bool | None = None


class Figures(NamedTuple):
    """Sums of the window; `percent` ones are of what they name, 0 where there is nothing."""

    calls: int
    answered: int
    failed: int
    asr_percent: int
    acd_ms: int
    pdd_ms: int | None
    short: int
    heard: int
    dead: int

    def fails(self, rules: Rules) -> bool:
        """Whether it is to rest."""
        return rules.rests and self.calls >= rules.calls and self.failed * 100 >= rules.percent * self.calls

    def short_percent(self, rules: Rules) -> int:
        """The share of very short calls where it is too great, else 0."""
        share = self.short * 100 // self.answered if self.answered >= FEWEST_SHORT else 0
        return share if share > rules.short_percent else 0

    def dead_percent(self, rules: Rules) -> int:
        """The share of calls without sound where it is too great, else 0."""
        share = self.dead * 100 // self.heard if self.heard >= FEWEST_HEARD else 0
        return share if share > rules.dead_percent else 0


class Health:
    """One trunk's. Moments are UTC milliseconds."""

    __slots__ = ("_samples", "resting_until", "rests", "testing")

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=MOST_KEPT)
        self.resting_until = 0
        self.rests = 0  # in a row
        self.testing = False  # it rested, and no call has shown yet that it is well

    def add(self, sample: Sample, rules: Rules) -> bool:
        """One more try; whether the trunk begins or ends a rest by it."""
        self._samples.append(sample)
        if sample.outcome == FAILED:
            if sample.at < self.resting_until:
                return False
            if self.testing or self.figures(sample.at, rules).fails(rules):
                self._rest(sample.at, rules)
                return True
            return False
        if not self.rests:
            return False
        if sample.outcome == ANSWERED or self.testing or sample.at < self.resting_until:
            return self.wake()
        return False

    def _rest(self, at: int, rules: Rules) -> None:
        self.resting_until = at + min(rules.rest_ms << min(self.rests, 10), LONGEST_REST_MS)
        self.rests += 1
        self.testing = True

    def wake(self) -> bool:
        """It is well again: what it did before counts no more. Whether it rested."""
        rested = bool(self.rests)
        self.resting_until = self.rests = 0
        self.testing = False
        self._samples = deque((each for each in self._samples if each.outcome != FAILED), maxlen=MOST_KEPT)
        return rested

    def rests_at(self, now: int) -> bool:
        """Whether others are tried before it."""
        return now < self.resting_until

    def figures(self, now: int, rules: Rules) -> Figures:
        """Of the window that ends now."""
        samples, oldest = self._samples, now - rules.window_ms
        while samples and samples[0].at < oldest:
            samples.popleft()
        answered = [each for each in samples if each.outcome == ANSWERED]
        delays = [each.delay_ms for each in samples if each.delay_ms is not None]
        heard = [each for each in answered if each.dead is not None]
        return Figures(
            len(samples),
            len(answered),
            sum(1 for each in samples if each.outcome == FAILED),
            len(answered) * 100 // len(samples) if samples else 0,
            sum(each.talk_ms for each in answered) // len(answered) if answered else 0,
            sum(delays) // len(delays) if delays else None,
            sum(1 for each in answered if each.talk_ms < rules.short_ms),
            len(heard),
            sum(1 for each in heard if each.dead),
        )
