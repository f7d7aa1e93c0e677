"""Limits of money by role, and the second person above them (money.md, Payments)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class LimitList(Request, frozen=True):
    """The limits of a reseller's roles."""

    reseller: Ref | None = None


class LimitSet(Request, frozen=True):
    """What a role may do alone in that reseller and below; null: as much as it likes.

    `what`: payment, refund, adjustment, credit_limit or day (all of one operator's payments, refunds and adjustments of a day).
    """

    role: str
    what: str
    amount: str | None
    reseller: Ref | None = None


class LimitView(View, frozen=True):
    """One limit, in the account's currency."""

    reseller: str
    role: str
    what: str
    amount: str


class LimitPage(View, frozen=True):
    """What has no row has no limit."""

    limits: list[LimitView]


class ApprovalList(Request, frozen=True):
    """What waits for a second person, or with `decided` what no longer does; newest first."""

    reseller: Ref | None = None
    decided: bool = False
    limit: int = 100


class ApprovalDecide(Request, frozen=True):
    """Does what was asked for, or refuses it. Not by whoever asked, and within one's own limits."""

    id: int
    approve: bool
    note: str = ""
    request_id: str = ""


class ApprovalView(View, frozen=True):
    """One thing above a limit. `state`: waiting, approved or refused."""

    id: int
    reseller: str
    operation: str
    what: str
    account: str
    amount: str
    currency: str
    limit: str
    asked_by: str
    asked_at: str
    state: str
    decided_by: str | None
    decided_at: str | None
    note: str


class ApprovalPage(View, frozen=True):
    """Newest first."""

    approvals: list[ApprovalView]
