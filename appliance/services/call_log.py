"""One log line a call, once its record is durable. Dialled digits are cut by the log itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from appliance.logs import event
from appliance.money import format_amount
from appliance.services.call_record import CallRecord
from appliance.services.changes import Changes
from appliance.services.hot import Hot
from appliance.wire.changes import Change

log = logging.getLogger("tollhouse.calls")


class CallLog:
    """Lines wait until the unit of work that made them is committed; a lost unit's are forgotten."""

    def __init__(self, changes: Changes, hot: Hot) -> None:
        self._hot = hot
        self._waiting: list[dict[str, str | int | None]] = []
        changes.listen(self._tell, "call")
        changes.on_undo(self._waiting.clear)

    def ended(
        self, call: int, record: CallRecord, result: int, cause: str, ended_by: str, billed_seconds: int, amount_micros: int, currency: str
    ) -> None:
        """A call's record was written."""
        if not log.isEnabledFor(logging.INFO):
            return
        customer = self._hot.customers.get(record.customer) if record.customer is not None else None
        endpoint = self._hot.endpoints.get(record.endpoint) if record.endpoint is not None else None
        trunk = self._hot.trunks.get(record.trunk) if record.trunk is not None else None
        self._waiting.append(
            {
                "id": call,
                "customer": customer.name if customer else None,
                "endpoint": endpoint.number if endpoint else None,
                "dialled": record.dialled,
                "trunk": trunk.name if trunk else None,
                "seconds": billed_seconds,
                "result": result,
                "cause": cause,
                "ended_by": ended_by,
                "amount": format_amount(amount_micros),
                "currency": currency or None,
            }
        )

    def _tell(self, _: Sequence[Change]) -> None:
        waiting, self._waiting[:] = tuple(self._waiting), ()
        for fields in waiting:
            event(log, "call", level=logging.INFO, **fields)
