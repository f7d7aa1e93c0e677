"""A second opinion on credit control: walks through time and looks at every millisecond that could matter.

Independent of `appliance.billing.credit`; prices by `tests.billing.naive`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tests.billing.naive import NaivePrice, charge_of, seconds_of

LOOK_SECONDS = 700


@lru_cache(maxsize=200_000)
def _by_seconds(price: NaivePrice, seconds: int) -> int:
    return charge_of(price._replace(duration_rounding="up"), seconds * 1000)


def cost(price: NaivePrice, duration_ms: int) -> int:
    """The charge, remembered by whole seconds."""
    return _by_seconds(price, seconds_of(price, duration_ms))


@lru_cache(maxsize=10_000)
def smallest(price: NaivePrice) -> int:
    """The smallest charge above zero of the first minutes, 0 where there is none."""
    if not cost(price, LOOK_SECONDS * 1000):
        return 0
    return next(micros for micros in (cost(price, second * 1000) for second in range(LOOK_SECONDS + 1)) if micros)


class Payer(NamedTuple):
    """One level of a call."""

    account: int
    price: NaivePrice


class NaiveCall:
    """A call with what each level has taken from its account."""

    def __init__(self, call: int, payers: list[Payer]) -> None:
        self.call = call
        self.payers = payers
        self.answered: int | None = None
        self.ended_after: int | None = None
        self.taken = [smallest(payer.price) for payer in payers]


class NaiveCredit:
    """Funds by account, moments in whole milliseconds."""

    def __init__(self, funds: dict[int, int]) -> None:
        self.funds = dict(funds)
        self.calls: dict[int, NaiveCall] = {}
        self.decided = -1

    def spare(self, account: int) -> int:
        """What is neither held nor consumed."""
        taken = sum(micros for call in self.calls.values() for payer, micros in zip(call.payers, call.taken, strict=True) if payer.account == account)
        return self.funds[account] - taken

    def admit(self, call: int, payers: list[Payer], now: int) -> int | None:
        """None, or the place of the payer who cannot pay."""
        self.run(now)
        for place, payer in enumerate(payers):
            needed = sum(smallest(other.price) for other in payers[: place + 1] if other.account == payer.account)
            if smallest(payer.price) and needed > self.spare(payer.account):
                return place
        self.calls[call] = NaiveCall(call, payers)
        return None

    def answer(self, call: int, now: int) -> None:
        """Metering starts."""
        self.run(now)
        self.calls[call].answered = now
        self.decided = now - 1
        self.run(now)

    def finish(self, call: int, now: int) -> tuple[int, bool, list[int]]:
        """Duration, whether it was cut, charges."""
        self.run(now - 1)
        ended = self.calls.pop(call)
        if ended.answered is None:
            duration = 0
        else:
            duration = now - ended.answered if ended.ended_after is None else min(now - ended.answered, ended.ended_after)
        charges = [cost(payer.price, duration) for payer in ended.payers]
        for payer, micros in zip(ended.payers, charges, strict=True):
            self.funds[payer.account] -= micros
        return duration, ended.ended_after is not None, charges

    def pay(self, account: int, micros: int, now: int) -> None:
        """Money comes in or is taken."""
        self.run(now)
        self.funds[account] += micros

    def run(self, until: int) -> None:
        """Decide every millisecond at which some call's seconds change."""
        for moment in self._moments(until):
            for call in sorted(self._running(), key=lambda call: (call.answered, call.call)):
                self._decide(call, moment)
        self.decided = max(self.decided, until)

    def _running(self) -> list[NaiveCall]:
        return [call for call in self.calls.values() if call.answered is not None and call.ended_after is None]

    def _moments(self, until: int) -> list[int]:
        moments = set()
        for call in self._running():
            assert call.answered is not None
            for second in range((max(self.decided, call.answered) - call.answered) // 1000, (until - call.answered) // 1000 + 2):
                moments |= {call.answered + second * 1000 + shift for shift in (0, -1, -501)}
        return sorted(moment for moment in moments if self.decided < moment <= until)

    def _decide(self, call: NaiveCall, moment: int) -> None:
        assert call.answered is not None
        elapsed = moment - call.answered
        if elapsed < 0:
            return
        wanted = [max(smallest(payer.price), cost(payer.price, elapsed + 1)) for payer in call.payers]
        needed: dict[int, int] = {}
        for payer, want, taken in zip(call.payers, wanted, call.taken, strict=True):
            needed[payer.account] = needed.get(payer.account, 0) + want - taken
            if want > taken and needed[payer.account] > self.spare(payer.account):
                call.ended_after = elapsed
                call.taken = [cost(payer.price, elapsed) for payer in call.payers]
                return
        call.taken = [max(want, taken) for want, taken in zip(wanted, call.taken, strict=True)]
