"""The sections of a screen at its left: as wide as the longest title wants, within reason; what is cut stands in the tool tip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from appliance.gui.theme import space

NARROWEST, WIDEST = 200, 264
LINE = 34
SCROLL_BAR = 12


class Sections(QListWidget):
    """`add` puts a section at the end; the row that is current is the one that is seen."""

    def __init__(self, name: str) -> None:
        """`name` is what a screen reader says."""
        super().__init__()
        self.setObjectName("sections")
        self.setAccessibleName(name)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(NARROWEST)

    def add(self, title: str, data: object = None) -> None:
        """One more, with what its screen knows it by."""
        line = QListWidgetItem(title)
        line.setToolTip(title)
        line.setSizeHint(QSize(NARROWEST - 2 * space("medium"), LINE))
        line.setData(Qt.ItemDataRole.UserRole, data)
        self.addItem(line)
        self.ensurePolished()
        wanted = self.fontMetrics().horizontalAdvance(title) + 4 * space("medium") + SCROLL_BAR
        self.setFixedWidth(max(self.minimumWidth(), min(WIDEST, wanted)))
