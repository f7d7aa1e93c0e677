"""A dialog around something larger than a form: its title, the thing itself, and one verb beside Close."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from appliance.gui.widgets.mnemonics import settle
from appliance.gui.widgets.plain import button, column, label, line, row, scrolling, within_screen
from appliance.gui.words import _

AROUND = 190
"""Pixels of a panel that are not the thing itself: its title, the line, the buttons and what lies between."""


class PanelDialog(QDialog):
    """`run()` says whether the dialog may close; Enter does it, Escape closes. `more` are buttons at the leading side."""

    def __init__(
        self,
        owner: QWidget,
        title: str,
        inner: QWidget,
        *,
        verb: str = "",
        run: Callable[[], bool] | None = None,
        dangerous: bool = False,
        close: str = "",
        more: Sequence[QWidget] = (),
        size: tuple[int, int] = (560, 0),
    ) -> None:
        super().__init__(owner)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.inner = inner
        self._run = run
        self.primary = button(verb, self.submit, "danger" if dangerous else "primary")
        self.primary.setDefault(bool(verb))
        if not verb:
            self.primary.hide()
        self.closing = button(close or (_("Cancel") if verb else _("Close")), self.reject)
        foot = row(*more, None, self.closing, self.primary)
        for each in inner.findChildren(QWidget):
            each.ensurePolished()  # before that the style sheet's heights are not known
        tall = inner.minimumSizeHint().height() + AROUND
        body = inner if within_screen(0, tall).height() == tall else scrolling(inner)
        whole = column(label(title, "title", wrap=True), body, line(), foot, gap="large", margin="wide")
        whole.setStretch(1, 1)
        self.setLayout(whole)
        wanted = self.sizeHint().height() if body is inner else tall
        self.resize(within_screen(size[0], max(size[1], wanted)))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        settle(self)

    def submit(self) -> None:
        """The verb."""
        if self.primary.isEnabled() and self._run is not None and self._run():
            self.accept()
