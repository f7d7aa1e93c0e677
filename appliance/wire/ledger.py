"""The ledger as screens ask for it."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class LedgerList(Request, frozen=True):
    """Postings, the newest first; `after` is the last page's `next`.

    Name a credit account (by id or name), a customer (its account), or neither: then all accounts of the reseller.
    `kind` is one of the entry's kinds (call, payment, …).
    """

    account: Ref | None = None
    customer: Ref | None = None
    reseller: Ref | None = None
    kind: str = ""
    since: str | None = None
    until: str | None = None
    after: int = 0
    limit: int = 100


class LedgerRow(View, frozen=True):
    """One posting. Credit-positive: a charge is below zero on a credit account. `call` is the id of the call's record."""

    id: int
    entry: int
    at: str
    kind: str
    reference: str
    note: str
    call: int | None
    level: int | None
    reverses: int | None
    account_id: int
    account: str
    reseller: str
    currency: str
    amount: str
    balance_after: str


class LedgerPage(View, frozen=True):
    """`next` is 0 on the last page."""

    postings: list[LedgerRow]
    next: int = 0
