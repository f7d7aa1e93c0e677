"""What importing a rate deck costs, and a page of the price grid. Run: python -m tests.bench.deck_import. Budgets in brackets."""

from __future__ import annotations

import gc
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, thread_time

from appliance.clock import SystemClock
from appliance.paths import program
from appliance.services.ground.access import folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.ground.stepwise import Steps, V
from appliance.services.services import Services
from appliance.store.store import Store
from appliance.wire.decks import DeckApply, DeckPreview, UndoImport
from appliance.wire.price_work import PricesChange, PricesPreview
from appliance.wire.rates import GridRequest
from appliance.wire.resellers import ResellerCreate

ROWS = 100_000
OWNER = folder_owner()


def deck(seed: int, rows: int) -> bytes:
    """A deck as carriers write them: quoted names, four to eight decimals, a range here and there, dates of the past."""
    chance = random.Random(seed)
    prefixes = sorted({str(chance.randrange(2, 10)) + str(chance.randrange(10 ** (2 + index % 6))) for index in range(rows * 2)})
    chance.shuffle(prefixes)
    lines = ["Code,Destination,Rate (EUR),Connection Fee,Increments,Effective Date"]
    for index, prefix in enumerate(sorted(prefixes[:rows])):
        digits = 8 if index % 97 == 0 else 4
        price = f"{chance.randrange(10**digits // 2) / 10**digits:.{digits}f}"
        lines.append(f'{prefix},"Country {index % 240} - Mobile, Net {index % 1700}",{price},0,{("1/1", "60/60", "30/6")[index % 3]},01/05/2025')
    return "\n".join(lines).encode()


class Watch:
    """Runs steps as a server would, and keeps how long the store's thread was held at once: by the clock, and of it the processor's time.

    Beside busy neighbours the first counts their turns at the processor as well, the second does not.
    """

    def __init__(self) -> None:
        self.longest = self.busiest = self.held = self.elsewhere = 0.0

    def told(self) -> str:
        """Both, in milliseconds."""
        return f"{self.longest * 1000:.1f} ms at once [20], {self.busiest * 1000:.1f} ms of them worked"

    def run(self, steps: Steps[V]) -> V:
        result: object = None
        while True:
            begun, worked = perf_counter(), thread_time()
            try:
                work = steps.send(result)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            finally:
                took = perf_counter() - begun
                self.busiest = max(self.busiest, thread_time() - worked)
                self.longest, self.held = max(self.longest, took), self.held + took
            begun = perf_counter()
            result = None if work is None else work()
            self.elsewhere += perf_counter() - begun


@contextmanager
def _services() -> Iterator[Services]:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "data", SystemClock()) as store:
        services = Services(store, SystemClock(), Settings(), random.Random(1).randbytes)
        services.nouns.resellers.create(
            OWNER, ResellerCreate(name="root", currency="EUR", sip_domain="sip.example.test", number_range="1000000-1999999", timezone="UTC")
        )
        yield services


def _import(services: Services, data: bytes, name: str) -> None:
    begun = perf_counter()
    watch = Watch()
    seen = watch.run(services.nouns.decks.preview(OWNER, DeckPreview(tariff="cost", content=data)))
    print(f"{perf_counter() - begun:8.2f} s  {name}: {seen.rows:,} rows read, checked, compared [5]; {watch.told()}")
    print(f"           {seen.rates:,} rates, {seen.added:,} added, {seen.changed:,} changed, {seen.removed:,} removed, {seen.unchanged:,} unchanged")
    begun = perf_counter()
    watch = Watch()
    watch.run(services.nouns.decks.apply(OWNER, DeckApply(tariff="cost", content=data, fingerprint=seen.fingerprint)))
    took = perf_counter() - begun
    print(f"{took:8.2f} s  written and activated in all [3], {watch.held:.2f} s of it on the store's thread; {watch.told()}")


def _percent(services: Services, tariff: str) -> None:
    """All prices of a tariff by a percentage: looked at, written, and taken back."""
    changes = services.nouns.pricing.price_changes
    begun, watch = perf_counter(), Watch()
    seen = watch.run(changes.preview(OWNER, PricesPreview(tariff=tariff, percentage="3")))
    print(f"{perf_counter() - begun:8.2f} s  {seen.changed:,} prices of {tariff} by a percentage, looked at; {watch.told()}")
    begun, watch = perf_counter(), Watch()
    done = watch.run(changes.change(OWNER, PricesChange(tariff=tariff, percentage="3", edition=seen.edition)))
    print(f"{perf_counter() - begun:8.2f} s  written and activated, {watch.held:.2f} s of it on the store's thread; {watch.told()}")
    watch = Watch()
    watch.run(services.nouns.deck_history.undo(OWNER, UndoImport(tariff=tariff, import_id=done.import_id)))
    print(f"{watch.held:8.2f} s  undone; {watch.told()}")


def _grid(services: Services, tariff: str) -> None:
    grid = services.nouns.price_grid
    after, pages, longest, begun = "", 0, 0.0, perf_counter()
    while True:
        one = perf_counter()
        page = grid.page(OWNER, GridRequest(tariff=tariff, after=after))
        longest = max(longest, perf_counter() - one)
        after, pages = page.next, pages + 1
        if not after or pages == 50:
            break
    print(f"{(perf_counter() - begun) / pages * 1000:8.2f} ms a page of 200 of {tariff} [30]; {longest * 1000:.1f} ms the longest")
    for search in ("447", "49151234567", "net 17", "country 23"):
        one = perf_counter()
        page = grid.page(OWNER, GridRequest(tariff=tariff, search=search))
        print(f"{(perf_counter() - one) * 1000:8.2f} ms search {search!r}: {page.total} [30]")


def main() -> None:
    """Two decks of a carrier, an undo, and the grid. As in a server: the file is read by a process of its own, cycles are not sought."""
    gc.disable()
    with _services() as services:
        services.nouns.decks.read_apart(program())
        first = deck(1, ROWS)
        _import(services, first, "first deck")
        changed = b"\n".join(line if index % 5 else line.replace(b",0,", b",0.01,") for index, line in enumerate(first.split(b"\n")))
        _import(services, changed, "a fifth changed")
        _import(services, deck(2, ROWS), "another deck")
        watch = Watch()
        watch.run(services.nouns.deck_history.undo(OWNER, UndoImport(tariff="cost")))
        print(f"{watch.held:8.2f} s  undone; {watch.told()}")
        _percent(services, "cost")
        _grid(services, "cost")
        _grid(services, "retail")


if __name__ == "__main__":
    main()
