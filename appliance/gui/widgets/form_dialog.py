"""A form in a dialog that asks one operation: Enter does it, Escape leaves, what is wrong is said where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.client import Client
from appliance.gui.theme import space
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, holding, label, line, redress, row, scrolling, within_screen
from appliance.gui.words import _
from appliance.wire.problem import Problem


class FormDialog(QDialog):
    """`request` makes the operation's request of the form's values; None of it means there is nothing to ask and closes.

    `changed_only`: the values are only those that differ from what the form was filled with. The dialog goes when it is done.
    """

    def __init__(
        self,
        client: Client,
        parent: QWidget | None,
        *,
        title: str,
        form: Form,
        verb: str,
        operation: str,
        request: Callable[[dict[str, Any]], Any],
        on_done: Callable[[Any], None] | None = None,
        changed_only: bool = False,
        dangerous: bool = False,
        width: int = 440,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.form = form
        self._client, self._operation, self._request = client, operation, request
        self._on_done, self._changed_only = on_done, changed_only
        self._width = width
        self.primary = button(verb, self.submit, "danger" if dangerous else "primary")
        self.primary.setDefault(True)
        self.cancel = button(_("Cancel"), self.reject)
        inner = holding(self._inner(title))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(scrolling(inner), 1)
        box.addWidget(line())
        foot = row(None, self.cancel, self.primary)
        foot.setContentsMargins(space("wide"), space("medium"), space("wide"), space("medium"))
        box.addLayout(foot)
        self._inside = inner
        self._fit()
        inner.installEventFilter(self)

    def _inner(self, title: str) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setContentsMargins(space("wide"), space("wide"), space("wide"), space("wide"))
        box.setSpacing(space("large"))
        box.addWidget(label(title, "title", wrap=True))
        box.addWidget(self.form)
        box.addStretch(1)
        return box

    def _fit(self) -> None:
        """As high as the form, within the screen."""
        for each in self.findChildren(QWidget):
            each.ensurePolished()  # before that the style sheet's heights and margins are not known
        self.resize(self._width, self._wanted())

    def _wanted(self) -> int:
        wanted = self._inside.sizeHint().height()
        if self._inside.hasHeightForWidth():
            wanted = max(self._inside.heightForWidth(self._width), self._inside.minimumSizeHint().height())
        return within_screen(self._width, wanted + 62).height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """What the server says of a form comes later than the form, and may need more lines: the dialog grows, and never shrinks under a hand."""
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            QTimer.singleShot(0, self, self._grow)
        return super().eventFilter(watched, event)

    def _grow(self) -> None:
        if (wanted := self._wanted()) > self.height():
            self.resize(self.width(), wanted)

    def submit(self) -> None:
        """Ask, if the form can be read."""
        if not self.primary.isEnabled():
            return
        values = self.form.changed() if self._changed_only else self.form.values()
        if values is None:
            return
        request = self._request(values)
        if request is None:
            self.accept()
            return
        operation.run(self, self._client, self._operation, request, on_done=self._done, on_problem=self.tell_problem, busy=self.primary)

    def tell_problem(self, problem: Problem) -> None:
        """Say it at the field or above the form."""
        self.form.show_problem(problem)
        redress(self.primary)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not isinstance(self.focusWidget(), QPlainTextEdit):
            self.submit()
            return
        super().keyPressEvent(event)

    def _done(self, view: Any) -> None:
        self.accept()
        if self._on_done is not None:
            self._on_done(view)
