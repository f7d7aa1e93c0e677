"""The relay goes before ordinary processes where the system lets it, and says nothing where not."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from appliance.sip import media_place

ASKED = "import os, resource; from appliance.sip.media_place import go_first; print(go_first()); "
TOLD = "print(os.sched_getscheduler(0) == os.SCHED_RR, os.getpriority(os.PRIO_PROCESS, 0), resource.getrlimit(resource.RLIMIT_RTTIME)[0])"


def test_what_is_permitted_is_taken() -> None:
    """In a process of its own, as the relay does it; the limit ends one that never rests."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    place, told = subprocess.run([sys.executable, "-c", ASKED + TOLD], capture_output=True, text=True, check=True).stdout.splitlines()
    realtime, nice, limit = told.split()
    assert realtime == str(place == "realtime")
    assert int(nice) == (media_place.NICE if place == "nice" else own)
    if place == "realtime":
        assert int(limit) == media_place.MOST_SECONDS * 1_000_000


def refused(*_: Any) -> None:
    raise PermissionError


@pytest.mark.parametrize(
    ("cores", "permitted", "place"),
    [(2, ("sched_setscheduler", "setpriority"), "realtime"), (2, ("setpriority",), "nice"), (2, (), ""), (1, ("sched_setscheduler",), "")],
)
def test_what_is_refused_is_left(monkeypatch: pytest.MonkeyPatch, cores: int, permitted: tuple[str, ...], place: str) -> None:
    said: list[tuple[Any, ...]] = []
    monkeypatch.setattr("resource.setrlimit", lambda *values: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    for name in ("sched_setscheduler", "setpriority"):
        monkeypatch.setattr(os, name, (lambda *values: said.append(values)) if name in permitted else refused)
    assert media_place.go_first() == place
    assert len(said) == (place != "")
