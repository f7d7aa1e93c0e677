"""A list to pick from: what its place is too narrow for ends in an ellipsis and stands whole in the tool tip and in the list."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from appliance.gui.theme import space

INSIDE = 2
"""Pixels that the style leaves free around the text of the field."""


class PickBox(QComboBox):
    """One whose items are given; an editable one shows its text from the beginning."""

    def showPopup(self) -> None:  # noqa: N802
        self.view().setMinimumWidth(max(self.width(), self.view().sizeHintForColumn(0) + 2 * space("medium")))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self).width()
        text, letters = self.currentText(), self.fontMetrics()
        fits = letters.horizontalAdvance(text) <= room + INSIDE  # what its own size hint leaves is enough
        shown = text if fits else letters.elidedText(text, Qt.TextElideMode.ElideRight, room - INSIDE)
        self.setToolTip("" if fits else text)
        if self.isEditable() or self.currentIndex() < 0:
            super().paintEvent(event)
            return
        option.currentText = shown
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
