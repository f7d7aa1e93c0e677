"""Persons: all that is known of one, forgetting one, and what an authority is told."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class PersonErase(Request, frozen=True):
    """Forget a customer. `name` is the customer's present name, typed by whoever asks; `reason` goes into the audit log."""

    id: int
    name: str
    reason: str


class PersonErased(View, frozen=True):
    """`calls`: call records that name him no more."""

    id: int
    calls: int


class DisclosureRequest(Request, frozen=True):
    """What is known of a number or of an IP address in a period. One of the two is given.

    `asker` is who wants to know (an authority and its file number), `reason` on what ground; both go into the audit log.
    """

    since: str
    until: str
    asker: str
    reason: str
    number: str = ""
    address: str = ""


class DisclosedCall(View, frozen=True):
    """`source` and `callee` are addresses as they were recorded; `customer` is the name of today."""

    id: int
    started_at: str
    answered_at: str | None
    ended_at: str
    duration_ms: int
    customer: str
    endpoint: str
    caller: str
    dialled: str
    normalised: str
    result: int
    direction: str
    source: str
    callee: str
    user_agent: str
    call_id: str
    trunk: str
    trunk_call_id: str
    time_uncertain: bool


class DisclosedRegistration(View, frozen=True):
    """A phone at an address. `until_at` is None where it is there now."""

    endpoint: str
    customer: str
    contact: str
    source: str
    user_agent: str
    from_at: str
    until_at: str | None


class Disclosure(View, frozen=True):
    """`holders` are customers who hold the number now. Rows past their retention are cut and found no more."""

    audit: int
    since: str
    until: str
    holders: list[str]
    calls: list[DisclosedCall]
    registrations: list[DisclosedRegistration]
