"""The keyboard alone: on every screen, its tabs and every dialog that its actions open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from time import monotonic

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCalendarWidget,
    QComboBox,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.main_window import MainWindow
from appliance.gui.screen import Action, Screen
from appliance.gui.screens import CATEGORIES, SCREENS
from appliance.gui.server_watch import ServerWatch
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.page import ThingPage
from appliance.gui.widgets.table import Table
from tests.gui import whole_trade
from tests.gui.fake_client import FakeClient

USED = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit, QTextEdit, QAbstractItemView, QTabBar, QAbstractSpinBox)
WHOLE = (QComboBox, QAbstractSpinBox, QLineEdit, QTabBar, QAbstractItemView, QCalendarWidget)
"""What a person uses, and what is one thing whatever it is made of."""

MOST_STOPS = 250
SECTIONS_OF_A_DATE = 3
KEYS_OF_THEIR_OWN = frozenset({"Checkout"})
"""Dialogs whose buttons are pressed by the function keys that they name, while the keyboard stays in the field of the money."""


def part_of_another(widget: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and not widget.isWindow():
        if isinstance(above, WHOLE) or (isinstance(above, QAbstractScrollArea) and isinstance(widget, QScrollBar)):
            return True
        if above.isWindow():
            return False
        above = above.parentWidget()
    return False


def used(root: QWidget) -> list[QWidget]:
    """What can be used in this window now."""
    found = [each for each in root.findChildren(QWidget) if isinstance(each, USED) and not isinstance(each, QHeaderView)]
    return [each for each in found if each.isVisible() and each.isEnabled() and each.window() is root and not part_of_another(each)]


def name_of(widget: QWidget) -> str:
    """What a screen reader says."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        return widget.text()
    return " ".join(widget.tabText(at) for at in range(widget.count())) if isinstance(widget, QTabBar) else ""


def said(widget: QWidget) -> str:
    return f"{type(widget).__name__} {name_of(widget) or widget.objectName()!r}"


