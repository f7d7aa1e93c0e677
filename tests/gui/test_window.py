"""The frame: categories, actions, the way back, the palette, the word that the server is away, languages and looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.main_window import KEPT_SCREENS, MainWindow
from appliance.gui.palette import Palette
from appliance.gui.screen import Action, Entry
from appliance.gui.server_watch import ServerWatch
from appliance.gui.theme import DARK, LIGHT
from appliance.gui.widgets.page import ThingPage
from appliance.gui.widgets.table import Table
from appliance.wire.customers import CustomerPage
from tests.gui import whole_trade
from tests.gui.fake_client import FakeClient
from tests.gui.people import customer, page, whole_customer

Shoot = Callable[[QWidget, str], None]
ENTRIES = (
    Entry("customers", "Customers", "customers.customers:CustomersScreen"),
    Entry("customer", "Customers", "customers.customer_page:CustomerScreen"),
)


@pytest.fixture
def watch(server: FakeClient, desk: Desk) -> ServerWatch:
    return ServerWatch(server, desk.clock, desk)


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, server: FakeClient, watch: ServerWatch) -> MainWindow:
    server.answer("customers.list", page())
    server.answer("customers.get", lambda asked: whole_customer(id=asked.id))
    made = MainWindow(desk, watch, ENTRIES)
    qtbot.addWidget(made)
    made.resize(1180, 680)
    made.open_first()
    made.show()
    qtbot.waitUntil(lambda: "customers.add" in made.right.buttons)
    return made


def test_only_categories_with_a_screen_are_shown(window: MainWindow, shoot: Shoot) -> None:
    assert list(window.left.buttons) == ["Customers"]
    assert window.windowTitle() == "Customers · Tollhouse"
    shoot(window, "window")


def test_actions_follow_the_selection(window: MainWindow, qtbot: QtBot) -> None:
    screen = window.screen_shown
    assert screen is not None
    qtbot.waitUntil(lambda: bool(screen.list.model.rows))  # type: ignore[attr-defined]
    assert not window.right.buttons["customers.edit"].isEnabled()
    screen.list.table.choose(0)  # type: ignore[attr-defined]
    qtbot.waitUntil(window.right.buttons["customers.edit"].isEnabled)


def test_back_and_forward_keep_screens(window: MainWindow) -> None:
    first = window.screen_shown
    window.go(Place("customer", 2))
    second = window.screen_shown
    window.go(Place("customer", 2))
    assert [place.name for place in window.places] == ["customers", "customer"]
    window.step(-1)
    assert window.screen_shown is first
    window.step(1)
    assert window.screen_shown is second


def test_screens_do_not_pile_up(window: MainWindow) -> None:
    for each in range(KEPT_SCREENS + 5):
        window.go(Place("customer", each + 1))
    assert window.stack.count() == KEPT_SCREENS


def test_a_verb_of_long_words_is_read_whole(window: MainWindow) -> None:
    before = window.right.width()
    window.right.show_actions([Action("tariffs.add", "Abgeleiteten Tarif hinzufügen", print, "Ctrl+N")])
    assert window.right.minimumWidth() == before, "a narrow window keeps its middle"
    window.resize(1400, 700)
    window.right.show_actions([Action("tariffs.add", "Abgeleiteten Tarif hinzufügen", print, "Ctrl+N")])
    assert window.right.minimumWidth() > window.right.fontMetrics().horizontalAdvance("Abgeleiteten Tarif hinzufügen") + 48


def test_tabs_that_do_not_fit_are_reached(window: MainWindow, qtbot: QtBot, server: FakeClient) -> None:
    """In a language of long words: Ctrl+Page Down goes on, and the bar shows where one is."""
    whole_trade.answer(server)
    window.resize(860, 600)
    window.go(Place("customer", 1))
    shown = window.screen_shown
    assert shown is not None
    page = shown.findChild(ThingPage)
    assert isinstance(page, ThingPage)
    for at in range(page.bar.count()):
        page.bar.setTabText(at, f"Ausführliche Überschrift {at}")
    there = [at for at in range(page.bar.count()) if page.bar.isTabVisible(at)]
    page.bar.setFocus()
    for _tab in there[1:]:
        qtbot.keyClick(page.bar, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert page.bar.currentIndex() == there[-1] and window.width() == 860
    qtbot.waitUntil(lambda: page.bar.rect().contains(page.bar.tabRect(there[-1]).center()))
    qtbot.keyClick(page.bar, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert page.bar.currentIndex() == there[0]


def test_the_palette_takes_letters_whatever_had_the_keyboard_before(window: MainWindow, qtbot: QtBot) -> None:
    window.setFocus()
    window.clearFocus()
    window.open_palette()
    found = next(each for each in QApplication.topLevelWidgets() if isinstance(each, Palette) and each.isVisible())
    found.activateWindow()
    qtbot.waitUntil(lambda: found.focusWidget() is found.line)
    found.close()
    qtbot.waitUntil(lambda: not any(isinstance(each, Palette) for each in QApplication.topLevelWidgets()))


def test_place_without_a_screen_is_told(window: MainWindow) -> None:
    window.go(Place("moon"))
    assert window.toast.text == "This version has no screen for that yet."


def test_what_was_done_is_undone_by_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    undone: list[int] = []
    table = window.findChild(Table)
    assert isinstance(table, Table)
    for _time in range(2):
        qtbot.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        window.toast.say("Archived", lambda: undone.append(1))
        qtbot.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (undone, window.toast.text) == ([1, 1], "")


def test_palette_finds_actions_and_customers(window: MainWindow, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    window.open_palette()
    found = next(each for each in QApplication.topLevelWidgets() if isinstance(each, Palette) and each.isVisible())
    qtbot.keyClicks(found.line, "anna")
    server.answer("customers.list", CustomerPage([customer(1), customer(5, "Hanna Berg")]))
    qtbot.waitUntil(lambda: found.list.count() == 2)
    shoot(found, "palette")
    qtbot.keyClick(found.line, Qt.Key.Key_Down)
    qtbot.keyClick(found.line, Qt.Key.Key_Return)
    assert window.places[-1] == Place("customer", 5)


def test_away_is_said_with_the_age_of_what_is_shown(window: MainWindow, desk: Desk, watch: ServerWatch, qtbot: QtBot, shoot: Shoot) -> None:
    assert isinstance(desk.clock, SteppedClock)
    desk.clock.advance(83)
    watch.is_away = True
    watch.away.emit()
    assert "1 min 23 s old" in window.away.text
    assert window.status.server.text() == "shop.example:8080 is away"
    shoot(window, "window-away")
    watch.heard()
    assert window.away.isHidden()
    assert window.status.server.text() == "shop.example:8080"


def test_status_line_counts_calls_and_money(window: MainWindow, desk: Desk) -> None:
    assert window.status.calls.text() == "No running calls"
    desk.live.emit({"calls": [], "gone": [], "count": 12, "money_per_second": {"EUR": "0.0123"}})
    assert window.status.calls.text() == "12 running calls"
    assert window.status.burn.text() == "0.0123\u00a0EUR a second"


def test_small_and_large_screens(window: MainWindow, qtbot: QtBot, shoot: Shoot) -> None:
    window.resize(1024, 600)
    window.go(Place("customer", 1, "endpoints"))
    qtbot.wait(50)
    assert (window.width(), window.height()) == (1024, 600)
    shoot(window, "window-1024x600")
    window.resize(3840, 2160)
    window.step(-1)
    shoot(window, "window-4k")


def test_dark_window(window: MainWindow, desk: Desk, qtbot: QtBot, shoot: Shoot) -> None:
    desk.theme.choose(DARK)
    qtbot.wait(50)
    screen = window.screen_shown
    assert screen is not None
    screen.list.table.choose(1)  # type: ignore[attr-defined]
    shoot(window, "window-dark")
    window.go(Place("customer", 1, "endpoints"))
    qtbot.wait(50)
    shoot(window, "window-dark-page")
    desk.theme.choose(LIGHT)


def test_arabic_mirrors(
    qapp: QApplication, qtbot: QtBot, desk: Desk, server: FakeClient, watch: ServerWatch, shoot: Shoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    words.use("ar")
    monkeypatch.setattr(words._Chosen, "language", "ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    server.answer("customers.list", page())
    server.answer("customers.get", whole_customer())
    window = MainWindow(desk, watch, ENTRIES)
    qtbot.addWidget(window)
    window.resize(1180, 680)
    window.open_first()
    window.show()
    qtbot.wait(100)
    left, right = window.left.mapTo(window, window.left.rect().topLeft()), window.right.mapTo(window, window.right.rect().topLeft())
    assert left.x() > right.x()
    shoot(window, "window-arabic")
    window.go(Place("customer", 1))
    qtbot.wait(50)
    shoot(window, "window-arabic-page")
