"""Programs' tokens: what a program of somebody's own may do, in one reseller and all below it."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class ApiTokenCreate(Request, frozen=True):
    """`scopes` are permissions ("customers.read", "payments.record", …) that whoever asks has there."""

    name: str
    scopes: list[str]
    reseller: Ref | None = None


class ApiTokenView(View, frozen=True):
    """A token without its secret. `operator` made it; what that operator may not do any more, the token may not either."""

    id: int
    name: str
    reseller: str
    scopes: list[str]
    operator: str | None
    created_at: str
    used_at: str | None
    revoked_at: str | None


class ApiTokenCreated(View, frozen=True):
    """`token` is shown this once; it is sent as a bearer token."""

    token: str
    made: ApiTokenView


class ApiTokenPage(View, frozen=True):
    """All tokens in reach, the newest first; the revoked only where `archived` was asked."""

    tokens: list[ApiTokenView]
