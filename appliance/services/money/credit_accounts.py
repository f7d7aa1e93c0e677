"""Credit accounts: limits that act at once, opening balances posted once, adjustments (money.md, Credit control)."""

from __future__ import annotations

from collections.abc import Callable

from appliance.billing import ledger as events
from appliance.billing.invoice import reference
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.services.money.approvals import Approvals
from appliance.store.accounts import Account
from appliance.store.resellers import Reseller
from appliance.wire.credit_accounts import CreditAccountAdjust, CreditAccountCreate, CreditAccountPage, CreditAccountUpdate, CreditAccountView
from appliance.wire.shapes import ById, Listing

FIELDS = (
    Column("name", "name", col.name),
    Column("credit_limit", "credit_limit_micros", col.amount()),
    Column("tax_point", "tax_point", col.choice("payment", "usage")),
)
"""Fields of requests and of the description file, and their columns."""

RESERVED_PREFIX = "reseller:"
"""Names of resellers' own accounts begin so; no customer's may."""


class CreditAccounts:
    """`reserved(account)` tells the micros that running calls hold; a server sets it, elsewhere it is 0."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, approvals: Approvals) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._approvals = approvals
        approvals.executors["credit_accounts.adjust"] = (CreditAccountAdjust, self.adjust)
        approvals.executors["credit_accounts.update"] = (CreditAccountUpdate, self.update)
        self.reserved: Callable[[int], int] = lambda account_id: 0

    # rules ---------------------------------------------------------------------------------------------------------
    def make(self, actor: Actor, reseller: Reseller, name: str, currency: str | None = None, values: dict[str, Sql] | None = None) -> Account:
        """A new account. Without a tax point: on payment where it is prepaid, on usage where it has a limit."""
        if name.startswith(RESERVED_PREFIX):
            raise UserError("account.name_reserved", field="name", name=name)
        code = currency or reseller.currency
        if self.find(reseller.id, name) is not None:
            raise Conflict("account.name_taken", field="name", name=name)
        merged: dict[str, Sql] = {"credit_limit_micros": 0, **(values or {})}
        merged.setdefault("tax_point", "usage" if merged["credit_limit_micros"] else "payment")
        merged["name"] = name
        row_id = self._store.accounts.insert(kind="credit", reseller_id=reseller.id, currency=code, created_at=self._room.clock.utcnow(), **merged)
        self._audit.made(actor, "credit_accounts.create", "account", row_id, {**merged, "currency": code})
        self._room.changes.note("account", row_id)
        return self._row(row_id)

    def find(self, reseller_id: int, name: str) -> Account | None:
        """A customers' account of that reseller by its name, archived ones left out."""
        named = self._store.accounts.named(reseller_id, "credit", name)
        return next((each for each in named if each.archived_at is None and each.owner_reseller_id is None), None)

    def change(self, actor: Actor, row: Account, values: dict[str, Sql], version: int | None = None) -> bool:
        """Write what differs; whether anything did. A new limit is felt by running calls at once."""
        changed = differing(values, row)
        if not changed:
            return False
        if "name" in changed:
            name = str(changed["name"])
            if name.startswith(RESERVED_PREFIX) or row.owner_reseller_id is not None:
                raise UserError("account.name_reserved", field="name", name=name)
            if self.find(row.reseller_id, name) is not None:
                raise Conflict("account.name_taken", field="name", name=name)
        rest = {column: value for column, value in changed.items() if column != "credit_limit_micros"}
        if rest or version is not None:
            self._store.accounts.update(row.id, rest or {"name": row.name}, version)
        if "credit_limit_micros" in changed:
            self._room.ledger.set_limit(row.id, int(changed["credit_limit_micros"] or 0))
        self._audit.changed(actor, "credit_accounts.update", "account", row.id, row._asdict(), changed)
        self._room.changes.note("account", row.id)
        return True

    def open_with(self, actor: Actor, row: Account, micros: int, posted: dict[int, int]) -> bool:
        """Post the opening balance, once in an account's life. `posted` is what was posted so far, by account.

        Opening balances are credit: no tax is split off. UserError "account.opening_differs" for another amount than was posted.
        """
        before = posted.get(row.id)
        if before is not None or micros == 0:
            if before is not None and before != micros:
                raise UserError("account.opening_differs", field="opening_balance", account=row.name, posted=format_amount(before))
            return False
        entry = events.opening(row.id, row.reseller_id, micros, row.currency)
        assert entry is not None  # the amount is not zero
        books.post(self._room.ledger, self._room.clock.utcnow(), entry, reference=f"account:{row.id}", operator_id=actor.operator_id)
        self._audit.noted(actor, "credit_accounts.open", "account", row.id, opening_balance=format_amount(micros))
        posted[row.id] = micros
        return True

    def open_further(self, actor: Actor, row: Account, micros: int) -> None:
        """Post a further opening entry: what a balance that was moved in differs by from what was posted before."""
        entry = events.opening(row.id, row.reseller_id, micros, row.currency)
        if entry is None:
            return
        books.post(self._room.ledger, self._room.clock.utcnow(), entry, reference=f"account:{row.id}", operator_id=actor.operator_id)
        self._audit.noted(actor, "credit_accounts.open", "account", row.id, opening_balance=format_amount(micros))

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> CreditAccountPage:
        """The actor's accounts by id, resellers' own among them."""
        if request.reseller is not None:
            ids: frozenset[int] | None = frozenset({self._lookups.reseller(actor, request.reseller, "accounts.read").id})
        else:
            ids = self._access.reach(actor, "accounts.read")
        limit = max(1, min(request.limit, 1000))
        wanted = request.search.lower()
        found: list[CreditAccountView] = []
        for row in self._store.accounts.list("credit"):
            if row.id <= request.after or (ids is not None and row.reseller_id not in ids) or (row.archived_at is not None and not request.archived):
                continue
            if wanted in row.name.lower():
                found.append(self.view(row))
                if len(found) > limit:
                    break
        return CreditAccountPage(found[:limit], found[limit - 1].id if len(found) > limit else 0)

    def get(self, actor: Actor, request: ById) -> CreditAccountView:
        """One account."""
        return self.view(self._lookups.account(actor, request.id, None, "accounts.read", "id"))

    def create(self, actor: Actor, request: CreditAccountCreate) -> CreditAccountView:
        """An account for customers of the reseller."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "accounts.write")
            currency = None if request.currency is None else str(col.currency(request.currency, "currency"))
            values = written(request, FIELDS)
            if request.tax_point is None:
                del values["tax_point"]
            return self.view(self.make(actor, reseller, str(values.pop("name")), currency, values))

    def update(self, actor: Actor, request: CreditAccountUpdate) -> CreditAccountView:
        """Name, limit or tax point."""
        return self._approvals.asking(actor, lambda: self._update(actor, request))

    def _update(self, actor: Actor, request: CreditAccountUpdate) -> CreditAccountView:
        with self._room.changes.unit():
            row = self._lookups.account(actor, request.id, None, "accounts.write", "id")
            values = written(request, FIELDS)
            limit = int(values.get("credit_limit_micros", row.credit_limit_micros) or 0)
            if limit > row.credit_limit_micros:
                self._approvals.guard(actor, row, "credit_limit", limit, "credit_accounts.update", request)
            self.change(actor, row, values, request.version)
            return self.view(self._row(row.id))

    def adjust(self, actor: Actor, request: CreditAccountAdjust) -> CreditAccountView:
        """Credit or debit that is no payment, with its reason; once for a request id."""

        def work() -> CreditAccountView:
            row = self._lookups.account(actor, request.account, request.reseller, "accounts.adjust")
            micros = parse_amount(request.amount, "amount")
            if micros == 0:
                raise UserError("amount.zero", field="amount")
            if not request.reason.strip():
                raise UserError("adjustment.reason_missing", field="reason")
            self._approvals.guard(actor, row, "adjustment", micros, "credit_accounts.adjust", request)
            moved = events.adjustment(row.id, row.reseller_id, micros, row.currency)
            assert moved is not None  # the amount is not zero
            entry = books.post(self._room.ledger, self._room.clock.utcnow(), moved, operator_id=actor.operator_id, note=request.reason)
            self._audit.noted(actor, "credit_accounts.adjust", "account", row.id, amount=request.amount, reason=request.reason, entry=entry)
            return self.view(self._row(row.id))

        operation = "credit_accounts.adjust"
        return self._approvals.asking(actor, lambda: self._once.do(actor, operation, request.request_id, request, CreditAccountView, work))

    def view(self, row: Account) -> CreditAccountView:
        """The row with its owner's names and what is available."""
        reseller = self._store.resellers.get(row.reseller_id)
        if row.owner_reseller_id is not None:
            owner_row = self._store.resellers.get(row.owner_reseller_id)
            owner = "" if owner_row is None else owner_row.name
        else:
            owner = ", ".join(each.name for each in self._store.customers.of_account(row.id))
        reserved = self.reserved(row.id)
        return CreditAccountView(
            id=row.id,
            version=row.version,
            reseller="" if reseller is None else reseller.name,
            name=row.name,
            owner=owner,
            currency=row.currency,
            balance=format_amount(row.balance_micros),
            credit_limit=format_amount(row.credit_limit_micros),
            reserved=format_amount(reserved),
            available=format_amount(row.balance_micros + row.credit_limit_micros - reserved),
            tax_point=row.tax_point,
            archived_at=stamp(row.archived_at),
            payment_reference=reference(f"A{row.id}"),
        )

    def _row(self, row_id: int) -> Account:
        row = self._store.accounts.get(row_id)
        if row is None:
            raise NotFound("account.unknown")
        return row
