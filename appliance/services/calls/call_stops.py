"""Calls that end for another reason than credit: what may be spent is used up, or a fuse tripped beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from appliance.billing.admission import WATCH, Level
from appliance.billing.credit import CreditBook, Meter
from appliance.billing.credit_call import CutCall
from appliance.clock import Clock
from appliance.services.calls.call_guard import CallGuard
from appliance.services.calls.call_record import LiveCall

OWN_CAP = "own_cap"
"""The cause of a call that ended, or was refused, by the cap that its customer set for himself."""


class CallStops:
    """`doomed`: calls that must end whatever the book says, with their cause. `running` is the service's own, as it stands."""

    def __init__(self, guard: CallGuard, clock: Clock, capped: Callable[[int], bool] = lambda account: False) -> None:
        """`capped`: whether it is its customer's cap, and not its credit, that an account is held by."""
        self._guard = guard
        self._clock = clock
        self.running: Mapping[int, LiveCall] = {}
        self.doomed: dict[int, str] = {}
        self._spent: dict[int, str] = {}  # calls that the guard cut, with their cause
        self._capped = capped
        guard.stopped = self._stop_customer

    def clear(self, running: Mapping[int, LiveCall]) -> None:
        """Begin anew, over these calls."""
        self.running = running
        self.doomed = {}
        self._spent = {}

    def told(self, cuts: Sequence[CutCall]) -> list[tuple[int, str]]:
        """(call, cause) of what the book cut, and of calls that end beside those; each once."""
        found = [(cut.call, self.cause(cut.call, cut.cause, cut.level)) for cut in cuts]
        if self.doomed:
            known = {call for call, _ in found}
            found += [each for each in self.doomed.items() if each[0] not in known]
            self.doomed = {}
        return found

    def cause(self, call: int, cause: str, level: int | None) -> str:
        """The cause of a call that was cut at a level; the same however often it is asked."""
        known, live = self._spent.get(call), self.running.get(call)
        if level is None or level < WATCH:
            if known is None and cause == "credit" and live is not None and self.is_capped(live.meters, level):
                known = self._spent[call] = OWN_CAP
            return known or cause
        if known is None and live is not None:
            known = self._spent[call] = self._guard.reached(level, live.record, self._clock.utcnow())
        return known or "spend"

    def is_capped(self, paying: Sequence[Meter] | Sequence[Level], level: int | None) -> bool:
        """Whether the level that can pay no more is held by its customer's own cap."""
        return any(each.level == level and self._capped(each.account_id) for each in paying)

    def ended(self, call: int) -> None:
        """It is over."""
        self.doomed.pop(call, None)
        self._spent.pop(call, None)

    def refresh(self, book: CreditBook, now_ms: int) -> None:
        """What may be spent grows again as time goes on, and with another limit."""
        for account in book.accounts():
            if self._guard.watches(account):
                book.set_funds(account, self._guard.funds(account), now_ms)

    def _stop_customer(self, customer: int) -> None:
        """A fuse tripped: the customer's running calls end, emergency calls apart."""
        for live in self.running.values():
            if live.record.customer == customer and live.record.direction == "out" and not live.record.emergency and live.call not in self._spent:
                self.doomed[live.call] = "fuse"
