"""The figures of a booth between two pieces of news: money as the server told it, seconds counted on here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.clock import Clock
from appliance.wire.booths import BoothMeter, BoothPage, BoothView


class LiveBooths(msgspec.Struct, frozen=True):
    """The booths' part of a `live` event; its other fields are somebody else's."""

    booths: list[BoothMeter] = []
    booths_gone: list[int] = []


class Shown:
    """One booth as it is shown: the server's last view, and when it was heard."""

    __slots__ = ("heard_at", "view", "warn")

    def __init__(self, view: BoothView, heard_at: float) -> None:
        self.view = view
        self.heard_at = heard_at
        """Seconds of this computer's monotonic clock."""
        self.warn = False

    def since(self, now: float) -> float:
        """Seconds since the figures were told, 0 while no call is answered."""
        call = self.view.call
        return max(0.0, now - self.heard_at) if call is not None and call.answered_at is not None else 0.0

    def seconds(self, now: float) -> float:
        """Seconds of talk of the running call by now."""
        call = self.view.call
        return 0.0 if call is None else call.seconds + self.since(now)

    def left_seconds(self, now: float) -> int | None:
        """Seconds of talk that are left by now, None where nothing limits it."""
        session = self.view.session
        if session is None or session.left_seconds is None:
            return None
        return max(0, int(session.left_seconds - self.since(now)))


class BoothBoard:
    """All booths of the shop that is shown, by id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.booths: dict[int, Shown] = {}

    def now(self) -> float:
        """Seconds of the clock that `Shown` counts by."""
        return self._clock.monotonic()

    def show_page(self, page: BoothPage) -> None:
        """The whole board as the server has it; a running call's warning stays until the next figures."""
        warned = {each.view.id for each in self.booths.values() if each.warn}
        self.booths = {}
        for view in sorted(page.booths, key=lambda each: (each.position, each.id)):
            made = self.booths[view.id] = Shown(view, self.now())
            made.warn = view.id in warned and view.call is not None

    def hear(self, data: object) -> list[int]:
        """A `live` event: the booths whose figures moved. What cannot be read is left alone; the next page mends it."""
        if not isinstance(data, Mapping):
            return []
        try:
            news = msgspec.convert({name: data[name] for name in ("booths", "booths_gone") if name in data}, LiveBooths, strict=False)
        except msgspec.ValidationError:
            return []
        return [row.booth for row in news.booths if self._lay(row)]

    def _lay(self, row: BoothMeter) -> bool:
        shown = self.booths.get(row.booth)
        if shown is None or shown.view.session is None:
            return False
        session: Any = msgspec.structs.replace(shown.view.session, total=row.total, left=row.left, left_seconds=row.left_seconds)
        state = "in_call" if shown.view.state == "open" else shown.view.state
        shown.view = msgspec.structs.replace(shown.view, call=row.call, session=session, state=state)
        shown.heard_at, shown.warn = self.now(), row.warn
        return True
