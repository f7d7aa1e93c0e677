"""Running calls as rows: the whole list once, then the news of each second laid over it; durations are counted here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import QModelIndex, QObject

from appliance.clock import Clock
from appliance.gui.client import Client
from appliance.gui.column import Column
from appliance.gui.screens.calls import call_words
from appliance.gui.table_model import PageModel
from appliance.gui.words import _
from appliance.wire.calls import LiveNews, RunningCall
from appliance.wire.operations import Nothing

SOON_SECONDS = 600


def seconds_of(moment: str | None) -> float:
    """A moment of the wire as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0


class LiveModel(PageModel):
    """The calls that run, the oldest first."""

    sortable = False

    def __init__(self, client: Client, clock: Clock, parent: QObject | None = None) -> None:
        columns = [
            Column("customer", _("Customer"), width=170, grows=True),
            Column("endpoint", _("From"), "number", width=120),
            Column("dialled", _("Dialled"), "number", width=150),
            Column(lambda view: call_words.running_state(view.state), _("State"), "state", width=110),
            Column("started_at", _("Began"), "moment", width=138, shown=False),
            Column(self.lasts, _("Duration"), "duration", width=110),
            Column("consumed", _("Money so far"), "money", width=120, currency="currency"),
            Column(self.runs_out, _("Runs out in"), "duration", width=110),
        ]
        super().__init__(client, "calls.list", Nothing(), columns, parent)
        self._clock = clock
        self._lasts_at, self._out_at = 5, 7
        self.news = LiveNews([], [], {}, 0)

    def lasts(self, view: RunningCall) -> float | None:
        """Seconds of talk by now, None before the answer."""
        return None if view.answered_at is None else max(0.0, self._now() - seconds_of(view.answered_at))

    def runs_out(self, view: RunningCall) -> float | None:
        """Seconds until the credit ends at the present burn, None where nothing ends it."""
        return None if view.runs_out_at is None else max(0.0, seconds_of(view.runs_out_at) - self._now())

    def soon(self) -> int:
        """How many calls lose their credit within ten minutes."""
        return sum(1 for view in self.rows if (left := self.runs_out(view)) is not None and left < SOON_SECONDS)

    def hear(self, data: object) -> None:
        """A `live` event. What cannot be read is left alone; the next whole list mends it."""
        if not isinstance(data, Mapping) or not self.asked:
            return
        try:
            news = msgspec.convert(data, LiveNews, strict=False)
        except msgspec.ValidationError:
            return
        self.news = news
        gone = set(news.gone)
        for at in reversed([at for at, view in enumerate(self.rows) if view.id in gone]):
            self.beginRemoveRows(QModelIndex(), at, at)
            del self.rows[at]
            self.endRemoveRows()
        places = {view.id: at for at, view in enumerate(self.rows)}
        fresh = [view for view in news.calls if view.id not in places]
        for view in news.calls:
            if view.id in places:
                self.rows[places[view.id]] = view
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(fresh) - 1)
            self.rows += fresh
            self.endInsertRows()
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))
        self.loaded.emit()

    def tick(self) -> None:
        """Another second has gone by."""
        if self.rows:
            last = len(self.rows) - 1
            for at in (self._lasts_at, self._out_at):
                self.dataChanged.emit(self.index(0, at), self.index(last, at))

    def _now(self) -> float:
        return self._clock.utcnow() / 1000

    def _lay(self, rows: list[Any]) -> None:
        super()._lay(sorted(rows, key=lambda view: int(view.id)))
