"""What a deck would change in a tariff: versions to write, versions to end, and what a person should look at.

The law of this file: the natural key is prefix, time band and first day. A price that begins in the future stands
beside the present one and ends nothing. What the deck does not say of a prefix stays as it is there; of a new prefix
it is the default of a base tariff, or follows the base in a derived one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from appliance.billing.deck_import import DeckRate, Problem
from appliance.billing.rate_deck import Profile, RateDeck, Row

DEFAULTS = Profile(0, 1, 1, 0, 0, 0, 0, None, 0, "", None, None)
"""What a base tariff's rate is where nothing was said."""

OPEN = Profile(None, None, None, None, None, None, None, None, None, "", None, None)
PPM = 1_000_000
DIGESTED = 1000  # versions put into the fingerprint at once: the text of all of them would be as large as the deck
Version = tuple[object, ...]
"""A rate in the order of Rate's fields, without its id."""


class Change(NamedTuple):
    """One prefix that differs; `what` is added, changed or removed. Prices are micros per minute, None where there is none."""

    what: str
    prefix: str
    destination: str
    before_micros: int | None
    after_micros: int | None
    line: int = 0
    valid_from_at: int | None = None

    def rise_ppm(self) -> int | None:
        """How far the price rises (below zero: falls) in millionths of the old one; None where there was none above zero."""
        if not self.before_micros or self.after_micros is None:
            return None
        return (self.after_micros - self.before_micros) * PPM // self.before_micros


class Difference(NamedTuple):
    """`new` versions to write, `ended` to withdraw as (prefix, rate id); counts are of prefixes (and time bands)."""

    new: list[Version]
    ended: list[tuple[str, int]]
    changes: list[Change]
    rises: list[Change]
    problems: list[Problem]
    added: int
    changed: int
    removed: int
    unchanged: int

    def fingerprint(self) -> str:
        """The same for the same writes, another for any other."""
        digest = hashlib.sha256()
        for part in (self.new, self.ended):
            for start in range(0, len(part), DIGESTED):
                digest.update(repr(part[start : start + DIGESTED]).encode())
            digest.update(b"|")
        return digest.hexdigest()[:32]


def difference(
    rates: Sequence[DeckRate], current: RateDeck, now: int, *, derived: bool = False, keep: bool = False, rise_ppm: int = 100_000
) -> Difference:
    """Against the versions that a tariff has; `now` in UTC milliseconds. `keep`: what the deck does not name stays."""
    return _Comparing(current, now, derived, rise_ppm, any(rate.profile.blocked is not None for rate in rates)).compare(rates, keep)


