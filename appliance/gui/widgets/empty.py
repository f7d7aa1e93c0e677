"""What stands where a list has nothing: one sentence why, one button what to do; or what failed, and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, clear, column, label, row
from appliance.gui.words import _
from appliance.wire.problem import Problem

LEAST, NARROWEST, WIDEST = 200, 320, 480


class Empty(NamedTuple):
    """The sentence, the button's verb ("" without one), what it does, and the operation that it asks in the end."""

    sentence: str
    verb: str = ""
    run: Callable[[], None] | None = None
    operation: str = ""


class EmptyView(QWidget):
    """Shows an Empty or a Problem in the middle of its place."""

    def __init__(self) -> None:
        super().__init__()
        self._box = column(gap="medium", margin="wide")
        self.setLayout(self._box)
        self.sentence: QLabel | None = None
        self._wanted = 0

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As narrow as its place; the sentence follows."""
        return QSize(LEAST, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802
        return super().sizeHint().expandedTo(QSize(self._wanted + 2 * space("wide"), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.sentence is not None:
            self.sentence.setFixedWidth(max(LEAST, min(self._wanted, self.width() - 2 * space("wide"))))

    def show_empty(self, empty: Empty) -> None:
        """Nothing is here, and why."""
        verb = button(empty.verb, empty.run, "primary") if empty.verb else None
        self._lay(empty.sentence, "muted", verb)

    def show_problem(self, problem: Problem, again: Callable[[], None]) -> None:
        """It could not be had."""
        details = " ".join([problem.code, *(f"{key}={value}" for key, value in problem.parameters.items())])
        copy = button(_("Copy details"), lambda: QGuiApplication.clipboard().setText(details), "link")
        self._lay(problem.detail, "fault", button(_("Try again"), again), copy)

    def _lay(self, sentence: str, role: str, *verbs: QWidget | None) -> None:
        clear(self._box)
        said = label(sentence, role, wrap=True)
        said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        said.ensurePolished()
        self._wanted = min(WIDEST, max(NARROWEST, said.fontMetrics().horizontalAdvance(sentence) + space("small")))
        self.sentence = said
        self._fit()
        self._box.addStretch(2)
        self._box.addLayout(row(None, said, None))
        self._box.addLayout(row(None, *[verb for verb in verbs if verb is not None], None))
        self._box.addStretch(3)
