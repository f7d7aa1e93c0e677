"""How the cells of a table are painted: tabular numbers, red negatives, badges, grey bars while the rows are on their way."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from appliance.gui.table_model import FAINT_ROLE, NEGATIVE_ROLE, SKELETON_ROLE, STATE_ROLE, State
from appliance.gui.theme import Theme, space
from appliance.gui.widgets.badge import paint_badge

Index = QModelIndex | QPersistentModelIndex
_Flag = QStyle.StateFlag


def tabular(font: QFont) -> QFont:
    """The font with digits of one width."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


class Cells(QStyledItemDelegate):
    """Paints every column of a PageModel; a row under the mouse and a chosen row have their tints whole."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._font = tabular(parent.font())
        self.hovered = -1

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        self._ground(painter, option, index)
        where = self._inside(option, index)
        painter.setFont(self._font)
        state = index.data(STATE_ROLE)
        if index.data(SKELETON_ROLE):
            self._skeleton(painter, where, index)
        elif isinstance(state, State):
            if state.text:
                paint_badge(painter, where, state, self._theme, mirrored=option.direction == Qt.LayoutDirection.RightToLeft)
        else:
            self._text(painter, where, option, index)
        painter.restore()

    @staticmethod
    def _inside(option: QStyleOptionViewItem, index: Index) -> QRectF:
        """The cell without its padding; the first column begins where titles do."""
        lead = space("small")
        if isinstance(option.widget, QTableView) and option.widget.horizontalHeader().visualIndex(index.column()) == 0:
            lead = space("large")
        if option.direction == Qt.LayoutDirection.RightToLeft:
            return QRectF(option.rect).adjusted(space("small"), 0, -lead, -1)
        return QRectF(option.rect).adjusted(lead, 0, -space("small"), -1)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if option.state & _Flag.State_Selected:
            painter.fillRect(option.rect, self._theme.color("accent_tint"))
        elif index.row() == self.hovered:
            painter.fillRect(option.rect, self._theme.color("hover"))
        painter.setPen(self._theme.color("hover"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if option.state & _Flag.State_HasFocus and option.state & _Flag.State_Selected:
            painter.fillRect(option.rect.left(), option.rect.top(), 2, option.rect.height(), self._theme.color("accent"))

    def _text(self, painter: QPainter, where: QRectF, option: QStyleOptionViewItem, index: Index) -> None:
        text = str(index.data() or "")
        if not text:
            return
        role = "danger" if index.data(NEGATIVE_ROLE) else "muted" if index.data(FAINT_ROLE) else "text"
        painter.setPen(self._theme.color(role))
        alignment = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(where.width()) + 1)
        painter.setLayoutDirection(option.direction)
        painter.drawText(where, QStyle.visualAlignment(option.direction, alignment) | Qt.AlignmentFlag.AlignAbsolute, shown)

    def _skeleton(self, painter: QPainter, where: QRectF, index: Index) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("skeleton"))
        share = (50, 70, 60, 80, 40)[(index.row() * 3 + index.column()) % 5] / 100
        painter.drawRoundedRect(QRectF(where.left(), where.center().y() - 5, where.width() * share, 10), 3, 3)
