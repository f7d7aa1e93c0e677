"""What re-rating costs: the difference of many one-level calls, and posting it beside running calls.

    python -m tests.bench.rerating [calls]

Makes its own data. Prints one JSON object a figure: {"figure", "value", "unit", "budget"}.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.billing.explanation import explain
from appliance.billing.rating import Terms
from appliance.clock import SystemClock
from appliance.services.ground.access import folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.services import Services
from appliance.store.rates import NewRate
from appliance.wire.corrections import Difference, Rerate, RerateApply
from tests.services.shop import Shop

CALLS = 1_000_000
POSTED = 50_000  # of them change
BUDGET_SECONDS_A_MILLION = 90.0
BUDGET_RATE = 10_000
BUDGET_STEP_MS = 20.0
CUSTOMERS = 200
START = 1_767_225_600_000
OWNER = folder_owner()

_CDR = """INSERT INTO cdr (id, started_at, answered_at, ended_at, duration_ms, billed_seconds, reseller_id, customer_id, prefix, destination,
  result, cause, ended_by, currency, amount_micros, direction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 200, 'normal', 'caller', 'EUR', ?, 'out')"""
_PERSON = "INSERT INTO cdr_person VALUES (?, ?, '1000001', ?, ?, '', '192.0.2.7:5060/udp', 'phone', '')"
_CHARGE = """INSERT INTO charge (cdr_id, level, account_id, customer_id, tariff_id, rate_id, billed_seconds, amount_micros, currency, explanation)
  VALUES (?, 0, ?, ?, ?, ?, ?, ?, 'EUR', ?)"""


def said(figure: str, value: float, unit: str, budget: float) -> None:
    """One line."""
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, "budget": budget}), flush=True)


def filled(shop: Shop, calls: int) -> int:
    """A base tariff of 600 prefixes, 200 customers, and so many calls by it; the tariff."""
    chance = random.Random(7)
    root = shop.reseller()
    prefixes = [str(number) for number in range(200, 800)]
    tariff = shop.tariff(root, "retail", *(NewRate(each, f"to {each}", chance.randrange(10_000, 500_000), 0, 60, 6) for each in prefixes))
    customers = []
    for number in range(CUSTOMERS):
        account = shop.account(root, f"a{number}", "1000")
        customers.append((shop.customer(root, f"c{number}", tariff, account), account))
    book, database = shop.services.hot.prices.book, shop.store.database

    def rows() -> Iterator[tuple[tuple[object, ...], tuple[object, ...], tuple[object, ...]]]:
        for call in range(1, calls + 1):
            prefix = prefixes[chance.randrange(600)]
            number = f"{prefix}{chance.randrange(10**8):08d}"
            at, ms = START + call * 250, chance.randrange(1, 300_000)
            terms = book.terms(tariff, number, at)
            assert isinstance(terms, Terms)
            customer, account = customers[call % CUSTOMERS]
            told = explain(terms, ms)
            micros = terms.amount(ms)
            yield (
                (call, at, at, at + ms, ms, told["billed_seconds"], root, customer, prefix, f"to {prefix}", micros),
                (call, f"{call}@phone", number, number),
                (call, account, customer, tariff, terms.price.rate_id, told["billed_seconds"], micros, json.dumps(told)),
            )

    part: list[tuple[tuple[object, ...], tuple[object, ...], tuple[object, ...]]] = []
    with shop.store.write():
        for row in rows():
            part.append(row)
            if len(part) == 5_000 or row[0][0] == calls:
                for sql, values in zip((_CDR, _PERSON, _CHARGE), zip(*part, strict=True), strict=True):
                    database.many(sql, values)
                part = []
    return tariff


def peak_mib() -> float:
    """The most memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """All of it."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder) / "data")
        tariff = filled(shop, calls)
        shop.store.close()
        shop.services = Services(shop.store.__class__(shop.folder, SystemClock()), SystemClock(), Settings(), random.Random(7).randbytes)
        services = shop.services
        services.begin_run()
        nouns, store = services.nouns, services.store
        changed = [f"{number}" for number in range(200, 800)][: max(1, 600 * POSTED // calls)]
        row = store.tariffs.get(tariff)
        assert row is not None
        with services.changes.unit():
            rate_set = store.rates.open_set(tariff, "bench", 1)
            old = [rate for rate in store.rates.active(tariff) if rate.prefix in changed]
            store.rates.add(rate_set, tariff, [NewRate(*rate[3:])._replace(price_micros=(rate.price_micros or 0) + 10_000) for rate in old])
            store.rates.withdraw(rate_set, [rate.id for rate in old])
            store.rates.activate(rate_set, services.clock.utcnow())
            services.changes.note("rate", tariff)
        gc.collect()
        gc.disable()  # as in a server: what is posted leaves no cycles
        before, begun = peak_mib(), time.process_time()
        with store.reader() as tables:
            found = nouns.pricing.reratings.preview(OWNER, Rerate()).run(tables)
        assert isinstance(found, Difference)
        assert found.calls == calls
        said(f"difference of {calls} calls", time.process_time() - begun, "s of CPU", BUDGET_SECONDS_A_MILLION * calls / 1_000_000)
        said("memory that it took", peak_mib() - before, "MiB", 64)
        work, result = nouns.pricing.reratings.apply(OWNER, RerateApply()), None
        units: list[float] = []
        posting = processor = 0.0
        for step in range(1 << 30):
            begun, spent = time.perf_counter(), time.process_time()
            try:
                ahead = work.send(result)
            except StopIteration:
                break
            units.append(time.perf_counter() - begun)
            result = None if ahead is None else ahead()
            if step > 1:  # the pass that finds them is over
                posting += time.perf_counter() - begun
                processor += time.process_time() - spent
        units.sort()
        said("calls put right in a second of CPU", found.changed / processor, "calls/s", BUDGET_RATE)
        said("calls put right a second, this disk's commits included", found.changed / posting, "calls/s", BUDGET_RATE)
        said("unit beside running calls, median", units[len(units) // 2] * 1000, "ms", BUDGET_STEP_MS)
        said("unit beside running calls, one of a hundred is longer", units[-1 - len(units) // 100] * 1000, "ms", BUDGET_STEP_MS)
        store.close()


if __name__ == "__main__":
    main()