class _Comparing:
    def __init__(self, current: RateDeck, now: int, derived: bool, rise_ppm: int, speaks_of_blocked: bool) -> None:
        self._current = current
        self._now = now
        self._derived = derived
        self._rise_ppm = rise_ppm
        self._speaks_of_blocked = speaks_of_blocked
        # by identity, for many rates share a profile; each is kept beside its answer, so that no other takes its place in memory
        self._settled: dict[tuple[int, int], tuple[Profile, Profile, Profile | None]] = {}
        self._begun: dict[tuple[int, int | None], tuple[Profile, Profile]] = {}
        self._done = Difference([], [], [], [], [], 0, 0, 0, 0)
        self._counts = {"added": 0, "changed": 0, "removed": 0, "unchanged": 0}

    def compare(self, rates: Sequence[DeckRate], keep: bool) -> Difference:
        named: dict[object, list[DeckRate]] = {}
        for rate in rates:
            band = rate.profile.band
            named.setdefault((rate.prefix, band) if band else rate.prefix, []).append(rate)
        for group in named.values():
            self._group(group, keep)
        if not keep:
            self._remove(named)
        counts = self._counts
        return self._done._replace(added=counts["added"], changed=counts["changed"], removed=counts["removed"], unchanged=counts["unchanged"])

    # one prefix -----------------------------------------------------------------------------------------------------
    def _group(self, group: list[DeckRate], keep: bool) -> None:
        """All that the deck says of one prefix and band."""
        prefix, band = group[0].prefix, group[0].profile.band
        if len(group) == 1 and (group[0].profile.valid_from_at or 0) <= self._now and prefix not in self._current:
            self._write(group[0], None, None)
            self._counts["added"] += 1
            self._tell("added", group[0], None)
            return
        versions = self._current.versions(prefix)
        if len(group) == 1 and len(versions) == 1 and self._one_for_one(group[0], versions[0]):
            return
        olds = [row for row in versions if row.profile.band == band and not self._over(row)]
        present = [rate for rate in group if (rate.profile.valid_from_at or 0) <= self._now]
        coming = [rate for rate in group if (rate.profile.valid_from_at or 0) > self._now]
        before = next((row for row in olds if (row.profile.valid_from_at or 0) <= self._now), None)
        wrote = False
        if present:
            wrote = self._present(max(present, key=lambda rate: rate.profile.valid_from_at or 0), before, olds)
        waiting = {row.profile.valid_from_at: row for row in olds if (row.profile.valid_from_at or 0) > self._now}
        for rate in coming:
            wrote = self._write(rate, waiting.pop(rate.profile.valid_from_at, None), before) or wrote
        if not keep:
            for row in waiting.values():
                self._done.ended.append((prefix, row.id))
                wrote = True
        what = "unchanged" if not wrote else "changed" if olds else "added"
        self._counts[what] += 1
        if wrote:
            self._tell(what, (present or coming)[-1], before)

    def _one_for_one(self, rate: DeckRate, row: Row) -> bool:
        """The case of nearly every prefix, in short: one price now and one in the deck, both of today. Whether it was that."""
        there = row.profile
        if there.band != rate.profile.band or self._over(row) or max(there.valid_from_at or 0, rate.profile.valid_from_at or 0) > self._now:
            return False
        if self._write(rate, row, row):
            self._counts["changed"] += 1
            self._tell("changed", rate, row)
        else:
            self._counts["unchanged"] += 1
        return True

    def _present(self, rate: DeckRate, before: Row | None, olds: Sequence[Row]) -> bool:
        """The price from now on; whatever held until now ends, unless it is the same."""
        wrote = self._write(rate, before, before)
        if wrote:
            ended = [row for row in olds if row is not before and (row.profile.valid_from_at or 0) <= self._now]
            self._done.ended.extend((rate.prefix, row.id) for row in ended)
        return wrote

    def _write(self, rate: DeckRate, old: Row | None, before: Row | None) -> bool:
        """A new version in the place of `old`; whether it differs. What the deck leaves open is as in `before`."""
        row = old or before
        profile = self._settle(rate.profile, None if row is None else row.profile)
        destination = rate.destination
        if destination is None and row is not None:
            destination = row.destination
        if destination is None and not self._derived:
            destination = ""
        if profile.blocked and not rate.profile.blocked and not self._speaks_of_blocked:
            self._done.problems.append(Problem(rate.line, "deck.still_blocked", {"prefix": rate.prefix}, False))
        if old is not None:
            there = self._from(old.profile, profile.valid_from_at)
            named = old.destination if old.destination is not None or self._derived else ""
            if rate.price_micros == old.price_micros and destination == named and profile == there:
                return False
            self._done.ended.append((rate.prefix, old.id))
        self._done.new.append((rate.prefix, destination, rate.price_micros, *profile))
        return True

    def _settle(self, said: Profile, there: Profile | None) -> Profile:
        """What the deck says over what is there, over the defaults of a base tariff."""
        key = (id(said), id(there))
        found = self._settled.get(key)
        if found is None:
            under = there if there is not None else OPEN
            values = []
            for name, value, old, default in zip(Profile._fields, said, under, DEFAULTS, strict=True):
                if name in ("band", "valid_from_at"):
                    values.append(value)
                else:
                    values.append(value if value is not None else old if old is not None or self._derived else default)
            if said.valid_until_at is None and (said.valid_from_at or 0) > self._now:
                values[-1] = None  # what begins later does not end when the present price does
            found = self._settled[key] = Profile(*values), said, there  # type: ignore[arg-type]
        return found[0]

    def _from(self, there: Profile, since: int | None) -> Profile:
        """What is there, as if it had begun at that moment."""
        key = (id(there), since)
        found = self._begun.get(key)
        if found is None:
            found = self._begun[key] = self._settle(OPEN, there)._replace(valid_from_at=since), there
        return found[0]

    def _over(self, row: Row) -> bool:
        until = row.profile.valid_until_at
        return until is not None and until <= self._now

    # what people see ------------------------------------------------------------------------------------------------
    def _tell(self, what: str, rate: DeckRate, before: Row | None) -> None:
        since = rate.profile.valid_from_at
        later = since if since is not None and since > self._now else None
        destination = rate.destination or (before.destination if before is not None else "") or ""
        old = None if before is None else before.price_micros
        change = Change(what, rate.prefix, destination, old, rate.price_micros, rate.line, later)
        self._done.changes.append(change)
        if before is None:
            under = self._current.match(rate.prefix, rate.profile.band, self._now)
            if under is None:
                return
            change = Change(what, rate.prefix, destination, under.price_micros, rate.price_micros, rate.line, later)
            if later is not None:
                parameters: dict[str, object] = {"prefix": rate.prefix, "shorter": under.prefix}
                self._done.problems.append(Problem(rate.line, "deck.later", parameters, False))
        if change.before_micros is None:
            return
        rise = change.rise_ppm()
        if (rise is not None and rise > self._rise_ppm) or (change.before_micros == 0 and change.after_micros):
            self._done.rises.append(change)

    def _remove(self, named: Iterable[object]) -> None:
        """Whatever the deck does not name ends."""
        known = named if isinstance(named, dict) else set(named)
        for prefix in list(self._current.prefixes()):
            versions = self._current.versions(prefix)
            if len(versions) == 1 and prefix in known and not versions[0].profile.band:
                continue  # the deck speaks of the only one there is
            gone: dict[str, list[Row]] = {}
            for row in versions:
                band = row.profile.band
                if ((prefix, band) if band else prefix) not in known and not self._over(row):
                    gone.setdefault(band, []).append(row)
            for rows in gone.values():
                self._counts["removed"] += 1
                self._done.ended.extend((prefix, row.id) for row in rows)
                self._done.changes.append(Change("removed", prefix, rows[0].destination or "", rows[0].price_micros, None))
