"""Columns by day, drawn; the same figures as a table for whoever cannot see them or wants to copy them.

Colour is never all: each column says its day and figure under the pointer, under the arrow keys, and to a screen reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from appliance.gui.theme import Theme

HEIGHT = 150
FOOT = 20
SHARE = 0.68
"""Of a day's width that its column takes."""


class Day(NamedTuple):
    """One column: `value` and the part of it drawn inside (`inner`, what is left of sales), a short name, and the whole said in words."""

    name: str
    value: float
    inner: float | None
    said: str


class DayChart(QWidget):
    """`show_days` fills it; `pointed` tells which day is looked at."""

    pointed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.days: list[Day] = []
        self.at = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(480, HEIGHT)

    def show_days(self, days: Sequence[Day], title: str) -> None:
        """These columns, in their order; `title` says what they are."""
        self.days = list(days)
        self.at = min(self.at, len(self.days) - 1)
        self.setAccessibleName(title)
        self._say()
        self.update()

    def point(self, at: int) -> None:
        """Look at one day."""
        if self.days:
            self.at = max(0, min(at, len(self.days) - 1))
            self._say()
            self.update()
            self.pointed.emit(self.at)

    # drawing -------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        top, bottom = self._bounds()
        room = QRectF(0, 4, self.width(), self.height() - FOOT - 4)
        zero = room.top() + room.height() * top / (top - bottom)
        for at, day in enumerate(self.days):
            self._column(painter, at, day, room, zero, top - bottom)
        painter.setPen(self._theme.color("border"))
        painter.drawLine(QPointF(0, zero), QPointF(self.width(), zero))
        painter.setPen(self._theme.color("muted"))
        every = max(1, round(len(self.days) * 34 / max(1, self.width())))
        for at, day in enumerate(self.days):
            if at % every == 0:
                painter.drawText(self._place(at).adjusted(-20, 0, 20, 0), Qt.AlignmentFlag.AlignCenter, day.name)
        painter.end()

    def _column(self, painter: QPainter, at: int, day: Day, room: QRectF, zero: float, span: float) -> None:
        place = self._place(at)
        if at == self.at:
            painter.fillRect(QRectF(place.left(), room.top(), place.width(), room.height()), self._theme.color("hover"))
        wide = place.width() * SHARE
        left = place.left() + (place.width() - wide) / 2
        shade = self._theme.color("accent") if day.inner is None else self._theme.color("accent_tint").darker(118)
        self._bar(painter, QRectF(left, 0, wide, 0), day.value, room, zero, span, shade)
        if day.inner is not None:
            tone = self._theme.color("accent" if day.inner >= 0 else "danger")
            self._bar(painter, QRectF(left, 0, wide, 0), day.inner, room, zero, span, tone)

    @staticmethod
    def _bar(painter: QPainter, at: QRectF, value: float, room: QRectF, zero: float, span: float, color: QColor) -> None:
        high = room.height() * abs(value) / span
        if high > 0:
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(at.left(), zero - high if value > 0 else zero, at.width(), max(high, 1.0)), 2, 2)

    def _bounds(self) -> tuple[float, float]:
        values = [each for day in self.days for each in (day.value, day.inner or 0.0)]
        top, bottom = max([0.0, *values]), min([0.0, *values])
        return (top, bottom) if top > bottom else (1.0, 0.0)

    def _place(self, at: int) -> QRectF:
        wide = self.width() / max(1, len(self.days))
        column = len(self.days) - 1 - at if self.isRightToLeft() else at
        return QRectF(column * wide, self.height() - FOOT, wide, FOOT)

    # looking -------------------------------------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if not self.days:
            return
        at = int(event.position().x() * len(self.days) / max(1, self.width()))
        at = len(self.days) - 1 - at if self.isRightToLeft() else at
        if at != self.at:
            self.point(at)
        if 0 <= self.at < len(self.days):
            QToolTip.showText(event.globalPosition().toPoint(), self.days[self.at].said, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        forward, back = Qt.Key.Key_Right, Qt.Key.Key_Left
        if self.isRightToLeft():
            forward, back = back, forward
        places = {forward: self.at + 1, back: self.at - 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self.days) - 1}
        wanted = places.get(Qt.Key(event.key()))
        if wanted is None:
            super().keyPressEvent(event)
        else:
            self.point(wanted)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if self.at < 0:
            self.point(len(self.days) - 1)

    def _say(self) -> None:
        self.setAccessibleDescription(self.days[self.at].said if 0 <= self.at < len(self.days) else "")
