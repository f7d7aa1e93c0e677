"""Sums of calls by day that are kept, so that a month is read once: the days that are over, and today's hours that are.

Law: facts are never edited, but a stretch of time that is over can still gain some: a call that began in it ends later, a charge is put
right. Both are told as changes of that call, and the stretch is summed anew. A stretch is read on any connection; what is kept changes on
the store's thread alone, and only where nothing was told while it was read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from appliance.services.ground.room import Room
from appliance.store.nouns import Nouns
from appliance.wire.changes import Change

HOUR_MS = 3_600_000
MOST_HEARD = 20_000
MOST_KEPT = 20_000


@dataclass(slots=True)
class DaySum:
    """Calls and money of a stretch; `cost` is what the reseller paid for it."""

    calls: int = 0
    answered: int = 0
    duration_ms: int = 0
    sales: dict[str, int] = field(default_factory=dict)
    cost: dict[str, int] = field(default_factory=dict)

    def add(self, other: DaySum) -> None:
        """And these."""
        self.calls += other.calls
        self.answered += other.answered
        self.duration_ms += other.duration_ms
        for mine, more in ((self.sales, other.sales), (self.cost, other.cost)):
            for currency, micros in more.items():
                mine[currency] = mine.get(currency, 0) + micros


class Stretch(NamedTuple):
    """Calls of a reseller that began from `since` until `until` (not included)."""

    reseller_id: int
    since: int
    until: int


Read = Callable[[Nouns, int, int], DaySum]
"""`read(tables, since, until)` sums what is asked."""


class Asked(NamedTuple):
    """One question: `sums(tables, read)` answers it on any connection. Each stretch belongs to a line: a date, or an hour of one."""

    stretches: Sequence[tuple[Stretch, str]]
    known: Mapping[Stretch, DaySum]
    over: int
    """Stretches that end by then can be kept."""
    done: Callable[[dict[Stretch, DaySum]], None]

    def sums(self, tables: Nouns, read: Read) -> dict[str, DaySum]:
        """By line, in their order; what was not kept is read."""
        found: dict[str, DaySum] = {}
        fresh: dict[Stretch, DaySum] = {}
        for each, line in self.stretches:
            kept = self.known.get(each)
            sums = kept if kept is not None else read(tables, each.since, each.until)
            if kept is None and each.until <= self.over:
                fresh[each] = sums
            found.setdefault(line, DaySum()).add(sums)
        if fresh:
            self.done(fresh)
        return found


class DayBook:
    """One a server. `ask` on the store's thread."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store
        self._kept: dict[Stretch, DaySum] = {}
        self._heard: list[int] = []
        self._fresh: deque[tuple[int, dict[Stretch, DaySum]]] = deque()
        self._era = 0
        """Counts up where something that is kept, or is being read, may have changed."""
        self._horizon = 0
        """No call that began in a stretch that was asked about and is over has a greater id."""
        room.changes.listen(self._hear, "call")
        room.changes.listen(self._clear, "reseller", "trunk")
        room.changes.on_lost(lambda: self._clear(()))

    def ask(self, reseller_id: int, since: int, until: int, zone: tzinfo, *, hours: bool = False) -> Asked:
        """Of a reseller, by dates there ("2026-01-31"), or by `hours` ("2026-01-31T14:00")."""
        self._settle()
        now, era = self._room.clock.utcnow(), self._era
        stretches = list(_stretches(reseller_id, since, min(until, now + 1), -1 if hours else now, zone))
        lines = [(each, _line(each.since, zone, hours=hours)) for each in stretches]
        known = {each: kept for each in stretches if (kept := self._kept.get(each)) is not None}
        over = max((each.until for each in stretches if each.until <= now), default=0)
        if over:
            self._horizon = max(self._horizon, self._last_id(over))
        return Asked(lines, known, over, lambda fresh: self._fresh.append((era, fresh)))

    # parts ---------------------------------------------------------------------------------------------------------
    def _settle(self) -> None:
        """Keep what was read since, drop what has changed."""
        while self._fresh:
            era, fresh = self._fresh.popleft()
            if era == self._era:
                self._kept.update(fresh)
        heard, self._heard = {each for each in self._heard if each <= self._horizon}, []
        for call in heard:
            at = self._store.cdrs.started_at(call)
            if at is not None:
                self._era += 1  # what is being read right now may lack it
                self._drop(at)
        if len(self._kept) > MOST_KEPT:
            self._clear(())

    def _drop(self, at: int) -> None:
        for each in [each for each in self._kept if each.since <= at < each.until]:
            del self._kept[each]

    def _hear(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "call":
                if not change.ids:
                    self._clear(())
                self._heard += change.ids
        if len(self._heard) > MOST_HEARD:
            self._heard = list({each for each in self._heard if each <= self._horizon})
            if len(self._heard) > MOST_HEARD // 2:
                self._clear(())

    def _last_id(self, until: int) -> int:
        """Ids follow the beginnings of calls, also of those that run."""
        after = self._store.cdrs.first_since(until)
        return after - 1 if after is not None else self._store.cdrs.last_id()

    def _clear(self, changes: Sequence[Change]) -> None:
        self._kept.clear()
        self._heard.clear()
        self._era += 1


def _line(at: int, zone: tzinfo, *, hours: bool) -> str:
    here = datetime.fromtimestamp(at / 1000, zone)
    return f"{here:%Y-%m-%dT%H:00}" if hours else here.date().isoformat()


def _stretches(reseller_id: int, since: int, until: int, whole_until: int, zone: tzinfo) -> Iterable[Stretch]:
    """Whole days that end by then, and from there on hours."""
    at = since
    while at < until:
        here = datetime.fromtimestamp(at / 1000, zone)
        midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        ends = min(round(midnight.timestamp()) * 1000, until)
        if ends <= whole_until:
            yield Stretch(reseller_id, at, ends)
        else:
            for hour in range(at, ends, HOUR_MS):
                yield Stretch(reseller_id, hour, min(hour + HOUR_MS, ends))
        at = ends
