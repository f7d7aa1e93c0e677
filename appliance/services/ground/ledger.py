"""The one place of the house that posts to the ledger.

Law: an entry sums to zero in each currency, a posting of nothing is not written, and whoever meters running calls
hears of every new balance and every new credit limit at once.

Signs are credit-positive: what we owe or have earned is positive. A charge is negative on the credit account and
positive on revenue; a payment is positive on the credit account and negative on cash or bank; a call's cost is
positive on the carrier's account (we owe it) and negative on carrier_cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from appliance.billing.ledger import Entry, Side
from appliance.clock import Clock
from appliance.services.ground.changes import Changes
from appliance.store.accounts import Account
from appliance.store.ledger import Pair
from appliance.store.store import Store

FundsListener = Callable[[int, int, int], None]
"""Told (account, balance in micros, credit limit in micros), while the unit of work is still open."""


MOST_FUNDS = 10_000
"""Accounts whose funds are remembered."""


class _Known(NamedTuple):
    kind: str
    credit_limit_micros: int


class Ledger:
    """Accounts and entries, for every service that moves money."""

    def __init__(self, store: Store, clock: Clock, changes: Changes) -> None:
        self._store = store
        self._clock = clock
        self._changes = changes
        self._listeners: list[FundsListener] = []
        self._house: dict[tuple[int, str, str, str], int] = {}
        self._carriers: dict[tuple[int, str], int] = {}
        self._known: dict[int, _Known] = {}
        self._locked_until = store.books.locked_until()
        self._funds: dict[int, tuple[int, int]] = {}  # of those that were asked for: each call asks for its payer's
        self._touched: set[int] = set()  # credit accounts whose listeners heard something that is not durable yet
        changes.on_undo(self._undone)
        changes.listen(lambda _: self._touched.clear(), "balance", "account")

    def on_funds(self, listener: FundsListener) -> None:
        """Hear of each credit account whose balance or limit changes."""
        self._listeners.append(listener)

    def account(self, reseller: int, kind: str, currency: str, name: str = "") -> int:
        """The id of one of a reseller's book accounts (revenue, carrier_cost, cash, bank, tax, opening, …); made when missing."""
        key = (reseller, kind, currency, name)
        identity = self._house.get(key)
        if identity is None:
            identity = self._house[key] = self._store.accounts.ensure(reseller, kind, name, currency, self._clock.utcnow()).id
        return identity

    def carrier(self, trunk_id: int, reseller: int, name: str, currency: str) -> int:
        """The id of a trunk's account with its carrier; made when missing, and found whatever the trunk is called later."""
        key = (trunk_id, currency)
        identity = self._carriers.get(key)
        if identity is None:
            identity = self._store.carriers.account_of(trunk_id, currency)
            if identity is None:
                taken = self._store.accounts.find(reseller, "carrier", name, currency) is not None
                called = f"{name} ({trunk_id})" if taken else name
                identity = self._store.accounts.ensure(reseller, "carrier", called, currency, self._clock.utcnow()).id
                self._store.carriers.keep(trunk_id, currency, identity)
            self._carriers[key] = identity
        return identity

    def post(
        self,
        at: int,
        kind: str,
        postings: Sequence[tuple[int, int]],
        *,
        reference: str = "",
        call_id: int | None = None,
        level: int | None = None,
        reverses: int | None = None,
        operator_id: int | None = None,
        note: str = "",
    ) -> int:
        """Write one balanced entry of (account id, amount in micros) and give its id; notes the "balance" of credit accounts.

        A fault inside leaves rows behind: call it inside a unit or part of `Changes`.
        """
        entry, balances = self._store.ledger.post(
            max(at, self._locked_until),
            kind,
            postings,
            reference=reference,
            call_id=call_id,
            level=level,
            reverses=reverses,
            operator_id=operator_id,
            note=note,
        )
        self.moved({account: balance for (account, _), balance in zip(postings, balances, strict=True)})
        return entry

    def write(
        self,
        at: int,
        entry: Entry | None,
        *,
        reference: str = "",
        call_id: int | None = None,
        level: int | None = None,
        reverses: int | None = None,
        operator_id: int | None = None,
        note: str = "",
    ) -> int | None:
        """Post an entry as billing made it, its accounts found or made; None where there is nothing to post."""
        if entry is None:
            return None
        postings = [(self._of(side), side.amount_micros) for side in entry.sides]
        return self.post(
            at, entry.kind, postings, reference=reference, call_id=call_id, level=level, reverses=reverses, operator_id=operator_id, note=note
        )

    def write_call(self, at: int, call: int, made: Sequence[tuple[Entry, int | None]]) -> list[int]:
        """The entries of one call's end together, each of two sides and with its level; their ids. A fault inside leaves rows behind, as `post`."""
        pairs = []
        for entry, level in made:
            one, other = entry.sides
            pairs.append(Pair(entry.kind, level, one.account_id or self._of(one), other.account_id or self._of(other), other.amount_micros))
        entries, balances = self._store.ledger.post_call(max(at, self._locked_until), call, pairs)
        self.moved(balances)
        return entries

    def moved(self, balances: Mapping[int, int]) -> None:
        """Accounts have new balances, in micros: whoever meters calls hears of them."""
        for account, balance in balances.items():
            known = self._known.get(account) or self._learn(account)
            if account in self._funds:
                self._funds[account] = balance, known.credit_limit_micros
            if known.kind == "credit":
                self._changes.note("balance", account)
                self._tell(account, balance, known.credit_limit_micros)
            elif known.kind == "guest":
                self._tell(account, balance, known.credit_limit_micros)

    def set_limit(self, account: int, credit_limit_micros: int, version: int | None = None) -> None:
        """A new credit limit in micros; running calls feel it at once. Conflict, NotFound as `Table.update`."""
        self._store.accounts.update(account, {"credit_limit_micros": credit_limit_micros}, version)
        self._known.pop(account, None)
        self._funds.pop(account, None)
        self._changes.note("account", account)
        self._tell(account, self._store.accounts.balance(account), credit_limit_micros)

    def lock(self, until_at: int) -> None:
        """The books are closed up to a moment: whatever comes from now on is dated after it, though a clock went back."""
        self._locked_until = until_at

    def funds(self, account: int) -> tuple[int, int]:
        """(balance, credit limit) in micros, as the open unit of work has them."""
        known = self._funds.get(account)
        if known is None:
            known = self._store.accounts.funds(account)
            if known is None:
                raise LookupError(f"account {account}")
            if len(self._funds) >= MOST_FUNDS:
                self._funds.clear()
            self._funds[account] = known
        return known

    def _of(self, side: Side) -> int:
        """The account of one side, found or made."""
        account = side.account_id
        return self.account(side.reseller_id or 0, side.kind, side.currency, side.name) if account is None else account

    def _tell(self, account: int, balance: int, credit_limit: int) -> None:
        self._touched.add(account)
        for listener in self._listeners:
            listener(account, balance, credit_limit)

    def _row(self, account: int) -> Account:
        row = self._store.accounts.get(account)
        if row is None:
            raise LookupError(f"account {account}")
        return row

    def _learn(self, account: int) -> _Known:
        row = self._row(account)
        known = self._known[account] = _Known(row.kind, row.credit_limit_micros)
        return known

    def _undone(self) -> None:
        """Accounts made, amounts posted or limits set in what was undone are not there any more."""
        self._house.clear()
        self._carriers.clear()
        self._known.clear()
        self._funds.clear()
        self._locked_until = self._store.books.locked_until()
        for account in tuple(self._touched):
            row = self._store.accounts.get(account)
            if row is not None:
                self._tell(account, row.balance_micros, row.credit_limit_micros)
