"""Where the wording of an e-mail is written: subject, text, page, and the fields that may stand in them.

`edited` comes when the typing rests, so that a preview is asked for once and not with each letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, label, redress, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _
from appliance.wire.problem import Problem

RESTS_MS = 400


class WordingEdit(QWidget):
    """`with_page` shows the part in HTML too. `fill` says nothing; what a person types does."""

    typed = Signal()
    """At each letter."""
    edited = Signal()

    def __init__(self, *, with_page: bool = True) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.problem = ProblemView()
        self.subject, self.text, self.page = QLineEdit(), QPlainTextEdit(), QPlainTextEdit()
        self.subject.setMaxLength(200)
        self.subject.setAccessibleName(_("Subject"))
        self.text.setAccessibleName(_("Text"))
        self.page.setAccessibleName(_("Page in HTML"))
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.addTab(_("Text"))
        if with_page:
            self.bar.addTab(_("Page in HTML"))
        self._stack = QStackedWidget()
        self._into: QWidget = self.text
        for heard in (self.subject, self.text, self.page):
            heard.installEventFilter(self)
        for each in (self.text, self.page):
            each.setTabChangesFocus(True)
            each.textChanged.connect(self._changed)
            self._stack.addWidget(each)
        self.subject.textChanged.connect(self._changed)
        self.bar.currentChanged.connect(self._stack.setCurrentIndex)
        self.insert: QPushButton = button(_("&Insert field"))
        self._menu = QMenu(self)
        self.insert.setMenu(self._menu)
        named = label(_("S&ubject"))
        named.setBuddy(self.subject)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space("small"))
        box.addWidget(self.problem)
        box.addLayout(row(named, None, self.insert))
        box.addWidget(self.subject)
        box.addWidget(self.bar)
        box.addWidget(self._stack, 1)
        self._filling = False
        self._rest = QTimer(self, singleShot=True, interval=RESTS_MS)
        self._rest.timeout.connect(self.edited)

    # use -----------------------------------------------------------------------------------------------------------
    def fill(self, subject: str, text: str, page: str = "") -> None:
        """This wording now."""
        self._filling = True
        self.subject.setText(subject)
        self.subject.setCursorPosition(0)
        self.text.setPlainText(text)
        self.page.setPlainText(page)
        self._filling = False
        self._rest.stop()
        self.forget_problem()

    def wording(self) -> tuple[str, str, str]:
        """Subject, text, page as they stand."""
        return self.subject.text().strip(), self.text.toPlainText().strip(), self.page.toPlainText().strip()

    def offer(self, fields: Sequence[str], words: dict[str, str]) -> None:
        """These fields may stand in it; `words` says what each is."""
        self._menu.clear()
        for each in fields:
            self._menu.addAction(words.get(each, each)).triggered.connect(partial(self.put, each))
        self.insert.setEnabled(bool(fields))

    def put(self, field: str, checked: bool = False) -> None:
        """The field where the cursor last was, in the subject or in the part that is seen."""
        if self._into is self.subject:
            self.subject.insert(f"{{{field}}}")
        else:
            shown = self.page if self._stack.currentWidget() is self.page else self.text
            shown.insertPlainText(f"{{{field}}}")
        self._into.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The menu takes the focus: where the cursor was is remembered."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._into = watched
        return super().eventFilter(watched, event)

    def show_problem(self, problem: Problem) -> None:
        """At the part it is about, or above all."""
        parts: dict[str, QWidget] = {"subject": self.subject, "text": self.text, "html": self.page}
        at = (problem.field or "").rpartition(".")[2]
        self.forget_problem()
        if at in parts:
            parts[at].setProperty("fault", "true")
            redress(parts[at])
            if at != "subject":
                self.bar.setCurrentIndex(1 if at == "html" and self.bar.count() > 1 else 0)
        self.problem.show_problem(msgspec.structs.replace(problem, field=None) if at in parts else problem)

    def forget_problem(self) -> None:
        """Nothing is wrong any more."""
        self.problem.forget()
        for each in (self.subject, self.text, self.page):
            if each.property("fault"):
                each.setProperty("fault", None)
                redress(each)

    def _changed(self) -> None:
        if not self._filling:
            self._rest.start()
            self.typed.emit()
