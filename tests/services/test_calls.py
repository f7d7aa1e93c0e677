"""A call's money, from admission to the posted entry, to the micro."""

from __future__ import annotations

import json

import pytest

from appliance.services.calls.call_record import Accepted, Denied, Ended
from tests.services.shop import Shop, Simple, micros, rate


@pytest.mark.parametrize(
    ("dialled", "seconds", "billed", "amount", "cost"),
    [("442079460001", 1.2, 2, "0.0017", "0.0013"), ("+31201234567", 0.3, 60, "0.0250", "0.0200"), ("004930123456", 2.3, 3, "0.0300", "0.0240")],
)
def test_an_answered_call_is_charged_to_the_micro(shop: Shop, dialled: str, seconds: float, billed: int, amount: str, cost: str) -> None:
    it = Simple(shop)
    call = shop.answer(shop.begin(it.alice, dialled), it.trunk)
    shop.clock.advance(seconds)
    shop.end(call)
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.billed_seconds, cdr.amount_micros, cdr.cost_micros, cdr.result, cdr.cause, cdr.ended_by) == (
        billed,
        micros(amount),
        micros(cost),
        200,
        "normal",
        "caller",
    )
    assert (cdr.duration_ms, cdr.late_ms, cdr.trunk_id, cdr.customer_id, cdr.endpoint_id) == (
        round(seconds * 1000),
        0,
        it.trunk,
        it.customer,
        it.alice,
    )
    assert shop.balance(it.account) == micros("10.00") - micros(amount)
    (charge,) = shop.store.calls.charges(call)
    assert (charge.level, charge.amount_micros, charge.customer_id, charge.billed_seconds) == (0, micros(amount), it.customer, billed)
    assert json.loads(charge.explanation)["billed_seconds"] == billed
    person = shop.store.calls.person(call)
    assert person is not None
    assert (person.dialled, person.normalised, person.trunk_call_id) == (dialled, dialled.lstrip("+0"), "trunk-call")
    assert shop.store.calls.get_live(call) is None
    assert not shop.calls.running
    shop.verify()


def test_refusals_leave_one_record_each_and_hold_nothing(shop: Shop) -> None:
    it = Simple(shop, balance="0.02", retail=(rate("4479", "0.01", blocked=1),))
    wanted = {"31201234567": (402, "no_funds"), "447911": (403, "blocked"), "81312345": (404, "no_rate")}
    for dialled, (status, cause) in wanted.items():
        answer = shop.attempt(it.alice, dialled)
        assert isinstance(answer, Denied)
        assert (answer.status, answer.cause) == (status, cause)
    cdrs = [shop.store.calls.get(call) for call in (1, 2, 3)]
    assert [(cdr.result, cdr.cause, cdr.ended_by, cdr.duration_ms) for cdr in cdrs if cdr] == [
        (status, cause, "server", 0) for status, cause in wanted.values()
    ]
    assert shop.calls.reserved() == {}
    assert list(shop.store.calls.live()) == []
    assert isinstance(shop.attempt(it.alice, "442079460001"), Accepted)


def test_a_call_that_is_not_answered_costs_nothing(shop: Shop) -> None:
    it = Simple(shop, balance="0.025")
    call = shop.begin(it.alice, "31201234567")
    assert shop.calls.reserved() == {it.account: micros("0.025")}
    assert isinstance(shop.attempt(it.alice, "31201234567"), Denied)
    shop.clock.advance(20)
    shop.end(call, "busy", "callee", 486)
    assert shop.calls.reserved() == {}
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.result, cdr.cause, cdr.amount_micros, cdr.answered_at) == (486, "busy", 0, None)
    assert shop.store.calls.charges(call) == []
    assert shop.balance(it.account) == micros("0.025")


def test_a_call_is_cut_at_the_boundary_and_a_late_bye_is_not_charged(shop: Shop) -> None:
    it = Simple(shop, balance="0.03")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    assert shop.calls.next_limit() == pytest.approx(shop.clock.monotonic() + 3.0)
    shop.clock.advance(3.25)
    shop.end(call, "normal", "callee")
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.late_ms, cdr.cause, cdr.ended_by, cdr.billed_seconds) == (3000, 250, "credit", "server", 3)
    assert shop.balance(it.account) == 0


def test_a_payment_during_the_call_lets_it_go_on(shop: Shop) -> None:
    it = Simple(shop, balance="0.02")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    assert shop.run(1.5) == []
    shop.pay(it.account, "0.03", it.root)
    assert shop.run(3.0) == []
    assert shop.run(1.0) == [(call, "credit")]
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, shop.balance(it.account)) == (5000, 0)


