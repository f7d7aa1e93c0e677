"""Running calls, and the end of one by an operator's hand."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class RunningCall(View, frozen=True):
    """`state`: calling, ringing or answered. `consumed` is what the customer's side has cost so far; `runs_out_at` is when
    the credit of some billed account ends at the present burn, null where nothing ends it. Numbers are cut where the
    asker may not read persons' numbers."""

    id: int
    call_id: str
    customer: str | None
    endpoint: str | None
    dialled: str
    state: str
    started_at: str
    answered_at: str | None
    consumed: str
    currency: str
    runs_out_at: str | None
    reseller: str | None = None
    caller: str = ""
    destination: str | None = None
    direction: str = "out"


class RunningCalls(View, frozen=True):
    """All running calls that the asker may see, the oldest first."""

    calls: list[RunningCall]


class HangUp(Request, frozen=True):
    """Which call: by the id of its record to be, or by the caller's own Call-ID."""

    id: int | None = None
    call_id: str | None = None


class LiveNews(View, frozen=True):
    """A `live` event of the change stream, each second while calls run: rows that are new or other than before, ids of
    calls that are over, what all calls in sight earn a second by currency, and how many they are."""

    calls: list[RunningCall]
    gone: list[int]
    money_per_second: dict[str, str]
    count: int
