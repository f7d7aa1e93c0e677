"""What went wrong, above a form or a page: the sentence, and the details folded away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLabel

from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.words import _
from appliance.wire.problem import Problem


def said(problem: Problem, known_fields: bool = True) -> str:
    """The sentence of a problem; the field is named where nothing on the screen stands for it."""
    if problem.field and not known_fields:
        return f"{problem.field}: {problem.detail}"
    return problem.detail


class ProblemView(QFrame):
    """Hidden until something went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fault")
        self._sentence: QLabel = label("", wrap=True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = ""
        copy = button(_("Copy details"), self._copy, "link")
        self.setLayout(column(self._sentence, row(copy, None), gap="hair", margin="medium"))
        self.hide()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._sentence.text()

    def show_problem(self, problem: Problem) -> None:
        """Show it."""
        self._sentence.setText(said(problem, known_fields=False))
        self._details = "\n".join([f"{problem.status} {problem.code}", problem.detail, *(f"{k}: {v}" for k, v in problem.parameters.items())])
        self.setAccessibleName(self._sentence.text())
        self.show()

    def forget(self) -> None:
        """Nothing is wrong any more."""
        self._sentence.setText("")
        self.hide()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
