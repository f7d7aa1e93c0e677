"""A line of the right bar: icon, verb, and its keys at the far side as long as there is room for them."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter

from appliance.gui.icons import ICON, MIRRORED, icon
from appliance.gui.screen import Action
from appliance.gui.theme import Theme, size, space

GAP = 8


def shown_keys(shortcut: str) -> str:
    """The keys as this system writes them."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


class VerbButton(QPushButton):
    """Shows an Action."""

    def __init__(self, theme: Theme, action: Action) -> None:
        super().__init__(action.text.replace("&", ""))  # the letter is that of the button in the screen itself
        self._theme = theme
        self._verb = action.text.replace("&", "")
        self._keys = shown_keys(action.shortcut) if action.shortcut else ""
        self._icon_name = action.icon or "more"
        self._role = "primary" if action.primary else "dangerous" if action.dangerous else ""
        if self._role:
            self.setProperty("role", self._role)
        self.setAutoDefault(False)
        self.setAccessibleName(self._verb)
        self.setToolTip(f"{self._verb} ({self._keys})" if self._keys else self._verb)
        if action.shortcut:
            # a button's own shortcut clicks a tenth of a second later, and not at all when the next key moves on meanwhile
            QShortcut(QKeySequence(action.shortcut), self, self.click)
            self.setAccessibleDescription(self._keys)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, 32)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        ink, faint = self._inks()
        inside = self.rect().adjusted(space("small"), 0, -space("small"), 0)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        name = MIRRORED.get(self._icon_name, self._icon_name) if mirrored else self._icon_name
        picture = QRect(inside.left(), inside.center().y() - ICON.height() // 2 + 1, ICON.width(), ICON.height())
        painter.drawPixmap(self._placed(picture), icon(name, ink if self._role else faint).pixmap(ICON))
        self._write(painter, inside.adjusted(ICON.width() + GAP, 0, 0, 0), ink, faint)

    def _write(self, painter: QPainter, where: QRect, ink: QColor, faint: QColor) -> None:
        small = QFont(self.font())
        small.setPixelSize(size("small"))
        painter.setFont(small)
        keys = painter.fontMetrics().horizontalAdvance(self._keys)
        said = QFont(self.font())
        said.setUnderline(self.hasFocus() and self._role == "primary")  # a ring alone is hard to see on a filled button
        painter.setFont(said)
        room = where.width() - keys - GAP
        fits = painter.fontMetrics().horizontalAdvance(self._verb) <= room
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        lead, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if mirrored:
            lead, far = far, lead
        painter.setPen(ink)
        text = painter.fontMetrics().elidedText(self._verb, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(self._placed(where), side | lead, text)
        if fits and self._keys:
            painter.setFont(small)
            painter.setPen(faint)
            painter.drawText(self._placed(where), side | far, self._keys)

    def _placed(self, where: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), where)

    def _inks(self) -> tuple[QColor, QColor]:
        muted = self._theme.color("muted")
        if not self.isEnabled():
            return muted, muted
        if self._role == "primary":
            return self._theme.color("accent_text"), self._theme.color("accent_text")
        return self._theme.color("danger" if self._role else "text"), muted
