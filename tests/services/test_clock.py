"""A wall clock that is set while calls run and phones are registered: no duration, charge or registration changes by it."""

from __future__ import annotations

import pytest

from tests.services.shop import Shop, Simple, binding, micros


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_jump_changes_no_duration_and_no_charge(shop: Shop, jump: int) -> None:
    it = Simple(shop)
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(2)
    shop.clock.jump(jump)
    shop.clock.advance(3)
    shop.end(call)
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.amount_micros, cdr.time_uncertain) == (5000, micros("0.05"), int(jump < 0))
    assert cdr.ended_at - cdr.started_at == 5000 + jump * 1000
    shop.verify()


def test_calls_are_marked_until_the_clock_is_past_the_newest_fact(shop: Shop) -> None:
    it = Simple(shop)
    shop.end(shop.answer(shop.begin(it.alice, "4930123456"), it.trunk))
    shop.beat()
    shop.clock.advance(10)
    shop.beat()
    shop.crash()
    shop.clock.jump(-60)
    shop.start()
    first = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.end(first)
    shop.clock.advance(61)
    second = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.end(second)
    assert [shop.store.calls.get(call).time_uncertain for call in (first, second)] == [1, 0]  # type: ignore[union-attr]


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_jump_ends_and_prolongs_no_registration(shop: Shop, jump: int) -> None:
    it = Simple(shop)
    shop.services.changes.begin()
    shop.services.registrations.save(it.alice, [binding(it.alice, "sip:1@192.0.2.1", shop.services.registrations.now(), seconds=600)])
    shop.commit()
    shop.clock.advance(100)
    shop.clock.jump(jump)
    assert len(shop.services.registrations.bindings(it.alice)) == 1
    shop.services.jobs.run(shop.clock.monotonic())
    if shop.store.in_unit:
        shop.commit()
    assert len(shop.services.registrations.bindings(it.alice)) == 1
    shop.crash()
    shop.start()
    (row,) = shop.services.registrations.bindings(it.alice)
    assert row.expires_at - shop.clock.utcnow() == 500_000
    shop.clock.advance(499)
    assert len(shop.services.registrations.bindings(it.alice)) == 1
    shop.clock.advance(2)
    assert shop.services.registrations.bindings(it.alice) == ()


def test_a_clock_set_from_long_ago_keeps_no_registration_for_years(shop: Shop) -> None:
    it = Simple(shop)
    shop.clock.jump(-30 * 365 * 86_400)
    shop.crash()
    shop.start()
    shop.services.changes.begin()
    shop.services.registrations.save(it.alice, [binding(it.alice, "sip:1@192.0.2.1", shop.clock.utcnow() + 30 * 365 * 86_400_000)])
    shop.commit()
    shop.clock.jump(30 * 365 * 86_400)
    shop.clock.advance(10)
    shop.services.jobs.run(shop.clock.monotonic())
    shop.commit()
    shop.clock.advance(8 * 86_400)
    assert shop.services.registrations.bindings(it.alice) == ()
