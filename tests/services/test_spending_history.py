"""What is usual for a customer: read at once where it is little, beside the calls where it is much, the same in both ways."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.billing.velocity import DAY_MS, HOUR_MS, Velocity
from appliance.clock import SystemClock
from appliance.services.ground import hot_limits
from appliance.services.ground.access import folder_owner
from appliance.services.ground.spending_history import HISTORY_DAYS, day_of, read
from appliance.store.store import Store
from appliance.wire.guard import LimitsGet
from tests.services.shop import Shop, Simple
from tests.store.shop import customer_in, shop_in

DEAR = "491701234567"  # a minute for 0.60
ZONES = {1: "Pacific/Kiritimati", 2: "Etc/GMT+12", 3: "Europe/Berlin", 4: "Asia/Kolkata"}  # 14 hours before UTC to 12 behind
_CALL = """INSERT INTO cdr (id, started_at, answered_at, ended_at, duration_ms, billed_seconds, reseller_id, customer_id,
  prefix, destination, result, cause, ended_by, currency, amount_micros, direction)
  VALUES (?1, ?2, ?2, ?2, 1000, 1, ?3, ?4, ?5, 'X', 200, 'normal', 'caller', 'EUR', ?6, 'out')"""


@pytest.fixture
def simple(shop: Shop) -> Simple:
    shop.clock.advance(12 * 3600)
    return Simple(shop, "1000.00")


def busy_hour(shop: Shop, simple: Simple) -> None:
    """An hour of 24.00."""
    for _ in range(2):
        calls = [shop.answer(shop.begin(simple.alice, DEAR)) for _ in range(10)]
        shop.clock.advance(120)
        for call in calls:
            shop.end(call)


def test_until_it_is_read_no_fuse_trips_and_then_running_calls_are_held_to_it(shop: Shop, simple: Simple, monkeypatch: pytest.MonkeyPatch) -> None:
    busy_hour(shop, simple)
    shop.clock.advance(2 * 86_400)
    shop.pay(simple.account, "1000")
    monkeypatch.setattr(hot_limits, "is_small", lambda store, now: False)
    calls, asked = shop.services.calls, []
    limits = calls.guard.limits
    limits.history_wanted = lambda: asked.append(1)
    calls.guard.reload()
    assert asked == [1] and not limits.whole
    running = [shop.answer(shop.begin(simple.alice, DEAR)) for _ in range(100)]  # 60.00 a minute
    assert shop.run(60) == [], "36.00 would trip what a new customer may"
    with shop.store.reader() as other, other.snapshot():
        history = limits.read_history(other, shop.clock.utcnow())
    calls.usual_known(history)
    assert shop.services.nouns.limits.get(folder_owner(), LimitsGet("customer", simple.customer)).hour_limit == "72.00"
    cut = shop.run(3600)
    assert {each for each, _ in cut} == set(running) and {why for _, why in cut} == {"fuse"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", SystemClock()) as opened:
        yield opened


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_sums_are_those_of_each_call_by_itself_wherever_a_month_begins(store: Store) -> None:
    chance = random.Random(11)
    with store.write():
        shop = shop_in(store)
        customers = {customer_in(store, shop.root, f"c{number}", shop.tariff, shop.credit): zone for number, zone in ZONES.items()}
        calls = [
            (chance.choice(list(customers)), moment("2026-10-01T00:00") + chance.randrange(62 * DAY_MS), chance.randrange(1, 5000))
            for _ in range(4000)
        ]
        for number, (customer, at, micros) in enumerate(calls, 1):
            store.database.execute(_CALL, (number, at, shop.root, customer, str(30 + number % 9), micros))
    for text in ("2026-11-15T12:00", "2026-11-01T03:10", "2026-10-31T13:00", "2026-11-30T23:30", "2026-11-01T13:59", "2026-11-02T11:00"):
        now = moment(text)
        for customer, zone in customers.items():
            mine = [(at, micros) for whose, at, micros in calls if whose == customer and now - HISTORY_DAYS * DAY_MS <= at < now]
            history = read(store, now, customers.__getitem__)
            assert history.busiest[customer] == busiest([each for each in mine if each[0] < history.until]), text
            velocity, today = Velocity(), day_of(zone, now)
            last, micros = history.months.get(customer, ("", 0))
            velocity.before(micros, last)
            wanted = sum(micros for at, micros in mine if at < history.until and day_of(zone, at)[:7] == today[:7])
            assert velocity.spent_in(today) == wanted, (text, zone)
            assert len(history.countries[customer]) > 1


def busiest(calls: list[tuple[int, int]]) -> tuple[int, int]:
    """By hour and by day of UTC."""
    found = []
    for span in (HOUR_MS, DAY_MS):
        sums: dict[int, int] = {}
        for at, micros in calls:
            sums[at // span] = sums.get(at // span, 0) + micros
        found.append(max(sums.values()))
    return found[0], found[1]
