"""Running calls, and the end of one by an operator's hand."""

from __future__ import annotations

from appliance.wire.booths import BoothMeter
from appliance.wire.shapes import Request, View


class EchoView(View, frozen=True):
    """What the echo number heard and gave back, in RTP packets; `heard`: enough of both that the caller must have heard itself."""

    packets_in: int
    packets_back: int
    heard: bool


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
    echo: EchoView | None = None


class RunningCalls(View, frozen=True):
    """All running calls that the asker may see, the oldest first."""

    calls: list[RunningCall]


class HangUp(Request, frozen=True):
    """Which call: by the id of its record to be, or by the caller's own Call-ID."""

    id: int | None = None
    call_id: str | None = None


class LiveNews(View, frozen=True):
    """A `live` event of the change stream, each second while calls run: rows that are new or other than before, ids of
    calls that are over, what all calls in sight earn a second by currency, and how many they are; of the booths of call
    shops in sight, figures that are new (`seconds` apart), and booths whose call is over."""

    calls: list[RunningCall]
    gone: list[int]
    money_per_second: dict[str, str]
    count: int
    booths: list[BoothMeter] = []
    booths_gone: list[int] = []
