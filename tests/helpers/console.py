"""Somebody at a keyboard before a real window: presses keys, reads what is shown, and waits for what should come.

Nothing is clicked and no widget is written to. Fields are reached with Tab by the name that a screen reader says; actions by their
shortcut or by name in the palette (Ctrl+K).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QTextEdit,
    QWidget,
)

from appliance.gui.app import Console
from appliance.gui.garbage import GarbageSteps
from appliance.gui.main_window import MainWindow
from appliance.gui.signed_in import SignedIn
from appliance.gui.widgets.choice import Choice

PATIENCE = 40.0
MOST_TABS = 90
_MARKS = re.compile("[\u2066\u2069\u200e\u200f]")


class Attention(QObject):
    """What a desktop does and a bare X server does not: a window that is shown gets the keyboard, and gives it back when it goes."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.app = app
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide) and isinstance(watched, QWidget) and watched.isWindow():
            kind = watched.windowFlags() & Qt.WindowType.WindowType_Mask
            if kind in (Qt.WindowType.Window, Qt.WindowType.Dialog):
                self._turn(watched if event.type() == QEvent.Type.Show else watched.parentWidget())
        return False

    def _turn(self, to: QWidget | None) -> None:
        if to is not None:
            QTimer.singleShot(0, to, lambda: self._front(to))

    def _front(self, to: QWidget) -> None:
        (self.app.activeModalWidget() or to.window()).activateWindow()


