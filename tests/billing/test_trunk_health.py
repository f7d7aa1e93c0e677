"""The watch of a trunk: figures by hand, and when it rests."""

from __future__ import annotations

from appliance.billing.routing import Rewrite, TrunkState, rewritten
from appliance.billing.trunk_health import ANSWERED, FAILED, UNTAKEN, Figures, Health, Rules, Sample

RULES = Rules()
MINUTE = 60_000


def test_figures_are_of_the_window_alone() -> None:
    health = Health()
    health.add(Sample(0, FAILED), RULES)
    for at, outcome, talk, delay in ((1_900_000, ANSWERED, 4_000, 1_000), (1_900_001, ANSWERED, 20_000, 3_000), (1_900_002, UNTAKEN, 0, None)):
        health.add(Sample(at, outcome, talk, delay, outcome == ANSWERED and talk < 5_000 if outcome == ANSWERED else None), RULES)
    assert health.figures(1_900_003, RULES) == Figures(3, 2, 0, 66, 12_000, 2_000, 1, 2, 1)


def test_a_busy_number_is_not_the_carrier_s_fault() -> None:
    health = Health()
    assert not any(health.add(Sample(at, UNTAKEN), RULES) for at in range(50))
    assert not health.rests_at(60)


def test_it_rests_longer_each_time_it_fails_again_and_a_success_clears_it() -> None:
    health = Health()
    assert [health.add(Sample(at, FAILED), RULES) for at in range(10)] == [False] * 9 + [True]
    assert health.resting_until == 9 + MINUTE and health.rests_at(MINUTE)
    assert not health.add(Sample(100, FAILED), RULES), "a last resort that fails prolongs nothing"
    assert health.add(Sample(2 * MINUTE, FAILED), RULES), "the test after the rest failed"
    assert health.resting_until == 4 * MINUTE
    at, rest = 4 * MINUTE, 4 * MINUTE
    while rest < 3_600_000:
        assert health.add(Sample(at, FAILED), RULES)
        rest = health.resting_until - at
        at = health.resting_until
    assert rest == 3_600_000, "an hour at most"
    assert health.add(Sample(at, ANSWERED, 60_000), RULES) and (health.rests, health.rests_at(at)) == (0, False)
    assert not health.add(Sample(at + 1, FAILED), RULES), "what it did before is forgotten"


def test_false_answers_and_dead_air_need_enough_calls() -> None:
    few = Figures(19, 19, 0, 100, 1, None, 19, 9, 9)
    assert (few.short_percent(RULES), few.dead_percent(RULES)) == (0, 0)
    many = Figures(20, 20, 0, 100, 1, None, 13, 10, 3)
    assert (many.short_percent(RULES), many.dead_percent(RULES)) == (65, 30)


def test_the_longest_prefix_writes_a_number() -> None:
    rules = (Rewrite("31", 2, "0"), Rewrite("316", 0, "+"), Rewrite("", 0, "00"))
    assert [rewritten(number, rules) for number in ("31201", "31612", "49301")] == ["0201", "+31612", "0049301"]
    assert rewritten("1", (Rewrite("2"),)) is None
    assert TrunkState(1, strip=1, prepend="9", rules=rules[:1]).rewrite("31201") == "0201"
    assert TrunkState(1, strip=1, prepend="9", rules=rules[:1]).rewrite("49301") == "99301"
