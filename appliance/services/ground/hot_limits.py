"""The guard's typed limits and tripped fuses in memory, and what each customer spent of late. Derived from the store, never a second truth."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import NamedTuple

from appliance.billing.velocity import DAY_MS, HOUR_MS, STEP_MS, Velocity
from appliance.clock import Clock
from appliance.services.ground.spending_history import History, day_of, is_small, read, zone_named
from appliance.store.guard import Limit
from appliance.store.nouns import Nouns
from appliance.wire.changes import Change

OWNERS = ("customer", "endpoint", "trunk", "reseller")
KINDS = ("guard_limit", "fuse")


class Limits(NamedTuple):
    """One party's limits, ready to be compared."""

    calls_per_second: int | None
    max_seconds: int | None
    day_micros: int | None
    month_micros: int | None
    hour_micros: int | None
    allowed: tuple[str, ...]
    blocked: tuple[str, ...]
    high_risk: str
    risk_wait_until_at: int | None
    networks: tuple[str, ...] = ()  # where phones may be; where countries are typed as well, either will do
    countries: frozenset[str] = frozenset()


NONE = Limits(None, None, None, None, None, (), (), "", None)


class Spender:
    """What is known of one customer. `countries` are country codes it has called; `first_calls` the moments of first ones."""

    __slots__ = ("countries", "first_calls", "old", "risk", "velocity")

    def __init__(self) -> None:
        self.velocity = Velocity()
        self.risk = Velocity()  # to numbers that fraud likes alone
        self.countries: set[str] = set()
        self.first_calls: deque[int] = deque(maxlen=100)
        self.old = False  # it called before the last day


