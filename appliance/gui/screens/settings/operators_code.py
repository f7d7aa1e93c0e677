"""A one-time code or a token, shown this once: large, to be copied or written down."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _, isolate

SHORT = 24


class SecretDialog(QDialog):
    """It closes by its button alone, so that nobody loses the secret by a stray click. `print_it` shows it on paper."""

    def __init__(self, parent: QWidget, title: str, text: str, secret: str, print_it: Callable[[], None] | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.secret = secret
        shown = label(isolate(secret), "figure", wrap=True, copyable=True)
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shown.setMinimumHeight(48)
        told = label(text, wrap=True)
        told.setMinimumWidth(420 if len(secret) <= SHORT else 540)
        self.copy_button = button(_("Copy"), self.copy)
        close = button(_("I have noted it"), self.accept, "primary")
        only = label(_("It is shown only this once."), "muted")
        self.print_button = button(_("On &paper…"), print_it)
        if print_it is None:
            self.print_button.hide()
        verbs = row(only, None, self.print_button, self.copy_button, close)
        parts = (label(title, "heading", wrap=True), told, card(column(shown, margin="large")), verbs)
        self.setLayout(column(*parts, gap="large", margin="wide"))
        self.copy_button.setFocus()

    def copy(self) -> None:
        """To the clipboard."""
        QGuiApplication.clipboard().setText(self.secret)
        self.copy_button.setText(_("Copied"))
