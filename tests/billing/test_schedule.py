"""Bands of the week, through changes of the clock, and calls that cross them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.increments import Increments
from appliance.billing.rate import Price
from appliance.billing.rating import SLOPE_SCALE, Rules, Terms, affordable_ms, amount_at, charge, hold, next_rise_ms
from appliance.billing.schedule import Schedule, TimeBand
from appliance.billing.timeline import Timeline

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WORKDAYS = [TimeBand("peak", day, 480, 1200) for day in range(5)]


def _ms(text: str, zone: ZoneInfo = AMSTERDAM) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1000


def test_bands_follow_the_wall_clock() -> None:
    schedule = Schedule(WORKDAYS, AMSTERDAM)
    assert schedule.names == {"", "peak"}
    moments = ("2026-01-05 07:59:59", "2026-01-05 08:00", "2026-01-05 20:00", "2026-01-10 12:00")
    assert [schedule.band(_ms(text)) for text in moments] == ["", "peak", "", ""]
    assert schedule.next_change(_ms("2026-01-05 07:00")) == _ms("2026-01-05 08:00")
    assert schedule.next_change(_ms("2026-01-09 20:00") + 1) == _ms("2026-01-12 08:00")


def test_a_week_without_change_never_changes() -> None:
    assert Schedule([]).next_change(0) is None
    assert Schedule([TimeBand("all", day, 0, 1440) for day in range(7)]).next_change(5) is None


def test_the_first_band_given_holds_where_two_overlap() -> None:
    schedule = Schedule([TimeBand("noon", 0, 700, 800), TimeBand("day", 0, 600, 900)])
    monday = 4 * 86_400_000
    assert [schedule.band(monday + minute * 60_000) for minute in (599, 600, 700, 800, 900)] == ["", "day", "noon", "day", ""]


def test_changes_of_the_clock() -> None:
    schedule = Schedule([TimeBand("early", 6, 0, 150), TimeBand("dawn", 6, 150, 240)], AMSTERDAM)
    assert schedule.next_change(_ms("2026-03-29 01:00")) == _ms("2026-03-29 03:00")  # 02:00 to 03:00 is skipped: dawn begins with the jump
    assert schedule.next_change(_ms("2026-03-29 03:00")) == _ms("2026-03-29 04:00")
    autumn = schedule.next_change(_ms("2026-10-25 01:00"))
    assert autumn == _ms("2026-10-25 02:30")
    assert autumn is not None and schedule.next_change(autumn) == autumn + 30 * 60_000  # back to 02:00: early again
    assert schedule.next_change(autumn + 30 * 60_000) == autumn + 60 * 60_000


@given(st.integers(_ms("2026-03-20 00:00"), _ms("2026-11-05 00:00")))
def test_a_change_is_the_first_minute_of_another_band(at_ms: int) -> None:
    schedule = Schedule([*WORKDAYS, TimeBand("sunday", 6, 150, 1440)], AMSTERDAM)
    change = schedule.next_change(at_ms)
    assert change is not None and change > at_ms
    here = schedule.band(at_ms)
    assert schedule.band(change) != here
    step = max((change - at_ms) // 40, 1)
    assert all(schedule.band(moment) == here for moment in [*range(at_ms, change, step), change - 1])


def _split(prices: dict[str, int], start_at: int, first: int = 60, next_: int = 60, free: int = 0, bands: list[TimeBand] | None = None) -> Terms:
    price = Price(1, 1, "31", "NL", prices[""], 0, first, next_, free_seconds=free)
    rules = Rules(1, "retail", "EUR", 6)
    increments = Increments(first, next_, 0, 0, free)
    return Terms(price, rules, None, Timeline(Schedule(WORKDAYS if bands is None else bands, AMSTERDAM), prices, increments, start_at))


def test_an_increment_is_priced_by_the_band_in_which_it_starts() -> None:
    terms = _split({"": 10_000, "peak": 40_000}, _ms("2026-01-05 07:58:30"))
    assert [terms.amount(minute * 60_000) for minute in (1, 2, 3)] == [10_000, 20_000, 60_000]
    made = charge(terms, 200_000)
    assert made.spans == ((120, "", 10_000), (120, "peak", 40_000)) and made.billed_seconds == 240
    assert charge(terms, 0).spans == () and charge(terms, 60_000).spans == ((60, "", 10_000),)


def test_free_seconds_move_the_bands_along() -> None:
    assert _split({"": 10_000, "peak": 40_000}, _ms("2026-01-05 07:58:30"), free=90).amount(91_000) == 40_000


def test_a_free_night_holds_the_first_minute_of_the_day() -> None:
    terms = _split({"": 0, "peak": 40_000}, _ms("2026-01-05 07:00"))
    assert hold(terms) == 40_000 and next_rise_ms(terms, 0) == 3_600_000
    assert affordable_ms(terms, 40_000) == 3_660_000


def test_a_week_without_a_price_is_free() -> None:
    terms = _split({"": 0, "peak": 0}, _ms("2026-01-05 07:00"))
    assert hold(terms) == 0 and next_rise_ms(terms, 10**6) is None and affordable_ms(terms, 5) is None
    assert hold(_split({"": 0}, 0, bands=[])) == 0


def test_one_band_without_end() -> None:
    assert _split({"": 60_000}, 0, 1, 1, bands=[]).amount(20 * 86_400_000) == 20 * 86_400 * 1_000


starts = st.integers(_ms("2026-01-05 07:50"), _ms("2026-01-05 08:05")) | st.integers(_ms("2026-01-09 19:50"), _ms("2026-01-09 20:05"))


increments = st.tuples(st.sampled_from([0, 6, 60, 90]), st.sampled_from([1, 6, 60]), st.sampled_from([0, 30]))


@given(starts, st.integers(0, 1_500_000), increments, st.integers(0, 80_000))
def test_split_calls_agree_with_increment_by_increment(start: int, duration: int, shape: tuple[int, int, int], night: int) -> None:
    first, next_, free = shape
    prices = {"": night, "peak": 50_000}
    terms = _split(prices, start, first, next_, free)
    schedule = Schedule(WORKDAYS, AMSTERDAM)
    charged = -(-duration // 1000) - free
    billed = cost = 0
    while billed < charged:
        length = first if billed == 0 and first else next_
        cost += length * prices[schedule.band(start + (free + billed) * 1000)]
        billed += length
    made = charge(terms, duration)
    assert (made.billed_seconds, made.amount_micros) == (billed, (2 * cost + 60) // 120)
    assert sum(span.seconds for span in made.spans) == billed
    assert all(left.band != right.band for left, right in zip(made.spans, made.spans[1:], strict=False))
    rise = next_rise_ms(terms, duration)
    assert rise is not None and terms.amount(rise) == terms.amount(duration) < terms.amount(rise + 1)
    micros, slope = terms.ceiling(duration)
    assert amount_at(terms, duration + 777_777) * SLOPE_SCALE <= micros * SLOPE_SCALE + slope * 777_777


def test_utc_is_the_zone_where_none_is_given() -> None:
    assert Schedule(WORKDAYS).zone is UTC
