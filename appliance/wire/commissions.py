"""Commissions: what a sub-reseller earns of the calls that it buys from its parent (product.md P11)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class CommissionSet(Request, frozen=True):
    """`percent` of what calls cost the sub-reseller is credited to it for each month; "0" ends it."""

    reseller: Ref
    percent: str


class CommissionList(Request, frozen=True):
    """What a month ("2026-01") brings the sub-resellers of `parent` that have a rate."""

    month: str
    parent: Ref | None = None


class CommissionPay(CommissionList, frozen=True):
    """Credits what the month brings; a month that was credited is passed over."""

    request_id: str = ""


class CommissionView(View, frozen=True):
    """One sub-reseller: `calls` is what calls cost it in the month, `amount` its commission; `paid_at` null: not credited yet."""

    reseller: str
    percent: str
    calls: str
    amount: str
    currency: str
    paid_at: str | None


class CommissionPage(View, frozen=True):
    """By name; `paid` is how many were credited just now."""

    month: str
    commissions: list[CommissionView]
    paid: int = 0
