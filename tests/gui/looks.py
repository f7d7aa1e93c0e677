"""The same screen light, dark and mirrored, for tests that a picture is taken of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.theme import DARK

LOOKS = ("", "-dark", "-arabic")


def dress(desk: Desk, look: str) -> None:
    """One of LOOKS; every test begins light and in English."""
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
