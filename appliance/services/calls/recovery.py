"""What an earlier run left unfinished: its calls are charged to their last checkpoint, once, and their phones told BYE.

Law: the live row goes in the same unit of work as the CDR comes, so that a crash during recovery repeats nothing. A
call is charged no further than its account could pay, by the same book that metered it.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from appliance.billing.credit import CreditBook
from appliance.billing.rating import Charge, charge
from appliance.services.calls.call_record import LiveCall
from appliance.services.calls.call_restore import restored
from appliance.services.calls.call_settle import Outcome
from appliance.services.calls.calls import Calls
from appliance.services.ground.room import Room
from appliance.store.runs import Run

log = logging.getLogger(__name__)

CRASHED = 500
"""The result of a call that a crash ended before its answer: nothing was said to its caller."""


class Recovered(NamedTuple):
    """How many calls were closed, and the dialogs (as `live_call` kept them) that are still open at the phones."""

    calls: int
    dialogs: tuple[str, ...]


class Recovery:
    """Run at the start, before any call is taken, and by `close_run` at an orderly end."""

    def __init__(self, room: Room, calls: Calls) -> None:
        self._store = room.store
        self._changes = room.changes
        self._hot = room.hot
        self._calls = calls

    def recover(self) -> Recovered:
        """Close every call of every run but the present one, in one unit of work."""
        rows = list(self._store.calls.live(not_run=self._calls.run_id))
        count, dialogs = 0, []
        with self._changes.unit():
            for run_id in sorted({row.run_id for row in rows}):
                run = self._store.runs.get(run_id)
                count += self._close(run, run_id, "crash")
            for run in self._store.runs.unended():
                if run.id != self._calls.run_id:
                    self._store.runs.end(run.id, run.heartbeat_at)
        dialogs = [row.dialogs for row in rows if row.dialogs is not None]
        if count:
            log.warning("%d calls of an earlier run were closed and charged to their last checkpoint", count)
        return Recovered(count, tuple(dialogs))

    def close_present(self, mono_ms: int, at: int) -> int:
        """What still has a live row at an orderly end, inside the open unit of work; how many."""
        run = self._store.runs.get(self._calls.run_id)
        return self._close(run._replace(heartbeat_at=at, heartbeat_mono_ms=mono_ms) if run is not None else None, self._calls.run_id, "shutdown")

    def _close(self, run: Run | None, run_id: int, cause: str) -> int:
        """Charge the calls of one run up to its heartbeat. Rows are read anew: funds are as the calls left them."""
        book = CreditBook(self._calls.funds)
        upto = run.heartbeat_mono_ms if run is not None else 0
        found = list(restored(book, self._store.calls.live(run_id), upto, self._hot, lambda record, meters: ()))
        for live, refused in sorted(found, key=lambda each: each[0].call):
            answered = live.answered is not None
            finish = book.finish(live.call, max(upto, int((live.answered or 0) * 1000))) if answered and not refused else None
            duration = finish.duration_ms if finish is not None else 0
            ended_at = (live.record.answered_at or live.record.started_at) + duration
            charges = finish.charges if finish is not None else tuple(_nothing(live)) if answered else ()
            result, covered = 200 if answered else CRASHED, finish.covered if finish is not None else None
            outcome = Outcome(ended_at, duration, 0, result, cause, "server", charges, covered=covered)
            self._calls.settlement.write(live, outcome, run_id)
            self._changes.note("call", live.call)
        return len(found)


def _nothing(live: LiveCall) -> list[Charge]:
    """Charges of a call whose account could not pay its first increment any more when the server came back."""
    return [charge(meter.terms, 0) for meter in live.meters]
