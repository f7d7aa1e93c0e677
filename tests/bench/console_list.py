"""A million call records behind the console's list: the first page, scrolling, memory; and the start.

    python -m tests.bench.console_list [records] [folder]

Makes its own data (kept where a folder is named), starts the real server on it, signs in with the real console. Prints one JSON object a figure.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import cdr_page
from tests.bench.console_desk import Desk, memory_mib, served, told

RECORDS = 1_000_000
PAGES = 60
FIRST_MS, STALL_MS, START_S, MEMORY_MIB = 150.0, 50.0, 1.0, 200.0
START = """import time; began = time.perf_counter()
import sys
from PySide6.QtWidgets import QApplication
from appliance.clock import SystemClock
from appliance.gui.app import Console
from appliance.gui.memory import Memory, open_settings
app = QApplication(sys.argv[:1])
console = Console(app, Memory(open_settings('/nonexistent/console.ini')), SystemClock(), url='http://127.0.0.1:9')
console.begin(); app.processEvents(); console.dialog.grab()
print(time.perf_counter() - began)
console.close()
"""


def start_seconds() -> float:
    """From a fresh interpreter's first line to the painted sign-in; the best of three, the first may write byte code."""
    taken = [float(subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    return min(taken)


def first_page_ms(desk: Desk) -> tuple[float, float]:
    """From asking for the screen to its first rows painted, and the console's own processor time in it; the median of five.

    The screen's code is loaded already, as after its first use; sums that were asked before have come.
    """
    from appliance.gui.desk import Place

    desk.window.show()
    taken = []
    for attempt in range(6):
        desk.window.go(Place("customers"))
        desk.rest(2.5)
        began, own = time.perf_counter(), time.thread_time()
        desk.window.go(Place("calls", filters={"period": "all", **({"destination": f"Country {attempt + 5:03d} mobile"} if attempt else {})}))
        shown = desk.window.screen_shown
        desk.until(lambda shown=shown: bool(shown.list.model.rows))  # type: ignore[misc, union-attr]
        desk.window.repaint()
        taken.append(((time.perf_counter() - began) * 1000, (time.thread_time() - own) * 1000))
    walls, owns = sorted(wall for wall, _own in taken[1:]), sorted(own for _wall, own in taken[1:])
    return walls[len(walls) // 2], owns[len(owns) // 2]


def scrolled(desk: Desk) -> tuple[float, float, float, int]:
    """A held Page Down: the longest the window stood still, ms, and of processor; the median of its steps; rows that were passed."""
    from appliance.gui.desk import Place

    desk.window.go(Place("calls", filters={"period": "all"}))
    shown = desk.window.screen_shown
    desk.until(lambda: bool(shown.list.model.rows))  # type: ignore[union-attr]
    table = shown.list.table  # type: ignore[union-attr]
    bar = table.verticalScrollBar()
    desk.rest(4)  # as a person who looks before scrolling
    steps = []
    while len(table.pages.rows) < PAGES * 100:
        wall, own = time.perf_counter(), time.thread_time()
        bar.setValue(min(bar.maximum(), bar.value() + bar.pageStep() // 3))
        desk.app.processEvents()
        steps.append(((time.perf_counter() - wall) * 1000, (time.thread_time() - own) * 1000))
        time.sleep(0.008)
    walls, owns = sorted(wall for wall, _own in steps), sorted(own for _wall, own in steps)
    return walls[-1], owns[-1], walls[len(walls) // 2], len(table.pages.rows)


def main() -> None:
    """All figures."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    place = kept or Path(tempfile.mkdtemp(prefix="bench"))
    place.mkdir(exist_ok=True)
    data = place / "data"
    try:
        if not (data / "tollhouse.db").exists():
            data.mkdir(exist_ok=True)
            with cdr_page.Store(data, cdr_page.SystemClock()) as store:
                cdr_page.fill(store, records)
        told("console from source to sign-in", start_seconds(), "s", START_S)
        appliance = served(place, data)
        try:
            desk = Desk(appliance, place)
            first, own = first_page_ms(desk)
            told(f"first page of {records} calls", first, "ms", FIRST_MS)
            told("the same in the console's processor time", own, "ms", FIRST_MS)
            longest, busiest, usual, rows = scrolled(desk)
            told(f"longest stall while scrolling {rows} rows", longest, "ms", STALL_MS)
            told("the same in processor time", busiest, "ms", STALL_MS)
            told("usual step of scrolling", usual, "ms", None)
            told("memory of the console (PSS)", memory_mib(), "MiB", MEMORY_MIB)
            desk.close()
        finally:
            appliance.stop()
    finally:
        if kept is None:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
