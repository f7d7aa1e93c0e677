"""A tick box whose text goes on in the next line where its place is narrow: languages of long words are not cut."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPalette
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

LINE = 24
NARROWEST = 160
_WRAPPED = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextShowMnemonic


class Tick(QCheckBox):
    """As a QCheckBox; the box stands beside the first line."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(min(NARROWEST, super().minimumSizeHint().width()), LINE)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        if width >= super().sizeHint().width():
            return max(LINE, super().sizeHint().height())
        room = QRect(0, 0, width - self._words(width).left() - 2, 10_000)
        above = (LINE - self.fontMetrics().height()) // 2
        return self.fontMetrics().boundingRect(room, _WRAPPED, self.text()).height() + 2 * above

    def hitButton(self, place: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(place)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self.width() >= super().sizeHint().width():
            super().paintEvent(event)
            return
        painter = QStylePainter(self)
        option = self._option(self.width())
        text, option.text = option.text, ""
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        above = (LINE - self.fontMetrics().height()) // 2
        words = self._words(self.width())
        where = QRect(words.left(), above, words.width() - 2, self.height())
        where = QStyle.visualRect(self.layoutDirection(), self.rect(), where)
        flags = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        wrapped = int(flags.value) | Qt.TextFlag.TextWordWrap.value | Qt.TextFlag.TextShowMnemonic.value
        painter.drawItemText(where, wrapped, self.palette(), self.isEnabled(), text, QPalette.ColorRole.WindowText)

    def _option(self, width: int) -> QStyleOptionButton:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.rect = QRect(0, 0, width, LINE)
        return option

    def _words(self, width: int) -> QRect:
        """Where the words begin, as if read from the left."""
        option = self._option(width)
        option.direction = Qt.LayoutDirection.LeftToRight
        return self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
