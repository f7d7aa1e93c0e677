"""One log line a call, once its record is durable. Dialled digits are cut by the log itself.

Writing a line finds the processor's caches without any of what it needs and costs 200 us of a call; thirty together cost
30 each. So a server writes its calls' lines twice a second.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

import msgspec

from appliance.clock import Clock
from appliance.logs import earlier_event
from appliance.money import format_amount
from appliance.services.calls.call_record import CallRecord
from appliance.services.ground.changes import Changes
from appliance.services.ground.hot import Hot
from appliance.wire.changes import Change

WRITE_SECONDS = 0.5
MOST_KEPT = 500


class Line(msgspec.Struct, frozen=True):
    """What a line is made of; `mark`: the notes of the unit that stood before it."""

    call: int
    record: CallRecord
    result: int
    cause: str
    ended_by: str
    billed_seconds: int
    amount_micros: int
    currency: str
    mark: int


log = logging.getLogger("tollhouse.calls")


class CallLog:
    """Lines wait until the unit of work that made them is committed; a lost unit's are forgotten. `gathering`: they also
    wait for `write`, which whoever sets it must call now and then, and at the end. `results` and `money` (micros) count what is durable."""

    def __init__(self, changes: Changes, hot: Hot, clock: Clock) -> None:
        self._hot = hot
        self._changes = changes
        self._waiting: list[Line] = []
        self._durable: list[tuple[float, Line]] = []
        self._clock = clock
        self.gathering = False
        self.results: Counter[int] = Counter()
        self.money: Counter[str] = Counter()
        changes.listen(self._tell, "call")
        changes.on_undo(self._undone)

    def ended(
        self, call: int, record: CallRecord, result: int, cause: str, ended_by: str, billed_seconds: int, amount_micros: int, currency: str
    ) -> None:
        """A call's record was written."""
        self._waiting.append(Line(call, record, result, cause, ended_by, billed_seconds, amount_micros, currency, self._changes.mark()))

    def _undone(self) -> None:
        """What was written from here on is not there any more; other calls of the unit are, and each was noted after its line."""
        mark = self._changes.mark()
        self._waiting = [each for each in self._waiting if each.mark < mark]

    def _tell(self, _: Sequence[Change]) -> None:
        if not self._waiting:
            return
        now = self._clock.utcnow() / 1000
        for line in self._waiting:
            self.results[line.result] += 1
            if line.amount_micros:
                self.money[line.currency] += line.amount_micros
            self._durable.append((now, line))
        self._waiting.clear()
        if not self.gathering or len(self._durable) >= MOST_KEPT:
            self.write()

    def write(self) -> None:
        """Write what is kept."""
        durable, self._durable = self._durable, []
        for at, line in durable:
            earlier_event(log, "call", at, self._fields(line))

    def _fields(self, line: Line) -> dict[str, str | int | None]:
        record, hot = line.record, self._hot
        customer, endpoint = hot.customers.get(record.customer or 0), hot.endpoints.get(record.endpoint or 0)
        trunk = hot.trunks.get(record.trunk or 0)
        return {
            "id": line.call,
            "customer": customer.name if customer else None,
            "endpoint": endpoint.number if endpoint else None,
            "dialled": record.dialled,
            "trunk": trunk.name if trunk else None,
            "seconds": line.billed_seconds,
            "result": line.result,
            "cause": line.cause,
            "ended_by": line.ended_by,
            "amount": format_amount(line.amount_micros),
            "currency": line.currency or None,
        }
