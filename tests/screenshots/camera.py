"""Takes the pictures of one look, in a process of its own: `python -m tests.screenshots.camera '{"look": ...}'`.

It walks every line of the table of screens: the screen, its tabs, and what each action opens. What an action would change at the server is
not sent there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import shiboken6
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QListWidget, QMenu, QScrollArea, QToolButton, QWidget

from appliance import paths
from appliance.clock import SystemClock, parse_rfc3339
from appliance.gui import client
from appliance.gui.app import Console
from appliance.gui.client import Client, Reply, rows_field
from appliance.gui.desk import Place
from appliance.gui.help_window import HelpWindow
from appliance.gui.main_window import MainWindow
from appliance.gui.memory import Memory, open_settings
from appliance.gui.screen import Entry
from appliance.gui.screens import SCREENS
from appliance.gui.signed_in import SignedIn
from appliance.gui.widgets.page import ThingPage
from appliance.gui.widgets.table import Table
from appliance.wire.operations import OPERATIONS
from tests.screenshots.shop import NOW, OWNER

QUIET_SECONDS = 0.12
MOST_SECONDS = 20.0
NOT_OPENED = frozenset({"setup.leave"})
"""Actions that would end the walk."""

OF_PAGE = {"call": "cdrs.list"}
"""Where a page's things are listed, when it is not under the plural of its own name."""

OF_A_SHOP = frozenset({"booths", "shop_settings", "shop_figures", "till_receipts"})
"""Which ask for the shop that they are about; without one there is none of their own."""

LONG_PAGES = frozenset({"dashboard", "account"})
"""Of which what lies further below is taken too."""

LIKED = ("Pier Call Shop", "Harbour South", "business", "world carrier")


@dataclass
class Order:
    """What to take: see `__main__` for the looks."""

    look: str
    url: str
    folder: str
    began: float
    """When the server began, in seconds since 1970."""
    language: str = "en"
    theme: str = "light"
    width: int = 1280
    height: int = 760
    dialogs: bool = True
    away: int = 0
    """The server's process id: it is stopped, and what is seen without it is taken."""
    faults: list[str] = field(default_factory=list)


class HourOfPictures(SystemClock):
    """Goes on from the hour of the pictures, as the server's clock does."""

    def __init__(self, server_began: float) -> None:
        self._ahead = parse_rfc3339(NOW) - round(server_began * 1000)

    def utcnow(self) -> int:
        return super().utcnow() + self._ahead


class CountingClient(Client):
    """Knows whether anything is still on its way. While it is `looking`, what would change something is answered never."""

    asked: ClassVar[list[Reply]] = []
    looking: ClassVar[bool] = False

    def call(self, name: str, request: object | None = None) -> Reply:
        if CountingClient.looking and not OPERATIONS[name].reads:
            return Reply(self, OPERATIONS[name])
        reply = super().call(name, request)
        CountingClient.asked.append(reply)
        return reply

    @staticmethod
    def busy() -> bool:
        """Whether an answer has not come yet."""
        CountingClient.asked = [each for each in CountingClient.asked if shiboken6.isValid(each) and each.network is not None]
        return bool(CountingClient.asked)


