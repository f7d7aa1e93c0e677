"""Calls from admission to their end: the one who decides, meters and records.

Law: one CDR a call, refused ones included; every step is a savepoint of the open unit of work, or a single statement,
which is one by itself; what a call costs is known to the credit book from admission on, so that no account ends below
its limit because of calls. Moments named `now` are the engine's monotonic seconds; moments named `_at` are UTC
milliseconds.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from appliance.billing.admission import Admit, Question, Refuse, decide
from appliance.billing.credit import CreditBook
from appliance.services.call_plan import Plan, Planner
from appliance.services.call_record import (
    ANSWERED,
    RINGING,
    Accepted,
    Attempt,
    CallRecord,
    Denied,
    Ended,
    LiveCall,
    PaidBy,
    terms_text,
    to_text,
)
from appliance.services.call_restore import restored
from appliance.services.call_settle import Outcome, Settlement
from appliance.services.limits import CallCounts
from appliance.services.registrations import Registrations
from appliance.services.room import Room
from appliance.store.calls import LiveCall as LiveRow

log = logging.getLogger(__name__)


def axis(now: float) -> int:
    """The engine's seconds as whole milliseconds, the credit book's axis."""
    return int(now * 1000 + 0.5)


class Calls:
    """The service of running calls. `run_id` is the server's run; 0 in a command, where no calls run."""

    def __init__(self, room: Room, registrations: Registrations) -> None:
        self._room = room
        self._store = room.store
        self._clock = room.clock
        self._changes = room.changes
        self._settings = room.settings
        self.counts = CallCounts()
        self.settlement = Settlement(room)
        self._planner = Planner(room, registrations, self.counts)
        self.running: dict[int, LiveCall] = {}
        self._book = self._new_book()
        self._moment: int | None = None  # when the book must be asked next, where `_moment_known`
        self._moment_known = False
        self.run_id = 0
        self._next_id = self._store.calls.next_id()
        self._doomed: dict[int, str] = {}  # calls that must end whatever the book says, with their cause
        room.ledger.on_funds(self._funds_changed)
        room.changes.on_lost(self.rebuild)

    # admission -------------------------------------------------------------------------------------------------------
    def is_emergency(self, dialled: str, endpoint: int | None) -> bool:
        """Whether these digits are an emergency number for that caller."""
        return self._planner.is_emergency(dialled, endpoint)

    def admit(self, attempt: Attempt, now: float, *, writable: bool = True) -> Accepted | Denied:
        """Decide, and write the live call, or the record of its refusal.

        Not `writable`: the database is in other hands, and only an emergency call comes here. It goes on from memory
        alone, and its record is written at its answer or its end.
        """
        at = self._clock.utcnow()
        call = self._next_id
        self._next_id += 1
        plan = self._planner.plan(attempt, at)
        answer = plan.refused or self._decide(call, attempt, plan, now)
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
        )
        if isinstance(answer, Refuse):
            if writable:
                self._refuse(call, record, answer, at)
            return Denied(answer.status, answer.phrase, answer.cause)
        return self._accept(call, record, plan, answer, now, writable)

    def _decide(self, call: int, attempt: Attempt, plan: Plan, now: float) -> Admit | Refuse:
        return decide(
            Question(
                call,
                plan.levels,
                attempt.emergency,
                plan.shut_off,
                False,
                plan.full,
                plan.routes is None,
                plan.routes,
                plan.max_seconds * 1000 if plan.max_seconds else None,
            ),
            self.book,
            axis(now),
        )

    def _refuse(self, call: int, record: CallRecord, refusal: Refuse, at: int) -> None:
        with self._changes.part():
            self.settlement.write(LiveCall(call, record, (), ()), Outcome(at, 0, 0, refusal.status, refusal.cause, "server"), self.run_id)
            self._changes.note("call", call)

    def _accept(self, call: int, record: CallRecord, plan: Plan, admitted: Admit, now: float, writable: bool) -> Accepted:
        places = plan.reached(admitted.candidates)
        payers = {payer.level: payer for payer in plan.payers}
        record.paid_by = tuple(
            PaidBy(
                meter.level,
                meter.account_id,
                payers[meter.level].customer_id,
                payers[meter.level].reseller_id,
                payers[meter.level].seller_id,
                terms_text(meter.terms),
            )
            for meter in admitted.meters
        )
        trunks = tuple(place.trunk for place in places if place.trunk is not None)
        parties = plan.parties
        if trunks:
            record.trunk = trunks[0]
            parties = (*parties, ("trunk", trunks[0]))
        live = LiveCall(call, record, admitted.meters, parties, trunks)
        live.recorded = writable and self._recorded(live, now)
        self.running[call] = live
        self.counts.take(parties)
        return Accepted(
            call,
            places,
            plan.media,
            plan.codecs,
            float(self._settings.get("sip.ring_seconds", 180)),
            float(self._settings.get("calls.low_credit_seconds", 0)),
        )

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
        self._changes.note("call", live.call)

    # while it runs ---------------------------------------------------------------------------------------------------
    def ringing(self, call: int) -> None:
        """The caller hears it ring; state only."""
        live = self.running.get(call)
        if live is not None and live.state != ANSWERED:
            live.state = RINGING
            self._changes.note("call", call)

    def route_failed(self, call: int, trunk: int | None, status: int) -> None:
        """One route ended without answer; the next trunk in order is tried from here on."""
        live = self.running.get(call)
        if live is None:
            return
        live.record.attempts = (*live.record.attempts, (trunk, status))
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
        at = self._clock.utcnow()
        record = live.record
        if trunk is not None:
            self._move(live, trunk)
        if endpoint is not None:
            record.callee_endpoint = endpoint
        record.callee, record.trunk_call_id, record.answered_at = callee, trunk_call_id, at
        if not live.recorded:
            self._insert(live)
            live.recorded = True
        self._store.calls.update_answered(call, record.trunk, at, axis(now), to_text(record), dialogs)
        self._changes.note("call", call)
        live.state = ANSWERED
        live.answered = now
        self.book.answer(call, axis(now), at)

    @property
    def book(self) -> CreditBook:
        """The meters of all running calls. Whoever takes it may change it, so that its next moment must be asked anew."""
        self._moment_known = False
        return self._book

    # limits ----------------------------------------------------------------------------------------------------------
    def next_limit(self) -> float | None:
        """When `limits_reached` and `tones_due` must be asked next, in the engine's seconds."""
        if self._doomed:
            return 0.0
        if not self._moment_known:
            self._moment = self._book.next_moment()
            self._moment_known = True
        moment = self._moment
        return None if moment is None else moment / 1000

    def limits_reached(self, now: float) -> list[tuple[int, str]]:
        """(call, cause) of calls that end now: their account cannot pay what comes next, or their longest time is over."""
        cuts = [(cut.call, cut.cause) for cut in self.book.advance(axis(now))]
        if self._doomed:
            cuts += self._doomed.items()
            self._doomed = {}
        return cuts

    def tones_due(self, now: float) -> tuple[int, ...]:
        """Calls that are to hear the low-credit tone now."""
        due = self.book.warnings(axis(now))
        return tuple(due) if self._settings.get("calls.low_credit_seconds", 0) else ()

    def _funds_changed(self, account: int, balance: int, credit_limit: int) -> None:
        self.book.set_funds(account, balance + credit_limit, axis(self._clock.monotonic()))

    def reserved(self) -> Mapping[int, int]:
        """What running calls reserve, in micros by account."""
        now = axis(self._clock.monotonic())
        accounts = {meter.account_id for live in self.running.values() for meter in live.meters}
        return {account: self.book.reserved(account, now) for account in accounts}

    # the end ---------------------------------------------------------------------------------------------------------
    def finish(self, ended: Ended) -> None:
        """The last news of a call: its CDR and charges. A call cut at a boundary is billed to the boundary, however late its end."""
        live = self.running.get(ended.call)
        if live is None:
            return
        record = live.record
        answered = live.answered is not None
        if ended.trunk is not None and record.direction == "out":
            self._move(live, ended.trunk)
        record.trunk_call_id = ended.trunk_call_id or record.trunk_call_id
        record.callee = ended.callee or record.callee
        now = axis(ended.at)
        try:
            finish = self.book.finish(ended.call, now) if self.book.has(ended.call) else None
            charges = finish.charges if finish is not None and answered else ()
            duration = finish.duration_ms if finish is not None else 0
            late = finish.late_ms if finish is not None else 0
            cause, ended_by = ended.cause, ended.ended_by
            if finish is not None and finish.was_cut:
                cause, ended_by = finish.cause, "server"
            outcome = Outcome(self._clock.utcnow(), duration, late, ended.status, cause, ended_by, charges, ended.media)
            with self._changes.part():
                self.settlement.write(live, outcome, self.run_id)
                self._changes.note("call", ended.call)
        finally:
            del self.running[ended.call]
            self._doomed.pop(ended.call, None)
            self.counts.give_back(live.parties)

    # memory ----------------------------------------------------------------------------------------------------------
    def _new_book(self) -> CreditBook:
        warning = int(self._settings.get("calls.low_credit_seconds", 0)) * 1000
        return CreditBook(lambda account: sum(self._room.ledger.funds(account)), warning)

    def rebuild(self) -> None:
        """A unit of work was lost: everything in memory is read again from what is durable.

        Emergency calls alone may run without a row: they are kept, and their record is written at their end.
        """
        unrecorded = [live for live in self.running.values() if live.record.emergency]
        self._book = self._new_book()
        self.counts.clear()
        self.running = {}
        self._doomed = {}
        now = axis(self._clock.monotonic())
        for live, refused in restored(self.book, self._store.calls.live(self.run_id), now, self._room.hot.prices):
            self._keep(live)
            if refused:
                self._doomed[live.call] = "credit"
        for live in unrecorded:
            if live.call not in self.running:
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
