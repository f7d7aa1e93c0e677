"""The wiring of all services: one object, made once, handed to every door.

How a noun service is written (`room` is `services.room.Room`):

    class Customers:
        def __init__(self, room: Room, ...other services it needs) -> None: ...

        def create(self, ...):
            with room.changes.unit():                  # a unit of work; inside an open one, a part of it
                id = room.store.customers.insert(...)
                room.ledger.post(now, "opening", [(credit, amount), (opening, -amount)])
                room.changes.note("customer", id)      # told after commit; hot look-ups refresh by it

Kinds that hot look-ups follow: reseller, customer, endpoint, account, tariff, rate, trunk, route, did, setting,
exchange_rate. Call `ledger.set_limit` for a credit limit instead of writing the row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.services.call_log import WRITE_SECONDS
from appliance.services.calls import Calls
from appliance.services.changes import Changes
from appliance.services.heartbeat import Heartbeat
from appliance.services.hot import Hot
from appliance.services.jobs import Jobs
from appliance.services.ledger import Ledger
from appliance.services.recovery import Recovered, Recovery
from appliance.services.registrations import Registrations
from appliance.services.repricing import Repricing
from appliance.services.retention import EVERY_SECONDS, Retention
from appliance.services.room import Room
from appliance.services.settings import Settings
from appliance.services.trunk_states import TrunkStates
from appliance.store.store import Store

if TYPE_CHECKING:
    from appliance.services.live import Live
    from appliance.services.nouns import Nouns
    from appliance.services.trunk_trials import TrunkTrials

DAY_SECONDS = 86_400.0


class Services:
    """All services over one store. `settings` answers `settings.get("sip.check_uri", True)`; `rng(n)` gives n random bytes."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, rng: Callable[[int], bytes]) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.changes = Changes(store, clock)
        self.ledger = Ledger(store, clock, self.changes)
        self.hot = Hot(store, clock, self.changes, settings)
        self.hot.load()
        self.room = Room(store, clock, settings, rng, self.changes, self.ledger, self.hot)
        self.registrations = Registrations(self.room)
        self.calls = Calls(self.room, self.registrations)
        self.repricing = Repricing(self.room, self.calls)
        self.trunk_states = TrunkStates(self.changes)
        self.recovery = Recovery(self.room, self.calls)
        self.heartbeat = Heartbeat(self.room)
        self.jobs = Jobs()
        self._nouns: Nouns | None = None
        self._live: Live | None = None
        self._trunk_trials: TrunkTrials | None = None

    @property
    def nouns(self) -> Nouns:
        """The services of customers, tariffs, trunks and all other nouns; loaded by the first who asks."""
        if self._nouns is None:
            from appliance.services.nouns import Nouns

            self._nouns = Nouns(self.room)
            self._nouns.call_shop.meters.calls = self.calls
            self._nouns.binding_list.follow(self.registrations)
            self._nouns.alerts.states = self._nouns.trunks.states = self.trunk_states
            self._nouns.trunks.calls_of = self._nouns.pricing.answers.calls_of = lambda trunk: self.calls.counts.count(("trunk", trunk))
            self._nouns.credit_accounts.reserved = self._nouns.pricing.answers.reserved = self.calls.reserved_on
        return self._nouns

    @property
    def trunk_trials(self) -> TrunkTrials:
        """Test calls over trunks; loaded by the first who asks."""
        if self._trunk_trials is None:
            from appliance.services.trunk_trials import TrunkTrials

            nouns = self.nouns
            self._trunk_trials = TrunkTrials(self.room, self.calls, nouns.access, nouns.lookups, nouns.audit)
            self.calls.tests_ended = self._trunk_trials.ended
        return self._trunk_trials

    @property
    def live(self) -> Live:
        """Running calls for readers; loaded by the first who asks."""
        if self._live is None:
            from appliance.services.live import Live

            self._live = Live(self.room, self.calls, self.nouns.access)
        return self._live

    def begin_run(self) -> Recovered:
        """A server starts: close what an earlier run left, then begin this one and its jobs."""
        recovered = self.recovery.recover()
        with self.changes.unit():
            self.calls.run_id = self.heartbeat.start()
        before = self.store.runs.get(self.calls.run_id - 1)
        if before is not None:
            self.calls.settlement.newest_at = max(before.heartbeat_at, before.ended_at or 0)
        now = self.clock.monotonic()
        beat = float(self.settings.get("calls.heartbeat_seconds", 5.0))
        self.jobs.every("heartbeat", beat, self.heartbeat.beat, first=now + beat)
        self.jobs.every("clock", beat, self.registrations.follow_clock, first=now + beat)
        self.calls.settlement.log.gathering = True
        self.jobs.every("call log", WRITE_SECONDS, self.calls.settlement.log.write, first=now + WRITE_SECONDS)
        self.jobs.every("monthly fees", 1.0, self.nouns.fees.taking.step, first=now + 5.0)
        self.jobs.every("reminders", 20.0, self.nouns.money.reminders.step, first=now + 60.0)
        self.jobs.every("invoices", 5.0, self.nouns.money.invoice_runs.step, first=now + 30.0)
        retention = Retention(self.room)
        self.jobs.every("retention", EVERY_SECONDS, retention.step, first=now + 120.0)
        self.jobs.every("old messages", DAY_SECONDS, self._forget_messages, first=now + 600.0)
        self.jobs.every("expired registrations", 60.0, self._expire, first=now + 60.0)
        return recovered

    def end_run(self) -> None:
        """An orderly end: whatever still has a live row is charged, and the run is closed."""
        if self.store.in_unit:
            self.changes.flush()
            self.store.commit()
            self.changes.committed()
        with self.changes.unit():
            self.recovery.close_present(int(self.clock.monotonic() * 1000), self.clock.utcnow())
            self.heartbeat.end()
        self.calls.settlement.log.write()

    def _forget_messages(self) -> None:
        self.changes.begin()
        self.nouns.messages.outbox.forget_old()
        self.nouns.call_shop.queue.forget_old()

    def _expire(self) -> None:
        self.changes.begin()
        self.registrations.end_expired()
