"""What a call cost given back, whole or in part, and all corrections of a call (product.md S12).

The record of the call and its charge stay as they were; a correction with an entry of its own stands beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from appliance.clock import rfc3339
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.explanation_sight import bounded
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money.approvals import Approvals
from appliance.store.calls import Cdr, Charge
from appliance.store.corrections import REFUND, New
from appliance.wire.corrections import CallCorrections, CallRefund, CorrectionView
from appliance.wire.shapes import ById

LONGEST_NOTE = 500


class CallRefunds:
    """`refund` and `list`. `propose` makes credit notes of entries whose calls stand on an invoice."""

    def __init__(self, room: Room, access: Access, audit: Audit, once: Once, approvals: Approvals) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._audit = audit
        self._once = once
        self._approvals = approvals
        approvals.executors["cdrs.refund"] = (CallRefund, self.refund)
        self.propose: Callable[[Sequence[int]], Sequence[int]] = lambda entries: ()

    def list(self, actor: Actor, request: ById) -> CallCorrections:
        """Refunds and re-ratings of one call, those of levels that the actor may know."""
        call = self._call(actor, request.id, "calls.read")
        reach = self._access.reach(actor, "costs.read")
        charges = self._store.calls.charges(call.id) if reach is not None else ()
        hidden = {charge.level for charge in charges if charge.reseller_id is not None and reach is not None and charge.reseller_id not in reach}
        return self._view(call, hidden, reach)

    def refund(self, actor: Actor, request: CallRefund) -> CallCorrections:
        """NotFound call.unknown; UserError refund.nothing_left, refund.too_much, refund.amount_of_one_level; Conflict approval.needed."""

        def work() -> CallCorrections:
            call = self._call(actor, request.id, "payments.undo")
            if len(request.note) > LONGEST_NOTE:
                raise UserError("field.wrong_text", field="note", longest=LONGEST_NOTE)
            if request.all_levels and request.amount is not None:
                raise UserError("refund.amount_of_one_level", field="amount")
            now, new = self._store.corrections.current([call.id]), []
            for charge in self._store.calls.charges(call.id):
                if charge.account_id is None or charge.level < 0 or (charge.level > 0 and not request.all_levels):
                    continue
                refunded = self._refunded(actor, charge, now[call.id, charge.level], request.amount)
                if refunded is not None:
                    account = self._store.accounts.get(refunded.account_id)
                    assert account is not None  # foreign key
                    back = refunded.before_micros - refunded.after_micros
                    self._approvals.guard(actor, account, "refund", back, "cdrs.refund", request)
                    new.append(refunded)
            if not new:
                raise UserError("refund.nothing_left", field="id")
            at = self._room.clock.utcnow()
            entries, balances = self._store.corrections.write(at, REFUND, new, operator_id=actor.operator_id, note=request.note)
            self._room.ledger.moved(balances)
            self.propose(entries)
            back = sum(each.before_micros - each.after_micros for each in new)
            self._audit.noted(actor, "cdrs.refund", "call", call.id, amount=format_amount(back))
            self._room.changes.note("call", call.id)
            return self._view(call, set(), self._access.reach(actor, "costs.read"))

        return self._approvals.asking(actor, lambda: self._once.do(actor, "cdrs.refund", request.request_id, request, CallCorrections, work))

    def _refunded(self, actor: Actor, charge: Charge, costs: int, amount: str | None) -> New | None:
        account = self._store.accounts.get(charge.account_id or 0)
        assert account is not None  # foreign key
        if not self._access.may(actor, "payments.undo", account.reseller_id) or not costs:
            return None
        back = costs if amount is None else parse_amount(amount, "amount")
        if back <= 0:
            raise UserError("amount.negative", field="amount")
        if back > costs:
            raise UserError("refund.too_much", field="amount", most=format_amount(costs), currency=charge.currency)
        revenue = self._room.ledger.account(account.reseller_id, "revenue", charge.currency)
        return New(charge.cdr_id, charge.level, costs, costs - back, charge.currency, account.id, revenue)

    def _call(self, actor: Actor, call_id: int, permission: str) -> Cdr:
        call = self._store.calls.get(call_id)
        if call is None:
            if self._store.calls.get_live(call_id) is not None:
                raise Conflict("call.still_running", field="id")
            raise NotFound("call.unknown", field="id")
        self._access.need(actor, permission, call.reseller_id, call.customer_id, what="call")
        return call

    def _view(self, call: Cdr, hidden: set[int], known: frozenset[int] | None) -> CallCorrections:
        found = self._store.corrections.of_call(call.id)
        views = []
        for each in found:
            if each.level in hidden:
                continue
            entry = self._store.ledger.get(each.entry_id)
            views.append(
                CorrectionView(
                    each.level,
                    each.kind,
                    format_amount(each.before_micros),
                    format_amount(each.after_micros),
                    each.currency,
                    rfc3339(each.at),
                    each.entry_id,
                    "" if entry is None else entry.note,
                    None if each.explanation is None else bounded(self._store, json.loads(each.explanation), known),
                )
            )
        own = [each.after_micros for each in found if each.level == 0]
        return CallCorrections(call.id, format_amount(own[-1] if own else call.amount_micros), call.currency, views)
