"""The account with a carrier: what it was paid, what calls cost, and its own list of calls (money.md, Payments)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class CarrierList(Request, frozen=True):
    """The accounts of a reseller's trunks."""

    reseller: Ref | None = None


class CarrierAccount(View, frozen=True):
    """One trunk's account. `balance`: what is left of what was paid, below zero what is owed. `per_hour` is usual traffic of the
    last seven days; `hours_left` None where nothing is used or nothing was ever paid ahead."""

    trunk: str
    trunk_id: int
    account: str
    currency: str
    balance: str
    paid: str
    cost: str
    per_hour: str
    hours_left: int | None
    low: bool


class CarrierAccounts(View, frozen=True):
    """By trunk and currency."""

    accounts: list[CarrierAccount]


class CarrierPay(Request, frozen=True):
    """Money paid to the carrier of a trunk, below zero what it gave back. `method` is as for payments."""

    trunk: Ref
    amount: str
    currency: str | None = None
    method: str = "bank"
    reference: str = ""
    note: str = ""
    request_id: str = ""


class CarrierCompare(Request, frozen=True):
    """The carrier's list of calls (CSV) against ours. `columns` by header: number, started, seconds, cost; `zone` of its times.

    Calls are the same where the number is and they began within `seconds_apart`. `until` is not included.
    """

    trunk: Ref
    content: bytes
    columns: dict[str, str] = {}
    since: str | None = None
    until: str | None = None
    zone: str = "UTC"
    seconds_apart: int = 60


class CarrierDifference(View, frozen=True):
    """One call. `kind`: missing_here, missing_there, seconds or price; `difference` is theirs less ours, in money."""

    kind: str
    number: str
    started_at: str
    our_seconds: int | None
    their_seconds: int | None
    our_cost: str | None
    their_cost: str | None
    difference: str
    call: int | None


class CarrierComparison(View, frozen=True):
    """`difference` above zero: the carrier asks for more than our tariff says. At most 1,000 `differences` are listed; counts are of all."""

    currency: str
    ours: int
    theirs: int
    same: int
    counts: dict[str, int]
    our_cost: str
    their_cost: str
    difference: str
    differences: list[CarrierDifference]
    faults: list[str]
