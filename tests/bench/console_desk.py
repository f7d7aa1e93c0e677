"""What the console's benches share: a real server on a folder, an owner, and a window of the real console in front of it."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from appliance.clock import SystemClock
from appliance.gui.app import Console
from appliance.gui.main_window import MainWindow
from appliance.gui.memory import Memory, open_settings
from appliance.gui.signed_in import SignedIn
from tests.helpers.appliance import Appliance

OWNER = ("bench", "a long enough password")


def told(figure: str, value: float, unit: str, budget: float | None) -> None:
    """One line of the result."""
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, "budget": budget}), flush=True)


def served(folder: Path, data: Path | None = None) -> Appliance:
    """A server that has an owner."""
    appliance = Appliance(folder)
    if data is not None:
        appliance.data = data
    appliance.errors.unlink(missing_ok=True)
    appliance.serve(seconds=60)
    code = re.search(r"set-up code: (\S+)", appliance.log())  # it stands there before the server says that it is ready
    try:
        if code is not None:
            owned(appliance, code[1])
    except BaseException:
        appliance.stop()
        raise
    return appliance


def owned(appliance: Appliance, code: str) -> None:
    """Turn the set-up code into OWNER, and into a business where there is none."""
    body: dict[str, Any] = {"code": code, "login": OWNER[0], "password": OWNER[1], "name": "Bench"}
    web = str(appliance.ready["web"])
    for business in (None, {"name": "Bench", "currency": "EUR", "country": "NL", "timezone": "UTC", "language": "en"}):
        request = urllib.request.Request(
            f"{web if '://' in web else 'http://' + web}/api/v1/operators/redeem",
            json.dumps({**body, **({"business": business} if business else {})}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
                return
        except urllib.error.HTTPError as refused:
            if business is not None:
                raise SystemExit(refused.read().decode()) from refused


class Desk:
    """The console, signed in. Nothing of it is other than in a person's."""

    def __init__(self, appliance: Appliance, folder: Path) -> None:
        self.app = QApplication.instance() or QApplication(["tollhouse"])
        self.app.setQuitOnLastWindowClosed(False)  # type: ignore[attr-defined]
        web = str(appliance.ready["web"])
        memory = Memory(open_settings(str(folder / "console.ini")))
        self.console = Console(self.app, memory, SystemClock(), url=web if "://" in web else f"http://{web}")  # type: ignore[arg-type]
        self.console.begin()
        dialog = self.console.dialog
        assert dialog is not None
        dialog.form.fill({"login": OWNER[0], "password": OWNER[1]})
        dialog.submit()
        self.until(lambda: isinstance(self.console.signed, SignedIn) and bool(self.console.signed.windows))

    @property
    def window(self) -> MainWindow:
        assert isinstance(self.console.signed, SignedIn)
        return self.console.signed.windows[0]

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> float:
        """Lets the console work until that holds; seconds it took."""
        began = time.perf_counter()
        while not condition():
            self.app.processEvents()
            if time.perf_counter() - began > seconds:
                raise SystemExit(f"not within {seconds} s")
        return time.perf_counter() - began

    def rest(self, seconds: float) -> None:
        """Nothing is done by the person for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.app.processEvents()
            time.sleep(0.002)

    def wait(self, seconds: float) -> None:
        """The console's own event loop, for so long: it sleeps where there is nothing to do."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def close(self) -> None:
        self.console.close()
        self.app.processEvents()


def memory_mib(process: int | str = "self") -> float:
    """Proportional resident memory (PSS) of a process, MiB."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def cpu_seconds(process: int | str = "self") -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
