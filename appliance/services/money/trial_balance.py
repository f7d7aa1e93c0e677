"""The books as a whole: every account, the trial balance from the cash drawer to the carrier, and the closing of months."""

from __future__ import annotations

import json

from appliance.billing.chart import KINDS
from appliance.clock import rfc3339
from appliance.errors import Conflict, UserError
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.store.books import Close, KindSum
from appliance.store.nouns import Nouns
from appliance.wire.books import (
    AccountList,
    ClosePage,
    CloseView,
    LedgerAccount,
    LedgerAccounts,
    MonthClose,
    TrialBalance,
    TrialRequest,
    TrialRow,
)
from appliance.wire.operation import Nothing

ALWAYS = 1 << 60


class TrialBalances:
    """Reads, but for `close`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    def accounts(self, actor: Actor, request: AccountList) -> LedgerAccounts:
        """All accounts of one reseller's book."""
        reseller = self._lookups.reseller(actor, request.reseller, "ledger.read")
        rows = sorted(self._store.accounts.list(request.kind or None, reseller.id), key=lambda row: (row.kind, row.name, row.currency))
        return LedgerAccounts(
            [
                LedgerAccount(
                    row.id, reseller.name, row.kind, row.name, row.currency, format_amount(row.balance_micros),
                    KINDS[row.kind].purpose if row.kind in KINDS else "",
                )
                for row in rows
            ]
        )  # fmt: skip

    def trial(self, actor: Actor, request: TrialRequest) -> Reading:
        """Debits, credits and balances by kind of account."""
        home = self._lookups.reseller(actor, request.reseller, "ledger.read")
        reach = self._access.reach(actor, "ledger.read")
        branch = frozenset(self._store.resellers.branch(home.id))
        resellers: frozenset[int] | None = branch if reach is None else branch & reach
        if home.parent_id is None and reach is None:
            resellers = None
        since, until = moment(request.since, "since") or 0, moment(request.until, "until")

        def run(tables: Nouns) -> TrialBalance:
            rows = tables.books.sums(resellers, since, ALWAYS if until is None else until)
            sums: dict[str, int] = {}
            for row in rows:
                sums[row.currency] = sums.get(row.currency, 0) + row.debit_micros + row.credit_micros
            return TrialBalance([_row(row) for row in rows], {currency: format_amount(micros) for currency, micros in sorted(sums.items())})

        return Reading(run, slow=True)

    def close(self, actor: Actor, request: MonthClose) -> Steps[CloseView]:
        """The books are closed up to a moment; their sums as they were then are kept. Conflict books.unbalanced, books.closed_later."""
        self._access.need(actor, "books.close", None)
        until = moment(request.until, "until")
        assert until is not None  # a text
        if until > self._room.clock.utcnow():
            raise UserError("books.until_future", field="until")
        if until <= self._store.books.locked_until():
            raise Conflict("books.closed_later", field="until", until=rfc3339(self._store.books.locked_until()))
        if self._store.accounts.imbalance():
            raise Conflict("books.unbalanced")

        def summed() -> list[KindSum]:
            with self._store.reader() as tables, tables.snapshot():
                return tables.books.sums(None, 0, until)

        rows: list[KindSum] = yield summed
        with self._room.changes.unit():
            kept = [[row.reseller_id, row.kind, row.name, row.currency, row.debit_micros + row.credit_micros] for row in rows]
            sums = json.dumps({"last_entry": self._store.books.last_entry(), "balances": kept})
            row_id = self._store.books.insert(until_at=until, closed_at=self._room.clock.utcnow(), who=actor.name, note=request.note[:500], sums=sums)
            self._room.ledger.lock(until)
            self._audit.noted(actor, "ledger.close", "close", row_id, until=request.until)
            self._room.changes.note("close", row_id)
            found = self._store.books.get(row_id)
            assert found is not None  # just written
            return _close(found)

    def closes(self, actor: Actor, request: Nothing) -> ClosePage:
        """Newest first."""
        self._access.need(actor, "ledger.read", None)
        return ClosePage([_close(row) for row in self._store.books.closes()])


def _row(row: KindSum) -> TrialRow:
    debit, credit = format_amount(-row.debit_micros), format_amount(row.credit_micros)
    return TrialRow(row.reseller, row.kind, row.name, row.currency, debit, credit, format_amount(row.debit_micros + row.credit_micros))


def _close(row: Close) -> CloseView:
    return CloseView(row.id, rfc3339(row.until_at), rfc3339(row.closed_at), row.who, row.note)
