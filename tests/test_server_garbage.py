"""The search for garbage cycles: rare, and never among what calls made."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from appliance.server_garbage import CONNECTIONS, CONNECTIONS_UNDER_LOAD, LOAD_CALLS, LONGEST_SECONDS, LOOK_SECONDS, Collector
from tests.bench.engine_call import Bench


@pytest.fixture(autouse=True)
def interpreters_own() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


class Doors:
    def __init__(self) -> None:
        self.connections = 0
        self.calls = 0
        self.clock = Clock()
        self.collector = Collector(self.clock, lambda: self.connections, lambda: self.calls)
        self.collector.start()

    def searches_after(self, seconds: float) -> int:
        before = self.collector.searches
        self.clock.pump([LOOK_SECONDS] * int(seconds / LOOK_SECONDS))
        return self.collector.searches - before


def test_calls_alone_are_never_searched_but_for_once_an_hour() -> None:
    doors = Doors()
    assert not gc.isenabled()
    assert doors.searches_after(60) == 0
    assert gc.get_count()[0] < 2000, "what came up was put aside"
    doors.clock.advance(LONGEST_SECONDS)
    assert doors.collector.searches == 2


def test_connections_bring_a_search_sooner() -> None:
    doors = Doors()
    doors.connections = CONNECTIONS - 1
    assert doors.searches_after(5) == 0
    doors.connections += 1
    assert doors.searches_after(5) == 1
    doors.calls = LOAD_CALLS + 1
    doors.connections += CONNECTIONS
    assert doors.searches_after(5) == 0
    doors.connections += CONNECTIONS_UNDER_LOAD
    assert doors.searches_after(5) == 1


class Knot:
    def __init__(self) -> None:
        self.own = self


def test_a_cycle_that_was_put_aside_is_found_by_the_search() -> None:
    doors = Doors()
    knots = [Knot() for _ in range(100)]
    doors.searches_after(1)
    knots.clear()
    doors.searches_after(1)
    assert any(isinstance(each, Knot) for each in _all())
    doors.connections = CONNECTIONS
    doors.searches_after(1)
    assert not any(isinstance(each, Knot) for each in _all())


def _all() -> list[object]:
    gc.unfreeze()
    found: list[object] = gc.get_objects()
    gc.freeze()
    return found


def test_a_call_leaves_nothing_for_the_search() -> None:
    bench = Bench()
    bench.hang_up(1, bench.set_up(1))
    bench.clean()
    gc.collect()
    gc.disable()
    for number in range(2, 30):
        bench.hang_up(number, bench.set_up(number))
    bench.clean()
    assert gc.collect() == 0
