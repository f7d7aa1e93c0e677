"""What moving in costs: a dump with 2,000 customers and 100,000 old calls. Run: python -m tests.bench.moving. Budgets in brackets."""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter, thread_time
from typing import TextIO

from appliance.clock import SystemClock
from appliance.paths import program
from appliance.services.ground.stepwise import Steps
from appliance.wire.moving import MoveApply, MovePreview, MoveView
from tests.services.moving.conftest import SHOP, MovingShop
from tests.services.moving.dumps import Cell, quoted

CUSTOMERS, CALLS = 2_000, 100_000
BATCH = 2_000


def table(out: TextIO, name: str, columns: list[str], rows: int, row: object) -> None:
    """One table, as mysqldump writes it: long INSERTs."""
    make = row if callable(row) else None
    assert make is not None
    listed = ",\n".join(f"  `{column}` varchar(80) DEFAULT NULL" for column in columns)
    out.write(f"CREATE TABLE `{name}` (\n{listed}\n);\n")
    for begin in range(0, rows, BATCH):
        cells: list[list[Cell]] = [make(number) for number in range(begin, min(rows, begin + BATCH))]
        out.write(f"INSERT INTO `{name}` VALUES " + ",".join("(" + ",".join(map(quoted, each)) + ")" for each in cells) + ";\n")


def dump(place: Path) -> None:
    """A MagnusBilling of that size."""
    with place.open("w", encoding="utf-8") as out:
        columns = [
            "id",
            "id_user",
            "id_plan",
            "id_prefix",
            "callerid",
            "uniqueid",
            "starttime",
            "sessiontime",
            "calledstation",
            "sessionbill",
            "sipiax",
            "src",
            "buycost",
        ]
        table(
            out, "pkg_cdr", columns, CALLS,
            lambda n: [n + 1, 10 + n % CUSTOMERS, 1, 1 + n % 200, "31201112233", f"1700{n}.{n}", f"2026-01-{1 + n % 28:02d} 12:{n % 60:02d}:00",
                       n % 900, f"31{600000000 + n}", f"0.{n % 1000:03d}", 0, "phone", "0.001000"],
        )  # fmt: skip
        table(out, "pkg_configuration", ["id", "config_key", "config_value"], 1, lambda n: [1, "base_currency", "EUR"])
        table(out, "pkg_plan", ["id", "id_user", "name"], 1, lambda n: [1, 1, "Retail of before"])
        table(out, "pkg_prefix", ["id", "prefix", "destination"], 20_000, lambda n: [n + 1, str(100_000 + n), f"Country {n % 200}"])
        rates = ["id", "id_plan", "id_prefix", "rateinitial", "initblock", "billingblock", "connectcharge", "status"]
        table(out, "pkg_rate", rates, 20_000, lambda n: [n + 1, 1, n + 1, f"0.{n % 900 + 100}", 60, 6, "0.00000", 1])
        sip = ["id", "id_user", "name", "secret", "md5secret", "callerid", "status", "calllimit"]
        table(out, "pkg_sip", sip, CUSTOMERS, lambda n: [n + 1, 10 + n, str(5_000_000 + n), f"secret{n}", "", "", 1, 2])
        user = [
            "id",
            "id_user",
            "id_group",
            "id_plan",
            "username",
            "password",
            "credit",
            "active",
            "firstname",
            "lastname",
            "typepaid",
            "creditlimit",
            "email",
        ]
        table(
            out, "pkg_user", user, CUSTOMERS,
            lambda n: [10 + n, 1, 3, 1, f"user{n}", "", f"{n % 90}.2500", 1, "Name", f"Number {n}", 0, 0, f"u{n}@example.test"],
        )  # fmt: skip


class Watch:
    """Runs steps as a server would, and keeps how long the store's thread was held at once, by the clock and by the processor's time."""

    def __init__(self) -> None:
        self.longest = self.busiest = self.held = 0.0

    def run(self, steps: Steps[MoveView]) -> MoveView:
        result: object = None
        while True:
            begun, worked = perf_counter(), thread_time()
            try:
                work = steps.send(result)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            finally:
                self.busiest = max(self.busiest, thread_time() - worked)
                self.longest = max(self.longest, perf_counter() - begun)
                self.held += perf_counter() - begun
            result = None if work is None else work()


def main() -> None:
    """Prints the figures; exit 1 where a move did not add up."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "dump.sql"
        dump(place)
        shop = MovingShop(Path(folder) / "data")
        shop.apply(SHOP)
        shop.services.room.program = tuple(program())
        shop.services.room.clock = SystemClock()  # portions are as large as time allows
        gc.collect()
        gc.disable()  # as in a server, which searches at moments of its own
        print(f"dump: {place.stat().st_size / 1e6:.1f} MB, {CUSTOMERS} customers, 20000 rates, {CALLS} calls")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for what in ("preview", "apply", "again"):
            watch, begun = Watch(), perf_counter()
            files = [str(place)]
            if what == "preview":
                view = watch.run(shop.nouns.moves.preview(shop.owner, MovePreview(files=files, source="magnus")))
            else:
                view = watch.run(shop.nouns.moves.apply(shop.owner, MoveApply(files=files, source="magnus")))
            took = perf_counter() - begun
            if not view.agree or view.refused:
                sys.exit(f"{what}: it does not add up: {view.totals} {view.refused[:3]}")
            print(f"{what}: {took:.1f} s, store's thread held {watch.held:.1f} s, {watch.longest * 1000:.1f} ms at once [20], "
                  f"{watch.busiest * 1000:.1f} ms of them worked")  # fmt: skip
        print(f"memory: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB more here [100], "
              f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB the reader [200]")  # fmt: skip
        print(f"verify: {'ok' if shop.verified() else 'FAULTS'}")
        shop.store.close()


if __name__ == "__main__":
    main()
