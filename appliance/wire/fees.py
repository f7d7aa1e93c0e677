"""Monthly fees of customers and endpoints (money.md, Fees)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class FeeList(Request, frozen=True):
    """Fees of one customer, or of all in reach."""

    customer: Ref | None = None
    reseller: Ref | None = None
    after: int = 0
    limit: int = 100


class FeeSet(Request, frozen=True):
    """Makes a customer's fee of that name or changes it. Amounts are net. `day`: of the month, 1 to 28.

    `policy`: take (the account may go below its limit) or wait (for money; the service stops after some days).
    `ends_on` is the first day without it; what was taken past it is given back.
    """

    customer: Ref
    name: str
    amount: str | None = None
    reseller: Ref | None = None
    endpoint: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    day: int | None = None
    policy: str | None = None


class FeeStop(Request, frozen=True):
    """Ends a fee; `ends_on` is the first day without it, today where it is left out. Days that were paid for are given back."""

    id: int
    ends_on: str | None = None
    request_id: str = ""


class FeeMonth(View, frozen=True):
    """One month that was taken; `amount` is below zero where days were given back."""

    month: str
    amount: str
    since: str
    until: str
    entry: int


class FeeView(View, frozen=True):
    """One fee. `waiting_since`: it waits for money since then; `suspended`: its service is stopped meanwhile."""

    id: int
    customer: str
    customer_id: int
    endpoint: str | None
    name: str
    amount: str
    currency: str
    starts_on: str
    ends_on: str | None
    day: int
    policy: str
    next_on: str | None
    waiting_since: str | None
    suspended: bool
    months: list[FeeMonth]


class FeePage(View, frozen=True):
    """`next` is 0 on the last page."""

    fees: list[FeeView]
    next: int = 0


class FeesRun(Request, frozen=True):
    """Takes all fees that are due now, as the server does by itself."""

    request_id: str = ""


class FeesTaken(View, frozen=True):
    """What one round did."""

    taken: int
    waiting: int
    suspended: int
