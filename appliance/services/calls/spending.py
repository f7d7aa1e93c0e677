"""What calls on an account cost since a moment, and the cap that its customer set for a month.

Law: a cap makes the account's purse smaller and is no second limit, so that admission, the end of a running call and every forecast follow
it as they follow credit. What was spent is the ledger's; a sum that is kept here is read on from where it stood, and anew after a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.billing.volume import period_start
from appliance.clock import Clock
from appliance.services.ground.allowances import zone
from appliance.services.ground.changes import Changes
from appliance.services.ground.ledger import Ledger
from appliance.store.store import Store
from appliance.store.web_money import SpendingCap

KIND = "spending_cap"
MOST_KEPT = 10_000
"""Sums that are kept; past it they are all read anew."""


@dataclass(slots=True)
class _Sum:
    """Up to and with `posting`."""

    posting: int
    micros: int


class Spending:
    """`left(account)` is what a cap leaves now; an account without one costs a look into a dictionary."""

    def __init__(self, store: Store, clock: Clock, changes: Changes) -> None:
        self._store = store
        self._clock = clock
        self._caps: dict[int, SpendingCap] = {}
        self._sums: dict[tuple[int, int], _Sum] = {}
        self.moved: Callable[[int], None] = lambda account: None
        """Told of each account whose cap is another, or that begins a new month."""
        self._months: dict[int, int] = {}
        self._load()
        changes.listen(lambda _: self._follow(), KIND)
        changes.on_undo(self._sums.clear)

    def holds(self, account: int, ledger: Ledger) -> bool:
        """Whether an account's cap leaves less than its credit does."""
        left = self.left(account) if account in self._caps else None
        return left is not None and left < sum(ledger.funds(account))

    def left(self, account: int) -> int | None:
        """Micros that may still be spent in this month, below zero where more was; None without a cap."""
        cap = self._caps.get(account)
        if cap is None:
            return None
        since = self._months[account] = self.month(cap.timezone)
        return cap.cap_micros - self.spent(account, since)

    def month(self, timezone: str) -> int:
        """When the month of now began there (UTC ms)."""
        return period_start("month", self._clock.utcnow(), zone(timezone))

    def spent(self, account: int, since_at: int) -> int:
        """Micros that calls on the account cost since a moment (UTC ms). Asked for the same moment again, only what is new is read."""
        known = self._sums.get((account, since_at))
        if known is None:
            if len(self._sums) >= MOST_KEPT:
                self._sums.clear()
            known = self._sums[account, since_at] = _Sum(0, 0)
        more, known.posting = self._store.web_money.spent_after(account, known.posting, since_at)
        known.micros += more
        return known.micros

    def turn(self) -> None:
        """The job: where a month began, calls may go on."""
        for account, cap in tuple(self._caps.items()):
            if account in self._months and self._months[account] != self.month(cap.timezone):
                self.moved(account)

    def _load(self) -> None:
        self._caps = {cap.account_id: cap for cap in self._store.web_money.caps()}

    def _follow(self) -> None:
        before = self._caps
        self._load()
        for account in before.keys() | self._caps.keys():
            if before.get(account) != self._caps.get(account):
                self.moved(account)