def test_calls_of_one_account_share_it_and_never_overdraw_it(shop: Shop) -> None:
    it = Simple(shop, balance="0.20")
    other = shop.endpoint(shop.customer(it.root, "Bob", it.retail, it.account), "1000002")
    calls = [shop.answer(shop.begin(each, "4930123456"), it.trunk) for each in (it.alice, other, it.alice)]
    cut = shop.run(60)
    assert sorted(call for call, _ in cut) == calls
    assert shop.balance(it.account) == 0
    assert sum(shop.store.calls.get(call).amount_micros for call in calls) == micros("0.20")  # type: ignore[union-attr]


def test_ends_that_are_told_late_leave_the_others_what_was_left_when_they_came(shop: Shop) -> None:
    """Two hang up a moment before the last cent is due; told together after that, the one that talks on has it."""
    it = Simple(shop, balance="0.07")
    start = shop.clock.monotonic()
    calls = []
    for after in (0.0, 0.006, 0.002):  # answered at 0, 6 and 8 ms
        shop.clock.advance(after)
        calls.append(shop.answer(shop.begin(it.alice, "4930123456"), it.trunk))
    shop.clock.advance(start + 2.010 - shop.clock.monotonic())
    shop.services.changes.begin()
    for call, seconds in zip(calls, (1.995, 2.004), strict=False):
        shop.calls.finish(Ended(call, 200, "normal", "caller", it.trunk, "", "", None, start + seconds))
    shop.commit()
    assert shop.calls.limits_reached(shop.clock.monotonic()) == [], "the second that hung up has not begun its third second"
    assert shop.run(5) == [(calls[2], "credit")]
    assert [shop.store.calls.get(call).duration_ms for call in calls] == [1995, 1998, 3000]  # type: ignore[union-attr]
    assert shop.balance(it.account) == 0
    shop.verify()


def test_every_reseller_above_pays_by_its_own_tariff(shop: Shop) -> None:
    root = shop.reseller()
    cost = shop.tariff(root, "cost", rate("49", "0.4800"))
    to_one = shop.tariff(root, "to-one", base=cost, markup_ppm=100_000)
    one = shop.reseller("one", root, to_one, "0.0176")
    to_two = shop.tariff(one, "to-two", base=to_one, markup_ppm=100_000)
    two = shop.reseller("two", one, to_two, "5.00")
    retail = shop.tariff(two, "retail", base=to_two, markup_ppm=1_000_000)
    trunk = shop.trunk(root, "carrier", cost)
    shop.route(root, "", trunk)
    account = shop.account(two, "eve", "5.00")
    eve = shop.endpoint(shop.customer(two, "Eve", retail, account), "2000001")
    call = shop.answer(shop.begin(eve, "4930123456"), trunk)
    assert shop.run(10) == [(call, "credit")]
    charges = shop.store.calls.charges(call)
    assert [(each.level, each.reseller_id, each.amount_micros) for each in charges] == [(0, None, 38_700), (1, two, 19_400), (2, one, 17_600)]
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.cost_micros) == (2000, 16_000)
    entries = shop.store.ledger.of_call(call)
    assert [(each.kind, each.level) for each in entries] == [("call", 0), ("call", 1), ("call", 2), ("cost", None)]
    for entry in entries:
        assert sum(posting.amount_micros for posting in shop.store.ledger.postings(entry.id)) == 0


def test_phones_call_each_other_for_nothing_unless_the_tariff_has_a_price(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    bob = shop.endpoint(it.customer, "1000002", registered=True)
    call = shop.answer(shop.begin(it.alice, "1000002"))
    shop.clock.advance(100)
    shop.end(call)
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.direction, cdr.callee_endpoint_id, cdr.amount_micros, cdr.trunk_id) == ("on_net", bob, 0, None)
    assert shop.store.ledger.of_call(call) == []
    with shop.services.changes.unit():
        shop.store.tariffs.update(it.retail, {"on_net_price_micros": micros("0.06")})
        shop.services.changes.note("tariff", it.retail)
    answer = shop.attempt(it.alice, "1000002")
    assert isinstance(answer, Denied) and answer.cause == "no_funds"
    shop.pay(it.account, "0.002", it.root)
    call = shop.answer(shop.begin(it.alice, "1000002"))
    assert shop.run(5) == [(call, "credit")]
    assert shop.store.calls.get(call).duration_ms == 2000  # type: ignore[union-attr]
