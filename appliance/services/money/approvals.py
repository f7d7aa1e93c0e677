"""Limits of money by role and the second person above them (money.md, Payments).

Law: whoever is above his limit moves nothing; what he asked for is kept and done when another decides so, within that other's
own limits. Nobody moves money of his own account.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.ground.access import ROLES, Access, Actor, Grant
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.store.accounts import Account
from appliance.store.approvals import Approval
from appliance.wire.approvals import (
    ApprovalDecide,
    ApprovalList,
    ApprovalPage,
    ApprovalView,
    LimitList,
    LimitPage,
    LimitSet,
    LimitView,
)

V = TypeVar("V")
Executor = Callable[[Actor, Any], object]

WHAT = ("payment", "refund", "adjustment", "credit_limit", "day")
DAILY = frozenset({"payment", "refund", "adjustment"})
DAY_MS = 86_400_000


class Above(Conflict):
    """More than the actor may do alone; the open unit is undone and the request is kept for a second person."""

    def __init__(self, account: Account, what: str, micros: int, limit_micros: int, operation: str, request: object) -> None:
        super().__init__("approval.needed", limit=format_amount(limit_micros), currency=account.currency, approval=0)
        self.account, self.what, self.micros, self.limit_micros = account, what, micros, limit_micros
        self.operation, self.request = operation, request


class Approvals:
    """`guard` inside the unit of work, `asking` around it; `executors` do by operation what was approved."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._approving: Actor | None = None
        self.executors: dict[str, tuple[type[Any], Executor]] = {}
        self.actor_of: Callable[[int], Actor | None] = lambda operator_id: None

    # rules ---------------------------------------------------------------------------------------------------------
    def guard(self, actor: Actor, account: Account, what: str, micros: int, operation: str, request: object) -> None:
        """Forbidden approval.own_account; Above where the amount, or the day with it, is more than the actor may do alone."""
        if actor.operator_id is None:
            return
        if self._own(actor, account):
            raise Forbidden("approval.own_account", account=account.name)
        who = self._approving or actor
        amount = abs(micros)
        limit = self._limit(who, account.reseller_id, what)
        if limit is not None and amount > limit:
            raise Above(account, what, amount, limit, operation, request)
        day = self._limit(who, account.reseller_id, "day") if what in DAILY and self._approving is None else None
        if day is not None:
            since = self._room.clock.utcnow() // DAY_MS * DAY_MS
            if self._store.approvals.moved_today(actor.operator_id, account.currency, since) + amount > day:
                raise Above(account, "day", amount, day, operation, request)

    def granted(self, actor: Actor, account: Account, operation: str, request: object) -> bool:
        """Whether a second person has approved exactly this, for work that is too long to be done in the unit that approves it."""
        text = msgspec.json.encode(request).decode()
        return any(
            row.state == "approved" and (row.operation, row.request, row.operator_id) == (operation, text, actor.operator_id)
            for row in self._store.approvals.newest(frozenset({account.reseller_id}), decided=True)
        )

    def asking(self, actor: Actor, work: Callable[[], V]) -> V:
        """`work()`, which opens the unit; what is above a limit is kept and told as Conflict approval.needed with its number."""
        try:
            return work()
        except Above as above:
            if self._approving is not None:
                raise Forbidden("approval.above_yours", limit=format_amount(above.limit_micros), currency=above.account.currency) from None
            refused = Conflict(
                "approval.needed", limit=format_amount(above.limit_micros), currency=above.account.currency, approval=self._keep(actor, above)
            )
            refused.afterwards = partial(self._keep, actor, above)
            raise refused from None

    def _keep(self, actor: Actor, above: Above) -> int:
        text = msgspec.json.encode(above.request).decode()
        with self._room.changes.unit():
            for row in self._store.approvals.newest(frozenset({above.account.reseller_id}), decided=False):
                if (row.operation, row.request, row.operator_id) == (above.operation, text, actor.operator_id):
                    return row.id
            assert actor.operator_id is not None  # others have no limit
            row_id = self._store.approvals.insert(
                reseller_id=above.account.reseller_id,
                operation=above.operation,
                what=above.what,
                request=text,
                account_id=above.account.id,
                amount_micros=above.micros,
                limit_micros=above.limit_micros,
                operator_id=actor.operator_id,
                who=actor.name,
                asked_at=self._room.clock.utcnow(),
            )
            self._audit.noted(actor, "approvals.ask", "approval", row_id, asked=above.operation, amount=format_amount(above.micros))
            self._room.changes.note("approval", row_id)
            return row_id

    def _own(self, actor: Actor, account: Account) -> bool:
        """A shop's operator and his shop, a reseller's operator and its account with the parent, and a person's own e-mail address."""
        payers = list(self._store.customers.of_account(account.id))
        shops = {grant.shop_id for grant in actor.grants if grant.shop_id is not None}
        above = [grant for grant in actor.grants if grant.reseller_id is not None and grant.reseller_id != account.owner_reseller_id]
        if shops & {each.id for each in payers} and not any(self._reaches(grant, account.reseller_id) for grant in above):
            return True
        if account.owner_reseller_id is not None and not any(self._reaches(grant, account.reseller_id) for grant in above):
            return True
        operator = None if actor.operator_id is None else self._store.operators.get(actor.operator_id)
        person = None if operator is None else self._store.people.get(operator.person_id)
        mine = "" if person is None else person.email.strip().lower()
        found = [self._store.people.get(each.person_id) for each in payers]
        return bool(mine) and any(each is not None and each.email.strip().lower() == mine for each in found)

    def _limit(self, actor: Actor, reseller_id: int, what: str) -> int | None:
        """The highest of the actor's roles there; None: no limit."""
        found: list[int] = []
        for grant in actor.grants:
            if grant.reseller_id is not None and not self._reaches(grant, reseller_id):
                continue
            limit = self._limit_of(grant.role, reseller_id, what)
            if limit is None:
                return None
            found.append(limit)
        return max(found, default=None) if found else None

    def _limit_of(self, role: str, reseller_id: int, what: str) -> int | None:
        at: int | None = reseller_id
        while at is not None:
            limit = self._store.approvals.limit(at, role, what)
            if limit is not None:
                return limit
            row = self._store.resellers.get(at)
            at = None if row is None else row.parent_id
        return None

    def _reaches(self, grant: Grant, reseller_id: int) -> bool:
        return self._access.sees(Actor("", None, (grant,)), reseller_id)

    # requests ------------------------------------------------------------------------------------------------------
    def limits(self, actor: Actor, request: LimitList) -> LimitPage:
        """Of one reseller."""
        reseller = self._lookups.reseller(actor, request.reseller, "payments.read")
        rows = self._store.approvals.limits(reseller.id)
        return LimitPage([LimitView(reseller.name, row.role, row.what, format_amount(row.amount_micros)) for row in rows])

    def set_limit(self, actor: Actor, request: LimitSet) -> LimitPage:
        """A role's limit in a reseller and below."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "operators.write")
            if request.role not in ROLES:
                raise UserError("approval.role", field="role", roles=", ".join(ROLES))
            if request.what not in WHAT:
                raise UserError("approval.what", field="what", kinds=", ".join(WHAT))
            micros = None if request.amount is None else parse_amount(request.amount, "amount")
            if micros is not None and micros < 0:
                raise UserError("amount.negative", field="amount")
            self._store.approvals.set_limit(reseller.id, request.role, request.what, micros)
            self._audit.noted(actor, "approvals.set_limit", "reseller", reseller.id, role=request.role, what=request.what, amount=request.amount)
            self._room.changes.note("limit", reseller.id)
            return self.limits(actor, LimitList(reseller.id))

    def list(self, actor: Actor, request: ApprovalList) -> ApprovalPage:
        """What waits, or what was decided."""
        reach = self._access.reach(actor, "payments.read")
        if request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "payments.read").id})
        found = []
        for row in self._store.approvals.newest(reach, decided=request.decided):
            found.append(self._view(row))
            if len(found) >= max(1, min(request.limit, 1000)):
                break
        return ApprovalPage(found)

    def decide(self, actor: Actor, request: ApprovalDecide) -> ApprovalView:
        """Does it in the name of who asked, or refuses it."""

        def once() -> ApprovalView:
            return self._once.do(actor, "approvals.decide", request.request_id, request, ApprovalView, lambda: self._decide(actor, request))

        return self.asking(actor, once)

    def _decide(self, actor: Actor, request: ApprovalDecide) -> ApprovalView:
        row = self._store.approvals.get(request.id)
        if row is None:
            raise NotFound("approval.unknown", field="id", id=request.id)
        self._access.need(actor, "approvals.decide", row.reseller_id, what="approval")
        if row.state != "waiting":
            raise Conflict("approval.decided", field="id", state=row.state)
        if actor.operator_id == row.operator_id:
            raise Forbidden("approval.yourself")
        if request.approve:
            self._do(actor, row)
        state = "approved" if request.approve else "refused"
        now = self._room.clock.utcnow()
        note = request.note[:500]
        self._store.approvals.update(row.id, {"state": state, "decided_by": actor.name, "decided_at": now, "note": note})
        self._audit.noted(actor, "approvals.decide", "approval", row.id, state=state, asked=row.operation)
        self._room.changes.note("approval", row.id)
        after = self._store.approvals.get(row.id)
        assert after is not None  # just written
        return self._view(after)

    def _do(self, actor: Actor, row: Approval) -> None:
        kind, execute = self.executors[row.operation]
        asker = self.actor_of(row.operator_id)
        if asker is None:
            raise Conflict("approval.asker_gone", who=row.who)
        account = self._store.accounts.get(row.account_id)
        if actor.operator_id is not None and account is not None and self._own(actor, account):
            raise Forbidden("approval.own_account", account=account.name)
        self._approving = actor
        try:
            execute(asker, msgspec.json.decode(row.request, type=kind))
        finally:
            self._approving = None

    def _view(self, row: Approval) -> ApprovalView:
        reseller, account = self._store.resellers.get(row.reseller_id), self._store.accounts.get(row.account_id)
        assert reseller is not None and account is not None  # foreign keys
        return ApprovalView(
            id=row.id,
            reseller=reseller.name,
            operation=row.operation,
            what=row.what,
            account=account.name,
            amount=format_amount(row.amount_micros),
            currency=account.currency,
            limit=format_amount(row.limit_micros),
            asked_by=row.who,
            asked_at=stamp(row.asked_at) or "",
            state=row.state,
            decided_by=row.decided_by,
            decided_at=stamp(row.decided_at),
            note=row.note,
        )
