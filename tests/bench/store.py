"""What the store costs: CPU of the rows of one call and of one registration, commit aside, and the commit itself.

    python -m tests.bench.store [seconds]

Prints one JSON object a figure: {"figure", "value", "unit", "budget"}.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.clock import SystemClock
from appliance.store.bindings import Binding
from appliance.store.store import Store
from tests.store.shop import Shop, live_of, record_call, shop_in

BATCH = 20  # calls or registrations in a unit of work
CALL_BUDGET_US = 120.0
REGISTRATION_BUDGET_US = 30.0


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder that goes away."""
    path = Path(tempfile.mkdtemp(prefix="bench"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def measure(store: Store, one: Callable[[int], None], seconds: float) -> tuple[float, float]:
    """Run `one(n)` in units of BATCH for so long; (microseconds of CPU each without commit, milliseconds a commit)."""
    spent = committed = 0.0
    units = 0
    number = 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        started = time.process_time()
        store.begin()
        for _ in range(BATCH):
            number += 1
            one(number)
        spent += time.process_time() - started
        before = time.perf_counter()
        store.commit()
        committed += time.perf_counter() - before
        units += 1
        if units % 200 == 0:
            store.database.checkpoint()
    return spent / (units * BATCH) * 1e6, committed / units * 1e3


def finish(store: Store, shop: Shop) -> Callable[[int], None]:
    """The end of a call: CDR, two entries of two postings, charge, live row gone, two changes told."""

    def one(number: int) -> None:
        store.calls.insert_live(live_of(shop, number))
        store.calls.update_answered(number, shop.trunk, 1_767_225_601_000, 5000, "{}", "{}")
        record_call(store, shop, number)

    return one


def finish_only(store: Store, shop: Shop) -> Callable[[int], None]:
    """As `finish`, the live row not counted but as a row that is not there."""

    def one(number: int) -> None:
        record_call(store, shop, number + 10_000_000)

    return one


def register(store: Store, shop: Shop) -> Callable[[int], None]:
    """A refresh, as most are, of a thousand bindings in turn."""

    def one(number: int) -> None:
        contact = f"sip:1000001@192.0.2.1:{number % 1000 + 1024}"
        store.bindings.save(
            Binding(
                shop.endpoint,
                contact,
                "192.0.2.1:5060",
                "udp",
                "udp:0.0.0.0:5060",
                "abc@192.0.2.1",
                number,
                1000,
                "[]",
                "",
                0,
                "phone/1.0",
                0,
                1_767_225_600_000,
                1_767_225_600_000 + number,
                1_767_225_660_000 + number,
            )
        )
        store.changes.add(1_767_225_600_000 + number, "binding", f"[{shop.endpoint}]")

    return one


def say(figure: str, value: float, unit: str, budget: float | None = None) -> None:
    """One line."""
    sys.stdout.write(json.dumps({"figure": figure, "value": round(value, 3), "unit": unit, "budget": budget}) + "\n")


def main(seconds: float = 3.0) -> None:
    """All figures."""
    with folder() as path, Store(path, SystemClock()) as store:
        shop = shop_in(store)
        cost, commit = measure(store, finish(store, shop), seconds)
        say("call: admitted, answered, recorded", cost, "us of CPU")
        say("commit of 20 calls", commit, "ms")
        cost, _ = measure(store, finish_only(store, shop), seconds)
        say("call: recorded", cost, "us of CPU", CALL_BUDGET_US)
        cost, _ = measure(store, register(store, shop), seconds)
        say("registration", cost, "us of CPU", REGISTRATION_BUDGET_US)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
