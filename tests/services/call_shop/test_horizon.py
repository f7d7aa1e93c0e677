"""A guest's calls end exactly where the deposit, the money limit or the time limit ends: never earlier, never later."""

from __future__ import annotations

import math
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.services.calls.call_record import Accepted
from appliance.wire.bills import BillPay
from appliance.wire.booths import SessionTopUp
from appliance.wire.shops import ShopUpdate
from tests.services.call_shop.counter import Counter
from tests.services.shop import rate

GERMANY = "4930123456"
MICROS = 1_000_000
NEAR = 0.002
"""Seconds: clocks are kept in milliseconds."""


class Price(NamedTuple):
    """What a guest pays: micros a minute and at once; seconds; a call's sum is rounded half up to so many decimals."""

    per_minute: int
    fee: int
    first: int
    then: int
    decimals: int

    def cost(self, seconds: float) -> int:
        """Of a call that lasted so long: whole increments, paid as they begin."""
        return self.of(max(0, math.ceil(Fraction(math.ceil(round(seconds, 6)) - self.first, self.then))))

    def of(self, steps: int) -> int:
        """Of the first increment and so many more."""
        exact = self.fee + Fraction(self.per_minute * (self.first + steps * self.then), 60)
        unit = 10 ** (6 - self.decimals)
        return math.floor(exact / unit + Fraction(1, 2)) * unit

    def lasts(self, funds: int) -> float | None:
        """The moment of a call's first increment that these funds cannot pay; None where not even the first can be had."""
        if self.of(0) > funds:
            return None
        steps, beyond = 0, 1
        while self.of(beyond) <= funds:
            steps, beyond = beyond, beyond * 2
        while beyond - steps > 1:
            middle = (steps + beyond) // 2
            steps, beyond = (middle, beyond) if self.of(middle) <= funds else (steps, middle)
        return float(self.first + steps * self.then)


class Talk(NamedTuple):
    """One call as the guest would have it, in tenths of a second; money paid in meanwhile: (when, cents)."""

    tenths: int
    paid_in: tuple[tuple[int, int], ...]


PRICES = st.builds(
    Price,
    st.integers(600, 1_200_000),
    st.sampled_from([0, 1, 35_000, 250_000]),
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from([2, 4, 6]),
)
CENTS = st.integers(1, 900)
TALKS = st.builds(Talk, st.integers(1, 6_000), st.lists(st.tuples(st.integers(0, 5_000), CENTS), max_size=2).map(lambda each: tuple(sorted(each))))
WAYS = st.sampled_from(["deposit", "money", "time", "deposit and time"])


def opened(counter: Counter, way: str, cents: int, seconds: int) -> tuple[int, int]:
    """(session, bill) of a guest who sits down."""
    money, how = f"{cents // 100}.{cents % 100:02d}", {}
    if "deposit" in way:
        how |= {"mode": "deposit", "deposit": money}
    if way == "money":
        how |= {"money_limit": money}
    if "time" in way:
        how |= {"time_limit_seconds": seconds}
    card = counter.sit(counter.one, **how)
    assert card.session is not None
    return card.session.id, card.session.bill


def shop_with(folder: Path, price: Price) -> Counter:
    """The small shop, its guests' price for Germany being this one, its own account no hindrance."""
    counter = Counter(folder)
    row = rate("49", f"{price.per_minute / MICROS:.6f}", f"{price.fee / MICROS:.6f}", price.first, price.then)
    tariff = counter.base.tariff(counter.simple.root, "guests", row, decimals=price.decimals)
    counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, booth_tariff=tariff, rounding="0"))
    counter.base.pay(counter.account, "1000000")
    counter.begin_shift()
    return counter


def ends(price: Price, funds: int | None, time_left: float | None) -> float | None:
    """How long a call lasts at most; None where it may not begin, infinite where nothing ends it."""
    by_money = math.inf if funds is None else price.lasts(funds)
    if by_money is None or (time_left is not None and time_left <= 0):
        return None
    return min(by_money, math.inf if time_left is None else time_left)


def talked(
    counter: Counter, price: Price, talk: Talk, session: int, funds: int | None, time_left: float | None, pays_in: bool
) -> tuple[float, int] | None:
    """One call, and what was paid in during it; None where it was refused, as it must be."""
    limit = ends(price, funds, time_left)
    answer = counter.base.attempt(counter.one, GERMANY)
    assert isinstance(answer, Accepted) is (limit is not None), (answer, funds, time_left)
    if not isinstance(answer, Accepted) or limit is None:
        return None
    call, begun, added = counter.base.answer(answer.call), counter.base.clock.monotonic(), 0
    stops = [*((at / 10, cents) for at, cents in talk.paid_in if pays_in and at < talk.tenths), (talk.tenths / 10, 0)]
    for at, cents in stops:
        now = counter.base.clock.monotonic() - begun
        cut = counter.base.run(max(0.0, at - now))
        if cut:
            break
        if cents:
            counter.nouns.sessions.top_up(counter.clerk, SessionTopUp(session, f"{cents // 100}.{cents % 100:02d}", counter.till))
            added += cents * 10_000
            fresh = ends(price, None if funds is None else funds + added, time_left)
            assert fresh is not None
            limit = fresh
    else:
        if limit > talk.tenths / 10 + NEAR:
            counter.base.end(call)
        else:
            raise AssertionError(f"the call went on past {limit} s")
    row = counter.base.store.calls.get(call)
    assert row is not None
    lasted = row.duration_ms / 1000
    assert abs(lasted - min(limit, talk.tenths / 10)) <= NEAR, (lasted, limit, talk)
    return lasted, added


@given(PRICES, WAYS, CENTS, st.integers(1, 400), st.lists(TALKS, min_size=1, max_size=3))
@settings(max_examples=60)
def test_calls_end_exactly_where_the_money_or_the_time_ends(price: Price, way: str, cents: int, seconds: int, talks: list[Talk]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="horizon-"))
    counter = shop_with(folder / "data", price)
    try:
        session, bill = opened(counter, way, cents, seconds)
        paid = cents * 10_000 if "deposit" in way else 0
        funds: int | None = None if way == "time" else cents * 10_000
        left: float | None = float(seconds) if "time" in way else None
        owed = 0
        for talk in talks:
            done = talked(counter, price, talk, session, funds, left, pays_in="deposit" in way)
            if done is None:
                continue
            lasted, added = done
            cost = price.cost(lasted)
            owed, paid = owed + cost, paid + added
            funds = None if funds is None else funds + added - cost
            left = None if left is None else left - lasted
            assert funds is None or funds >= 0
        view = counter.bill(bill)
        assert round(float(view.exact) * MICROS) == owed and round(float(view.paid) * MICROS) == paid
        settled(counter, bill, owed, paid)
    finally:
        counter.base.store.close()
        shutil.rmtree(folder)


def settled(counter: Counter, bill: int, owed: int, paid: int) -> None:
    """What is left is paid out to the cent; what is owed is paid; nothing stays on the guest's account."""
    due = round(float(counter.bill(bill).due_cash) * MICROS)
    assert abs(due - (owed - paid)) <= 5_000
    if paid:
        assert due <= 5_000, "a guest who paid in never owes more than a rounded half cent"
    if due > 0:
        counter.pay(bill, ("cash", f"{due / MICROS:.2f}"))
    else:
        done = counter.nouns.checkout.pay(counter.clerk, BillPay(bill, counter.till))
        assert round(float(done.change) * MICROS) == -due
    counter.sound()
    assert not any(name.startswith("guest") for name in counter.accounts())
