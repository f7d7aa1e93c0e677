"""Every screen of the console before a real server with a month of business behind it: figures stand there, and nothing warns or fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from appliance.gui.screens import SCREENS
from tests.screenshots.__main__ import opened
from tests.screenshots.shop import PEOPLE

ROOT = Path(__file__).parents[2]
OF_A_SHOP = {"shop", "booths", "shop_settings", "till_receipts", "tills", "shifts"}
"""Pages of a call shop, which this business has none of: they say so."""


def test_each_is_shown_with_what_the_server_has(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = opened(tmp_path / "usual", "usual", stack)
        order = {"look": "usual", "url": server.url, "folder": str(tmp_path / "pictures"), "began": server.began, "dialogs": False}
        line = [sys.executable, "-m", "tests.screenshots.camera", json.dumps(order)]
        variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TZ": "Europe/Amsterdam"}
        done = subprocess.run(line, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["faults"] == [] and "Error" not in done.stderr
    missing = {entry.place for entry in SCREENS} - set(found["taken"])
    assert missing <= OF_A_SHOP, missing
    rows, problems = found["rows"], found["problems"]
    assert set(problems) <= OF_A_SHOP, problems
    assert rows["customers"] == len(PEOPLE) + 2 and rows["calls"] == 100 and rows["payments"] >= len(PEOPLE) + 5
    assert (rows["resellers"], rows["trunks"], rows["routes"], rows["operators"]) == (2, 2, 2, 2)
    assert rows["tariffs"] >= 5 and rows["tariff"] >= 100 and rows["live_calls"] == 5