def wait(condition: Callable[[], bool], seconds: float) -> None:
    """Lets the program go on until that holds, at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not condition():
        QTest.qWait(10)


class PhotoConsole(Console):
    """The console with that client."""

    def make_client(self, url: str, pin: str) -> Client:
        made = [0]

        def number() -> str:
            made[0] += 1
            return f"picture-{time.monotonic_ns()}-{made[0]}"

        return CountingClient(url, pin, make_id=number, parent=self)


class Camera:
    """One signed-in window and the folder its pictures go to."""

    def __init__(self, order: Order, app: QApplication) -> None:
        self.order, self.app = order, app
        self.folder = Path(order.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.taken: list[str] = []
        self.opened: set[str] = set()
        """Actions that were tried: many stand on several screens."""
        self.rows: dict[str, int] = {}
        """How many rows the first table of a screen had."""
        self.problems: dict[str, str] = {}
        """What a screen said instead of its figures."""
        self.memory = Memory(open_settings(str(self.folder / "memory.ini")))
        for memory in (self.memory, self.memory.of("person", order.url, OWNER[0])):
            memory.put("language", order.language)
            memory.put("look", order.theme)
        self.console = PhotoConsole(app, self.memory, HourOfPictures(order.began), url=order.url)

    @property
    def window(self) -> MainWindow:
        signed = self.console.signed
        assert isinstance(signed, SignedIn)
        return signed.windows[0]

    # seeing --------------------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """Until nothing was on its way for a moment."""
        end, quiet = time.monotonic() + MOST_SECONDS, 0.0
        while time.monotonic() < end and quiet < QUIET_SECONDS:
            began = time.monotonic()
            QTest.qWait(20)
            busy = CountingClient.busy() or any(each.pages.loading for each in self._tables())
            quiet = 0.0 if busy else quiet + time.monotonic() - began

    def _tables(self) -> list[Table]:
        return [each for window in self.app.topLevelWidgets() for each in window.findChildren(Table) if each.isVisible()]

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """A picture of the window, or of something else."""
        self.settle()
        (widget or self.window).grab().save(str(self.folder / f"{name}.png"))
        self.taken.append(name)

    # going ---------------------------------------------------------------------------------------------------------
    def sign_in(self) -> None:
        """The dialog, then the window at its size."""
        self.console.begin()
        dialog = self.console.dialog
        assert dialog is not None
        self.take("sign-in", dialog)
        dialog.form.fill({"login": OWNER[0], "password": OWNER[1]})
        dialog.submit()
        wait(lambda: isinstance(self.console.signed, SignedIn) and bool(self.console.signed.windows), 60)
        self.window.resize(self.order.width, self.order.height)

    def places(self) -> Iterator[tuple[Entry, Place | None]]:
        """Every screen, with the thing that a page shows; None where there is no such thing."""
        for entry in SCREENS:
            operation = OF_PAGE.get(entry.place, f"{entry.place}s.list")
            if entry.place in OF_A_SHOP and (shop := self._parlour()) is not None:
                yield entry, Place(entry.place, filters={"shop": str(shop)})
            elif operation not in OPERATIONS:
                yield entry, Place(entry.place)
            else:
                found = self._thing(operation)
                yield entry, None if found is None else Place(entry.place, found)

    def _parlour(self) -> int | None:
        """The call shop, which the screens of one are about."""
        came: list[Any] = []
        reply = self.window.desk.client.call("shops.list")
        reply.done.connect(came.append)
        wait(lambda: bool(came), 10)
        return int(came[0].shops[0].id) if came and getattr(came[0], "shops", ()) else None

    def _thing(self, operation: str) -> int | None:
        came: list[Any] = []
        reply = self.window.desk.client.call(operation)
        reply.done.connect(came.append)
        wait(lambda: bool(came), 10)
        kind = OPERATIONS[operation].reply
        rows = getattr(came[0], rows_field(kind)) if came and isinstance(kind, type) else []
        liked = [row for row in rows if str(getattr(row, "name", "")).startswith(LIKED) or getattr(row, "billed_seconds", 0)]
        best = (liked or rows or [None])[0]
        return None if best is None else int(best.id)

    def walk(self) -> None:
        """Every screen there is."""
        for entry, place in list(self.places()):
            if place is None:
                continue
            self.window.go(place)
            self.settle()
            self._choose_first()
            self._note(entry.place)
            self.take(entry.place)
            if entry.place in LONG_PAGES:
                self._below(entry.place)
            if self.order.dialogs:
                self._dialogs(entry.place)
            self._tabs(entry.place)

    def _below(self, name: str) -> None:
        """The rest of a long page, a height of the window after the other."""
        shown = self.window.screen_shown
        assert shown is not None
        area = next((each for each in shown.findChildren(QScrollArea) if each.isVisible()), None)
        bar = area.verticalScrollBar() if area is not None else None
        while bar is not None and bar.value() < bar.maximum():
            bar.setValue(bar.value() + bar.pageStep())
            self.take(f"{name}-below-{-(-bar.value() // bar.pageStep())}")
        if bar is not None:
            bar.setValue(0)

    def _note(self, name: str) -> None:
        shown = self.window.screen_shown
        assert shown is not None
        tables = [each for each in shown.findChildren(Table) if each.isVisible()]
        if tables:
            self.rows[name] = len(tables[0].pages.rows)
        faults = [each.text() for each in shown.findChildren(QLabel) if each.isVisible() and each.property("role") == "fault" and each.text()]
        if faults:
            self.problems[name] = faults[0]

    def _choose_first(self) -> None:
        shown = self.window.screen_shown
        for table in shown.findChildren(Table) if shown is not None else []:
            if table.isVisible() and table.pages.rows:
                table.choose(min(1, len(table.pages.rows) - 1))
                return

    def _tabs(self, name: str) -> None:
        shown = self.window.screen_shown
        assert shown is not None
        for page in shown.findChildren(ThingPage):
            for at in [each for each in range(1, page.bar.count()) if page.bar.isTabVisible(each)]:
                page.bar.setCurrentIndex(at)
                self.settle()
                self._choose_first()
                self.take(f"{name}-{page.tab()}")
                if self.order.dialogs:
                    self._dialogs(name)
            page.bar.setCurrentIndex(0)
        sections = [each for each in shown.findChildren(QListWidget) if each.isVisible() and each.count() > 3]
        for at in range(1, sections[0].count() if sections else 0):
            sections[0].setCurrentRow(at)
            self.take(f"{name}-{at:02}")
            if self.order.dialogs:
                self._dialogs(name)
        if sections:
            sections[0].setCurrentRow(0)

    def _dialogs(self, name: str) -> None:
        """What the actions that are offered now open, each once."""
        shown = self.window.screen_shown
        assert shown is not None
        for verb in [each for each in shown.offered() if each.enabled and each.name not in self.opened | NOT_OPENED]:
            self.opened.add(verb.name)
            place, called = self.window.places[-1], f"{name}-{verb.name}"
            CountingClient.looking = True
            verb.run()
            self.settle()
            self._take_dialog(called)
            CountingClient.looking = False
            if self.window.places[-1] != place:
                self.window.step(-1)
                self.settle()

    def _take_dialog(self, name: str) -> None:
        for dialog in [each for each in self.app.topLevelWidgets() if isinstance(each, QDialog | QMenu) and each.isVisible()]:
            if not isinstance(dialog, QFileDialog):  # the system's own
                self.take(name, dialog)
                self._too_large(name, dialog)
            dialog.close()
        self.settle()

    def _too_large(self, name: str, dialog: QWidget) -> None:
        room = self.app.primaryScreen().availableGeometry()
        if dialog.width() > room.width() or dialog.height() > room.height():
            self.order.faults.append(f"{name}: {dialog.width()}x{dialog.height()} is larger than the screen")

    def frame(self) -> None:
        """What belongs to the window and to no screen: the way by name, menus, help."""
        self.window.open_palette()
        self.settle()
        self._take_dialog("palette")
        for button in [each for each in self.window.findChildren(QToolButton) if each.isVisible() and each.menu() is not None]:
            button.menu().popup(self.window.pos())
            self._take_dialog("menu-person")
        self.window.go(Place("customers"))
        self.settle()
        for menu in [menu for table in self._tables() for menu in (table.columns_menu(),)]:
            menu.popup(self.window.pos())
            self._take_dialog("menu-columns")
        self.window.open_help()
        self.settle()
        for each in [each for each in self.app.topLevelWidgets() if isinstance(each, HelpWindow) and each.isVisible()]:
            self.take("help", each)
            each.close()

    def without_server(self) -> None:
        """The server is gone: what stands there, and what a new screen says."""
        import os
        import signal

        places = [place for _entry, place in self.places() if place is not None]
        self.window.go(Place("customers"))
        self.settle()
        client.RETRIES_MS = (0, 0)
        os.kill(self.order.away, signal.SIGKILL)
        wait(self.window.away.isVisible, 5)
        self.take("away")
        for place in places:
            self.window.go(place)
            self.take(f"error-{place.name}")


def heard(faults: list[str]) -> Callable[[QtMsgType, Any, str], None]:
    """Qt's warnings, kept: a picture that was taken with one is looked at twice."""

    def handler(kind: QtMsgType, context: Any, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and "This plugin does not support" not in text:
            faults.append(text)

    return handler


def main() -> int:
    """One look; the faults that were heard are printed, and make the exit code 1."""
    order = Order(**json.loads(sys.argv[1]))
    qInstallMessageHandler(heard(order.faults))

    def failed(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        order.faults.append(f"{kind.__name__}: {error}")
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = failed
    app = QApplication(["tollhouse"])
    app.setQuitOnLastWindowClosed(False)
    for file in sorted((paths.resources() / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))
    font = app.font()
    font.setFamilies(["Noto Sans", "Noto Sans Arabic"])
    app.setFont(font)
    camera = Camera(order, app)
    camera.sign_in()
    if order.away:
        camera.without_server()
    else:
        camera.walk()
        camera.frame()
    camera.console.close()
    (camera.folder / "memory.ini").unlink(missing_ok=True)
    print(json.dumps({"taken": camera.taken, "faults": order.faults, "rows": camera.rows, "problems": camera.problems}))
    return 1 if order.faults else 0


if __name__ == "__main__":
    sys.exit(main())
