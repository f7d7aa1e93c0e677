"""Disputes about calls, and the evidence for them (product.md P19, money.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from appliance.clock import rfc3339
from appliance.errors import NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.calls.cdrs import Cdrs
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor, folder_owner
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.prices.call_refunds import CallRefunds
from appliance.store.calls import Cdr
from appliance.store.disputes import Dispute
from appliance.wire.disputes import (
    CallEvidence,
    DisputeList,
    DisputeNote,
    DisputeOpen,
    DisputePage,
    DisputeUpdate,
    DisputeView,
    Evidence,
    LadderStep,
    Registered,
)  # fmt: skip
from appliance.wire.shapes import ById
from appliance.wire.traces import CallTrace

STATES = ("open", "accepted", "refused", "settled")
AGAINST = ("customer", "carrier")
MOST_CALLS = 1000
MOST_EVIDENCE = 100
LONGEST_NOTE = 5000
LONGEST_PAGE = 500
AROUND_MS = 86_400_000  # registrations of the day before a call and of the day after

MOST_STEPS = 200

Numbers = list[int]
Ladder = list[LadderStep]
Records = list[Cdr]


class Disputes:
    """`list get open update evidence`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, cdrs: Cdrs, refunds: CallRefunds) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._cdrs = cdrs
        self._refunds = refunds
        self.trace: Callable[[Actor, ById], CallTrace | None] = lambda actor, request: None
        """What was said in a call; a running server's (server_trace.py). NotFound where it is gone."""

    def list(self, actor: Actor, request: DisputeList) -> DisputePage:
        """Newest first."""
        if request.state and request.state not in STATES:
            raise UserError("field.not_a_choice", field="state", choices=", ".join(STATES))
        reach = self._access.reach(actor, "calls.read")
        if request.reseller is not None:
            branch = self._store.resellers.branch(self._lookups.reseller(actor, request.reseller, "calls.read").id)
            reach = frozenset(branch) if reach is None else reach.intersection(branch)
        limit = max(1, min(request.limit, LONGEST_PAGE))
        rows = self._store.disputes.page(reach, request.state, request.call, request.after, limit + 1)
        return DisputePage([self._view(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else 0)

    def get(self, actor: Actor, request: ById) -> DisputeView:
        """One dispute."""
        return self._view(self._row(actor, request.id, "calls.read"))

    def open(self, actor: Actor, request: DisputeOpen) -> DisputeView:
        """All calls must be of one reseller; those of one customer make it the customer's."""

        def work() -> DisputeView:
            reseller = self._lookups.reseller(actor, request.reseller, "payments.undo")
            calls = self._calls(actor, request.calls)
            if not calls:
                raise UserError("dispute.no_calls", field="calls")
            subject = col.name(request.subject, "subject")
            against = col.choice(*AGAINST)(request.against, "against")
            customers = {call.customer_id for call in calls}
            customer = customers.pop() if len(customers) == 1 else None
            currency = self._currency(calls, str(against)) or reseller.currency
            row_id = self._store.disputes.insert(
                reseller_id=reseller.id, customer_id=customer, against=against, subject=subject, currency=currency,
                held_micros=_held(request.held), opened_at=self._room.clock.utcnow(),
            )  # fmt: skip
            self._store.disputes.add_calls(row_id, [call.id for call in calls])
            self._keep_ladders(actor, row_id, calls)
            self._note(actor, row_id, request.note)
            self._audit.noted(actor, "disputes.open", "dispute", row_id, subject=subject, calls=len(calls))
            self._room.changes.note("dispute", row_id)
            return self._view(self._row(actor, row_id, "payments.undo"))

        return self._once.do(actor, "disputes.open", request.request_id, request, DisputeView, work)

    def update(self, actor: Actor, request: DisputeUpdate) -> DisputeView:
        """UserError dispute.outcome where it is closed without one."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "payments.undo")
            changed: dict[str, col.Sql] = {}
            if request.subject is not UNSET:
                changed["subject"] = col.name(request.subject, "subject")
            if request.held is not UNSET:
                changed["held_micros"] = _held(request.held)
            if request.outcome is not UNSET:
                changed["outcome"] = col.text()(request.outcome, "outcome")
            if request.state is not UNSET:
                changed["state"] = state = col.choice(*STATES)(request.state, "state")
                changed["closed_at"] = None if state == "open" else row.closed_at or self._room.clock.utcnow()
                if state != "open" and not changed.get("outcome", row.outcome):
                    raise UserError("dispute.outcome", field="outcome")
            changed = col.differing(changed, row)
            self._store.disputes.update(row.id, changed, request.version)
            added = self._calls(actor, request.add_calls)
            self._store.disputes.add_calls(row.id, [call.id for call in added])
            self._keep_ladders(actor, row.id, added)
            self._note(actor, row.id, request.note)
            self._audit.changed(actor, "disputes.update", "dispute", row.id, row._asdict(), changed)
            self._room.changes.note("dispute", row.id)
            return self._view(self._row(actor, row.id, "payments.undo"))

    def evidence(self, actor: Actor, request: ById) -> Evidence:
        """What is known of each of its calls: the data of the evidence paper."""
        row = self._row(actor, request.id, "calls.person")
        calls = self._store.disputes.calls(row.id)[:MOST_EVIDENCE]
        return Evidence(self._view(row), [self._evidence(actor, row.id, call) for call in calls])

    # inside --------------------------------------------------------------------------------------------------------
    def _evidence(self, actor: Actor, dispute_id: int, call_id: int) -> CallEvidence:
        call = self._store.calls.get(call_id)
        assert call is not None  # foreign key
        registrations, store = [], self._store
        if call.endpoint_id is not None:
            first, last = call.started_at - AROUND_MS, call.ended_at + AROUND_MS
            for past in store.bindings.history(call.endpoint_id, first, last):
                registrations.append(Registered(past.contact, past.source, past.user_agent, rfc3339(past.from_at), rfc3339(past.until_at)))
            for now in store.bindings.of(call.endpoint_id, self._room.clock.utcnow()):
                if now.since_at < last:
                    registrations.append(Registered(now.contact, f"{now.source}/{now.transport}", now.user_agent, rfc3339(now.since_at), ""))
        media: dict[str, Any] | None = json.loads(call.media) if call.media else None
        corrections = self._refunds.list(actor, ById(call_id)).corrections
        return CallEvidence(self._cdrs.get(actor, ById(call_id)), media, corrections, registrations, self._ladder(actor, dispute_id, call_id))

    def _ladder(self, actor: Actor, dispute_id: int, call_id: int) -> Ladder:
        """What was kept, else what is still in memory; nothing for those who may not see carriers' addresses."""
        if not self._access.may(actor, "trunks.read", None):
            return []
        kept = self._store.disputes.ladder(dispute_id, call_id)
        return msgspec.json.decode(kept, type=Ladder) if kept else self._said(actor, call_id)

    def _keep_ladders(self, actor: Actor, dispute_id: int, calls: Records) -> None:
        """The messages of calls are in memory for the newest alone: those in dispute are kept now. Whoever opens it need not see them."""
        for call in calls[:MOST_EVIDENCE]:
            said = self._said(folder_owner(), call.id)
            if said:
                self._store.disputes.keep_ladder(dispute_id, call.id, msgspec.json.encode(said).decode())

    def _said(self, actor: Actor, call_id: int) -> Ladder:
        try:
            trace = self.trace(actor, ById(call_id))
        except NotFound:
            return []
        steps = [] if trace is None else trace.steps
        return [LadderStep(step.seconds, step.sent, step.peer, step.title) for step in steps[:MOST_STEPS]]

    def _calls(self, actor: Actor, ids: Numbers) -> Records:
        if len(ids) > MOST_CALLS:
            raise UserError("field.too_many", field="calls", most=MOST_CALLS)
        found = []
        for call_id in ids:
            call = self._store.calls.get(call_id)
            if call is None:
                raise NotFound("call.unknown", field="calls")
            self._access.need(actor, "calls.read", call.reseller_id, call.customer_id, what="call")
            found.append(call)
        return found

    def _currency(self, calls: Records, against: str) -> str:
        found = {(call.cost_currency if against == "carrier" else call.currency) or "" for call in calls} - {""}
        if len(found) > 1:
            raise UserError("dispute.currencies", field="calls", currencies=", ".join(sorted(found)))
        return found.pop() if found else ""

    def _note(self, actor: Actor, dispute_id: int, text: str) -> None:
        if len(text) > LONGEST_NOTE:
            raise UserError("field.wrong_text", field="note", longest=LONGEST_NOTE)
        if text.strip():
            self._store.disputes.add_note(dispute_id, self._room.clock.utcnow(), actor.name, text.strip())

    def _row(self, actor: Actor, row_id: int, permission: str) -> Dispute:
        row = self._store.disputes.get(row_id)
        if row is None:
            raise NotFound("dispute.unknown", field="id")
        self._access.need(actor, permission, row.reseller_id, what="dispute")
        return row

    def _view(self, row: Dispute) -> DisputeView:
        reseller = self._store.resellers.get(row.reseller_id)
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        calls = self._store.disputes.calls(row.id)
        disputed = 0
        for each in calls:
            call = self._store.calls.get(each)
            if call is not None:
                now = self._store.corrections.current([each])
                disputed += call.cost_micros if row.against == "carrier" else now.get((each, 0), call.amount_micros)
        notes = [DisputeNote(rfc3339(note.at), note.who, note.text) for note in self._store.disputes.notes(row.id)]
        return DisputeView(
            id=row.id,
            version=row.version,
            reseller="" if reseller is None else reseller.name,
            customer=None if customer is None else customer.name,
            against=row.against,
            state=row.state,
            subject=row.subject,
            currency=row.currency,
            disputed=format_amount(disputed),
            held=format_amount(row.held_micros),
            outcome=row.outcome,
            opened_at=rfc3339(row.opened_at),
            closed_at=stamp(row.closed_at),
            calls=calls,
            notes=notes,
        )


def _held(text: str | None) -> int:
    micros = 0 if text is None else parse_amount(text, "held")
    if micros < 0:
        raise UserError("amount.negative", field="held")
    return micros
