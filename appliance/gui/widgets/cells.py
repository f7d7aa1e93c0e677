"""How the cells of a table are painted: tabular numbers, red negatives, badges, grey bars while the rows are on their way.

Law: what a cell shows is asked of the model once and kept, shaped and cut to its width, until the model says that it changed. A scrolling list
paints hundreds of cells in a frame.
"""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPixmap, QStaticText, QTextOption, QTransform
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from appliance.gui.column import State
from appliance.gui.flags import ROOM, flag
from appliance.gui.table_model import FAINT_ROLE, FLAG_ROLE, NEGATIVE_ROLE, SKELETON_ROLE, STATE_ROLE
from appliance.gui.theme import Theme, space
from appliance.gui.widgets.badge import paint_badge

Index = QModelIndex | QPersistentModelIndex
MOST_KEPT = 6_000
MOST_PILLS = 400
_SELECTED = QStyle.StateFlag.State_Selected.value
_FOCUSED = QStyle.StateFlag.State_HasFocus.value


def tabular(font: QFont) -> QFont:
    """The font with digits of one width."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


class _Cell:
    """What one cell shows. `shaped` is the text as it was cut for `width`."""

    __slots__ = ("flag", "height", "role", "shaped", "side", "state", "text", "width")

    def __init__(self, text: str, role: str, side: Qt.AlignmentFlag, state: State | None) -> None:
        self.text, self.role, self.side, self.state = text, role, side, state
        self.flag: QPixmap | None = None
        self.width = -1
        self.height = 0.0
        self.shaped = QStaticText()


class Cells(QStyledItemDelegate):
    """Paints every column of a PageModel; a row under the mouse and a chosen row have their tints whole."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self._font = tabular(parent.font())
        self._metrics = QFontMetrics(self._font)
        self._small, self._large = space("small"), space("large")
        self.hovered = -1
        self._kept: OrderedDict[tuple[int, int], _Cell] = OrderedDict()
        self._pills: dict[tuple[State, int, bool], QPixmap] = {}
        model = parent.model()
        model.dataChanged.connect(self._changed)
        for signal in (model.modelReset, model.rowsRemoved, model.rowsMoved, model.layoutChanged):
            signal.connect(lambda *_what: self._kept.clear())
        theme.changed.connect(self._pills.clear)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, flags, row, column = option.rect, option.state.value, index.row(), index.column()
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        self._ground(painter, rect, flags, row)
        lead = self._large if self._view.horizontalHeader().logicalIndex(0) == column else self._small
        left = rect.left() + (self._small if mirrored else lead)
        where = QRectF(left, rect.top(), rect.width() - lead - self._small, rect.height() - 1)
        cell = self._kept.get((row, column))
        if cell is None:
            if index.data(SKELETON_ROLE):
                self._skeleton(painter, where, index)
                return
            cell = self._make(index, row, column)
        if cell.state is not None:
            self._pill(painter, where, cell.state, mirrored)
        elif cell.text:
            self._text(painter, where, cell, option.direction)

    # parts ---------------------------------------------------------------------------------------------------------
    def _make(self, index: Index, row: int, column: int) -> _Cell:
        model = index.model()
        state = model.data(index, STATE_ROLE)
        role = "danger" if model.data(index, NEGATIVE_ROLE) else "muted" if model.data(index, FAINT_ROLE) else "text"
        side = Qt.AlignmentFlag(model.data(index, Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft)
        text = "" if isinstance(state, State) else str(model.data(index, Qt.ItemDataRole.DisplayRole) or "")
        made = _Cell(text, role, side, state if isinstance(state, State) else None)
        country = model.data(index, FLAG_ROLE)
        if country:
            made.flag = flag(country, self._view.devicePixelRatioF())
        if len(self._kept) >= MOST_KEPT:
            self._kept.popitem(last=False)  # one for one: to free them all together is a stall that is felt while scrolling
        self._kept[row, column] = made
        return made

    def _changed(self, first: QModelIndex, last: QModelIndex) -> None:
        rows, columns = range(first.row(), last.row() + 1), range(first.column(), last.column() + 1)
        if len(rows) * len(columns) > len(self._kept):
            self._kept.clear()
            return
        for row in rows:
            for column in columns:
                self._kept.pop((row, column), None)

    def _ground(self, painter: QPainter, rect: QRect, flags: int, row: int) -> None:
        if flags & _SELECTED:
            painter.fillRect(rect, self._theme.color("accent_tint"))
        elif row == self.hovered:
            painter.fillRect(rect, self._theme.color("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._theme.color("hover"))
        if flags & _FOCUSED and flags & _SELECTED:
            painter.fillRect(rect.left(), rect.top(), 2, rect.height(), self._theme.color("accent"))

    def _text(self, painter: QPainter, where: QRectF, cell: _Cell, direction: Qt.LayoutDirection) -> None:
        if cell.flag is not None:
            where = self._beside_flag(painter, where, cell.flag, direction)
        room = int(where.width()) + 1
        if cell.width != room:
            self._shape(cell, room, direction)
        visual = QStyle.visualAlignment(direction, cell.side)
        right = bool(visual & Qt.AlignmentFlag.AlignRight)
        across = where.right() - cell.shaped.size().width() if right else where.left()
        painter.setFont(self._font)
        painter.setPen(self._theme.color(cell.role))
        painter.drawStaticText(QPointF(across, where.top() + (where.height() - cell.height) / 2), cell.shaped)

    @staticmethod
    def _beside_flag(painter: QPainter, where: QRectF, picture: QPixmap, direction: Qt.LayoutDirection) -> QRectF:
        """The flag where one begins to read, and the place that is left for the number."""
        mirrored, size = direction == Qt.LayoutDirection.RightToLeft, picture.deviceIndependentSize()
        across = where.right() - size.width() if mirrored else where.left()
        painter.drawPixmap(QPointF(across, round(where.top() + (where.height() - size.height()) / 2)), picture)
        return where.adjusted(0, 0, -ROOM, 0) if mirrored else where.adjusted(ROOM, 0, 0, 0)

    def _shape(self, cell: _Cell, room: int, direction: Qt.LayoutDirection) -> None:
        wish = QTextOption()
        wish.setTextDirection(direction)
        wish.setWrapMode(QTextOption.WrapMode.NoWrap)
        shaped = QStaticText(self._metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, room))
        shaped.setTextFormat(Qt.TextFormat.PlainText)
        shaped.setTextOption(wish)
        shaped.prepare(QTransform(), self._font)
        cell.shaped, cell.width, cell.height = shaped, room, shaped.size().height()

    def _pill(self, painter: QPainter, where: QRectF, state: State, mirrored: bool) -> None:
        if not state.text:
            return
        key = (state, int(where.width()), mirrored)
        picture = self._pills.get(key)
        if picture is None:
            if len(self._pills) >= MOST_PILLS:
                self._pills.clear()
            picture = self._pills[key] = self._draw_pill(where, state, mirrored)
        painter.drawPixmap(where.topLeft(), picture)

    def _draw_pill(self, where: QRectF, state: State, mirrored: bool) -> QPixmap:
        scale = self._view.devicePixelRatioF()
        picture = QPixmap(max(1, int(where.width() * scale)), max(1, int(where.height() * scale)))
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self._font)
        paint_badge(painter, QRectF(0, 0, where.width(), where.height()), state, self._theme, mirrored=mirrored)
        painter.end()
        return picture

    def _skeleton(self, painter: QPainter, where: QRectF, index: Index) -> None:
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("skeleton"))
        share = (50, 70, 60, 80, 40)[(index.row() * 3 + index.column()) % 5] / 100
        painter.drawRoundedRect(QRectF(where.left(), where.center().y() - 5, where.width() * share, 10), 3, 3)
        painter.restore()
