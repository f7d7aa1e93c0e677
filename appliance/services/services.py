"""The wiring of all services: one object, made once, handed to every door.

How a noun service is written (`room` is `services.ground.room.Room`):

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

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.errors import UserError
from appliance.services.calls.call_log import WRITE_SECONDS
from appliance.services.calls.calls import Calls
from appliance.services.calls.heartbeat import Heartbeat
from appliance.services.calls.places import Places
from appliance.services.calls.recovery import Recovered, Recovery
from appliance.services.calls.registrations import Registrations
from appliance.services.calls.repricing import Repricing
from appliance.services.ground.access import folder_owner
from appliance.services.ground.changes import Changes
from appliance.services.ground.hot import Hot
from appliance.services.ground.jobs import Jobs
from appliance.services.ground.ledger import Ledger
from appliance.services.ground.room import Room
from appliance.services.ground.settings import Settings
from appliance.services.keeping.retention import EVERY_SECONDS, Retention
from appliance.services.trunks.trunk_outages import LOOK_SECONDS
from appliance.services.trunks.trunk_states import TrunkStates
from appliance.store.store import Store
from appliance.wire.corrections import CallRefund

if TYPE_CHECKING:
    from appliance.services.calls.live import Live
    from appliance.services.nouns import Nouns
    from appliance.services.trunks.trunk_trials import TrunkTrials

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400.0
SPENDING_SECONDS = 15.0


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
        self.places = Places(self.room, self.calls.guard.limits)
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
            self._nouns.call_shop.shops.tripped = self._nouns.fuses.tripped
            self._nouns.web.purse.spending = self.calls.spending
            self._nouns.web.online.stop_calls = self.calls.guard.disputed
            self._nouns.web.online.wait_for_risk = self._nouns.registration.welcome.wait_for_risk = self._nouns.limits.wait_for_risk
            self._nouns.binding_list.follow(self.registrations)
            self._nouns.alerts.states = self._nouns.trunks.states = self._nouns.doors.trunk_outages.states = self.trunk_states
            self._nouns.trunks.calls_of = self._nouns.pricing.answers.calls_of = lambda trunk: self.calls.counts.count(("trunk", trunk))
            self._nouns.pricing.answers.state_of, self._nouns.pricing.answers.would = self.calls.trunk_watch.state, self.calls.guard.would
            self._nouns.trunks.watch = self._nouns.alerts.watch = self._nouns.doors.trunk_outages.watch = self.calls.trunk_watch
            self._nouns.limits.guard, self._nouns.fuses.forgive = self.calls.guard, self.calls.guard.forgive
            self.calls.guard.written = self._nouns.fuses.tell
            self._nouns.bans.places = self._nouns.alerts.places = self.places
            self._nouns.alerts.emergencies = self.calls.emergencies
            self.calls.trunk_watch.dead_air = self._give_back_dead_air
            self._nouns.credit_accounts.reserved = self._nouns.pricing.answers.reserved = self.calls.reserved_on
        return self._nouns

    @property
    def trunk_trials(self) -> TrunkTrials:
        """Test calls over trunks; loaded by the first who asks."""
        if self._trunk_trials is None:
            from appliance.services.trunks.trunk_trials import TrunkTrials

            nouns = self.nouns
            self._trunk_trials = TrunkTrials(self.room, self.calls, nouns.access, nouns.lookups, nouns.audit)
            self.calls.tests_ended = self._trunk_trials.ended
        return self._trunk_trials

    @property
    def live(self) -> Live:
        """Running calls for readers; loaded by the first who asks."""
        if self._live is None:
            from appliance.services.calls.live import Live

            self._live = Live(self.room, self.calls, self.nouns.access)
        return self._live

    def begin_run(self) -> Recovered:
        """A server starts: close what an earlier run left, then begin this one and its jobs."""
        recovered = self.recovery.recover()
        if recovered.calls:
            self.calls.guard.reload()
        with self.changes.unit():
            self.calls.run_id = self.heartbeat.start()
        before = self.store.runs.get(self.calls.run_id - 1)
        if before is not None:
            self.calls.settlement.newest_at = max(before.heartbeat_at, before.ended_at or 0)
        self.calls.trunk_watch.load()
        self.calls.emergencies.load(self.store, self.clock.utcnow())
        now = self.clock.monotonic()
        beat = float(self.settings.get("calls.heartbeat_seconds", 5.0))
        self.jobs.every("heartbeat", beat, self.heartbeat.beat, first=now + beat)
        self.jobs.every("clock", beat, self.registrations.follow_clock, first=now + beat)
        self.calls.settlement.log.gathering = True
        self.jobs.every("call log", WRITE_SECONDS, self.calls.settlement.log.write, first=now + WRITE_SECONDS)
        self.jobs.every("spending", SPENDING_SECONDS, self._watch_spending, first=now + SPENDING_SECONDS)
        self.jobs.every("monthly fees", 1.0, self.nouns.fees.taking.step, first=now + 5.0)
        self.jobs.every("numbers sold on", 5.0, self.nouns.trunks.sales.step, first=now + 10.0)
        self.jobs.every("reminders", 20.0, self.nouns.money.reminders.step, first=now + 60.0)
        self.jobs.every("invoices", 5.0, self.nouns.money.invoice_runs.step, first=now + 30.0)
        self.jobs.every("low balances", 5.0, self.nouns.web.purse.step, first=now + 5.0)
        self.jobs.every("letters", 0.5, self.nouns.web.letters.step, first=now + 2.0)
        self.jobs.every("trunk outages", LOOK_SECONDS, self.nouns.doors.trunk_outages.step, first=now + LOOK_SECONDS)
        self.jobs.every("dearer prices", 1.0, self.nouns.web.price_rises.step, first=now + 60.0)
        self.jobs.every("spending caps", 30.0, self.calls.spending.turn, first=now + 30.0)
        retention = Retention(self.room)
        self.jobs.every("retention", EVERY_SECONDS, retention.step, first=now + 120.0)
        self.jobs.every("old messages", DAY_SECONDS, self._forget_messages, first=now + 600.0)
        self.jobs.every("decks not written", 60.0, self.nouns.decks.forget, first=now + 60.0)
        self.jobs.every("files not moved", 3600.0, self.nouns.moves.forget_files, first=now + 3600.0)
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

    def _give_back_dead_air(self, call: int) -> None:
        """A call was answered without a sound from the carrier, and the shop gives such calls back."""
        request = CallRefund(call, request_id=f"dead-air-{call}", note="No sound from the carrier")
        try:
            with self.changes.part():
                self.nouns.pricing.refunds.refund(folder_owner(), request)
        except UserError as refused:
            log.warning("call %d without sound was not given back: %s", call, refused.code)

    def _watch_spending(self) -> None:
        self.calls.watch_spending()
        if self.calls.guard.waiting:  # it tripped, and no call has ended since
            self.changes.begin()
            with self.changes.part():
                self.calls.guard.write()

    def _forget_messages(self) -> None:
        self.changes.begin()
        self.nouns.messages.outbox.forget_old()
        self.nouns.call_shop.queue.forget_old()
        self.nouns.doors.trunk_outages.forget_old()

    def _expire(self) -> None:
        self.changes.begin()
        self.registrations.end_expired()
