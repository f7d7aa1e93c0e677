"""Where a customer's web logins are signed in."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class WebSessionList(Request, frozen=True):
    """Of one customer."""

    customer: Ref
    reseller: Ref | None = None


class WebSessionEnd(Request, frozen=True):
    """Sign a login out: at `key`, or everywhere where it is left out."""

    customer: Ref
    login: str
    reseller: Ref | None = None
    key: str = ""


class WebSessionView(View, frozen=True):
    """One sign-in; `key` names it and is good for nothing else."""

    key: str
    login: str
    since: str
    seen: str
    source: str
    client: str


class WebSessions(View, frozen=True):
    """The newest first."""

    sessions: list[WebSessionView]


class WebSessionsEnded(View, frozen=True):
    """How many were ended."""

    ended: int
