"""A second opinion on credit control: walks through time and looks at every millisecond that could matter.

Independent of `appliance.billing.credit`; prices by `tests.billing.naive`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tests.billing.naive import NaivePrice, billed_of, charge_of, covered_charge_of, seconds_of

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


@lru_cache(maxsize=10_000)
def smallest_above(price: NaivePrice, covered: int) -> int:
    """The smallest charge above zero of a call with so many covered seconds."""
    charges = (covered_charge_of(price, second * 1000, covered) for second in range(LOOK_SECONDS + 1))
    return next((micros for micros in charges if micros), 0)


class Payer(NamedTuple):
    """One level of a call; `bundle` is an account of seconds, 0 for none."""

    account: int
    price: NaivePrice
    bundle: int = 0


class NaiveCall:
    """A call with what each level has taken from its account."""

    def __init__(self, call: int, payers: list[Payer]) -> None:
        self.call = call
        self.payers = payers
        self.answered: int | None = None
        self.ended_after: int | None = None
        self.taken = [smallest(payer.price) for payer in payers]
        self.drawn = [0 for _ in payers]  # seconds out of the bundle
        self.dry = [not payer.bundle for payer in payers]  # whether there will be no more


class NaiveCredit:
    """Funds by account, moments in whole milliseconds."""

    def __init__(self, funds: dict[int, int]) -> None:
        self.funds = dict(funds)
        self.calls: dict[int, NaiveCall] = {}
        self.decided = -1

    def seconds_left(self, bundle: int) -> int:
        """What no call has drawn."""
        drawn = sum(seconds for call in self.calls.values() for payer, seconds in zip(call.payers, call.drawn, strict=True) if payer.bundle == bundle)
        return self.funds[bundle] - drawn

    def cover(self, call: NaiveCall, place: int) -> None:
        """What the first increment takes out of the bundle."""
        payer = call.payers[place]
        first = next((billed for second in range(LOOK_SECONDS) if (billed := billed_of(payer.price, second))), 0)
        left = max(self.seconds_left(payer.bundle), 0)
        if not first:
            call.dry[place] = True
        elif left >= first:
            call.drawn[place], call.taken[place] = first, 0
        else:
            call.drawn[place], call.dry[place] = left, True
            if left:
                call.taken[place] = smallest_above(payer.price, left)

    def cost(self, call: NaiveCall, place: int, duration_ms: int) -> int:
        """One level's charge."""
        price = call.payers[place].price
        if not call.dry[place]:
            return 0
        return covered_charge_of(price, duration_ms, call.drawn[place]) if call.drawn[place] else cost(price, duration_ms)

    def spare(self, account: int) -> int:
        """What is neither held nor consumed."""
        taken = sum(micros for call in self.calls.values() for payer, micros in zip(call.payers, call.taken, strict=True) if payer.account == account)
        return self.funds[account] - taken

    def admit(self, call: int, payers: list[Payer], now: int) -> int | None:
        """None, or the place of the payer who cannot pay."""
        self.run(now)
        new = NaiveCall(call, payers)
        for place, payer in enumerate(payers):
            if payer.bundle:
                self.cover(new, place)
            needed = sum(taken for other, taken in zip(payers[: place + 1], new.taken, strict=False) if other.account == payer.account)
            if new.taken[place] and needed > self.spare(payer.account):
                return place
        self.calls[call] = new
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
        charges = [self.cost(ended, place, duration) for place in range(len(ended.payers))]
        for place, (payer, micros) in enumerate(zip(ended.payers, charges, strict=True)):
            self.funds[payer.account] -= micros
            if payer.bundle:
                self.funds[payer.bundle] -= min(ended.drawn[place], billed_of(payer.price, seconds_of(payer.price, duration)))
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

    def draw(self, call: NaiveCall, place: int, billed: int) -> None:
        """The next increment out of the bundle, or what is left of it."""
        more = billed - call.drawn[place]
        left = max(self.seconds_left(call.payers[place].bundle), 0)
        if more > left:
            call.drawn[place] += left
            call.dry[place] = True
            call.taken[place] = 0
        elif more > 0:
            call.drawn[place] = billed

    def wanted(self, call: NaiveCall, place: int, elapsed: int) -> int:
        """What a level takes for the increment that begins now: its hold, until that is consumed."""
        micros = self.cost(call, place, elapsed + 1)
        price, payer = call.payers[place].price, call.payers[place]
        return max(call.taken[place] if payer.bundle else smallest(price), micros)

    def _decide(self, call: NaiveCall, moment: int) -> None:
        assert call.answered is not None
        elapsed = moment - call.answered
        if elapsed < 0:
            return
        for place, payer in enumerate(call.payers):
            if not call.dry[place]:
                self.draw(call, place, billed_of(payer.price, seconds_of(payer.price, elapsed + 1)))
        wanted = [self.wanted(call, place, elapsed) for place in range(len(call.payers))]
        needed: dict[int, int] = {}
        for payer, want, taken in zip(call.payers, wanted, call.taken, strict=True):
            needed[payer.account] = needed.get(payer.account, 0) + want - taken
            if want > taken and needed[payer.account] > self.spare(payer.account):
                call.ended_after = elapsed
                call.taken = [self.cost(call, place, elapsed) for place in range(len(call.payers))]
                call.drawn = [
                    min(drawn, billed_of(payer.price, seconds_of(payer.price, elapsed))) for payer, drawn in zip(call.payers, call.drawn, strict=True)
                ]
                return
        call.taken = [max(want, taken) for want, taken in zip(wanted, call.taken, strict=True)]
