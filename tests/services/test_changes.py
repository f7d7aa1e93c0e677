"""Told after commit, in order, once; and never where the commit failed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from appliance.errors import EnvironmentFault
from appliance.services.ground.jobs import Jobs
from appliance.services.ground.settings import Settings
from appliance.wire.changes import Change
from tests.services.shop import Shop


def test_changes_are_grouped_numbered_and_told_after_the_commit(shop: Shop) -> None:
    heard: list[Sequence[Change]] = []
    changes = shop.services.changes
    changes.listen(heard.append)
    before = changes.last_sequence
    with changes.unit():
        changes.note("customer", 3)
        changes.note("balance", 9)
        changes.note("customer", 4, 3)
        assert heard == []
    assert heard == [[Change(sequence=before + 1, kind="customer", ids=(3, 4)), Change(sequence=before + 1, kind="balance", ids=(9,))]]
    assert [(row.kind, row.ids) for row in shop.store.changes.after(before)] == [("customer", "[3, 4]")]
    with changes.unit():
        changes.note("setting")
    assert heard[1] == [Change(sequence=before + 2, kind="setting", ids=())]
    with changes.unit():
        pass
    assert len(heard) == 2
    late: list[Sequence[Change]] = []
    other: list[Sequence[Change]] = []
    changes.listen(late.append, "balance", "setting")
    changes.listen(other.append, "customer")
    for _ in range(2):  # who hears of these kinds is remembered from one unit to the next
        with changes.unit():
            changes.note("setting")
    changes.unlisten(late.append)
    with changes.unit():
        changes.note("setting")
    assert (len(heard), len(late), other) == (5, 2, [])


def test_a_part_that_fails_takes_its_notes_along(shop: Shop) -> None:
    heard: list[Sequence[Change]] = []
    changes = shop.services.changes
    changes.listen(heard.append)
    with changes.unit():
        changes.note("customer", 1)
        with pytest.raises(KeyError), changes.unit():
            changes.note("customer", 2)
            raise KeyError
        changes.note("customer", 3)
    assert [change.ids for change in heard[0]] == [(1, 3)]
    with pytest.raises(KeyError), changes.unit():
        changes.note("customer", 5)
        raise KeyError
    assert len(heard) == 1
    changes.unlisten(heard.append)


def test_jobs_run_on_time_and_one_that_fails_keeps_no_other_from_running(caplog: pytest.LogCaptureFixture) -> None:
    jobs, ran = Jobs(), []

    def fails() -> None:
        ran.append("fails")
        raise ValueError("a job's own fault")

    bad = jobs.every("bad", 10, fails, first=5)
    jobs.every("good", 3, lambda: ran.append("good"), first=5)
    assert jobs.next_time() == 5
    assert (jobs.run(4.9), jobs.run(5)) == (0, 2)
    assert (ran, bad.failures, jobs.next_time()) == (["fails", "good"], 1, 8)
    assert (jobs.run(100), bad.failures, jobs.next_time()) == (2, 2, 103)
    assert Jobs().next_time() is None


def test_settings_come_from_the_start_then_the_store_then_the_defaults() -> None:
    settings = Settings({"a.one": 1, "a.list": ["x", " y "]}, {"a.one": 3, "a.two": 3, "a.three": 3, "a.text": "p, q"})
    settings.stored({"a.one": 2, "a.two": 2})
    assert [settings.get(f"a.{name}", 9) for name in ("one", "two", "three", "four")] == [1, 2, 3, 9]
    assert settings.get("a.two", 0.5) == 2.0
    assert settings.words("a.list") == ("x", "y")
    assert settings.words("a.text") == ("p", "q")
    assert settings.words("a.none", ("z",)) == ("z",)
    assert settings.words("a.one") == ("1",)
    kept: list[int] = []
    settings.follow(lambda: kept.append(settings.get("a.two", 9)))
    settings.stored({"a.two": 5})
    assert kept == [2, 5], "who keeps what it asked for hears of each change"
    for key, fallback in (("a.text", 1), ("a.one", True)):
        with pytest.raises(EnvironmentFault, match="wrong_type"):
            settings.get(key, fallback)
