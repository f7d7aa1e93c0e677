"""Any calls, prices, hang-ups and payments on shared accounts: the same as by looking at every millisecond."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.billing.credit import CreditBook, Meter
from tests.billing.naive import NaivePrice
from tests.billing.naive_credit import NaiveCredit, Payer
from tests.billing.prices import naive_prices, plain_prices, terms_of


class Plan(NamedTuple):
    """One call to come. Times in milliseconds."""

    start: int
    ring: int
    talk: int
    prices: list[NaivePrice]
    first_account: int


class Money(NamedTuple):
    """Funds that change while calls run."""

    at: int
    account: int
    micros: int


ACCOUNTS = 3
plain_plans = st.builds(
    Plan,
    start=st.integers(0, 60).map(lambda half: half * 500),
    ring=st.sampled_from([0, 500, 700]),
    talk=st.one_of(st.integers(0, 120_000), st.integers(0, 120).map(lambda second: second * 1000)),
    prices=st.lists(plain_prices, min_size=1, max_size=3),
    first_account=st.integers(0, ACCOUNTS - 1),
)
odd_plans = st.builds(
    Plan,
    start=st.integers(0, 30_000),
    ring=st.integers(0, 2_000),
    talk=st.integers(0, 120_000),
    prices=st.lists(naive_prices.filter(lambda price: price.price == 0 or price.price >= 1_000), min_size=1, max_size=3),
    first_account=st.integers(0, ACCOUNTS - 1),
)
moments = st.integers(0, 14_000).map(lambda ten: ten * 10 + 3)
payments = st.lists(st.builds(Money, at=moments, account=st.integers(0, ACCOUNTS - 1), micros=st.integers(-300_000, 400_000)), max_size=4)
funds = st.lists(st.one_of(st.integers(0, 600_000), st.integers(0, 20_000_000)), min_size=ACCOUNTS, max_size=ACCOUNTS)


class _Both:
    """The book and the second opinion, asked the same."""

    def __init__(self, start_funds: list[int], patient: bool) -> None:
        self.naive = NaiveCredit(dict(enumerate(start_funds)))
        self.book = CreditBook(lambda account: self.naive.funds[account], warning_ms=5_000)
        self.patient = patient  # sleeps until next_moment, as a server does; else only events make it look
        self.answered: dict[int, int] = {}
        self.cuts: dict[int, int] = {}
        self.shaken = False  # money was taken from outside

    def sleep_until(self, now: int) -> None:
        """As the engine does: wake at each moment asked for, and nothing may be late."""
        if not self.patient:
            return
        while (moment := self.book.next_moment()) is not None and moment < now:
            for cut in self.book.advance(moment):
                assert self.answered[cut.call] + cut.duration_ms == moment, "told late"
                self.cuts[cut.call] = cut.duration_ms
            self.book.warnings(moment)

    def admit(self, call: int, plan: Plan) -> bool:
        payers = [Payer((plan.first_account + place) % ACCOUNTS, price) for place, price in enumerate(plan.prices)]
        expected = self.naive.admit(call, payers, plan.start)
        meters = [Meter(place, payer.account, terms_of(payer.price)) for place, payer in enumerate(payers)]
        assert self.book.admit(call, meters, plan.start) == expected
        return expected is None

    def answer(self, call: int, now: int) -> None:
        self.naive.answer(call, now)
        self.book.answer(call, now)
        self.answered[call] = now

    def finish(self, call: int, now: int) -> None:
        duration, was_cut, charges = self.naive.finish(call, now)
        finish = self.book.finish(call, now)
        assert (finish.duration_ms, [charge.amount_micros for charge in finish.charges]) == (duration, charges)
        assert finish.was_cut == (was_cut and duration + finish.late_ms == now - self.answered[call])
        if call in self.cuts:
            assert self.cuts[call] == duration

    def pay(self, money: Money) -> None:
        self.shaken = self.shaken or money.micros < 0
        self.naive.pay(money.account, money.micros, money.at)
        self.book.set_funds(money.account, self.naive.funds[money.account], money.at)


def _play(start_funds: list[int], plans: list[Plan], moves: list[Money], patient: bool) -> None:
    both = _Both(start_funds, patient)
    events: list[tuple[int, int, int]] = []
    for call, plan in enumerate(plans):
        events.append((plan.start, 0, call))
    events += [(money.at, 1, index) for index, money in enumerate(moves)]
    while events:
        events.sort()
        now, what, which = events.pop(0)
        both.sleep_until(now)
        if what == 0:
            if both.admit(which, plans[which]):
                events.append((now + plans[which].ring, 2, which))
        elif what == 1:
            both.pay(moves[which])
        elif what == 2:
            both.answer(which, now)
            events.append((now + plans[which].talk, 3, which))
        else:
            both.finish(which, now)
        for account in range(ACCOUNTS):
            if account in both.book.reserved_by_account(now):
                assert both.book.available(account, now) == _spare(both.naive, account, now)
            if not both.shaken:
                assert _spare(both.naive, account, now) >= 0
    assert both.book.next_moment() is None
    assert not both.book.reserved_by_account(10**9)


def _spare(naive: NaiveCredit, account: int, now: int) -> int:
    naive.run(now)
    return naive.spare(account)


@settings(deadline=None, max_examples=100)
@given(funds, st.lists(plain_plans, min_size=1, max_size=6), payments, st.booleans())
def test_ordinary_prices_end_where_every_millisecond_says(start: list[int], plans: list[Plan], moves: list[Money], patient: bool) -> None:
    _play(start, plans, moves, patient)


@settings(deadline=None, max_examples=100)
@given(funds, st.lists(odd_plans, min_size=1, max_size=5), payments, st.booleans())
def test_odd_prices_end_where_every_millisecond_says(start: list[int], plans: list[Plan], moves: list[Money], patient: bool) -> None:
    _play(start, plans, moves, patient)