def stops(root: QWidget) -> tuple[list[QWidget], str]:
    """Where Tab leads, round to the beginning; and the place that it does not leave, "" where there is none."""
    seen: list[QWidget] = []
    stayed = 0
    for _step in range(MOST_STOPS):
        before = QApplication.focusWidget()
        QTest.keyClick(before or root, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None:
            return seen, "nothing"
        stayed = stayed + 1 if now is before else 0
        if stayed > SECTIONS_OF_A_DATE:
            return seen, said(now)
        if not stayed and now in seen:
            break
        seen.append(now)
    return seen, ""


def keyed(widget: QWidget) -> bool:
    """Whether it has keys of its own."""
    if isinstance(widget, QAbstractButton) and not widget.shortcut().isEmpty():
        return True
    return any(isinstance(each, QShortcut) for each in widget.children()) or type(widget.window()).__name__ in KEYS_OF_THEIR_OWN


def reached(widget: QWidget, seen: list[QWidget]) -> bool:
    """Whether Tab came to it, or to another of its group, from where arrows go on."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    alike = group.buttons() if group is not None and group.exclusive() else [widget]
    return any(stop in (each, each.focusProxy()) or each.isAncestorOf(stop) for each in alike for stop in seen)


def doubled_letters(root: QWidget) -> list[list[str]]:
    """Texts that are seen and ask for the same letter."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in root.findChildren(QWidget):
        if isinstance(each, QAbstractButton) or (isinstance(each, QLabel) and each.buddy() is not None):
            letter = QKeySequence.mnemonic(each.text()).toString()
            if letter and each.isVisible() and each.window() is root:
                found[letter].append(each.text())
    return [texts for texts in found.values() if len(texts) > 1]


def faults_of(root: QWidget) -> Iterator[str]:
    """What somebody without a mouse, or without eyes, would miss in this window."""
    parts = used(root)
    seen, trap = stops(root)
    if trap:
        yield f"Tab does not leave {trap}"
    for each in parts:
        if not name_of(each):
            yield f"no name: {said(each)} in {type(each.parentWidget()).__name__}"
        if isinstance(each, QAbstractButton) and not each.text() and not each.toolTip():
            yield f"an icon without a tool tip: {said(each)}"
        if not (reached(each, seen) or keyed(each)):
            yield f"not reached: {said(each)}"
    yield from (f"one letter: {texts}" for texts in doubled_letters(root))


class Walk:
    """Goes everywhere in a window and collects faults."""

    def __init__(self, app: QApplication, window: MainWindow, server: FakeClient) -> None:
        self.app, self.window, self.server = app, window, server
        self.faults: list[str] = []
        self.dialogs = 0
        self.where = ""
        app.focusWindowChanged.connect(self._another)

    def _another(self, window: QWindow | None) -> None:
        """A part that is shown before it is in its place is a window of its own for a moment, and takes the keyboard with it."""
        shown = next((each for each in self.app.topLevelWidgets() if window is not None and each.windowHandle() is window), None)
        if shown is not None and not isinstance(shown, QDialog | MainWindow):
            self.faults.append(f"{self.where}: {said(shown)} was a window for a moment")

    def settle(self, times: int = 3) -> None:
        """Until what was asked is answered, and what that leads to is done."""
        end = monotonic() + 20
        for _time in range(times):
            self.app.processEvents()
            while self.server.busy and monotonic() < end:
                self.app.processEvents()

    def look(self, root: QWidget) -> None:
        self.faults += [f"{self.where}: {fault}" for fault in faults_of(root)]

    def screen(self, name: str) -> None:
        """The screen with its first row chosen, its tabs and sections, and what its actions open."""
        window, self.where = self.window, name
        window.activateWindow()
        window.go(whole_trade.place_of(name))
        self.settle(6)
        shown = window.screen_shown
        assert shown is not None and window.places[-1].name == name
        table = next((each for each in shown.findChildren(Table) if each.isVisible() and each.pages.rows), None)
        if table is not None:
            table.choose(0)
        self.look(window)
        self.parts(name, shown)
        for verb in [each for each in shown.offered() if each.enabled]:
            self.verb(name, verb)

    def parts(self, name: str, shown: Screen) -> None:
        for page in shown.findChildren(ThingPage):
            for at in (at for at in range(1, page.bar.count()) if page.bar.isTabVisible(at)):
                page.bar.setCurrentIndex(at)
                self.where = f"{name}, {page.tab()}"
                self.settle()
                self.look(self.window)
            page.bar.setCurrentIndex(0)
        sections = next((each for each in shown.findChildren(QListWidget) if each.objectName() == "sections"), None)
        for at in range(1, sections.count() if sections is not None else 0):
            assert sections is not None
            sections.setCurrentRow(at)
            self.where = f"{name}, {sections.item(at).text()}"
            self.settle()
            self.look(self.window)
        if sections is not None:
            sections.setCurrentRow(0)

    def verb(self, name: str, verb: Action) -> None:
        place, self.where = self.window.places[-1], f"{name}, {verb.name}"
        verb.run()
        self.settle()
        for dialog in [each for each in self.app.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]:
            if isinstance(dialog, QFileDialog):  # the system's own
                dialog.close()
            else:
                self.dialog(dialog)
        if self.window.places[-1] != place:
            self.window.step(-1)
        self.settle(2)

    def dialog(self, dialog: QDialog) -> None:
        """Has the keyboard from the beginning, a verb that Enter does, and goes by Escape."""
        self.dialogs += 1
        dialog.setUpdatesEnabled(False)
        dialog.activateWindow()
        self.settle(2)
        held = QApplication.focusWidget()
        if held is None or held.window() is not dialog:
            self.faults.append(f"{self.where}: the keyboard is not in the dialog")
        self.look(dialog)
        buttons = [each for each in dialog.findChildren(QPushButton) if each.isVisible()]
        enters = any(each.isDefault() or each.autoDefault() for each in buttons) or type(dialog).keyPressEvent is not QDialog.keyPressEvent
        if not enters:
            self.faults.append(f"{self.where}: Enter does nothing")
        held = QApplication.focusWidget()
        QTest.keyClick(held if held is not None and held.window() is dialog else dialog, Qt.Key.Key_Escape)
        if dialog.isVisible():
            self.faults.append(f"{self.where}: Escape does not close it")
            dialog.close()


@pytest.fixture
def walk(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient) -> Iterator[Walk]:
    whole_trade.answer(server)
    window = MainWindow(desk, ServerWatch(server, SteppedClock()))
    qtbot.addWidget(window)
    window.resize(1180, 680)
    window.setUpdatesEnabled(False)  # nobody looks: painting is most of the time
    window.show()
    made = Walk(qapp, window, server)
    yield made
    qapp.focusWindowChanged.disconnect(made._another)


@pytest.mark.parametrize("category", CATEGORIES)
def test_everything_is_done_by_the_keyboard(category: str, walk: Walk) -> None:
    for entry in SCREENS:
        if entry.category == category:
            walk.screen(entry.place)
    assert walk.faults == []
    assert walk.dialogs or category in {"Dashboard", "Messages"}


def test_letters_of_a_form_are_told_apart_in_every_language(qtbot: QtBot) -> None:
    """Translators mark letters sentence by sentence: two of a form may want the same."""
    for code, _name in words.languages():
        words.use(code)
        dialog = QDialog()
        qtbot.addWidget(dialog)
        form = Form()
        form.text("first", words._("&First name"))
        form.text("last", words._("&Last name"))
        form.text("company", words._("C&ompany"))
        form.check("funds", words._("Calls to our own numbers work without &funds"))
        form.pick("tariff", words._("Tari&ff"), [("", "")])
        form.text("plain", words._("Address"))
        form.text("more", "Calls && fax")
        form.setParent(dialog)
        dialog.show()
        QApplication.processEvents()
        assert doubled_letters(dialog) == []
        labels = [each.text() for each in form.findChildren(QLabel) if each.buddy() is not None]
        assert len(labels) == 6 and all("&" in text.replace("&&", "") for text in labels), (code, labels)
        assert labels[-1].replace("&&", "+").replace("&", "") == "Calls + fax"
        dialog.close()
