"""A COMMIT that fails: memory is what the store says, and what the engine offers again is recorded once."""

from __future__ import annotations

import pytest

from appliance.errors import EnvironmentFault
from appliance.services.calls.call_record import Accepted, Ended
from appliance.services.calls.call_settle import Settlement
from tests.services.shop import Shop, Simple, micros


def ended(shop: Shop, call: int) -> Ended:
    return Ended(call, 200, "normal", "caller", None, "", "", None, shop.clock.monotonic())


def test_a_lost_admission_holds_nothing(shop: Shop) -> None:
    it = Simple(shop, balance="0.025")
    assert isinstance(shop.attempt_uncommitted(it.alice, "31201234567"), Accepted)
    shop.lose_unit()
    assert shop.calls.running == {}
    assert shop.calls.reserved() == {}
    call = shop.begin(it.alice, "31201234567")
    assert shop.store.calls.get_live(call) is not None
    shop.end(call, "busy", "callee", 486)
    shop.verify()


def test_a_lost_answer_is_offered_again(shop: Shop) -> None:
    it = Simple(shop)
    call = shop.begin(it.alice, "4930123456")
    answered_at = shop.clock.monotonic()
    shop.services.changes.begin()
    shop.calls.answered(call, it.trunk, None, "", "", "{}", answered_at)
    shop.lose_unit()
    assert shop.calls.running[call].answered is None
    shop.clock.advance(1)
    shop.services.changes.begin()
    shop.calls.answered(call, it.trunk, None, "", "", "{}", answered_at)
    shop.commit()
    shop.clock.advance(2)
    shop.end(call)
    assert shop.store.calls.get(call).duration_ms == 3000  # type: ignore[union-attr]
    shop.verify()


def test_a_lost_end_is_charged_once(shop: Shop) -> None:
    it = Simple(shop, balance="0.05")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    shop.clock.advance(3)
    last = ended(shop, call)
    shop.services.changes.begin()
    shop.calls.finish(last)
    assert shop.balance(it.account) == micros("0.02")
    shop.lose_unit()
    assert shop.balance(it.account) == micros("0.05")
    assert shop.calls.reserved() == {it.account: micros("0.04")}
    shop.clock.advance(1)
    shop.services.changes.begin()
    shop.calls.finish(last)
    shop.commit()
    assert shop.balance(it.account) == micros("0.02")
    assert shop.store.calls.get(call).duration_ms == 3000  # type: ignore[union-attr]
    assert shop.calls.running == {}
    shop.verify()


def test_calls_that_went_on_meanwhile_are_metered_from_their_answer(shop: Shop) -> None:
    it = Simple(shop, balance="0.05")
    call = shop.answer(shop.begin(it.alice, "4930123456"), it.trunk)
    assert shop.run(2.5) == []
    shop.attempt_uncommitted(it.alice, "442079460001")
    shop.lose_unit()
    assert shop.run(5) == [(call, "credit")]
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, shop.balance(it.account)) == (5000, 0)
    shop.verify()


def test_limits_of_calls_survive_a_lost_unit(shop: Shop) -> None:
    it = Simple(shop)
    bob = shop.endpoint(it.customer, "1000002", max_calls=1)
    shop.begin(bob, "4930123456")
    shop.attempt_uncommitted(it.alice, "442079460001")
    shop.lose_unit()
    assert shop.calls.counts.count(("endpoint", bob)) == 1
    assert shop.calls.counts.count(("trunk", it.trunk)) == 1
    assert not isinstance(shop.attempt(bob, "4930123456"), Accepted)


@pytest.mark.parametrize("lost", [0, 1], ids=["the first of the unit", "the second"])
def test_one_calls_fault_undoes_itself_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    it = Simple(shop)
    calls = [shop.answer(shop.begin(it.alice, "4930123456"), it.trunk) for _ in range(2)]
    shop.clock.advance(2)
    charge = Settlement._charge

    def fails(self: Settlement, call: object, *given: object) -> None:
        charge(self, call, *given)  # type: ignore[arg-type]
        if getattr(call, "call", 0) == calls[lost]:
            raise EnvironmentFault("database.disk_error")

    with monkeypatch.context() as patched:
        patched.setattr(Settlement, "_charge", fails)
        shop.services.changes.begin()
        for call in calls:
            if call == calls[lost]:
                with pytest.raises(EnvironmentFault):
                    shop.calls.finish(ended(shop, call))
            else:
                shop.calls.finish(ended(shop, call))
        shop.commit()
    assert shop.store.calls.get(calls[lost]) is None
    assert shop.store.calls.get(calls[1 - lost]) is not None
    assert shop.balance(it.account) == micros("9.98")
    assert shop.store.calls.get_live(calls[lost]) is not None
    shop.services.end_run()
    assert shop.store.calls.get(calls[lost]).amount_micros == micros("0.02")  # type: ignore[union-attr]
    assert shop.balance(it.account) == micros("9.96")
    shop.verify()


def test_an_emergency_call_goes_on_unrecorded_and_is_recorded_at_its_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it = Simple(shop, balance="0")
    trunk = shop.trunk(it.root, "rescue", emergency=1)
    with monkeypatch.context() as patched:

        def full(call: object) -> None:
            raise EnvironmentFault("database.full")

        patched.setattr(shop.store.calls, "insert_live", full)
        answer = shop.attempt_uncommitted(it.alice, "112", emergency=True)
        assert isinstance(answer, Accepted)
        assert [place.trunk for place in answer.places] == [trunk]
        shop.lose_unit()
    assert answer.call in shop.calls.running
    shop.answer(answer.call, trunk)
    shop.clock.advance(30)
    shop.lose_unit()
    shop.end(answer.call)
    cdr = shop.store.calls.get(answer.call)
    assert cdr is not None
    assert (cdr.emergency, cdr.duration_ms, cdr.amount_micros, cdr.cause) == (1, 30_000, 0, "normal")
    assert list(shop.store.calls.live()) == []
    shop.verify()


def test_an_emergency_call_that_ended_unrecorded_is_recorded_when_its_end_is_told_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it = Simple(shop, balance="0")
    trunk = shop.trunk(it.root, "rescue", emergency=1)
    answer = shop.attempt_uncommitted(it.alice, "112", emergency=True)
    assert isinstance(answer, Accepted)
    call, answered_at, answered_wall = answer.call, shop.clock.monotonic(), shop.clock.utcnow()
    shop.lose_unit()

    def tell() -> None:
        shop.services.changes.begin()
        shop.calls.answered(call, trunk, None, "", "", "{}", answered_at)
        shop.calls.finish(last)

    shop.clock.advance(30)
    last = ended(shop, call)
    for _ in range(3):
        tell()
        shop.lose_unit()
        shop.clock.advance(10)
    tell()
    shop.commit()
    cdr = shop.store.calls.get(call)
    assert cdr is not None and (cdr.emergency, cdr.duration_ms, cdr.amount_micros) == (1, 30_000, 0)
    assert (cdr.answered_at, cdr.ended_at) == (answered_wall, answered_wall + 30_000)
    assert shop.calls.running == {} and list(shop.store.calls.live()) == []
    shop.services.changes.begin()
    shop.lose_unit()
    assert shop.calls.running == {}, "what has its record is over"
    shop.verify()
