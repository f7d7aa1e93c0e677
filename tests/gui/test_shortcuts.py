"""No key means two things at once: a shortcut that two parts of a window share does neither."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui.desk import Desk, Place
from appliance.gui.main_window import MainWindow
from appliance.gui.screen import Entry
from appliance.gui.screens import SCREENS
from appliance.gui.server_watch import ServerWatch
from tests.gui.fake_client import FakeClient
from tests.gui.prices import tariff, tariffs

PORTABLE = QKeySequence.SequenceFormat.PortableText
PAGES = {"customer", "tariff", "call", "reseller", "trunk"}


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, server: FakeClient) -> MainWindow:
    made = MainWindow(desk, ServerWatch(server, SteppedClock()))
    qtbot.addWidget(made)
    made.show()
    return made


def keys(window: MainWindow) -> Counter[str]:
    """Every shortcut of the window as it stands."""
    found = [each.key() for each in window.findChildren(QShortcut)]
    found += [each.shortcut() for each in window.findChildren(QAction) if not each.shortcut().isEmpty()]
    found += [each.shortcut() for each in (window._back, window._forward)]
    return Counter(key.toString(PORTABLE) for key in found if not key.isEmpty())


def doubled(window: MainWindow) -> dict[str, int]:
    return {key: count for key, count in keys(window).items() if count > 1}


@pytest.mark.parametrize("entry", [entry for entry in SCREENS if entry.place not in PAGES], ids=lambda entry: entry.place)
def test_no_screen_has_a_key_twice(entry: Entry, window: MainWindow, server: FakeClient, qapp: QApplication) -> None:
    server.hold()  # its actions are there before its rows
    window.go(Place(entry.place))
    qapp.sendPostedEvents(None, 0)
    qapp.processEvents()
    assert doubled(window) == {}
    shown = window.screen_shown
    assert shown is not None and [each.name for each in shown.offered() if not each.shortcut] == []


def test_neither_has_a_tariff(window: MainWindow, server: FakeClient, qtbot: QtBot) -> None:
    server.answer("tariffs.list", tariffs())
    server.answer("tariffs.get", tariff())
    window.go(Place("tariff", tariff().id))
    qtbot.waitUntil(lambda: "Ctrl+Shift+D" in keys(window))
    qtbot.waitUntil(lambda: doubled(window) == {})  # the page of before goes in its own time