class HotLimits:
    """Filled by `load`; `changed` by `KINDS`: ids of owners and of customers. `zone_of(customer)` names its time zone."""

    def __init__(self, store: Nouns, clock: Clock, zone_of: Callable[[int], str]) -> None:
        self._store = store
        self._clock = clock
        self._zone_of = zone_of
        self._limits: dict[tuple[str, int], Limits] = {}
        self._placed: set[tuple[str, int]] = set()  # of whom it is typed where they may be
        self.tripped: dict[int, str] = {}  # customer to the reason
        self._spenders: dict[int, Spender] = {}
        self.whole = False  # the history is known
        self.history_wanted: Callable[[], None] = lambda: None  # told where it is too long to be read at once
        self._today: dict[str, tuple[int, str, int]] = {}  # time zone to (known until, its day, its minute at that day's start)

    def load(self) -> None:
        """Everything, from the store."""
        self._keep_all()
        self.tripped = {fuse.customer_id: fuse.reason for fuse in self._store.guard.tripped()}
        self._load_spenders()

    def changed(self, changes: Sequence[Change]) -> None:
        """Read again what these name."""
        for change in changes:
            if change.kind == "guard_limit":
                for identity in change.ids:
                    self._read(identity)
            elif change.kind == "fuse":
                self.tripped = {fuse.customer_id: fuse.reason for fuse in self._store.guard.tripped()}
            if change.kind == "guard_limit" and not change.ids:
                self._keep_all()

    @property
    def placed(self) -> bool:
        """Whether anybody may not be everywhere."""
        return bool(self._placed)

    def _keep(self, key: tuple[str, int], limits: Limits | None) -> None:
        self._placed.discard(key)
        if limits is None:
            self._limits.pop(key, None)
            return
        self._limits[key] = limits
        if limits.networks or limits.countries:
            self._placed.add(key)

    def _keep_all(self) -> None:
        self._limits, self._placed = {}, set()
        for row in self._store.guard.limits():
            self._keep((row.owner_kind, row.owner_id), limits_of(row))

    def _read(self, identity: int) -> None:
        for kind in OWNERS:
            row = self._store.guard.limit(kind, identity)
            self._keep((kind, identity), None if row is None else limits_of(row))

    def of(self, kind: str, identity: int) -> Limits:
        """Of one party."""
        return self._limits.get((kind, identity), NONE)

    def spender(self, customer: int) -> Spender:
        """What is known of a customer; nothing of a new one."""
        found = self._spenders.get(customer)
        if found is None:
            found = self._spenders[customer] = Spender()
        return found

    def spenders(self) -> list[int]:
        """Customers of whom anything is known."""
        return list(self._spenders)

    def today(self, customer: int, at: int) -> str:
        """The day of the calendar where a customer is, "2026-03-31"."""
        return self._local(self._zone_of(customer), at)[1]

    def minute(self, customer: int, at: int) -> int:
        """The minute of the day where a customer is."""
        until, _, start = self._local(self._zone_of(customer), at)
        return (start + (at - (until - HOUR_MS)) // 60_000) % 1440

    def _local(self, zone: str, at: int) -> tuple[int, str, int]:
        """(until when this holds, the day, the minute of the day when that hour began): looked up once an hour."""
        known = self._today.get(zone)
        if known is None or not known[0] - HOUR_MS <= at < known[0]:
            hour = at - at % HOUR_MS
            here = datetime.fromtimestamp(hour // 1000, zone_named(zone))
            known = self._today[zone] = (
                hour + HOUR_MS,
                datetime.fromtimestamp(at // 1000, here.tzinfo).date().isoformat(),
                here.hour * 60 + here.minute,
            )
            if here.minute:  # half-hour zones change their day within an hour of UTC
                self._today.pop(zone)
        return known

    def _load_spenders(self) -> None:
        """What calls cost of late. A restart forgives nothing, and nobody twice."""
        now = self._clock.utcnow()
        guard = self._store.guard
        self._spenders = {}
        released = guard.released(now - DAY_MS)
        for customer, step, micros in guard.spent(now - DAY_MS, STEP_MS):
            at, velocity = step * STEP_MS, self.spender(customer).velocity
            if at >= released.get(customer, 0):
                velocity.hour.add(at, micros)
                velocity.day.add(at, micros)
            velocity.dated(micros, day_of(self._zone_of(customer), at))
        self.whole = is_small(self._store, now)
        if self.whole:
            self.take_history(self.read_history(self._store, now))
        else:
            self.history_wanted()

    def read_history(self, store: Nouns, now: int) -> History:
        """The month before the last day, out of another connection's store where a thread asks."""
        return read(store, now, self._zone_of)

    def take_history(self, history: History) -> None:
        """From now on it is known what is usual."""
        for customer, (hour, day) in history.busiest.items():
            spender = self.spender(customer)
            spender.old = True
            spender.velocity.busiest_hour, spender.velocity.busiest_day = hour, day
        for customer, (last, micros) in history.months.items():
            self.spender(customer).velocity.before(micros, last)
        for customer, countries in history.countries.items():
            self.spender(customer).countries |= countries
        self.whole = True


def limits_of(row: Limit) -> Limits:
    """From its row."""
    return Limits(
        row.calls_per_second,
        row.max_seconds,
        row.day_micros,
        row.month_micros,
        row.hour_micros,
        tuple(json.loads(row.allowed)),
        tuple(json.loads(row.blocked)),
        row.high_risk,
        row.risk_wait_until_at,
        tuple(json.loads(row.networks)),
        frozenset(json.loads(row.countries)),
    )


def hours_of(text: str) -> tuple[int, int] | None:
    """Minutes of the day from and until of "22:00-06:00"; None where it says nothing. ValueError where it is not that."""
    if not text.strip():
        return None
    begins, _, ends = text.partition("-")
    first, last = time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    return first.hour * 60 + first.minute, last.hour * 60 + last.minute


def within(minute: int, hours: tuple[int, int]) -> bool:
    """Whether a minute of the day lies in these hours, which may go over midnight; equal ends are the whole day."""
    first, last = hours
    return first <= minute < last if first < last else minute >= first or minute < last
