"""The dashboard in front of a year's call records, from nothing to painted: right after a start of the server, and later.

    python -m tests.bench.console_dashboard [records] [folder]

Makes its own data (kept where a folder is named) and starts the real server on it. Each attempt is a console of its own that has loaded nothing of
the dashboard: measured is from when the password was found right (a session is there) to the window painted with the figures of the day and the
month, the chart, the running calls and the alerts. Prints one JSON object a figure.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from appliance.clock import SystemClock
from appliance.store.store import Store
from tests.bench import cdr_page
from tests.bench.console_desk import Desk, memory_mib, served, told
from tests.helpers.appliance import ENVIRONMENT, Appliance

RECORDS = 1_000_000
ATTEMPTS = 5
READ_AHEAD_S = 15
"""The server reads the month 3 s after its start; a slow disk may take some more."""
PAINTED_MS, MEMORY_MIB = 300.0, 200.0


def painted(web: str, folder: Path) -> dict[str, float]:
    """In this process: milliseconds, the console's own processor time in them, and its memory (PSS, MiB) a moment later."""
    from appliance.gui.desk import Place
    from appliance.gui.signed_in import SignedIn

    began: list[tuple[float, float]] = []
    begin = SignedIn.begin

    def noted(signed: SignedIn, places: Sequence[Place] = ()) -> None:
        began.append((time.perf_counter(), time.thread_time()))
        begin(signed, places)

    SignedIn.begin = noted  # type: ignore[method-assign, assignment]
    appliance = Appliance(folder)
    appliance.ready = {"web": web}
    desk = Desk(appliance, folder)
    shown = desk.window.screen_shown
    desk.until(lambda: bool(shown.today.count() and shown.month.count() and shown.chart.view and shown.running.text() and shown.alerts.count()))  # type: ignore[union-attr]
    desk.window.repaint()
    spent = {"wall": (time.perf_counter() - began[0][0]) * 1000, "own": (time.thread_time() - began[0][1]) * 1000}
    desk.rest(1)
    spent["memory"] = memory_mib()
    desk.close()
    return spent


def attempt(appliance: Appliance, place: Path) -> dict[str, float]:
    """The same, in a console of its own."""
    line = [sys.executable, "-m", "tests.bench.console_dashboard", "--once", str(appliance.ready["web"]), str(place)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=ENVIRONMENT, timeout=120)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """All figures."""
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(painted(sys.argv[2], Path(sys.argv[3]))))
        return
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    place = kept or Path(tempfile.mkdtemp(prefix="bench"))
    data = place / "data"
    try:
        if not (data / "tollhouse.db").exists():
            data.mkdir(parents=True, exist_ok=True)
            with Store(data, SystemClock()) as store:
                cdr_page.fill(store, records)
        appliance = served(place, data)
        try:
            told(f"dashboard before {records} calls, the server just started", attempt(appliance, place)["wall"], "ms", None)
            time.sleep(READ_AHEAD_S)
            found = [attempt(appliance, place) for _ in range(ATTEMPTS)]
            told("dashboard from cold to painted, the median", statistics.median(each["wall"] for each in found), "ms", PAINTED_MS)
            told("the slowest of five", max(each["wall"] for each in found), "ms", PAINTED_MS)
            told("the same in the console's processor time", statistics.median(each["own"] for each in found), "ms", PAINTED_MS)
            told("memory of the console (PSS)", max(each["memory"] for each in found), "MiB", MEMORY_MIB)
        finally:
            appliance.stop()
    finally:
        if kept is None:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
