"""Timers: what is due within the second in order, what comes later in the list of its second."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.sip import timers as timers_module
from appliance.sip.timers import Timers


class Bell:
    def __init__(self) -> None:
        self.rung: list[tuple[Any, float]] = []

    def on_timer(self, token: Any, now: float) -> None:
        self.rung.append((token, now))


def test_in_order_of_moments_then_of_setting() -> None:
    timers, bell = Timers(), Bell()
    for when, token in ((3.0, "c"), (1.0, "a"), (2.0, "b"), (1.0, "a2")):
        timers.at(when, bell, token)
    assert timers.next() == 1.0
    assert timers.run(2.0) == 3
    assert bell.rung == [("a", 2.0), ("a2", 2.0), ("b", 2.0)]
    assert timers.next() == 3.0


def test_cancelling() -> None:
    timers, bell = Timers(), Bell()
    first = timers.at(1.0, bell, "a")
    second = timers.at(2.0, bell, "b")
    timers.cancel(first)
    timers.cancel(first)
    timers.cancel(None)
    assert len(timers) == 1
    assert timers.next() == 2.0
    timers.run(5.0)
    timers.cancel(second)
    assert bell.rung == [("b", 5.0)]
    assert len(timers) == 0
    assert timers.next() is None


def test_a_cancelled_timer_keeps_nothing_alive() -> None:
    timers, bell = Timers(), Bell()
    timer = timers.at(1.0, bell, object())
    timers.cancel(timer)
    assert timer[2:] == [None, None]


def test_timers_set_and_cancelled_while_firing() -> None:
    timers = Timers()

    class Chain(Bell):
        def on_timer(self, token: Any, now: float) -> None:
            super().on_timer(token, now)
            if token == "first":
                timers.cancel(victim)
                timers.at(now, self, "again")

    chain = Chain()
    timers.at(1.0, chain, "first")
    victim = timers.at(1.0, chain, "victim")
    timers.run(1.0)
    assert [token for token, _ in chain.rung] == ["first", "again"]


def test_the_heap_is_cleared_of_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers_module, "SWEEP_AT", 10)
    timers, bell = Timers(), Bell()
    keep = timers.at(500.0, bell, "keep")
    for n in range(1000):
        timers.cancel(timers.at(100.0 + n, bell))
    assert timers.held < 30
    assert len(timers) == 1
    timers.run(600.0)
    assert bell.rung == [("keep", 600.0)]
    assert keep[2] is None


def test_what_is_due_much_later_waits_apart_and_in_order() -> None:
    timers, bell = Timers(), Bell()
    for number in range(500):
        timers.at(1032.0 + (number * 7919 % 500) / 100, bell, number)  # out of order, over five seconds
    soon = timers.at(1000.25, bell, "soon")
    assert timers.next() == 1000.25
    assert timers.at(1000.5, bell, "sooner than the rest") is not soon
    assert timers.run(1000.5) == 2
    timers.cancel(timers.at(1031.5, bell, "cancelled"))
    assert timers.next() == 1032.0
    now = 1032.0
    while (due := timers.next()) is not None:
        assert due >= now
        now = due
        timers.run(now)
    moments = [moment for _, moment in bell.rung]
    assert moments == sorted(moments)
    assert len(bell.rung) == 502
    assert timers.held == 0


def test_an_earlier_timer_than_the_second_in_hand() -> None:
    timers, bell = Timers(), Bell()
    timers.at(50.5, bell, "late")
    assert timers.next() == 50.5
    timers.at(3.25, bell, "early")
    timers.at(50.75, bell, "latest")
    assert timers.next() == 3.25
    timers.run(60.0)
    assert [token for token, _ in bell.rung] == ["early", "late", "latest"]
