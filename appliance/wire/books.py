"""The books as a whole: accounts, the trial balance, and months that are closed."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class AccountList(Request, frozen=True):
    """All ledger accounts of a reseller's book; `kind` one of them (cash, bank, tax, revenue, …)."""

    reseller: Ref | None = None
    kind: str = ""


class LedgerAccount(View, frozen=True):
    """One account of the ledger. Credit-positive: what is owed or earned is above zero, what is owned or spent below."""

    id: int
    reseller: str
    kind: str
    name: str
    currency: str
    balance: str
    purpose: str


class LedgerAccounts(View, frozen=True):
    """By reseller and kind."""

    accounts: list[LedgerAccount]


class TrialRequest(Request, frozen=True):
    """The trial balance of a reseller and all below it, at a moment (not included; now). `since`: what moved from then on alone."""

    reseller: Ref | None = None
    since: str | None = None
    until: str | None = None


class TrialRow(View, frozen=True):
    """One kind of account (credit accounts summed) with its debits, credits and balance."""

    reseller: str
    kind: str
    name: str
    currency: str
    debit: str
    credit: str
    balance: str


class TrialBalance(View, frozen=True):
    """`sums` by currency are zero where the books are whole."""

    rows: list[TrialRow]
    sums: dict[str, str]


class MonthClose(Request, frozen=True):
    """Closes the books up to a moment (not included), for good: nothing is dated before it any more."""

    until: str
    note: str = ""


class CloseView(View, frozen=True):
    """One close, with the sum of each kind of account as it was then."""

    id: int
    until: str
    closed_at: str
    closed_by: str
    note: str


class ClosePage(View, frozen=True):
    """Newest first."""

    closes: list[CloseView]
