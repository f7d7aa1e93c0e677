"""Prices under way at a server whose answer to the request itself was lost on the line: how far they are is asked, and how they ended."""

from __future__ import annotations

from typing import Any

from appliance.gui.client import NO_LINE
from appliance.wire.price_work import PriceWork, PriceWorks, PriceWorkStop
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done
from tests.gui.fake_client import FakeClient


def price_work(identity: int = 5, state: str = "running", **changed: Any) -> PriceWork:
    values: dict[str, Any] = {
        "id": identity,
        "what": "change",
        "tariff": "Retail",
        "tariff_id": 1,
        "reseller": "Harbour Telecom",
        "file": "",
        "state": state,
        "phase": "writing",
        "done": 120,
        "total": 1204,
        "started_at": "2026-11-16T09:00:00Z",
        "ended_at": None if state == "running" else "2026-11-16T09:00:09Z",
        "operator": "Jan",
        "import_id": 42 if state == "ready" else None,
        "added": 0,
        "changed": 7,
        "removed": 0,
        "unchanged": 1,
        "left_out": 0,
        "reason": "Stopped. Nothing was changed." if state == "stopped" else "",
        "code": "prices.stopped" if state == "stopped" else "",
    }
    return PriceWork(**(values | changed))


class Writing:
    """`name` is the operation that begins it. It runs until `end`, or until somebody stops it; an older work is known from the start."""

    def __init__(self, server: FakeClient, name: str, **fields: Any) -> None:
        self._fields = fields
        self.works = [price_work(4, "ready", **fields)]
        server.answer("rates.writing", lambda _request: PriceWorks(list(self.works)))
        server.answer("rates.stop_writing", self._stop)
        server.answer(name, self._begin)

    def end(self, state: str, **changed: Any) -> None:
        """How it ended."""
        self.works[0] = price_work(5, state, **(self._fields | changed))

    def _begin(self, _request: object) -> Problem:
        self.works.insert(0, price_work(5, **self._fields))
        return Problem(detail="The server does not answer.", code=NO_LINE)

    def _stop(self, request: PriceWorkStop) -> Done:
        assert request.id == 5
        self.end("stopped")
        return Done(5)
