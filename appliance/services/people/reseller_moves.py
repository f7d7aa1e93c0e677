"""A reseller hung under another parent, with all below it (product.md S14).

New calls pay at the new levels at once. A call that runs keeps the levels that it was admitted by, so what runs must be paid at the old
account, and nothing that it holds may be carried away.
"""

from __future__ import annotations

from appliance.errors import Conflict, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.people.resellers import ACCOUNT_PREFIX, Resellers
from appliance.store.accounts import Account
from appliance.store.resellers import Reseller
from appliance.wire.resellers import ResellerMove, ResellerView


class ResellerMoves:
    """`move` is the only verb."""

    def __init__(
        self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, resellers: Resellers, accounts: CreditAccounts
    ) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._resellers = resellers
        self._accounts = accounts

    def move(self, actor: Actor, request: ResellerMove) -> ResellerView:
        """Conflict reseller.in_own_branch, reseller.calls_hold, account.not_settled; UserError reseller.needs_tariff."""

        def work() -> ResellerView:
            row = self._lookups.reseller(actor, request.id, "resellers.write", "id")
            if row.parent_id is None:
                raise Conflict("reseller.root_stays", field="id")
            self._access.need(actor, "resellers.write", row.parent_id)
            parent = self._lookups.reseller(actor, request.parent, "resellers.write", "parent")
            if parent.id in self._store.resellers.branch(row.id):
                raise Conflict("reseller.in_own_branch", field="parent", reseller=row.name, parent=parent.name)
            if parent.id != row.parent_id:
                self._resellers.check_parent(actor, parent)
                self._hang(actor, row, parent, request)
            return self._resellers.view(self._row(row.id))

        return self._once.do(actor, "resellers.move", request.request_id, request, ResellerView, work)

    def _hang(self, actor: Actor, row: Reseller, parent: Reseller, request: ResellerMove) -> None:
        store, room = self._store, self._room
        if request.tariff is None and row.tariff_id is not None:
            raise UserError("reseller.needs_tariff", field="tariff", parent=parent.name)
        tariff = None if request.tariff is None else self._lookups.tariff_of(parent, request.tariff)
        old = None if row.credit_account_id is None else store.accounts.get(row.credit_account_id)
        limit = (old.credit_limit_micros if old else 0) if request.credit_limit is None else parse_amount(request.credit_limit, "credit_limit")
        new = self._account(row, parent)
        if new.credit_limit_micros != limit:
            room.ledger.set_limit(new.id, limit)
        if old is not None:
            self._settle(row, old, new, request)
            store.accounts.archive(old.id, room.clock.utcnow())
            room.changes.note("account", old.id)
        store.people.update(row.person_id, {"reseller_id": parent.id})
        before = {"parent_id": row.parent_id, "credit_account_id": row.credit_account_id}
        store.resellers.update(row.id, {"parent_id": parent.id, "credit_account_id": new.id})
        self._audit.changed(actor, "resellers.move", "reseller", row.id, before, {"parent_id": parent.id, "credit_account_id": new.id})
        room.changes.note("account", new.id)
        room.changes.note("reseller", row.id)
        if tariff is not None:
            self._resellers.assign_tariff(actor, self._row(row.id), tariff.id)

    def _account(self, row: Reseller, parent: Reseller) -> Account:
        """Its account with the new parent: one that it had there before, or a new one."""
        store, name = self._store, ACCOUNT_PREFIX + row.name
        found = next((each for each in store.accounts.named(parent.id, "credit", name) if each.owner_reseller_id == row.id), None)
        if found is not None:
            store.accounts.update(found.id, {"archived_at": None})
            return found
        made = store.accounts.insert(
            kind="credit", reseller_id=parent.id, name=name, currency=row.currency, owner_reseller_id=row.id, tax_point="usage",
            created_at=self._room.clock.utcnow(),
        )  # fmt: skip
        account = store.accounts.get(made)
        assert account is not None  # just written
        return account

    def _settle(self, row: Reseller, old: Account, new: Account, request: ResellerMove) -> None:
        """What it has or owes goes to the other house's books, each house's side against its own adjustments."""
        if self._accounts.reserved(old.id):
            raise Conflict("reseller.calls_hold", field="id", reseller=row.name)
        balance = self._store.accounts.balance(old.id)
        if not balance:
            return
        if not request.carry_balance:
            raise Conflict("reseller.not_settled", field="carry_balance", reseller=row.name, balance=format_amount(balance), currency=old.currency)
        ledger = self._room.ledger
        ledger.post(
            self._room.clock.utcnow(),
            "transfer",
            [
                (old.id, -balance),
                (ledger.account(old.reseller_id, "adjustment", old.currency), balance),
                (new.id, balance),
                (ledger.account(new.reseller_id, "adjustment", new.currency), -balance),
            ],
            reference="reseller moved",
        )

    def _row(self, row_id: int) -> Reseller:
        row = self._store.resellers.get(row_id)
        assert row is not None  # looked up before
        return row
