"""Payments that customers make at a provider's page (web.md, Pages)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class OnlineList(Request, frozen=True):
    """Of one customer, newest first."""

    customer: Ref
    reseller: Ref | None = None


class OnlineView(View, frozen=True):
    """`state`: open (not paid so far), paid, failed or reversed (the customer disputed it); `payment`: the payment that it became."""

    id: int
    at: str
    provider: str
    amount: str
    currency: str
    state: str
    payment: int | None


class OnlinePage(View, frozen=True):
    """The newest ones."""

    payments: list[OnlineView]
