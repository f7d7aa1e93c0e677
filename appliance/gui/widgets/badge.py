"""A state as shape and word in a tinted pill: never colour alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from appliance.gui.column import State
from appliance.gui.theme import Theme

DOT = 8
HEIGHT = 20


def paint_badge(painter: QPainter, where: QRectF, state: State, theme: Theme, *, mirrored: bool = False) -> None:
    """Shape and word in `where`, at its leading side, cut with an ellipsis where it is too long."""
    tone = state.tone if state.tone in {"good", "warning", "danger", "accent"} else "muted"
    tint = theme.color(f"{tone}_tint") if tone != "muted" else theme.color("hover")
    ink = theme.color(tone)
    metrics = QFontMetrics(painter.font())
    width = min(where.width(), metrics.horizontalAdvance(state.text) + DOT + 22)
    left = where.right() - width if mirrored else where.left()
    pill = QRectF(left, where.center().y() - HEIGHT / 2, width, HEIGHT)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(pill, HEIGHT / 2, HEIGHT / 2)
    middle = pill.right() - 8 - DOT / 2 if mirrored else pill.left() + 8 + DOT / 2
    _shape(painter, QPointF(middle, pill.center().y()), tone, ink)
    text = pill.adjusted(8, 0, -14 - DOT, 0) if mirrored else pill.adjusted(14 + DOT, 0, -8, 0)
    painter.setPen(ink)
    said = metrics.elidedText(state.text, Qt.TextElideMode.ElideRight, int(text.width()) + 1)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, said)
    painter.restore()


def _shape(painter: QPainter, at: QPointF, tone: str, ink: QColor) -> None:
    """Good a disc, warning a triangle, danger a square, accent a ring, muted a dash."""
    half = DOT / 2
    painter.setBrush(ink)
    if tone == "warning":
        painter.drawPolygon(QPolygonF([at + QPointF(0, -half), at + QPointF(half, half), at + QPointF(-half, half)]))
    elif tone == "danger":
        painter.drawRect(QRectF(at.x() - half, at.y() - half, DOT, DOT))
    elif tone == "muted":
        painter.drawRoundedRect(QRectF(at.x() - half, at.y() - 1, DOT, 2), 1, 1)
    else:
        painter.drawEllipse(at, half, half)


class Badge(QWidget):
    """The pill as a widget."""

    def __init__(self, theme: Theme, state: State | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._state = state or State("")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(self._state)

    def show_state(self, state: State) -> None:
        """Another state; an empty text hides it."""
        self._state = state
        self.setAccessibleName(state.text)
        self._appear()
        self.updateGeometry()
        self.update()

    def _appear(self) -> None:
        """Shown while it is in nothing yet, it would be a window of its own for a moment and take the keyboard away; so it is only told whether it
        comes with its parent."""
        if self.parentWidget() is not None:
            self.setVisible(bool(self._state.text))
            return
        self.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, not self._state.text)
        self.setAttribute(Qt.WidgetAttribute.WA_WState_Hidden, True)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self.fontMetrics().horizontalAdvance(self._state.text) + DOT + 24, HEIGHT + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        paint_badge(painter, QRectF(self.rect()), self._state, self._theme, mirrored=mirrored)
