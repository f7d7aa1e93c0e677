"""Any day in a shop, in any order, with crashes in it: cash counted, receipts and ledger agree to the micro."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance.errors import UserError
from appliance.services.calls.call_record import Accepted
from appliance.wire.bills import BillAdd, BillDiscount, BillForgive, BillJoin, BillLoss, BillOpen, BillRefund, BillRemove, BillSplit
from appliance.wire.booths import SessionJoin, SessionTopUp, SessionTransfer
from appliance.wire.shapes import ById
from appliance.wire.shifts import CashMove, ShiftClose, ShiftCount
from appliance.wire.shops import ShopUpdate
from appliance.wire.tills import GoodsCreate
from tests.services.call_shop.counter import LEIDEN, LONDON, Counter

AMOUNTS = st.sampled_from(["0.05", "0.30", "1.00", "2.35", "10.00"])
BOOTHS = st.sampled_from([0, 1])


class AnyDay(RuleBasedStateMachine):
    """The model is one figure: what lies in the drawer, by what was handed over in each step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="any-day-"))
        self.counter = Counter(self.folder / "data")
        self.drawer: dict[str, int] = {}
        self.shift: int | None = None
        self.calls: dict[int, int] = {}
        self.clicks = 0

    def teardown(self) -> None:
        self.counter.sound()
        self.counter.base.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def set_up(self) -> None:
        counter = self.counter
        counter.nouns.shops.update(counter.owner, ShopUpdate(counter.shop, currencies={"USD": "0.83"}))
        self.goods = counter.nouns.goods.create(counter.boss, GoodsCreate(counter.shop, "Water", "1.15", tax_percent="9")).id
        self.open_shift()

    def attempt(self, act: Any) -> Any:
        """What cannot be done changes nothing; what can be done twice with one click is done once."""
        before = self.figures()
        try:
            return act()
        except UserError:
            assert self.figures() == before
            return None

    def figures(self) -> tuple[Any, ...]:
        database = self.counter.base.store.database
        return tuple(
            database.value(f"SELECT count(*) FROM {table}") for table in ("posting", "till_document", "cash_movement", "bill_payment", "bill_line")
        )

    def booth(self, at: int) -> int:
        return (self.counter.one, self.counter.two)[at]

    def session(self, at: int) -> Any:
        return self.counter.nouns.booths.get(self.counter.clerk, ById(self.booth(at))).session

    def bills(self, state: str = "open") -> list[int]:
        return [row.id for row in self.counter.base.store.bills.newest(self.counter.shop, state=state)]

    def moves(self, currency: str, micros: int) -> None:
        self.drawer[currency] = self.drawer.get(currency, 0) + micros

    @precondition(lambda self: self.shift is None)
    @rule()
    def open_shift(self) -> None:
        self.shift = self.counter.begin_shift(counted={"EUR": {"10": 5}}).id
        self.drawer = {"EUR": 50_000_000}

    @rule(at=BOOTHS, deposit=st.none() | AMOUNTS)
    def sit(self, at: int, deposit: str | None) -> None:
        how: dict[str, Any] = {} if deposit is None else {"mode": "deposit", "deposit": deposit}
        if self.attempt(lambda: self.counter.sit(self.booth(at), **how)) is not None and deposit is not None:
            self.moves("EUR", micros(deposit))

    @rule(at=BOOTHS, amount=AMOUNTS)
    def top_up(self, at: int, amount: str) -> None:
        session = self.session(at)
        if session is None:
            return
        self.clicks += 1
        request = SessionTopUp(session.id, amount, self.counter.till, request_id=f"click {self.clicks}")
        if self.attempt(lambda: self.counter.nouns.sessions.top_up(self.counter.clerk, request)) is not None:
            self.counter.nouns.sessions.top_up(self.counter.clerk, request)
            self.moves("EUR", micros(amount))

    @rule(at=BOOTHS, number=st.sampled_from([LONDON, LEIDEN]))
    def call(self, at: int, number: str) -> None:
        answer = self.counter.base.attempt(self.booth(at), number)
        if isinstance(answer, Accepted):
            self.calls[at] = self.counter.base.answer(answer.call)

    @rule(seconds=st.floats(0.2, 200))
    def time_passes(self, seconds: float) -> None:
        for call, _ in self.counter.base.run(seconds):
            self.calls = {at: each for at, each in self.calls.items() if each != call}
        self.counter.base.beat()

    @rule(at=BOOTHS)
    def hang_up(self, at: int) -> None:
        if at in self.calls:
            self.counter.base.end(self.calls.pop(at))

    @rule()
    def crash(self) -> None:
        self.counter.base.crash()
        self.counter.base.start()
        self.calls = {}

    @rule(pick=st.integers(0, 5), quantity=st.integers(1, 3))
    def buy(self, pick: int, quantity: int) -> None:
        bills = self.bills() or [self.counter.nouns.bills.open(self.counter.clerk, BillOpen(self.counter.shop)).id]
        bill = bills[pick % len(bills)]
        self.attempt(lambda: self.counter.nouns.bills.add_goods(self.counter.clerk, BillAdd(bill, self.goods, quantity)))

    @rule(pick=st.integers(0, 50), what=st.sampled_from(["remove", "discount", "forgive", "split"]))
    def change_a_line(self, pick: int, what: str) -> None:
        nouns, boss = self.counter.nouns, self.counter.boss
        lines = [(bill, line) for bill in self.bills() for line in self.counter.base.store.bills.lines(bill)]
        if lines:
            bill, line = lines[pick % len(lines)]
            acts = {
                "remove": lambda: nouns.bills.remove_line(boss, BillRemove(bill, line.id, "x")),
                "discount": lambda: nouns.bills.discount(boss, BillDiscount(bill, "x", percent="33")),
                "forgive": lambda: nouns.bills.forgive(boss, BillForgive(bill, line.id)),
                "split": lambda: nouns.bills.split(boss, BillSplit(bill, [line.id])),
            }
            self.attempt(acts[what])

    @rule(at=BOOTHS, pick=st.integers(0, 5))
    def move_a_guest(self, at: int, pick: int) -> None:
        session, bills = self.session(at), self.bills()
        if session is not None:
            nouns, clerk = self.counter.nouns, self.counter.clerk
            if pick == 0:
                self.attempt(lambda: nouns.sessions.transfer(clerk, SessionTransfer(session.id, self.booth(1 - at))))
            else:
                self.attempt(lambda: nouns.bills.join_session(clerk, SessionJoin(session.id, bills[pick % len(bills)])))
        elif len(bills) > 1:
            self.attempt(lambda: self.counter.nouns.bills.join(self.counter.clerk, BillJoin(bills[0], bills[1])))

    @rule(pick=st.integers(0, 5), how=st.sampled_from(["cash", "card", "mixed", "dollars"]))
    def pay(self, pick: int, how: str) -> None:
        bills = self.bills()
        if not bills:
            return
        bill = self.counter.bill(bills[pick % len(bills)])
        due = micros(bill.due_card)
        tenders: list[Any] = {
            "cash": [("cash", "500.00")],
            "card": [("card", bill.due_card)],
            "mixed": [("card", "0.07"), ("cash", "500.00")],
            "dollars": [("cash", "700.00", "USD")],
        }[how]
        if due <= 0:
            tenders = []
        done = self.attempt(lambda: self.counter.pay(bill.id, *tenders))
        if done is not None:
            for tender in tenders:
                if tender[0] == "cash":
                    self.moves(tender[2] if len(tender) > 2 else "EUR", micros(tender[1]))
            self.moves("EUR", -micros(done.change))

    @rule(pick=st.integers(0, 5), kind=st.sampled_from(["cancelled", "complaint", "walk_out"]))
    def lose(self, pick: int, kind: str) -> None:
        bills = self.bills()
        if bills:
            request = BillLoss(bills[pick % len(bills)], kind, "x", self.counter.till)
            done = self.attempt(lambda: self.counter.nouns.checkout.write_off(self.counter.boss, request))
            if done is not None:
                self.moves("EUR", -micros(done.change))

    @rule(pick=st.integers(0, 5), amount=st.none() | AMOUNTS)
    def refund(self, pick: int, amount: str | None) -> None:
        bills = self.bills("paid")
        if bills:
            request = BillRefund(bills[pick % len(bills)], self.counter.till, "x", amount=amount)
            done = self.attempt(lambda: self.counter.nouns.checkout.refund(self.counter.boss, request))
            if done is not None:
                self.moves("EUR", -micros(done.change))

    @precondition(lambda self: self.shift is not None)
    @rule(kind=st.sampled_from(["in", "out", "drop"]), amount=AMOUNTS)
    def cash(self, kind: str, amount: str) -> None:
        self.counter.nouns.shifts.move(self.counter.clerk, CashMove(self.shift or 0, kind, amount, "x"))
        self.moves("EUR", micros(amount) if kind == "in" else -micros(amount))

    @precondition(lambda self: self.shift is not None)
    @rule(off=st.sampled_from([0, 1, 20]))
    def close_shift(self, off: int) -> None:
        shift, clerk = self.shift or 0, self.counter.clerk
        counted = {currency: {"0.01": max(amount // 10_000 + off, 0)} for currency, amount in self.drawer.items()}
        self.counter.nouns.shifts.count(clerk, ShiftCount(shift, counted))
        z = self.counter.nouns.shifts.close(clerk, ShiftClose(shift))
        wanted = {currency: max(amount + off * 10_000, 0) - amount for currency, amount in self.drawer.items()}
        assert {each.currency: micros(each.difference or "0") for each in z.shift.cash if each.currency in wanted} == wanted
        self.shift, self.drawer = None, {}

    @invariant()
    def the_drawer_has_what_was_handed_over(self) -> None:
        rows = self.counter.base.store.accounts.list("shop_cash")
        said = {row.currency: -row.balance_micros for row in rows if row.balance_micros}
        assert said == {currency: amount for currency, amount in self.drawer.items() if amount}


def micros(text: str) -> int:
    """Of a decimal amount, with its sign."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    return sign * (int(whole) * 1_000_000 + int(part.ljust(6, "0")[:6] or 0))


AnyDay.TestCase.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
TestAnyDay = AnyDay.TestCase
