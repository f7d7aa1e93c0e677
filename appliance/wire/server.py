"""What a server says of itself."""

from __future__ import annotations

from appliance.wire.shapes import View


class ServerStatus(View, frozen=True):
    """`sip` and `web` are the addresses as bound, with real ports; `draining`: no new calls are taken any more."""

    version: str
    serving: bool
    started_at: str
    sip: list[str]
    web: str
    calls: int
    registered: int
    draining: bool = False
