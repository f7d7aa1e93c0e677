"""Shifts: a counted float, every movement, a blind count, a difference that is posted, X and Z."""

from __future__ import annotations

import json

import pytest

from appliance.errors import Conflict, Forbidden, UserError
from appliance.wire.bills import Approval
from appliance.wire.shapes import ById
from appliance.wire.shifts import CashMove, ShiftClose, ShiftCount, ShiftList, ShiftOpen, ShiftReportMake
from appliance.wire.shops import ExceptionsRequest
from appliance.wire.tills import DrawerOpen, ReceiptList
from tests.services.call_shop.counter import LEIDEN, PIN, Counter

YES = Approval("boss", PIN)


def sell(counter: Counter) -> None:
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 61)
    counter.pay(counter.bill_of(card), ("cash", "1.00"))


def test_a_day_closes_to_the_cent(counter: Counter) -> None:
    shift = counter.begin_shift()
    assert (shift.cash[0].opened_with, shift.cash[0].expected) == ("100.00", None)
    sell(counter)
    moves = counter.nouns.shifts
    moves.move(counter.clerk, CashMove(shift.id, "in", "20.00", "coins from the bank"))
    moves.move(counter.clerk, CashMove(shift.id, "out", "7.50", "window cleaner"))
    moves.move(counter.clerk, CashMove(shift.id, "drop", "50.00", "too much in the drawer"))
    with pytest.raises(Conflict, match=r"shift\.not_counted"):
        moves.close(counter.clerk, ShiftClose(shift.id))
    seen = moves.count(counter.clerk, ShiftCount(shift.id, {"EUR": {"50.00": 1, "10.00": 1, "1.00": 3}}))
    assert (seen.cash[0].expected, seen.cash[0].counted, seen.cash[0].difference) == ("63.10", "63.00", "-0.10")
    z = moves.close(counter.clerk, ShiftClose(shift.id))
    assert (z.kind, z.number, z.bills, z.total, z.shift.cash[0].difference) == ("z", 1, 1, "0.60", "-0.10")
    assert [(line.key, line.count, line.amount) for line in z.sales] == [("call", 1, "0.60")]
    assert [(line.key, line.amount) for line in z.payments] == [("cash change EUR", "-0.40"), ("cash payment EUR", "1.00")]
    assert [(line.key, line.amount) for line in z.taxes] == [("21", "0.10")]
    shop = counter.shop
    found = counter.accounts()
    assert f"shop_cash:{shop}/{counter.till}:EUR" not in found  # the drawer's account is empty between shifts
    assert found[f"shop_difference:{shop}:EUR"] == -100_000
    assert found[f"shop_safe:{shop}:EUR"] == 100_000_000 - 50_000_000 - 63_000_000
    assert found[f"shop_funds:{shop}:EUR"] == 20_000_000 - 7_500_000
    counter.sound()
    with pytest.raises(Conflict, match=r"shift\.closed"):
        moves.move(counter.clerk, CashMove(shift.id, "in", "1.00", "late"))


def test_a_count_is_blind_and_goes_stale(counter: Counter) -> None:
    shift = counter.begin_shift()
    assert counter.nouns.shifts.get(counter.clerk, ById(shift.id)).movements == []
    counter.nouns.shifts.count(counter.clerk, ShiftCount(shift.id, {"EUR": {"100": 1}}))
    assert counter.nouns.shifts.get(counter.clerk, ById(shift.id)).cash[0].difference == "0.00"
    sell(counter)
    with pytest.raises(Conflict, match=r"shift\.count_again"):
        counter.nouns.shifts.close(counter.clerk, ShiftClose(shift.id))
    counter.nouns.shifts.count(counter.clerk, ShiftCount(shift.id, {"EUR": {"100": 1, "0.20": 3}}))
    counter.nouns.shifts.close(counter.clerk, ShiftClose(shift.id))
    events = counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop)).events
    assert [(each.kind, each.amount, each.shift) for each in events] == [("recount", "0.60", shift.id)]


def test_one_shift_a_till_and_each_his_own(counter: Counter) -> None:
    shift = counter.begin_shift()
    other = counter.person("other", "clerk")
    with pytest.raises(Conflict, match=r"shift\.open_already"):
        counter.nouns.shifts.open(other, ShiftOpen(counter.till, {}))
    with pytest.raises(Conflict, match=r"shift\.not_yours"):
        counter.nouns.shifts.count(other, ShiftCount(shift.id, {}))
    assert counter.nouns.shifts.list(other, ShiftList(counter.shop)).shifts == []
    assert len(counter.nouns.shifts.list(counter.boss, ShiftList(counter.shop)).shifts) == 1


def test_a_forgotten_shift_is_closed_by_a_supervisor(counter: Counter) -> None:
    shift = counter.begin_shift()
    counter.nouns.shifts.count(counter.boss, ShiftCount(shift.id, {"EUR": {"99": 1}}))
    with pytest.raises(UserError, match=r"shift\.reason_wanted"):
        counter.nouns.shifts.close(counter.boss, ShiftClose(shift.id))
    z = counter.nouns.shifts.close(counter.boss, ShiftClose(shift.id, "went home"))
    assert (z.shift.closed_by, z.shift.clerk, z.shift.cash[0].difference) == ("boss", "clerk", "-1.00")
    events = counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop, clerk="boss")).totals
    assert [(each.kind, each.count, each.amount) for each in events] == [("forced_close", 1, "-1.00")]
    counter.sound()


def test_an_x_report_wants_a_supervisor_and_is_kept(counter: Counter) -> None:
    shift = counter.begin_shift()
    sell(counter)
    with pytest.raises(Forbidden, match=r"approval\.wanted"):
        counter.nouns.shifts.report(counter.clerk, ShiftReportMake(shift.id))
    for number in (1, 2):
        x = counter.nouns.shifts.report(counter.clerk, ShiftReportMake(shift.id, approval=YES))
        assert (x.kind, x.number, x.total) == ("x", number, "0.60")
    kept = counter.nouns.receipts.list(counter.boss, ReceiptList(counter.shop, series="x")).receipts
    assert [each.number for each in kept] == [2, 1]
    content = json.loads(counter.base.store.till_documents.get(kept[0].id).content)
    assert content["total"] == 600_000 and content["cash"][0][4] == "100.60"


def test_a_drawer_without_a_sale_is_told(counter: Counter) -> None:
    with pytest.raises(Conflict, match=r"shift\.none"):
        counter.nouns.tills.open_drawer(counter.clerk, DrawerOpen(counter.till, "change for a guest"))
    counter.begin_shift()
    job = counter.nouns.tills.open_drawer(counter.clerk, DrawerOpen(counter.till, "change for a guest"))
    assert (job.kind, job.kick, job.state) == ("drawer", True, "waiting")
    events = counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop)).events
    assert [(each.kind, each.clerk, each.reason) for each in events] == [("drawer", "clerk", "change for a guest")]


def test_what_is_counted_must_be_money(counter: Counter) -> None:
    for counted, code in (
        ({"EUR": {"ten": 1}}, "denomination.invalid"),
        ({"EUR": {"10": -1}}, "denomination.invalid"),
        ({"USD": {"1": 1}}, "tender.currency"),
    ):
        with pytest.raises(UserError) as caught:
            counter.begin_shift(counted=counted)
        assert caught.value.code == code
