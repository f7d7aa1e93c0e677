"""What a page of 100 call records costs out of a million, by each single filter, and deep down the list.

    python -m tests.bench.cdr_page [records] [folder]

Makes its own data (kept where a folder is named). Prints one JSON object a figure: {"figure", "value", "unit", "budget"}.
The figure of a filter is the worst of a first page and of a page far down, each over three values: a common, a rare
and an old one where there is such a thing.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.clock import SystemClock
from appliance.store.call_search import Wanted
from appliance.store.store import Reader, Store
from tests.store.shop import START, customer_in, reseller_in, shop_in

RECORDS = 1_000_000
BUDGET_MS = 50.0
YEAR_MS = 31_536_000_000
CUSTOMERS = 400
RESELLERS = 12
TRUNKS = 6
FAILURES = ((486, "busy"), (480, "no answer"), (404, "no such number"))
DESTINATIONS = [f"Country {number:03d} mobile" for number in range(250)]

_CDR = """INSERT INTO cdr (id, started_at, answered_at, ended_at, duration_ms, billed_seconds, reseller_id, customer_id, endpoint_id, trunk_id,
  prefix, destination, result, cause, ended_by, cost_micros, cost_currency, currency, amount_micros, direction)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'caller', 1500, 'EUR', 'EUR', 2500, 'out')"""
_PERSON = "INSERT INTO cdr_person VALUES (?, ?, ?, ?, ?, '', '192.0.2.7:5060/udp', 'phone', '')"
_CHARGE = """INSERT INTO charge (cdr_id, level, account_id, customer_id, reseller_id, tariff_id, billed_seconds, amount_micros, currency, explanation)
  VALUES (?, ?, 1, ?, ?, 1, 30, ?, 'EUR', '{}')"""


def fill(store: Store, records: int) -> None:
    """A shop with sub-resellers and so many records over the year up to now. Some customers, trunks and causes are rare, some were of old."""
    chance, step_ms = random.Random(7), YEAR_MS // records
    first_at = SystemClock().utcnow() - 60_000 - records * step_ms
    shop = shop_in(store)
    database = store.database
    with store.write():
        resellers = [shop.root, *(reseller_in(store, f"r{number}", shop.root) for number in range(RESELLERS))]
        customers = [
            (customer_in(store, resellers[number % len(resellers)], f"c{number}", shop.tariff, shop.credit), resellers[number % len(resellers)])
            for number in range(CUSTOMERS)
        ]
        endpoints = [
            store.endpoints.insert(customer_id=customer, number=f"20{number:05d}", auth_name=f"20{number:05d}", created_at=START)
            for number, (customer, _) in enumerate(customers)
        ]
        trunks = [
            store.trunks.insert(reseller_id=shop.root, name=f"t{number}", host="192.0.2.9", port=5060, transport="udp", created_at=START)
            for number in range(TRUNKS)
        ]
    for first in range(1, records + 1, 20_000):
        with store.write():
            for number in range(first, min(first + 20_000, records + 1)):
                share = number / records
                who = 0 if number % 50_000 == 0 else 1 if share < 0.001 else 2 + int(chance.random() ** 2 * (CUSTOMERS - 2))
                trunk = 0 if number % 100_000 == 7 else 1 if share < 0.0005 else chance.randrange(2, TRUNKS)
                place = 0 if number % 100_000 == 9 else 1 if share < 0.0005 else chance.randrange(2, len(DESTINATIONS))
                result, cause = (200, "normal") if chance.random() < 0.6 else chance.choice(FAILURES)
                if number % 100_000 == 11:
                    result, cause = 500, "fault"
                if share < 0.0005:
                    result, cause = 603, "declined"
                at = first_at + number * step_ms
                customer, reseller = customers[who]
                answered = at + 4000 if result == 200 else None
                called = f"{100 + place}{chance.randrange(10**8):08d}"
                database.execute(
                    _CDR,
                    (
                        number, at, answered, at + 34_000, 30_000 if answered else 0, 30 if answered else 0, reseller, customer, endpoints[who],
                        trunks[trunk], str(100 + place), DESTINATIONS[place], result, cause,
                    ),
                )  # fmt: skip
                database.execute(_PERSON, (number, f"c{number}@host", f"20{who:05d}", f"00{called}", called))
                if answered:
                    database.execute(_CHARGE, (number, 0, customer, None, 2500))
                    if reseller != shop.root:
                        database.execute(_CHARGE, (number, 1, None, reseller, 2000))
        database.checkpoint()


def cases(reader: Reader) -> Iterator[tuple[str, list[Wanted]]]:
    """(filter, its values)."""
    customers = [row.id for row in reader.customers.list()]
    endpoints = [reader.endpoints.find(f"20{number:05d}") for number in (0, 1, 2)]
    trunks = [row.id for row in reader.trunks.list()][1:]
    resellers = [row.id for row in reader.resellers.list()]
    newest = reader.cdrs.newest_started()
    day = 86_400_000
    oldest = newest - YEAR_MS
    yield "no filter", [Wanted()]
    periods = ((newest - day, None), (oldest, oldest + day), (newest - 180 * day, newest - day))
    yield "period", [Wanted(from_at=since, until_at=until) for since, until in periods]
    yield "customer", [Wanted(customer_id=each) for each in (customers[1], customers[2], customers[3])]
    yield "endpoint", [Wanted(endpoint_id=each.id) for each in endpoints if each is not None]
    yield "destination", [Wanted(destination=DESTINATIONS[each]) for each in (0, 1, 2)]
    yield "prefix", [Wanted(called=each) for each in ("1", "100", "101", "102", "1500", "15012345")]
    yield "trunk", [Wanted(trunk_id=each) for each in trunks[:3]]
    yield "result class", [Wanted(results=((low, low + 100),)) for low in (200, 400, 500, 600)]
    yield "cause", [Wanted(cause=each) for each in ("normal", "busy", "fault", "declined")]
    yield "number", [Wanted(numbers=(each,)) for each in ("1", "2000000", "2000001", "100", "150123")]
    yield "reseller", [Wanted(resellers=(each,)) for each in resellers[:3]]
    yield "branch of all sub-resellers", [Wanted(resellers=tuple(resellers[2:]))]


def slowest(reader: Reader, wanted: Wanted) -> float:
    """Milliseconds of the slower of the first page and the tenth."""
    worst = 0.0
    after = 0
    for page in range(10):
        started = time.perf_counter()
        rows = reader.call_search.page(wanted, after)
        spent = (time.perf_counter() - started) * 1000
        if page in (0, 9):
            worst = max(worst, spent)
        if len(rows) < 100:
            break
        after = rows[-1].id
    return worst


def main() -> None:
    """Every filter, then the sums of a month."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    place = kept or Path(tempfile.mkdtemp(prefix="bench"))
    try:
        if not (place / "tollhouse.db").exists():
            with Store(place, SystemClock()) as store:
                fill(store, records)
        with Reader(place) as reader:
            for name, wishes in cases(reader):
                value = max(slowest(reader, wanted) for wanted in wishes)
                print(json.dumps({"figure": f"page by {name}", "value": round(value, 2), "unit": "ms", "budget": BUDGET_MS}))
            newest = reader.cdrs.newest_started()
            started = time.perf_counter()
            reader.call_search.sums(Wanted(from_at=newest - 30 * 86_400_000))
            print(json.dumps({"figure": "sums of a month", "value": round((time.perf_counter() - started) * 1000, 1), "unit": "ms", "budget": None}))
    finally:
        if kept is None:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
