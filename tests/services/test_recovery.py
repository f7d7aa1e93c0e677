"""A crash at any moment: every call is closed once, charged to its last checkpoint, and the books still prove."""

from __future__ import annotations

import random

import pytest

from appliance.errors import EnvironmentFault
from appliance.services.calls.call_settle import Settlement
from tests.services.shop import Shop, Simple, micros, rate


def test_an_answered_call_is_charged_to_the_last_heartbeat(shop: Shop) -> None:
    it = Simple(shop)
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    waiting = shop.begin(it.alice, "31201234567")
    shop.clock.advance(12.4)
    shop.beat()
    shop.clock.advance(4.0)
    shop.crash()
    shop.start()
    assert shop.recovered.calls == 2
    assert shop.recovered.dialogs == ("{}",)
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.billed_seconds, cdr.cause, cdr.ended_by, cdr.result) == (12_400, 13, "crash", "server", 200)
    assert cdr.ended_at == (cdr.answered_at or 0) + 12_400
    assert shop.balance(it.account) == micros("10.00") - micros("0.13")
    lost = shop.store.calls.get(waiting)
    assert lost is not None
    assert (lost.cause, lost.answered_at, lost.amount_micros, lost.result) == ("crash", None, 0, 500)
    assert list(shop.store.calls.live()) == []
    shop.verify()


def test_recovery_is_done_once(shop: Shop) -> None:
    it = Simple(shop)
    shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(2)
    shop.beat()
    shop.crash()
    shop.start()
    assert shop.recovered.calls == 1
    after = shop.balance(it.account)
    shop.crash()
    shop.start()
    assert (shop.recovered.calls, shop.balance(it.account)) == (0, after)
    shop.verify()


def test_a_crash_during_recovery_repeats_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it = Simple(shop)
    for _ in range(3):
        shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(2)
    shop.beat()
    shop.crash()
    write, done = Settlement.write, []

    def second_fails(self: Settlement, *given: object) -> None:
        done.append(1)
        if len(done) == 2:
            raise EnvironmentFault("database.full")
        write(self, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Settlement, "write", second_fails)
        with pytest.raises(EnvironmentFault):
            shop.start()
    assert shop.balance(it.account) == micros("10.00")
    shop.crash()
    shop.start()
    assert (shop.recovered.calls, shop.balance(it.account)) == (3, micros("10.00") - 3 * micros("0.02"))
    shop.verify()


def test_a_call_that_ran_dry_before_the_last_heartbeat_is_charged_to_its_boundary(shop: Shop) -> None:
    it = Simple(shop, balance="0.03")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(8)
    shop.beat()
    shop.crash()
    shop.start()
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, shop.balance(it.account)) == (3000, 0)
    shop.verify()


def test_a_tariff_changed_while_the_server_was_down_does_not_change_what_a_lost_call_costs(shop: Shop) -> None:
    it = Simple(shop)
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(5)
    shop.beat()
    shop.crash()
    with shop.services.changes.unit():
        shop.store.tariffs.update(it.retail, {"markup_ppm": 9_000_000})
        shop.services.changes.note("tariff", it.retail)
    shop.start()
    assert shop.store.calls.get(call).amount_micros == micros("0.05")  # type: ignore[union-attr]
    shop.verify()


def test_an_orderly_end_leaves_no_live_call(shop: Shop) -> None:
    it = Simple(shop)
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(3)
    shop.services.end_run()
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.cause, cdr.duration_ms) == ("shutdown", 3000)
    shop.crash()
    shop.start()
    assert shop.recovered.calls == 0
    shop.verify()


@pytest.mark.parametrize("seed", range(12))
def test_any_crash_under_load_leaves_whole_books(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    it = Simple(shop, balance="1.50")
    other = shop.endpoint(shop.customer(it.root, "Bob", it.retail, it.account), "1000002")
    begun: list[int] = []
    answered: set[int] = set()
    last_beat = shop.clock.monotonic()
    for _ in range(chance.randrange(5, 60)):
        step = chance.random()
        if step < 0.4:
            answer = shop.attempt(chance.choice((it.alice, other)), chance.choice(("4930123456", "31201234567", "442079460001")))
            if hasattr(answer, "call"):
                begun.append(answer.call)
        elif step < 0.7 and begun:
            call = chance.choice(begun)
            if call in shop.calls.running and call not in answered:
                shop.answer(call, it.trunk)
                answered.add(call)
        elif step < 0.8 and begun:
            call = chance.choice(begun)
            if call in shop.calls.running:
                shop.end(call, status=200 if call in answered else 487)
        else:
            shop.run(chance.random() * 8)
        if shop.clock.monotonic() - last_beat > 5:
            shop.beat()
            last_beat = shop.clock.monotonic()
    if chance.random() < 0.5:
        shop.services.changes.begin()  # and a batch is under way when the power goes
        for call in list(shop.calls.running)[:2]:
            shop.calls.ringing(call)
        shop.attempt_uncommitted(it.alice, "4930123456")
    shop.crash()
    shop.start()
    assert list(shop.store.calls.live()) == []
    assert shop.balance(it.account) >= 0
    for call in begun:
        cdr = shop.store.calls.get(call)
        assert cdr is not None
        assert (cdr.answered_at is not None) is (call in answered)
        assert len(shop.store.calls.charges(call)) == (1 if call in answered else 0)
    shop.verify()


def test_a_lost_call_that_crossed_a_time_band_is_charged_by_both(shop: Shop) -> None:
    root = shop.reseller()
    at = shop.clock.utcnow() // 60_000 % 1440
    tariff = shop.tariff(root, "retail", rate("49", "0.60"), rate("49", "1.20", band="late"), band_rule="split")
    with shop.services.changes.unit():
        shop.store.tariffs.set_bands(tariff, [("late", weekday, at + 1, 1440) for weekday in range(7)])
        shop.services.changes.note("tariff", tariff)
    trunk = shop.trunk(root, "carrier")
    shop.route(root, "", trunk)
    account = shop.account(root, "alice", "10.00")
    alice = shop.endpoint(shop.customer(root, "Alice", tariff, account), "1000001")
    call = shop.answer(shop.begin(alice, "4930123456"), trunk)
    shop.clock.advance(70)
    shop.beat()
    before = shop.balance(account)
    shop.attempt_uncommitted(alice, "4930123456")
    shop.lose_unit()
    assert shop.calls.reserved()[account] == micros("0.82")  # 60 s at 0.01, and 11 at 0.02 begun
    shop.crash()
    shop.start()
    assert before - shop.balance(account) == micros("0.80")
    assert shop.store.calls.get(call).billed_seconds == 70  # type: ignore[union-attr]
    shop.verify()
