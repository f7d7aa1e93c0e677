"""The guard of money on calls: fuses, typed limits, high-risk numbers; figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import Conflict, Forbidden
from appliance.services.calls.call_record import Accepted, Denied
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.wire.guard import FuseList, FuseRelease, LimitsGet, LimitsSet
from tests.services.shop import MICROS, Shop, Simple, rate

OWNER = folder_owner()
DEAR = "491701234567"  # a minute for 0.60


def cause(shop: Shop, endpoint: int, number: str) -> str:
    answer = shop.attempt(endpoint, number)
    return "" if isinstance(answer, Accepted) else answer.cause


@pytest.fixture
def simple(shop: Shop) -> Simple:
    """Noon in the shop: 1 January 2026, 12:00 UTC."""
    shop.clock.advance(12 * 3600)
    return Simple(shop, "1000.00")


def limit(shop: Shop, kind: str, owner: int, **values: object) -> None:
    shop.services.nouns.limits.set(OWNER, LimitsSet(kind, owner, **values))  # type: ignore[arg-type]


def test_a_stolen_password_costs_no_more_than_the_floor_and_stops_at_the_second(shop: Shop, simple: Simple) -> None:
    calls = [shop.answer(shop.begin(simple.alice, DEAR)) for _ in range(100)]  # 60.00 a minute
    cut = shop.run(3600)
    assert {each for each, _ in cut} == set(calls) and {why for _, why in cut} == {"fuse"}
    spent = 1000 * MICROS - shop.balance(simple.account)
    assert 29 * MICROS < spent <= 30 * MICROS
    assert cause(shop, simple.alice, DEAR) == "fuse" == cause(shop, simple.alice, "442079460001")
    [fuse] = shop.services.nouns.fuses.list(OWNER, FuseList(tripped=True)).fuses
    assert (fuse.customer, fuse.reason, fuse.parameters["limit"]) == ("Alice", "fuse.hour", "30.00")
    [alert] = [each for each in shop.services.nouns.alerts.list(OWNER).alerts if each.code.startswith("alert.fuse")]
    assert (alert.severity, alert.kind, alert.id) == ("error", "customer", simple.customer) and "Alice" in alert.text
    shop.verify()


def test_released_by_somebody_who_may_it_is_forgotten_and_outlives_a_restart_until_then(shop: Shop, simple: Simple) -> None:
    shop.answer(shop.begin(simple.alice, DEAR))
    limit(shop, "customer", simple.customer, hour="1.00")
    assert shop.run(600)[0][1] == "fuse"
    shop.crash()
    shop.start()
    assert cause(shop, simple.alice, "442079460001") == "fuse"
    fuses = shop.services.nouns.fuses
    fuse = fuses.tripped(simple.customer)
    assert fuse is not None
    with pytest.raises(Forbidden):
        fuses.release(Actor("clerk", 2, (Grant("clerk", reseller_id=simple.root),)), FuseRelease(fuse.id))
    supervisor = Actor("sue", 3, (Grant("supervisor", shop_id=simple.customer),))
    said = fuses.release(supervisor, FuseRelease(fuse.id, "asked him"))
    assert (said.released_by, said.note, fuses.tripped(simple.customer)) == ("sue", "asked him", None)
    with pytest.raises(Conflict, match=r"fuse\.released"):
        fuses.release(supervisor, FuseRelease(fuse.id))
    assert cause(shop, simple.alice, DEAR) == ""
    assert [row.operation for row in shop.store.audit.list(limit=1)] == ["fuses.release"]
    shop.crash()
    shop.start()
    assert cause(shop, simple.alice, DEAR) == "", "what was looked at stays forgiven"


def test_what_was_usual_for_a_month_trips_nothing(shop: Shop, simple: Simple) -> None:
    for _ in range(3):  # three days with an hour of 24.00 each
        for _ in range(2):
            calls = [shop.answer(shop.begin(simple.alice, DEAR)) for _ in range(10)]
            shop.clock.advance(120)
            for call in calls:
                shop.end(call)
        shop.clock.advance(86_400 - 240)
    shop.clock.advance(86_400)
    shop.pay(simple.account, "1000")
    shop.services.calls.guard.reload()
    calls = [shop.answer(shop.begin(simple.alice, DEAR)) for _ in range(100)]
    cut = shop.run(3600)
    assert len(cut) == 100 and {why for _, why in cut} == {"fuse"}
    left = shop.services.nouns.limits.get(OWNER, LimitsGet("customer", simple.customer))
    assert left.hour_limit == "72.00", "three times the busiest hour"


@pytest.mark.parametrize(("hours", "floor"), [(2, 15), (12, 30)])
def test_at_night_the_floor_is_lower(tmp_path: Path, hours: int, floor: int) -> None:
    shop = Shop(tmp_path / "data")
    shop.start()
    shop.clock.advance(hours * 3600)
    simple = Simple(shop, "1000.00")
    for _ in range(50):
        shop.answer(shop.begin(simple.alice, DEAR))
    shop.run(3600)
    assert (floor - 1) * MICROS < 1000 * MICROS - shop.balance(simple.account) <= floor * MICROS
    shop.store.close()


def test_numbers_that_fraud_likes_are_blocked_until_allowed_and_then_have_a_floor_of_their_own(shop: Shop, simple: Simple) -> None:
    shop.clock.advance(1)
    premium = "4990012345"
    assert cause(shop, simple.alice, premium) == "high_risk"
    assert cause(shop, simple.alice, "4490") == "", "too short to be a number abroad"
    limit(shop, "customer", simple.customer, high_risk="allowed")
    assert cause(shop, simple.alice, premium) == ""
    with shop.services.changes.unit():
        shop.services.nouns.limits.wait_for_risk(simple.customer, shop.clock.utcnow() + 86_400_000)
    assert cause(shop, simple.alice, premium) == "high_risk", "a waiting time goes before what is allowed"
    shop.clock.advance(86_401)
    for _ in range(60):
        shop.answer(shop.begin(simple.alice, premium))
    before = shop.balance(simple.account)
    assert {why for _, why in shop.run(3600)} == {"fuse"}
    assert 9 * MICROS < before - shop.balance(simple.account) <= 10 * MICROS
    fuse = shop.services.nouns.fuses.tripped(simple.customer)
    assert fuse is not None and fuse.reason == "fuse.risk"


def test_many_countries_at_once_trip_the_fuse_of_an_old_customer_alone(shop: Shop, simple: Simple) -> None:
    with shop.services.changes.unit():
        shop.services.nouns.limits.set(OWNER, LimitsSet("customer", simple.customer, high_risk="allowed"))
    abroad = [f"{code}20000000" for code in (31, 32, 33, 34, 39, 41, 43, 45)]
    tariff = shop.tariff(simple.root, "world", rate("", "0.01"))
    with shop.services.changes.unit():
        shop.store.customers.update(simple.customer, {"tariff_id": tariff})
        shop.services.changes.note("customer", simple.customer)
    assert {cause(shop, simple.alice, number) for number in abroad} == {""}, "a new customer is left alone"
    call = shop.answer(shop.begin(simple.alice, "442079460001"))
    shop.clock.advance(60)
    shop.end(call)
    shop.clock.advance(90_000)
    shop.services.calls.guard.reload()
    said = [cause(shop, simple.alice, number) for number in abroad]
    assert said == [""] * 5 + ["fuse"] * 3
    fuse = shop.services.nouns.fuses.tripped(simple.customer)
    assert fuse is not None and (fuse.reason, fuse.parameters["detail"]) == ("fuse.countries", "+41")


def test_typed_limits_hold_with_the_guard_off(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "data", {"guard.enabled": False})
    shop.start()
    simple = Simple(shop, "1000.00")
    assert cause(shop, simple.alice, "4990012345") == "", "no list without the guard"
    for _ in range(100):
        shop.answer(shop.begin(simple.alice, DEAR))
    assert shop.run(60) == [] and shop.balance(simple.account) == 1000 * MICROS, "60.00, and no fuse"
    limit(shop, "customer", simple.customer, blocked=["49"], allowed=["4917", "44"])
    assert [cause(shop, simple.alice, each) for each in (DEAR, "4930123456", "31201234567", "442079460001")] == ["", "barred", "barred", ""]
    assert "alert.guard_off" in {each.code for each in shop.services.nouns.alerts.list(OWNER).alerts}
    shop.store.close()


@pytest.mark.parametrize(("kind", "field", "why"), [("customer", "day", "spend"), ("customer", "month", "cap"), ("endpoint", "day", "spend")])
def test_a_typed_amount_ends_running_calls_at_the_second(shop: Shop, simple: Simple, kind: str, field: str, why: str) -> None:
    limit(shop, kind, simple.customer if kind == "customer" else simple.alice, **{field: "1.80"})
    first = shop.answer(shop.begin(simple.alice, DEAR))
    second = shop.answer(shop.begin(simple.alice, DEAR))
    assert sorted(shop.run(600)) == [(first, why), (second, why)]
    spent = 1000 * MICROS - shop.balance(simple.account)
    assert 1_700_000 < spent <= 1_800_000
    assert cause(shop, simple.alice, DEAR) == why
    assert shop.services.nouns.fuses.tripped(simple.customer) is None
    limit(shop, kind, simple.customer if kind == "customer" else simple.alice, **{field: None})
    assert cause(shop, simple.alice, DEAR) == ""
    shop.verify()


def test_a_reseller_s_day_counts_what_it_pays(shop: Shop) -> None:
    shop.clock.advance(12 * 3600)
    simple = Simple(shop, "1000.00")
    sub = shop.reseller("sub", simple.root, simple.retail, "1000.00")
    tariff = shop.tariff(sub, "sub retail", base=simple.retail, markup_ppm=1_000_000)
    account = shop.account(sub, "bob", "1000.00")
    bob = shop.endpoint(shop.customer(sub, "Bob", tariff, account), "1000002")
    limit(shop, "reseller", sub, day="0.60")
    shop.answer(shop.begin(bob, DEAR))  # costs Bob 1.20 a minute, the reseller 0.60
    assert [why for _, why in shop.run(600)] == ["spend"]
    assert 1000 * MICROS - shop.balance(account) == pytest.approx(1_200_000, abs=30_000)
    assert cause(shop, bob, DEAR) == "spend"


def test_calls_a_second_and_the_longest_call_of_each(shop: Shop, simple: Simple) -> None:
    limit(shop, "endpoint", simple.alice, calls_per_second=2, max_seconds=30)
    limit(shop, "customer", simple.customer, max_seconds=40)
    assert [cause(shop, simple.alice, DEAR) for _ in range(3)] == ["", "", "limit"]
    shop.clock.advance(1.1)
    call = shop.answer(shop.begin(simple.alice, DEAR))
    assert shop.run(100) == [(call, "limit")]


def test_emergency_calls_know_no_fuse(shop: Shop, simple: Simple) -> None:
    with shop.services.changes.unit():
        shop.store.trunks.update(simple.trunk, {"emergency": 1})
        shop.services.changes.note("trunk", simple.trunk)
    limit(shop, "customer", simple.customer, hour="0")
    assert cause(shop, simple.alice, DEAR) == "fuse"
    answer = shop.attempt(simple.alice, "112", emergency=True)
    assert isinstance(answer, Accepted) and not isinstance(answer, Denied)


def test_a_lost_unit_loses_the_fuse_with_it_and_no_call_is_unwatched(shop: Shop, simple: Simple) -> None:
    for _ in range(100):
        shop.answer(shop.begin(simple.alice, DEAR))
    shop.services.changes.begin()
    shop.lose_unit()
    assert {why for _, why in shop.run(3600)} == {"fuse"}
    assert 1000 * MICROS - shop.balance(simple.account) <= 30 * MICROS


def test_a_record_that_cannot_be_written_leaves_the_fuse_to_be_released(shop: Shop, simple: Simple, monkeypatch: pytest.MonkeyPatch) -> None:
    call = shop.answer(shop.begin(simple.alice, DEAR))
    limit(shop, "customer", simple.customer, hour="1.00")
    with monkeypatch.context() as broken:
        broken.setattr(shop.calls.settlement, "write", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            shop.run(600)
    shop.commit()
    assert call not in shop.calls.running and shop.services.nouns.fuses.tripped(simple.customer) is None
    assert cause(shop, simple.alice, "442079460001") == "fuse"
    fuse = shop.services.nouns.fuses.tripped(simple.customer)
    assert fuse is not None
    shop.services.nouns.fuses.release(OWNER, FuseRelease(fuse.id, "the record was lost"))
    assert cause(shop, simple.alice, "442079460001") == ""
