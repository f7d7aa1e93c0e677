"""Where phones are registered."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class BindingList(Request, frozen=True):
    """Registrations that have not run out, by endpoint; `after` is the last page's `next`."""

    reseller: Ref | None = None
    customer: Ref | None = None
    endpoint: Ref | None = None
    search: str = ""
    after: int = 0
    limit: int = 100


class BindingRow(View, frozen=True):
    """One contact. `source` is the address that its REGISTER came from; `natted`: behind a router."""

    endpoint_id: int
    endpoint: str
    display_name: str
    customer: str
    contact: str
    source: str
    transport: str
    natted: bool
    since_at: str
    refreshed_at: str
    expires_at: str
    user_agent: str


class BindingPage(View, frozen=True):
    """`next` is 0 on the last page."""

    bindings: list[BindingRow]
    next: int = 0