class Person:
    """One person; `window` is the console they sit at."""

    def __init__(self, app: QApplication, pictures: Path) -> None:
        self.app = app
        self.pictures = pictures
        self._garbage = GarbageSteps(app)
        self._taken = 0

    # waiting -------------------------------------------------------------------------------------------------------
    def until(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """The first true value; a picture of the screen is kept where it does not come."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\nthe screen shows ({self.picture('missed')}):\n{self.everything()}")
            QTest.qWait(5)

    def sees(self, *texts: str, seconds: float = PATIENCE) -> None:
        """Waits until all these stand somewhere in the window that has the keyboard."""
        for text in texts:
            self.until(lambda text=text: text in self.shown(), f"{text!r} in {self.active().windowTitle()!r}", seconds)

    def picture(self, name: str) -> Path:
        """The whole screen as a file."""
        self._taken += 1
        file = self.pictures / f"{self._taken:02}-{name}.png"
        self.pictures.mkdir(parents=True, exist_ok=True)
        QGuiApplication.primaryScreen().grabWindow(0).save(str(file))
        return file

    # reading -------------------------------------------------------------------------------------------------------
    def active(self) -> QWidget:
        """The window that has the keyboard."""
        return self.app.activeModalWidget() or self.app.activeWindow() or QWidget()

    def shown(self, window: QWidget | None = None) -> str:
        """All words and figures that can be seen in a window, a part a line."""
        return "\n".join(text_of(window or self.active()))

    def everything(self) -> str:
        """The same of all windows, for a failure's message."""
        seen = [f"[{each.windowTitle()}]\n{self.shown(each)}" for each in self.app.topLevelWidgets() if each.isVisible()]
        return "\n".join([*seen, f"focus: {spoken(self.app.focusWidget())!r}"])

    def rows(self, window: QWidget | None = None) -> list[list[str]]:
        """The table that is seen, a list of cells a row."""
        table = table_of(window or self.active())
        return [] if table is None else cells_of(table)

    # the keyboard --------------------------------------------------------------------------------------------------
    def press(self, *keys: str) -> None:
        """Keys as they are written in menus: `Ctrl+N`, `Return`."""
        for each in keys:
            pressed = QKeySequence(each)[0]
            self.app.processEvents()  # a keyboard's keys come behind what the program has to do already
            window = self.until(self._listening, f"a window for {each}")
            self._click(window, pressed.key(), "", pressed.keyboardModifiers())

    def _listening(self) -> QWindow | None:
        """The window that the X server gives the keys to, once that is the one in front."""
        focused, active = QGuiApplication.focusWindow(), self.app.activeModalWidget() or self.app.activeWindow()
        if active is None or not active.isVisible() or focused is None:
            return None
        front = active.windowHandle()
        return front if focused is front or self.app.activePopupWidget() is not None else None

    def type(self, text: str) -> None:
        """Letter by letter."""
        for letter in text:
            window = self.until(self._listening, f"a window for {letter}")
            key = Qt.Key(ord(letter.upper())) if letter.isascii() and letter.isprintable() else Qt.Key.Key_unknown
            held = Qt.KeyboardModifier.ShiftModifier if letter.isupper() else Qt.KeyboardModifier.NoModifier
            self._click(window, key, letter, held)

    @staticmethod
    def _click(window: QWindow, key: Qt.Key, text: str, held: Qt.KeyboardModifier) -> None:
        QTest.sendKeyEvent(QTest.KeyAction.Press, window, key, text, held)
        if shiboken6.isValid(window):  # Return may have closed it
            QTest.sendKeyEvent(QTest.KeyAction.Release, window, key, text, held)

    def reach(self, name: str) -> QWidget:
        """Tab to the part that is called so."""
        for _step in range(MOST_TABS):
            if plain(spoken(self.app.focusWidget())) == name:
                return self.app.focusWidget()
            self.press("Tab")
        raise AssertionError(f"no way to {name!r} with Tab ({self.picture('reach')})\n{self.everything()}")

    def fill(self, **fields: str | bool) -> None:
        """Fields by name, blanks written as underscores."""
        for name, value in fields.items():
            self.put(name.replace("_", " "), value)

    def put(self, name: str, value: str | bool) -> None:
        """Reach a field and give it this value, by keys alone."""
        field = self.reach(name)
        if isinstance(field, QCheckBox):
            if field.isChecked() != value:
                self.press("Space")
            return
        assert isinstance(value, str)
        if isinstance(field, QComboBox):
            self._choose(field, value)
            return
        self.press("Ctrl+A")
        self.type(value)
        shown = self.shown_in(field)
        assert (isinstance(field, QLineEdit) and field.echoMode() != QLineEdit.EchoMode.Normal) or shown == value, f"{name}: {shown!r}"

    def _choose(self, field: QComboBox, value: str) -> None:
        """The line that holds `value`: of an editable box found by typing, of another one by the arrows."""
        if field.isEditable():
            self.press("Ctrl+A")
            self.type(value)
            self.until(lambda: self._found(field, value) or self._offered(value), f"{value} known or offered")
            if self.app.activePopupWidget() is not None:
                self.press(*(("Escape",) if self._found(field, value) else ("Down", "Return")))
                self.until(lambda: self.app.activePopupWidget() is None, "the offers gone")
        else:
            self.press("Home")
            for _step in range(field.count()):
                if value in field.currentText():
                    break
                self.press("Down")
        assert value in field.currentText(), f"{value}: {field.currentText()}"

    @staticmethod
    def _found(field: QComboBox, value: str) -> bool:
        """Whether what is typed is one of the things there are."""
        return field.currentText() == value and (field.value() is not None if isinstance(field, Choice) else field.findText(value) >= 0)

    def _offered(self, value: str) -> bool:
        popup = self.app.activePopupWidget()
        return popup is not None and value in "\n".join(text_of(popup))

    @staticmethod
    def shown_in(field: QWidget) -> str:
        """What stands in a field."""
        if isinstance(field, QLineEdit):
            return field.text()
        return field.toPlainText() if isinstance(field, QPlainTextEdit | QTextEdit) else ""

    def do(self, action: str, kind: str = "") -> None:
        """By name, in the palette."""
        self.press("Ctrl+K")
        self.until(lambda: self.active().objectName() == "palette", "the palette")
        self.type(f"{kind} {action}".strip())
        found: Any = self.active()
        self.until(lambda: found.list.currentItem() is not None and action in found.list.currentItem().text(), f"{action} in the palette")
        self.press("Return")
        self.until(lambda: not shiboken6.isValid(found) or not found.isVisible(), "the palette gone")

    def go(self, category: str) -> None:
        """To a category of the left bar."""
        self.do(category, "Go to")
        self.until(lambda: self.active().windowTitle().startswith(category), f"the screen {category}")

    def row(self, *words: str) -> list[str]:
        """Go down the table to the row that holds all these words; its cells."""
        table = self.until(lambda: table_of(self.active()), "a table")
        self.until(lambda: any(all(word in " ".join(cells) for word in words) for cells in cells_of(table)), f"a row with {words}")
        for _step in range(MOST_TABS):
            if self.app.focusWidget() is table:
                break
            self.press("Tab")
        self.press("Ctrl+Home")
        for _step in range(table.model().rowCount() + 2):
            cells = cells_of(table, table.currentIndex().row())
            if cells and all(word in " ".join(cells[0]) for word in words):
                return cells[0]
            self.press("Down")
        raise AssertionError(f"no row with {words}: {cells_of(table)}")

    def dialog(self, title: str) -> QDialog:
        """Waits for the dialog of that title to have the keyboard."""

        def there() -> QDialog | None:
            active = self.active()
            return active if isinstance(active, QDialog) and active.windowTitle() == title and active.isActiveWindow() else None

        return self.until(there, f"the dialog {title!r}")  # type: ignore[no-any-return]

    def dialog_gone(self, title: str, seconds: float = PATIENCE) -> None:
        """Waits until it has closed."""
        gone = lambda: not any(each.isVisible() and each.windowTitle() == title for each in self.app.topLevelWidgets())  # noqa: E731
        self.until(gone, f"the dialog {title!r} closed", seconds)
        self.until(lambda: self.app.activeWindow() is not None, "a window with the keyboard")

    def submit(self, title: str) -> None:
        """Return in a form: it closes when the server has done it."""
        self.press("Return")
        self.dialog_gone(title)


# what can be seen ----------------------------------------------------------------------------------------------------


def spoken(widget: QWidget | None) -> str:
    """What a screen reader calls the part that has the keyboard."""
    at = widget
    while at is not None:
        if at.accessibleName():
            return at.accessibleName()
        if isinstance(at, QAbstractButton) and at.text():
            return at.text().replace("&", "").strip()
        at = at.parentWidget()
    return ""


def plain(text: str) -> str:
    """Without mark-up, marks of direction and blanks that hold together."""
    return _MARKS.sub("", re.sub(r"<[^>]+>", "", text)).replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").replace("&", "")


def text_of(window: QWidget | None) -> list[str]:
    """Every text in a window that is not hidden."""
    if window is None:
        return []
    found = [plain(window.windowTitle())]
    for each in _visible(window):
        if isinstance(each, QLabel | QAbstractButton | QLineEdit):
            found.append(plain(each.text()))
        elif isinstance(each, QComboBox):
            found.append(plain(each.currentText()))
        elif isinstance(each, QPlainTextEdit):
            found.append(plain(each.toPlainText()))
        elif isinstance(each, QAbstractItemView) and not isinstance(each, QHeaderView):
            found += [" | ".join(cells) for cells in cells_of(each)]
    return [text for text in found if text.strip()]


def _visible(window: QWidget) -> Iterator[QWidget]:
    yield window
    for each in window.findChildren(QWidget):
        if each.isVisible() and each.window() is window:
            yield each


def table_of(window: QWidget) -> QTableView | None:
    """The largest table that is seen."""
    tables = [each for each in window.findChildren(QTableView) if each.isVisible()]
    return max(tables, key=lambda each: each.width() * each.height(), default=None)


def cells_of(view: QAbstractItemView, row: int | None = None) -> list[list[str]]:
    """The texts of all rows, or of one, columns that are hidden left out."""
    model = view.model()
    if model is None:
        return []
    rows = range(model.rowCount()) if row is None else range(max(0, row), min(row + 1, model.rowCount()))
    columns = [at for at in range(model.columnCount()) if not view.isColumnHidden(at)] if isinstance(view, QTableView) else [0]
    return [[plain(str(model.data(model.index(at, column)) or "")) for column in columns] for at in rows]


def window_of(console: Console) -> MainWindow | None:
    """The first window of a signed-in console."""
    return console.signed.windows[0] if isinstance(console.signed, SignedIn) and console.signed.windows else None
