"""What sixty talking booths cost the console: `python -m tests.bench.console_booths [BOOTHS] [SECONDS]`.

Prints the CPU a second of sixty cards that get new figures each second and are painted, in per cent of a core, and the
time from a clerk's key to the painted screen. Budgets: 10 % of a core, 100 ms.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from appliance.clock import SystemClock
from appliance.gui.change_listener import ChangeListener
from appliance.gui.desk import Desk, Place
from appliance.gui.memory import Memory, open_settings
from appliance.gui.screens.booths.booths import BoothsScreen
from appliance.gui.theme import LIGHT, Theme
from appliance.wire.booths import BoothMeter, BoothPage
from appliance.wire.operations import OPERATIONS
from appliance.wire.operators import GrantView, OperatorView, Session
from tests.gui import shops
from tests.gui.fake_client import FakeClient


def desk_for(server: FakeClient, folder: str) -> Desk:
    """A desk of an owner, whose memory is in that folder."""
    theme = Theme(LIGHT)
    theme.dress()
    operator = OperatorView(1, 1, "mira", "Mira", "", "en", True, False, False, False, [GrantView("owner", "Harbour Telecom", None)])
    permissions = sorted({each.permission for each in OPERATIONS.values()})
    session = Session("token", "2027-01-01T00:00:00Z", operator, permissions=permissions)
    return Desk(server, session, ChangeListener(), Memory(open_settings(f"{folder}/console.ini")), theme, SystemClock())


def main() -> None:
    """Measure and print."""
    import tempfile

    booths = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    application = QApplication.instance() or QApplication([])
    server = FakeClient()
    floor = [shops.booth(at, "in_call", session=shops.session(at), call=shops.call(id=at)) for at in range(1, booths + 1)]
    shops.answer(server, floor=BoothPage(floor, shops.AT))
    desk = desk_for(server, tempfile.mkdtemp())
    screen = BoothsScreen(desk, Place("booths"))
    screen.resize(1600, 1000)
    screen.show()
    screen.refresh()
    until = time.monotonic() + 5
    while len(screen.grid.cards) < booths and time.monotonic() < until:
        application.processEvents()
    print(f"{booths} booths, each in a call, {seconds} s of live figures")
    began, used = time.monotonic(), time.process_time()
    for second in range(seconds):
        rows = [msgspec.to_builtins(_row(at, second)) for at in range(1, booths + 1)]
        desk.live.emit({"booths": rows})
        ends = began + second + 1
        while time.monotonic() < ends:
            QTest.qWait(20)
    share = (time.process_time() - used) / (time.monotonic() - began)
    print(f"console: {share:.1%} of a core")
    took = []
    for at in range(40):
        key = Qt.Key.Key_Right if at % 2 == 0 else Qt.Key.Key_Left
        start = time.perf_counter()
        QTest.keyClick(screen.grid, key)
        screen.grab()
        took.append(time.perf_counter() - start)
    print(f"key to painted screen: median {sorted(took)[20] * 1000:.1f} ms, most {max(took) * 1000:.1f} ms")


def _row(at: int, second: int) -> BoothMeter:
    call = shops.call(id=at, seconds=187 + second, money=f"{1.24 + second / 100:.2f}")
    return BoothMeter(at, 100 + at, call, f"{3.79 + second / 100:.2f}", None, None, False)


if __name__ == "__main__":
    main()
