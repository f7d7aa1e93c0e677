"""Sums by day that are kept: a month is read once, and whatever a day gains afterwards is in them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from appliance.services.day_book import DayBook, DaySum
from appliance.services.ground.access import folder_owner
from appliance.services.statistics import summed
from appliance.store.nouns import Nouns
from appliance.wire.corrections import CallRefund
from tests.services.shop import Shop, Simple

HOUR = 3_600_000


class Counting:
    """A book whose reads are counted, beside what a fresh reading says."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.simple = Simple(shop, "1000.00")
        start = datetime(2026, 3, 1, tzinfo=UTC)
        shop.clock.advance(start.timestamp() - shop.clock.utcnow() / 1000)
        self.since = shop.clock.utcnow()
        self.book = DayBook(shop.services.room)
        self.reads: list[tuple[int, int]] = []

    def read(self, tables: Nouns, since: int, until: int) -> DaySum:
        self.reads.append((since, until))
        reseller = tables.resellers.get(self.simple.root)
        assert reseller is not None
        return summed(tables, reseller, since, until)

    def look(self, zone: tzinfo = UTC) -> dict[str, DaySum]:
        """What the book says, which must be what the records say; how much of it was read is in `reads`."""
        self.reads.clear()
        found = self.book.ask(self.simple.root, self.since, self.shop.clock.utcnow() + 1, zone).sums(self.shop.store, self.read)
        reads = list(self.reads)
        fresh = DayBook(self.shop.services.room).ask(self.simple.root, self.since, self.shop.clock.utcnow() + 1, zone)
        assert found == fresh.sums(self.shop.store, self.read)
        self.reads[:] = reads
        return found

    def begin(self) -> int:
        call = self.shop.begin(self.simple.alice, "442079460001")
        self.shop.answer(call, self.simple.trunk)
        return call

    def call(self, seconds: float = 60.0) -> int:
        call = self.begin()
        self.shop.run(seconds)
        self.shop.end(call, trunk=self.simple.trunk)
        return call

    def until(self, day: int, hour: int, minute: int = 0) -> None:
        self.shop.clock.advance(datetime(2026, 3, day, hour, minute, tzinfo=UTC).timestamp() - self.shop.clock.utcnow() / 1000)


@pytest.fixture
def counting(shop: Shop) -> Counting:
    return Counting(shop)


def test_days_that_are_over_are_read_once(counting: Counting) -> None:
    for day in (1, 2, 3):
        counting.until(day, 10)
        counting.call()
    counting.until(4, 9, 30)
    counting.call()
    days = counting.look()
    assert [days[f"2026-03-0{day}"].calls for day in (1, 2, 3, 4)] == [1, 1, 1, 1] and len(counting.reads) == 3 + 10
    counting.look()
    assert len(counting.reads) == 1  # this hour alone
    counting.call()
    counting.until(4, 9, 50)
    assert counting.look()["2026-03-04"].calls == 2 and len(counting.reads) == 1
    counting.until(5, 0, 10)
    counting.look()
    assert [until - since for since, until in counting.reads] == [24 * HOUR, 600_001]  # the day that ended, and this hour


def test_a_call_that_ends_later_is_in_the_day_on_which_it_began(counting: Counting) -> None:
    counting.until(1, 23, 50)
    counting.call()
    long = counting.begin()
    counting.until(2, 0, 20)
    assert counting.look()["2026-03-01"].calls == 1
    counting.shop.run(60)
    counting.shop.end(long, trunk=counting.simple.trunk)
    days = counting.look()
    assert days["2026-03-01"].calls == 2 and days["2026-03-01"].duration_ms > 25 * 60_000


def test_a_call_that_ends_while_the_day_is_read_is_not_lost(counting: Counting) -> None:
    counting.until(1, 23, 50)
    long = counting.begin()
    counting.until(2, 0, 20)
    asked = counting.book.ask(counting.simple.root, counting.since, counting.shop.clock.utcnow() + 1, UTC)
    with counting.shop.store.reader() as reader, reader.snapshot():
        reader.cdrs.newest_started()  # the moment that this reader sees
        counting.shop.end(long, trunk=counting.simple.trunk)
        other = counting.book.ask(counting.simple.root, counting.since, counting.shop.clock.utcnow() + 1, UTC)
        assert asked.sums(reader, counting.read)["2026-03-01"].calls == 0
    assert other.sums(counting.shop.store, counting.read)["2026-03-01"].calls == 1
    assert counting.look()["2026-03-01"].calls == 1


def test_what_is_put_right_and_whoever_moves_counts_at_once(counting: Counting) -> None:
    counting.until(1, 10)
    call = counting.call()
    counting.until(3, 10)
    before = counting.look()["2026-03-01"].sales["EUR"]
    counting.shop.services.nouns.pricing.refunds.refund(folder_owner(), CallRefund(call, request_id="r1", note="dead air"))
    assert before > 0 and counting.look()["2026-03-01"].sales["EUR"] == 0
    counting.look()
    assert len(counting.reads) == 1
    with counting.shop.services.changes.unit():
        counting.shop.services.changes.note("reseller", counting.simple.root)
    counting.look()
    assert len(counting.reads) == 2 + 11


def test_a_burst_that_nobody_looks_at_is_bounded(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.services.day_book.MOST_HEARD", 20)
    counting.until(1, 10)
    first = counting.call()
    counting.until(2, 10)
    counting.look()
    for _ in range(15):
        counting.call(1.0)
    assert len(counting.book._heard) <= 20
    with counting.shop.services.changes.unit():
        counting.shop.services.changes.note("call", first)
    counting.look()
    assert (counting.since, counting.since + 24 * HOUR) in counting.reads


def test_days_of_a_zone_with_summer_time(counting: Counting) -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    counting.since = round(datetime(2026, 3, 28, tzinfo=zone).timestamp()) * 1000
    counting.until(29, 0, 30)
    counting.call()
    counting.until(30, 10)
    assert {on: each.calls for on, each in counting.look(zone).items()} == {"2026-03-28": 0, "2026-03-29": 1, "2026-03-30": 0}
