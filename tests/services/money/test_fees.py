"""Monthly fees over virtual months: never twice, never forgotten, whatever the server's nights were like."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.billing.fees import months, price
from appliance.store.fees import MonthlyFee
from appliance.wire.fees import FeeList, FeeSet, FeesRun, FeeStop
from appliance.wire.messages import MessageList
from tests.services.money.billed import DAY, Billed


def set_fee(billed: Billed, amount: str = "31.00", **fields: object) -> int:
    return billed.money.fees.set(billed.owner, FeeSet("Alice", "line", amount, **fields)).id  # type: ignore[arg-type]


def test_a_fee_is_taken_by_the_day_and_given_back_by_the_day(billed: Billed) -> None:
    fee = set_fee(billed)  # today is 2026-01-01
    assert billed.balance() == -31_000_000
    billed.shop.clock.advance(10 * DAY)
    seen = billed.money.fees.stop(billed.owner, FeeStop(fee))
    assert [(each.amount, each.since, each.until) for each in seen.months] == [
        ("31.00", "2026-01-01", "2026-02-01"),
        ("-21.00", "2026-01-11", "2026-02-01"),
    ]
    assert billed.balance() == -10_000_000
    billed.shop.clock.advance(60 * DAY)
    assert billed.money.fees.run(billed.owner, FeesRun()).taken == 0
    assert billed.invoice().net == "10.00"
    billed.shop.verify()


def test_a_fee_shortens_a_running_call_at_once(prepaid: Billed) -> None:
    prepaid.shop.pay(prepaid.account, "1.20")
    call = prepaid.shop.answer(prepaid.shop.begin(prepaid.simple.alice, "4912345678"), prepaid.simple.trunk)
    prepaid.shop.clock.advance(1)
    set_fee(prepaid, "0.60")
    assert prepaid.shop.run(200) == [(call, "credit")]
    assert prepaid.balance() == 0
    prepaid.shop.verify()


def test_one_that_waits_is_told_stopped_and_starts_again(prepaid: Billed) -> None:
    person = prepaid.shop.store.customers.get(prepaid.simple.customer)
    assert person is not None
    prepaid.put("people", person.person_id, email="alice@example.test")
    fee = set_fee(prepaid, "31.00", policy="wait")
    seen = prepaid.money.fees.list(prepaid.owner, FeeList("Alice")).fees[0]
    assert (prepaid.balance(), seen.months, seen.suspended) == (0, [], False) and seen.waiting_since
    prepaid.shop.clock.advance(8 * DAY)
    assert prepaid.money.fees.run(prepaid.owner, FeesRun()).suspended == 1
    assert prepaid.shop.attempt(prepaid.simple.alice, "4912345678").cause == "refused"  # type: ignore[union-attr]
    prepaid.pay("121.00")
    prepaid.money.fees.taking.step()
    prepaid.shop.commit()
    assert prepaid.balance() == 100_000_000 - 31_000_000
    customer = prepaid.shop.store.customers.get(prepaid.simple.customer)
    assert customer is not None and not customer.disabled
    sent = prepaid.shop.services.nouns.messages.list(prepaid.owner, MessageList()).messages
    assert [each.kind for each in sent] == ["fee_resumed", "fee_suspended", "fee_waiting"]
    assert prepaid.shop.store.fees.waiting(fee) is None
    prepaid.shop.verify()


def test_a_fee_that_cannot_be_taken_keeps_no_other_back(billed: Billed, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = set_fee(billed), billed.money.fees.set(billed.owner, FeeSet("Alice", "rent", "10.00")).id
    billed.shop.clock.advance(31 * DAY)
    taking, take = billed.money.fees.taking, billed.money.fees.taking.take

    def taken(fee: MonthlyFee) -> object:
        if fee.id == broken:
            raise LookupError("a fee of nobody")
        return take(fee)

    monkeypatch.setattr(taking, "take", taken)
    with pytest.raises(LookupError):
        taking.step()
    taking.step()
    billed.shop.commit()
    assert (len(set(billed.shop.store.fees.taken(broken))), len(set(billed.shop.store.fees.taken(whole)))) == (1, 2)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 28),
    st.integers(-40, 40),
    st.one_of(st.none(), st.integers(1, 200)),
    st.lists(st.integers(1, 90), min_size=1, max_size=6),
    st.integers(1, 99_999_999),
)
def test_any_downtime_takes_each_month_once(day: int, offset: int, lasts: int | None, nights: list[int], micros: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        billed = Billed(Path(folder) / "data", tax="")
        starts = date.fromordinal(date(2026, 1, 1).toordinal() + offset)
        ends = None if lasts is None else date.fromordinal(starts.toordinal() + lasts)
        with billed.shop.services.changes.unit():
            fee = billed.shop.store.fees.insert(
                customer_id=billed.simple.customer, name="line", amount_micros=micros, starts_on=starts.isoformat(), day=day,
                ends_on=None if ends is None else ends.isoformat(),
            )  # fmt: skip
        for night in nights:
            billed.money.fees.run(billed.owner, FeesRun())
            billed.shop.clock.advance(night * DAY)
            if night % 3 == 0:
                billed.shop.crash()
                billed.shop.start()
        billed.money.fees.run(billed.owner, FeesRun())
        billed.money.fees.run(billed.owner, FeesRun())
        today = date.fromordinal(date(2026, 1, 1).toordinal() + sum(nights))
        expected = {each.key: price(micros, each, 2) for each in months(day, starts, ends, today)}
        taken = {each.month: each.amount_micros for each in billed.shop.store.fees.months(fee)}
        assert taken == {key: amount for key, amount in expected.items() if amount}
        assert billed.balance() == -sum(expected.values())
        billed.shop.verify()
        billed.shop.store.close()


@pytest.mark.parametrize("wrong", [{"day": 29}, {"policy": "never"}, {"starts_on": "2026-13-01"}])
def test_wrong_fees_are_refused(billed: Billed, wrong: dict[str, object]) -> None:
    with pytest.raises(Exception, match=r"field|date|choice"):
        set_fee(billed, **wrong)
