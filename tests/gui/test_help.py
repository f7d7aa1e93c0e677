"""Help: F1 opens the chapter of what is seen, with contents, search, links and the way back, in every look and direction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance import manual
from appliance.gui import words
from appliance.gui.categories import titles
from appliance.gui.desk import Desk, Place
from appliance.gui.help_chapters import OF_CATEGORY, OF_PLACE, OF_TAB, chapter_of
from appliance.gui.help_window import NAME, HelpWindow
from appliance.gui.main_window import MainWindow
from appliance.gui.screen import Entry
from appliance.gui.screens import CATEGORIES, SCREENS
from appliance.gui.server_watch import ServerWatch
from appliance.gui.theme import DARK, Theme
from tests.gui.fake_client import FakeClient
from tests.gui.people import page, whole_customer
from tests.test_manual import anchors

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def help_window(qtbot: QtBot, theme: Theme) -> HelpWindow:
    made = HelpWindow(theme)
    qtbot.addWidget(made)
    made.show()
    return made


def listed(window: HelpWindow) -> list[str]:
    lines = [window.contents.item(at) for at in range(window.contents.count())]
    return [str(each.data(NAME)) for each in lines if each.data(NAME)]


def test_every_screen_has_a_chapter_and_every_heading_named_is_there() -> None:
    assert set(OF_CATEGORY) == set(CATEGORIES) == set(titles())
    assert set(OF_PLACE) <= {entry.place for entry in SCREENS}
    targets = {chapter_of(entry.place, "", entry.category) for entry in SCREENS} | set(OF_TAB.values()) | {chapter_of("")}
    assert len(targets) > 15
    for target in targets:
        name, _sign, heading = target.partition("#")
        assert manual.source(name) and (not heading or heading in anchors(name)), target


def test_f1_opens_the_chapter_of_the_screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("customers.list", page())
    server.answer("customers.get", lambda asked: whole_customer(id=asked.id))
    entries = (
        Entry("customers", "Customers", "customers.customers:CustomersScreen"),
        Entry("customer", "Customers", "customers.customer_page:CustomerScreen"),
    )
    window = MainWindow(desk, ServerWatch(server, desk.clock, desk), entries)
    qtbot.addWidget(window)
    window.open_first()
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: window._help is not None and window._help.isVisible())
    assert window._help is not None and window._help.shown == "customers"
    window.go(Place("customer", 1, tab="endpoints"))
    window.open_help()
    assert window._help.shown == "endpoints-and-phones"
    assert window._help.windowTitle() == "Endpoints and phones · Help"
    customer = window.screen_shown
    assert customer is not None
    customer.page.open_tab("credit")  # type: ignore[attr-defined]
    window.open_help()
    assert window._help.shown == "customers#credit", "the tab that is seen counts, not the one that was asked for"
    window.close()
    assert window._help is None, "the help goes with its window"


def test_contents_search_links_and_the_way_back(help_window: HelpWindow, qtbot: QtBot, shoot: Shoot) -> None:
    help_window.open_at("calls#one-call")
    assert listed(help_window) == [each.name for each in manual.chapters()]
    assert help_window.contents.currentItem().data(NAME) == "calls"
    assert help_window.page.verticalScrollBar().value() > 0, "it stands at the heading"
    shoot(help_window, "help-heading")
    help_window.search.setText("price of a wrong")
    help_window.search.setText("recovery phrase")
    assert "backup" in listed(help_window) and len(listed(help_window)) < 5
    help_window.search.setText("no such words zzzz")
    assert listed(help_window) == [] and help_window.nothing.isVisible()
    help_window.search.setText("vouchers")
    QTest.keyClick(help_window.search, Qt.Key.Key_Return)
    assert help_window.shown == "vouchers"
    help_window.search.clear()
    help_window.page.anchorClicked.emit(QUrl("tariffs.md#prices"))
    assert help_window.shown == "tariffs#prices"
    help_window.back.click()
    help_window.back.click()
    assert help_window.shown == "calls#one-call" and not help_window.back.isEnabled()
    help_window.forward.click()
    assert help_window.shown == "vouchers"
    help_window.open_at("no-such-chapter")
    assert help_window.shown == "vouchers"


def test_a_link_to_the_web_is_given_to_the_browser(help_window: HelpWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    help_window.open_at("calls")
    help_window.page.anchorClicked.emit(QUrl("https://example.test/x"))
    assert opened == ["https://example.test/x"] and help_window.shown == "calls"


def test_every_chapter_can_be_shown_with_its_pictures(help_window: HelpWindow) -> None:
    for chapter in manual.chapters():
        help_window.open_at(chapter.name)
        shown = help_window.page.toPlainText()
        assert len(shown) > 200 and "](" not in shown and "**" not in shown, chapter.name
    setup = help_window.page.loadResource(2, QUrl("../pictures/setup.png"))
    assert not setup.isNull() and setup.width() <= 640  # type: ignore[attr-defined]
    assert help_window.page.loadResource(2, QUrl("../../../brand/tollhouse.svg")).isNull()  # type: ignore[attr-defined]


def test_looks_and_directions(help_window: HelpWindow, theme: Theme, qapp: QApplication, qtbot: QtBot, shoot: Shoot) -> None:
    help_window.open_at("trunks-and-routes")
    shoot(help_window, "help")
    theme.choose(DARK)
    shoot(help_window, "help-dark")
    assert theme.color("text").name() in help_window.page.document().defaultStyleSheet()
    words.use("ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    mirrored = HelpWindow(theme)
    qtbot.addWidget(mirrored)
    mirrored.show()
    mirrored.open_at("endpoints-and-phones")
    assert mirrored.page.document().defaultTextOption().textDirection() == Qt.LayoutDirection.LeftToRight, "the manual is English"
    qtbot.waitUntil(lambda: mirrored.contents.x() > mirrored.page.x())
    mirrored.resize(600, 420)
    shoot(mirrored, "help-arabic-narrow")
