"""Calls from admission to their end: the one who decides, meters and records.

Law: one CDR a call, refused ones included; every step is a savepoint of the open unit of work, or a single statement,
which is one by itself; what a call costs is known to the credit book from admission on, so that no account ends below
its limit because of calls. Moments named `now` are the engine's monotonic seconds; moments named `_at` are UTC
milliseconds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from appliance.billing.admission import Admit, Question, Refuse, decide
from appliance.billing.credit import CreditBook
from appliance.billing.credit_call import UNMETERED
from appliance.services.calls.booth_calls import CLOSED, BoothCalls
from appliance.services.calls.call_guard import CallGuard
from appliance.services.calls.call_plan import Plan, Planner
from appliance.services.calls.call_record import (
    ANSWERED,
    RINGING,
    Accepted,
    Attempt,
    CallRecord,
    Denied,
    Ended,
    Heard,
    LiveCall,
    Place,
    heard_itself,
    paid_by,
    to_text,
)
from appliance.services.calls.call_restore import restored
from appliance.services.calls.call_settle import Outcome, Settlement
from appliance.services.calls.call_stops import OWN_CAP, CallStops
from appliance.services.calls.emergency import Emergencies, Urgent
from appliance.services.calls.registrations import Registrations
from appliance.services.calls.spending import Spending
from appliance.services.calls.trunk_watch import TrunkWatch
from appliance.services.ground.hot_rows import HotEndpoint
from appliance.services.ground.limits import CallCounts, CallRate, Party
from appliance.services.ground.room import Room
from appliance.services.ground.spending_history import History
from appliance.store.calls import LiveCall as LiveRow

log = logging.getLogger(__name__)


def axis(now: float) -> int:
    """The engine's seconds as whole milliseconds, the credit book's axis."""
    return int(now * 1000 + 0.5)


class Calls:
    """The service of running calls. `run_id` is the server's run; 0 in a command, where no calls run."""

    def __init__(self, room: Room, registrations: Registrations) -> None:
        self._room = room
        self._store, self._clock, self._changes = room.store, room.clock, room.changes
        self.counts = CallCounts()
        self.booths = BoothCalls(room)
        self.spending = Spending(room.store, room.clock, room.changes)
        self.spending.moved = self._purse_changed
        self.settlement = Settlement(room, self.booths)
        self.guard = CallGuard(room)
        self.stops = CallStops(self.guard, room.clock, lambda account: self.spending.holds(account, room.ledger))
        self.rate = CallRate()
        self.trunk_watch = TrunkWatch(room, self.counts, self.rate, self.guard.limits)
        self.settlement.bought, self.trunk_watch.spent_out = self.guard.bought, self.guard.spent_out
        self._planner = Planner(room, registrations, self.counts, self.booths, self.guard, self.trunk_watch, self.rate)
        self.emergencies = Emergencies()
        self.running: dict[int, LiveCall] = {}
        room.settings.follow(self._read_settings)
        self._book = self._new_book()
        self._moment: int | None = None  # when the book must be asked next, where `_moment_known`
        self._moment_known = False
        self._ending = 0  # the moment of the end that is being written, which may lie before now
        self.run_id = 0
        self._next_id = self._store.calls.next_id()
        self.tests_ended: Callable[[int, int, Heard | None], None] = lambda call, status, media: None
        self.stops.clear(self.running)
        room.ledger.on_funds(self._funds_changed)
        room.changes.listen(lambda _: self.watch_spending(), "guard_limit")
        room.changes.on_lost(self.rebuild)

    def _read_settings(self) -> None:
        get = self._room.settings.get
        self._ring_seconds, self._tone_seconds = float(get("sip.ring_seconds", 180)), float(get("calls.low_credit_seconds", 0))

    # admission -------------------------------------------------------------------------------------------------------
    def is_emergency(self, dialled: str, endpoint: int | None) -> bool:
        """Whether these digits are an emergency number for that caller."""
        return self._planner.is_emergency(dialled, endpoint)

    def texted(self, sender_id: int, dialled: str) -> tuple[HotEndpoint, HotEndpoint, str] | None:
        """Sender, receiver and the receiver's SIP domain of a text; None where it is for nobody of ours, or either may not."""
        hot = self._room.hot
        sender = hot.endpoints.get(sender_id)
        customer = hot.customers[sender.customer_id] if sender is not None else None
        if sender is None or customer is None or sender.disabled or hot.shut_off(customer):
            return None
        receiver = hot.by_number(dialled) or hot.by_number(hot.normalised(customer, dialled))
        owner = hot.customers[receiver.customer_id] if receiver is not None else None
        if receiver is None or owner is None or receiver.disabled or hot.shut_off(owner):
            return None
        return sender, receiver, hot.resellers[owner.reseller_id].domains[0]

    def admit(self, attempt: Attempt, now: float, *, writable: bool = True) -> Accepted | Denied:
        """Decide, and write the live call, or the record of its refusal.

        Not `writable`: the database is in other hands, and only an emergency call comes here. It goes on from memory
        alone, and its record is written at its answer or its end.
        """
        at = self._clock.utcnow()
        call = self._next_id
        self._next_id += 1
        plan = self._planner.plan(attempt, at)
        record = CallRecord(
            attempt.call_id,
            at,
            attempt.caller,
            attempt.dialled,
            plan.normalised,
            attempt.source,
            attempt.user_agent,
            plan.direction,
            attempt.emergency,
            plan.reseller,
            plan.customer,
            plan.endpoint,
            plan.callee_endpoint,
            plan.prefix,
            plan.destination,
            trunk=plan.trunk,
            uncertain=self.settlement.clock_is_behind(at),
            session=plan.guest.session if plan.guest is not None else None,
        )
        answer = plan.refused or self._decide(call, record, plan, now)
        if record.emergency:
            self.emergencies.began(Urgent(call, at, plan.normalised, plan.customer, plan.endpoint), self._changes if writable else None)
        if isinstance(answer, Refuse):
            if writable:
                self._refuse(call, record, answer, at)
            return Denied(answer.status, answer.phrase, answer.cause, plan.said, plan.language, call)
        accepted = self._accept(call, record, plan, answer, now, writable)
        if plan.forwards:
            self.running[call].before = (attempt, plan)
        return accepted

    def _decide(self, call: int, record: CallRecord, plan: Plan, now: float) -> Admit | Refuse:
        answer = decide(
            Question(
                call,
                plan.levels,
                record.emergency,
                plan.shut_off,
                plan.barred,
                plan.full,
                plan.routes is None,
                plan.routes,
                plan.longest_ms,
                plan.watches,
                lambda level: self.guard.refusal(level, record, self._clock.utcnow()),
            ),
            self.book,
            axis(now),
        )
        if isinstance(answer, Refuse) and answer.cause == "no_funds" and self.stops.is_capped(plan.levels, answer.level):
            return answer._replace(cause=OWN_CAP, phrase="Spending cap reached")
        return answer

    def _refuse(self, call: int, record: CallRecord, refusal: Refuse, at: int) -> None:
        with self._changes.part():
            self.guard.write()
            self.settlement.write(LiveCall(call, record, (), ()), Outcome(at, 0, 0, refusal.status, refusal.cause, "server"), self.run_id)
            self._changes.note("call", call)
            if refusal.detail == CLOSED:
                self.booths.knocked(record, call)

    def _accept(self, call: int, record: CallRecord, plan: Plan, admitted: Admit, now: float, writable: bool) -> Accepted:
        places = plan.reached(admitted.candidates)
        record.paid_by = paid_by(admitted.meters, plan.payers, plan.taken)
        trunks = tuple([place.trunk for place in places if place.trunk is not None])
        parties = plan.parties
        if trunks:
            record.trunk = trunks[0]
            parties = (*parties, ("trunk", trunks[0]))
        live = LiveCall(call, record, admitted.meters, parties, trunks)
        live.recorded = writable and self._recorded(live, now)
        if trunks:
            live.begun = now
            self.trunk_watch.took(trunks[0])
        self.running[call] = live
        self.counts.take(parties)
        return self._accepted(call, plan, places)

    def _accepted(self, call: int, plan: Plan, places: tuple[Place, ...]) -> Accepted:
        return Accepted(
            call,
            places,
            plan.media,
            plan.codecs,
            self._ring_seconds,
            self._tone_seconds,
            plan.service,
            plan.forwards,
        )

    def not_taken(self, call: int, status: int, contact: str, now: float) -> Accepted | None:
        """The endpoint did not take the call: where it sends it on, at its own customer's cost; None where the call is over.

        `status` as in `RouteFailed`; `contact`: the number that a 3xx named.
        """
        live = self.running.get(call)
        if live is None or live.before is None or live.answered is not None:
            return None
        attempt, before = live.before
        plan = self._planner.not_taken(attempt, before, status, contact, self._clock.utcnow())
        if plan is None:
            return None
        self.book.release(call, axis(now))
        answer = self._decide(call, live.record, plan, now)
        if isinstance(answer, Refuse):
            return None
        places, record = plan.reached(answer.candidates), live.record
        record.paid_by = paid_by(answer.meters, plan.payers, plan.taken)
        record.direction, record.normalised, record.prefix, record.destination = plan.direction, plan.normalised, plan.prefix, plan.destination
        record.reseller, record.customer, record.endpoint, record.callee_endpoint = plan.reseller, plan.customer, plan.endpoint, plan.callee_endpoint
        trunks = tuple(place.trunk for place in places if place.trunk is not None)
        self.counts.give_back(live.parties)
        live.parties = (*plan.parties, ("trunk", trunks[0])) if trunks else plan.parties
        self.counts.take(live.parties)
        record.trunk = trunks[0] if trunks else record.trunk
        live.meters, live.places, live.before = answer.meters, trunks, (attempt, plan) if plan.forwards else None
        self._store.calls.delete_live(call)
        self._insert(live)
        return self._accepted(call, plan, places)

    def place_test(self, record: CallRecord, now: float, longest_seconds: float) -> int:
        """A test call of a trunk begins: written and counted as every call, and billed to nobody. Its id."""
        call = self._next_id
        self._next_id += 1
        parties: tuple[Party, ...] = (("trunk", record.trunk or 0),)
        self.book.admit(call, (), axis(now), int(longest_seconds * 1000))
        live = LiveCall(call, record, (), parties, (record.trunk or 0,))
        live.recorded = self._recorded(live, now)
        self.running[call] = live
        self.counts.take(parties)
        return call

    def _recorded(self, live: LiveCall, now: float) -> bool:
        """Write the live row; False where an emergency call must go on without."""
        try:
            self._insert(live)
        except Exception:
            if not live.record.emergency:
                self.book.release(live.call, axis(now))
                raise
            log.exception("an emergency call goes on unrecorded")
            return False
        return True

    def _insert(self, live: LiveCall) -> None:
        record = live.record
        self._store.calls.insert_live(
            LiveRow(live.call, self.run_id, record.customer, record.endpoint, record.trunk, record.started_at, None, None, to_text(record), None)
        )
        self._note(live)

    def _note(self, live: LiveCall) -> None:
        self._changes.note("call", live.call)
        if live.record.session is not None:
            self.booths.told(live.record)

    # while it runs ---------------------------------------------------------------------------------------------------
    def ringing(self, call: int) -> None:
        """The caller hears it ring; state only."""
        live = self.running.get(call)
        if live is not None and live.state != ANSWERED:
            if live.state != RINGING and live.begun is not None:
                live.delay_ms = axis(self._clock.monotonic() - live.begun)
            live.state = RINGING
            self._note(live)

    def route_failed(self, call: int, trunk: int | None, status: int) -> None:
        """One route ended without answer; the next trunk in order is tried from here on."""
        live = self.running.get(call)
        if live is None:
            return
        live.record.attempts = (*live.record.attempts, (trunk, status))
        if trunk is not None and live.record.direction == "out" and not live.record.emergency:
            self.trunk_watch.tried(trunk, status)
            live.begun, live.delay_ms = self._clock.monotonic(), None
        if trunk in live.places:
            index = live.places.index(trunk) + 1
            if index < len(live.places):
                self._move(live, live.places[index])

    def _move(self, live: LiveCall, trunk: int) -> None:
        """Count the call at another trunk than before."""
        if live.record.trunk == trunk or live.record.direction != "out":
            return
        before, after = ("trunk", live.record.trunk or 0), ("trunk", trunk)
        self.counts.give_back((before,))
        self.counts.take((after,))
        live.parties = (*(each for each in live.parties if each != before), after)
        live.record.trunk = trunk

    def answered(self, call: int, trunk: int | None, endpoint: int | None, callee: str, trunk_call_id: str, dialogs: str, now: float) -> None:
        """200 is about to leave for the caller: metering starts."""
        live = self.running.get(call)
        if live is None:
            return
        at, record = self._clock.utcnow() - max(axis(self._clock.monotonic() - now), 0), live.record
        if trunk is not None:
            self._move(live, trunk)
        if endpoint is not None:
            record.callee_endpoint = endpoint
        record.callee, record.trunk_call_id, record.answered_at = callee, trunk_call_id, at
        if not live.recorded:
            self._insert(live)
            live.recorded = True
        self._store.calls.update_answered(call, record.trunk, at, axis(now), to_text(record), dialogs)
        self._note(live)
        live.state = ANSWERED
        live.answered = now
        if not record.emergency and self.guard.longest_over(record.trunk) is not None:
            self.book.set_limit(call, self._planner.longest(record), axis(now))
        self.book.answer(call, axis(now), at)

    def echoed(self, call: int, packets_in: int, packets_back: int) -> None:
        """What an echo call heard and gave back so far; told once both are enough for the caller to have heard itself."""
        live = self.running.get(call)
        if live is None:
            return
        known = heard_itself(live.echo)
        live.echo = (packets_in, packets_back)
        if heard_itself(live.echo) and not known:
            self._changes.begin()
            self._changes.note("echo_heard", call)
            self._changes.note("call", call)

    @property
    def book(self) -> CreditBook:
        """The meters of all running calls. Whoever takes it may change it, so that its next moment must be asked anew."""
        self._moment_known = False
        return self._book

    # limits ----------------------------------------------------------------------------------------------------------
    def next_limit(self) -> float | None:
        """When `limits_reached` and `tones_due` must be asked next, in the engine's seconds."""
        if self.stops.doomed:
            return 0.0
        if not self._moment_known:
            self._moment = self._book.next_moment()
            self._moment_known = True
        moment = self._moment
        return None if moment is None else moment / 1000

    def time_limit_changed(self, session: int) -> None:
        """A booth's session has another time limit: its running call ends by the new one."""
        now = axis(self._clock.monotonic())
        for live in self.running.values():
            if live.record.session == session and self.book.has(live.call):
                self.book.set_limit(live.call, self._planner.longest(live.record), now)

    def limits_reached(self, now: float) -> list[tuple[int, str]]:
        """(call, cause) of calls that end now: their account cannot pay what comes next, or their longest time is over."""
        return self.stops.told(self.book.advance(axis(now)))

    def tones_due(self, now: float) -> tuple[int, ...]:
        """Calls that are to hear the low-credit tone now."""
        due = self.book.warnings(axis(now))
        return tuple(due) if self._tone_seconds else ()

    def usual_known(self, history: History) -> None:
        """What a thread read of the month before: from now on the fuses count, for running calls as well."""
        self.guard.limits.take_history(history)
        self.watch_spending()

    def watch_spending(self) -> None:
        """The job: what may be spent grows again as time goes on."""
        self.stops.refresh(self.book, axis(self._clock.monotonic()))

    def _funds_changed(self, account: int, balance: int, credit_limit: int) -> None:
        left, funds = self.spending.left(account), balance + credit_limit
        self.book.set_funds(account, funds if left is None else min(funds, left), self._ending or axis(self._clock.monotonic()))

    def _purse_changed(self, account: int) -> None:
        """Another spending cap, or a new month."""
        self.book.set_funds(account, self.funds(account), axis(self._clock.monotonic()))

    def reserved(self) -> Mapping[int, int]:
        """What running calls reserve, in micros by account."""
        now = axis(self._clock.monotonic())
        accounts = {meter.account_id for live in self.running.values() for meter in live.meters}
        return {account: self.book.reserved(account, now) for account in accounts}

    def reserved_on(self, account: int) -> int:
        """What running calls reserve on one account, in micros."""
        return self.book.reserved(account, axis(self._clock.monotonic()))

    # the end ---------------------------------------------------------------------------------------------------------
    def finish(self, ended: Ended) -> None:
        """The last news of a call: its CDR and charges. A call cut at a boundary is billed to the boundary, however late its end."""
        live = self.running.get(ended.call)
        if live is None:
            return
        record = live.record
        self.emergencies.over(live)
        if ended.trunk is not None and record.direction == "out":
            self._move(live, ended.trunk)
        record.trunk_call_id = ended.trunk_call_id or record.trunk_call_id
        record.callee = ended.callee or record.callee
        now = self._ending = axis(ended.at)
        at = self._clock.utcnow() - max(axis(self._clock.monotonic()) - now, 0)
        try:
            book = self.book
            finish = book.finish(ended.call, now) if book.has(ended.call) else UNMETERED
            charges = finish.charges[: len(live.meters)] if live.answered is not None else ()
            duration = finish.duration_ms
            if record.emergency and live.answered is not None:  # see `rebuild`
                duration = max(now - axis(live.answered), 0)
            cause, ended_by = ended.cause, ended.ended_by
            if finish.was_cut:
                cause, ended_by = self.stops.cause(ended.call, finish.cause, finish.level), "server"
            outcome = Outcome(at, duration, finish.late_ms, ended.status, cause, ended_by, charges, ended.media, finish.covered)
            with self._changes.part():
                self.guard.write()
                self.settlement.write(live, outcome, self.run_id)
                self._changes.note("call", ended.call)
                self.trunk_watch.ended(live, ended, cause, duration)
            if charges:
                self.guard.settled(record, charges, at)
            if record.direction == "test":
                self.tests_ended(ended.call, ended.status, ended.media)
        finally:
            self._ending = 0
            del self.running[ended.call]
            self.stops.ended(ended.call)
            self.counts.give_back(live.parties)

    # memory ----------------------------------------------------------------------------------------------------------
    def _new_book(self) -> CreditBook:
        return CreditBook(self.funds, int(self._tone_seconds) * 1000)

    def funds(self, account: int) -> int:
        """Balance and credit limit in micros, or less where the month's cap leaves less; of a bundle (below zero) the seconds that it has left."""
        if account < 0:
            return self._room.hot.allowances.seconds_left(account)
        if self.guard.watches(account):
            return self.guard.funds(account)
        funds, left = sum(self._room.ledger.funds(account)), self.spending.left(account)
        return funds if left is None else min(funds, left)

    def rebuild(self) -> None:
        """A unit of work was lost: everything in memory is read again from what is durable.

        Emergency calls alone may run without a row: they are kept, and their record is written at their end, or when it is told again.
        """
        self.guard.reload()
        unrecorded = [live for live in (*self.running.values(), *self.emergencies.ended) if live.record.emergency]
        self._book = self._new_book()
        self.counts.clear()
        self.running = {}
        self.stops.clear(self.running)
        now = axis(self._clock.monotonic())
        for live, refused in restored(self.book, self._store.calls.live(self.run_id), now, self._room.hot, self.guard.meters_of):
            self._keep(live)
            if refused:
                self.stops.doomed[live.call] = "credit"
        for live in self.running.values():  # once all are answered: the book's time does not go back
            if not live.record.emergency and live.call not in self.stops.doomed:
                self._book.set_limit(live.call, self._planner.longest(live.record), now)
        for live in unrecorded:
            if live.call not in self.running and self._store.calls.get(live.call) is None:
                live.recorded = False
                self.book.admit(live.call, (), now)
                if live.answered is not None:
                    self.book.answer(live.call, axis(live.answered))
                self._keep(live)
        self._next_id = max(self._next_id, self._store.calls.next_id())

    def _keep(self, live: LiveCall) -> None:
        live.parties = self._planner.parties_of(live.record)
        self.running[live.call] = live
        self.counts.take(live.parties)
