"""The watch of trunks: what each did of late, which rest, and what each may take now (product.md P4, N11).

Law: kept in memory, and made again from the call records at the start. A resting trunk is tried after all others, never
left out: where it is the only one, a call over it is better than none.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from appliance.billing.routing import TrunkState
from appliance.billing.trunk_health import ANSWERED, FAILED, UNTAKEN, Figures, Health, Rules, Sample
from appliance.services.calls.call_record import Ended, LiveCall
from appliance.services.ground.hot_limits import HotLimits, hours_of, within
from appliance.services.ground.hot_rows import HotTrunk
from appliance.services.ground.limits import CallCounts, CallRate
from appliance.services.ground.room import Room
from appliance.services.ground.spending_history import zone_named

_UNTAKEN = frozenset({404, 410, 480, 484, 486, 487, 488, 600, 603, 604, 606})
"""What the carrier says of the number, or the caller did; all else is its own fault (RFC 3398 7.2.4.1)."""

HEARD_MS = 3_000
"""A shorter call tells nothing of its sound: the relay counts each second."""

_NEVER_ITS_FAULT = frozenset({"cancelled", "busy", "no_answer"})


def outcome_of(status: int, cause: str = "") -> int:
    """What a try that was not answered says of the trunk. `status` as in `RouteFailed`: 0 silent, -1 unreachable."""
    return UNTAKEN if status in _UNTAKEN or cause in _NEVER_ITS_FAULT else FAILED


class TrunkWatch:
    """`state` is what routing asks; `tried` and `ended` feed it. `dead_air(call)` is told of calls to be given back,
    `spent_out(trunk)` asked whether it has cost enough today."""

    def __init__(self, room: Room, counts: CallCounts, rate: CallRate, limits: HotLimits) -> None:
        self._room = room
        self._hot = room.hot
        self._clock = room.clock
        self._settings = room.settings
        self._counts = counts
        self._rate = rate
        self._limits = limits
        self._health: dict[int, Health] = {}
        self._rules: Rules | None = None
        self._hours: dict[str, tuple[int, int] | None] = {}
        self.dead_air: Callable[[int], None] = lambda call: None
        self.spent_out: Callable[[int], bool] = lambda trunk: False
        room.changes.listen(lambda _: self._forget(), "setting", "trunk")

    def _forget(self) -> None:
        self._rules = None
        self._hours.clear()

    @property
    def rules(self) -> Rules:
        """As the settings have them."""
        if self._rules is None:
            get, usual = self._settings.get, Rules()
            self._rules = Rules(
                get("trunks.watch_minutes", 30) * 60_000,
                get("trunks.rest", True),
                get("trunks.rest_calls", usual.calls),
                get("trunks.rest_percent", usual.percent),
                get("trunks.rest_seconds", 60) * 1000,
                get("trunks.short_seconds", 6) * 1000,
                get("trunks.short_percent", usual.short_percent),
                get("trunks.dead_percent", usual.dead_percent),
            )
        return self._rules

    def load(self) -> None:
        """The window that ends now, out of the records."""
        now = self._clock.utcnow()
        self._health = {}
        for trunk, at, answered_at, duration, result, cause, attempts in self._room.store.guard.tries(now - self.rules.window_ms):
            for tried in json.loads(attempts) if attempts else ():
                if tried["trunk"] is not None and tried["trunk"] != trunk:
                    self._add(tried["trunk"], Sample(at, outcome_of(tried["status"])))
            outcome = ANSWERED if answered_at is not None else outcome_of(result, cause)
            self._add(trunk, Sample(at, outcome, duration))

    def _add(self, trunk: int, sample: Sample) -> bool:
        health = self._health.get(trunk)
        if health is None:
            health = self._health[trunk] = Health()
        return health.add(sample, self.rules)

    # what routing asks -----------------------------------------------------------------------------------------------
    def state(self, identity: int) -> TrunkState | None:
        """What a trunk can take now; None: gone."""
        trunk = self._hot.trunks.get(identity)
        if trunk is None:
            return None
        health = self._health.get(identity)
        limits = self._limits.of("trunk", identity)
        most = limits.calls_per_second
        return TrunkState(
            trunk.id,
            self._counts.count(("trunk", trunk.id)),
            trunk.max_calls,
            trunk.disabled or (bool(trunk.hours) and not self._open(trunk)) or (limits.day_micros is not None and self.spent_out(identity)),
            health is not None and not trunk.never_rests and health.rests_at(self._clock.utcnow()),
            trunk.strip,
            trunk.prepend,
            trunk.rules,
            most is not None and self._rate.at_most(("trunk", identity), most, self._clock.monotonic()),
            limits.allowed,
            limits.blocked,
        )

    def took(self, identity: int) -> None:
        """A call goes out by it first: it counts for its calls a second."""
        most = self._limits.of("trunk", identity).calls_per_second
        if most is not None:
            self._rate.too_fast(("trunk", identity), most, self._clock.monotonic())

    def _open(self, trunk: HotTrunk) -> bool:
        if trunk.hours not in self._hours:
            self._hours[trunk.hours] = hours_of(trunk.hours)
        hours = self._hours[trunk.hours]
        zone = self._hot.resellers[trunk.reseller_id].timezone
        return hours is None or within(minute_of_day(zone, self._clock.utcnow()), hours)

    # what feeds it ---------------------------------------------------------------------------------------------------
    def tried(self, trunk: int, status: int) -> None:
        """A try ended without an answer, and the next trunk is next."""
        self._told(trunk, Sample(self._clock.utcnow(), outcome_of(status)))

    def ended(self, live: LiveCall, ended: Ended, cause: str, duration_ms: int) -> None:
        """A call is over: its last trunk's try."""
        record = live.record
        if record.direction != "out" or record.trunk is None or record.emergency:
            return
        at = self._clock.utcnow()
        if live.answered is None:
            if record.attempts and record.attempts[-1][0] == record.trunk:
                return  # told when it failed
            self._told(record.trunk, Sample(at, outcome_of(ended.status, cause), 0, live.delay_ms))
            return
        dead = None
        heard_for_long = ended.media is not None and ended.media.relayed and duration_ms >= HEARD_MS
        if heard_for_long and ended.media is not None and ended.media.callee_packets is not None:
            dead = ended.media.callee_packets == 0
        self._told(record.trunk, Sample(at, ANSWERED, duration_ms, live.delay_ms, dead))
        if dead and self._settings.get("trunks.refund_dead_air", False):
            self.dead_air(live.call)

    def _told(self, trunk: int, sample: Sample) -> None:
        if self._add(trunk, sample):
            self._room.changes.note("trunk_state", trunk)

    # what is shown ---------------------------------------------------------------------------------------------------
    def health(self, trunk: int) -> tuple[Figures, int, int]:
        """(figures of the window, until when it rests or 0, rests in a row)."""
        health, now = self._health.get(trunk) or Health(), self._clock.utcnow()
        return health.figures(now, self.rules), health.resting_until if health.rests_at(now) else 0, health.rests

    def rested(self, trunk: int) -> bool:
        """Whether it rests or rested, and no call has shown yet that it is well."""
        health = self._health.get(trunk)
        return health is not None and health.rests > 0

    def wake(self, trunk: int) -> bool:
        """Somebody mended it: it is tried in its turn again."""
        health = self._health.get(trunk)
        return health is not None and health.wake()


def minute_of_day(zone: str, at: int) -> int:
    """The minute of the day at a moment there."""
    from datetime import datetime

    here = datetime.fromtimestamp(at // 1000, zone_named(zone))
    return here.hour * 60 + here.minute
