"""A question before what cannot be undone; it says the effect, and its buttons are verbs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.words import _


def tell(parent: QWidget, title: str, text: str) -> QDialog:
    """Say what was done, where there is nothing to decide: one button, which Return and Escape press too."""
    return ask(parent, title, text, _("Close"), lambda: None, dangerous=False, cancel=False)


def ask(parent: QWidget, title: str, text: str, verb: str, run: Callable[[], None], *, dangerous: bool = True, cancel: bool = True) -> QDialog:
    """Ask and, on the verb, run. Escape and Cancel do nothing."""
    dialog = QDialog(parent)
    dialog.setObjectName("confirm")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setWindowTitle(title)
    said = label(text, wrap=True)
    said.setMinimumWidth(360)
    no = button(_("Cancel"), dialog.reject)
    if not cancel:
        no.hide()
    do = button(verb, dialog.accept, "danger" if dangerous else "primary")
    do.setObjectName("do")
    dialog.setLayout(column(label(title, "heading", wrap=True), said, row(None, no, do), gap="large", margin="wide"))
    dialog.accepted.connect(run)
    for each in (no, do):
        each.setAutoDefault(True)  # Return does what the focus shows
    (no if dangerous else do).setFocus()
    dialog.open()
    return dialog
