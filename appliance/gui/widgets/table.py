"""The table of a list: sticky header, 28 px rows, whole rows chosen, columns that are chosen, moved and remembered."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView

from appliance.gui.column import Column, State, shown, value_of
from appliance.gui.flags import ROOM as FLAG_ROOM
from appliance.gui.memory import Memory
from appliance.gui.table_model import PageModel
from appliance.gui.theme import Theme, tokens
from appliance.gui.widgets.cells import Cells
from appliance.gui.words import _

AHEAD_ROWS = 60
STEPS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_PageDown)
NARROWEST, WIDEST, WIDEST_GROWING = 0.72, 1.5, 3.5
"""How far columns give way to the table's width, as shares of their own."""

MOST_BADGE = 260
BADGE_MARGINS = 48
CELL_MARGINS = 26
MEASURED_ROWS = 100


class Table(QTableView):
    """Shows a PageModel. `opened` tells the view of a row that was double-clicked or entered."""

    opened = Signal(object)
    chosen_changed = Signal()
    too_long = Signal()
    """There are more rows than can be put in order."""

    def __init__(self, model: PageModel, theme: Theme, memory: Memory | None = None, *, many: bool = False) -> None:
        super().__init__()
        self.pages = model
        self._memory = memory
        self._fitting = self._laying = False
        self._badges: dict[str, int] = {}
        """How wide the badges that were seen are, by column: a state is read whole in every language."""

        self._cells_need: dict[str, int] = {}
        self._tight = False
        self.setModel(model)
        self._cells = Cells(theme, self)
        self.setItemDelegate(self._cells)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if many else mode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self._heads()
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.selectionModel().selectionChanged.connect(self._chosen)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._give_back)
        model.loaded.connect(self._measure)
        self.verticalScrollBar().valueChanged.connect(self._ahead)
        self._kept: tuple[list[object], int] = ([], 0)

    # what is chosen ------------------------------------------------------------------------------------------------
    def current(self) -> Any:
        """The view of the row that is chosen, None where none is."""
        rows = self.selectionModel().selectedRows()
        return self.pages.view(rows[0].row()) if rows else None

    def chosen(self) -> list[Any]:
        """The views of all chosen rows."""
        views = [self.pages.view(index.row()) for index in self.selectionModel().selectedRows()]
        return [view for view in views if view is not None]

    def choose(self, row: int) -> None:
        """Choose that row and make it seen."""
        if 0 <= row < len(self.pages.rows):
            flags = QItemSelectionModel.SelectionFlag
            # selectRow asks the header for its first column, and in a mirrored window that the columns do not fill it has none there
            self.selectionModel().setCurrentIndex(self.pages.index(row, 0), flags.ClearAndSelect | flags.Rows)
            self.scrollTo(self.pages.index(row, 0))

    # parts ---------------------------------------------------------------------------------------------------------
    def selectionCommand(self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:  # noqa: N802
        """Ctrl with Home or End chooses where it goes, as in a list that lets one choose a single row."""
        if (
            isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End)
            and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        ):
            return QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        return super().selectionCommand(index, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            rows = self.selectionModel().selectedRows()
            if rows and self.state() != QAbstractItemView.State.EditingState:  # Return in a cell's editor ends there, it opens no row
                self._open(rows[0].row())
            return
        if event.key() in STEPS and not self.selectionModel().hasSelection() and self.pages.rows:
            self.choose(0)  # the current cell of a table that was tabbed into is the first, and not chosen: a step would go past it
            return
        super().keyPressEvent(event)

    def _chosen(self) -> None:
        self.chosen_changed.emit()

    def _ahead(self, place: int) -> None:
        """Ask for the next page before the end is seen."""
        bar = self.verticalScrollBar()
        if bar.maximum() - place < AHEAD_ROWS and self.pages.canFetchMore(QModelIndex()):
            self.pages.fetchMore(QModelIndex())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._cells.hovered:
            self._cells.hovered = row
            self.viewport().update()

    def _open(self, row: int) -> None:
        view = self.pages.view(row)
        if view is not None:
            self.opened.emit(view)

    def _heads(self) -> None:
        down = self.verticalHeader()
        down.hide()
        down.setDefaultSectionSize(int(tokens()["shape"]["row"]))
        down.setMinimumSectionSize(int(tokens()["shape"]["row"]))
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across = self.horizontalHeader()
        across.setHighlightSections(False)
        across.setSectionsMovable(True)
        across.setTextElideMode(Qt.TextElideMode.ElideRight)
        across.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        across.customContextMenuRequested.connect(lambda where: self.columns_menu().popup(across.mapToGlobal(where)))
        across.sectionClicked.connect(self._clicked)
        self.pages.order_changed.connect(self._ordered)
        across.setMinimumSectionSize(40)
        across.setStretchLastSection(False)
        self._lay_columns()
        across.sectionResized.connect(self._resized)
        across.sectionMoved.connect(lambda *_moved: self._remember())

    def set_columns(self, columns: list[Column]) -> None:
        """Other columns, laid out as they are remembered; the rows go until they are asked for again."""
        self._laying = True
        self.pages.set_columns(columns)
        self._lay_columns()
        self.fit()
        self._laying = False

    def _lay_columns(self) -> None:
        """Widths, order and which are shown: those of the columns, then what is remembered."""
        self._drawn: dict[str, int] = {}
        self._badges, self._cells_need, self._tight = {}, {}, False
        for at, column in enumerate(self.pages.columns):
            self.setColumnHidden(at, not column.shown)
        self._restore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Share the width: the growing column takes most of what is left, the others widen a little; too little narrows texts first.

        Titles are written out as far as there is room for them.
        """
        shown = [(at, column) for at, column in enumerate(self.pages.columns) if not self.isColumnHidden(at)]
        room = self.viewport().width()
        if not shown or room <= 0:
            return
        own, least = self._wanted(shown, room)
        if sum(own.values()) > room and not self._tight:
            self._tight = True
            self._measure_cells()
            own, least = self._wanted(shown, room)
        widths = self._widened(shown, own, room) if sum(own.values()) <= room else self._narrowed(shown, own, least, room)
        self._fitting = True
        for at, width in widths.items():
            self.setColumnWidth(at, width)
        self._fitting = False

    def _wanted(self, shown: list[tuple[int, Column]], room: int) -> tuple[dict[int, int], dict[int, int]]:
        """The width of each column, and how narrow it may become: texts by a share of it, the others to what their cells need."""
        own, least = {}, {}
        for at, column in shown:
            need = self._cells_need.get(column.name, 0)
            own[at] = self._drawn.get(column.name, max(column.width, self._badges.get(column.name, 0), need))
            soft = column.kind == "text" or column.grows
            least[at] = int(own[at] * NARROWEST) if soft else min(own[at], need or own[at])
        spare = room - sum(least.values())
        heads = {at: self.horizontalHeader().sectionSizeHint(at) for at, _column in shown}
        for at in sorted(heads, key=lambda at: heads[at] - least[at]):
            need = heads[at] - least[at]
            if 0 < need <= spare:
                least[at], own[at], spare = heads[at], max(own[at], heads[at]), spare - need
        return own, least

    @staticmethod
    def _widened(shown: list[tuple[int, Column]], own: dict[int, int], room: int) -> dict[int, int]:
        wider = min(WIDEST, room / sum(own.values()))
        widths = {at: int(own[at] * wider) for at, column in shown if not column.grows}
        rest = room - sum(widths.values())
        return widths | {at: int(min(max(rest, own[at]), own[at] * WIDEST_GROWING)) for at, column in shown if column.grows}

    @staticmethod
    def _narrowed(shown: list[tuple[int, Column]], own: dict[int, int], least: dict[int, int], room: int) -> dict[int, int]:
        widths = dict(own)
        for soft in (True, False):
            giving = [at for at, column in shown if (column.kind == "text" or column.grows) is soft]
            over, most = sum(widths.values()) - room, sum(own[at] - least[at] for at in giving)
            for at in giving if over > 0 and most else ():
                widths[at] = own[at] - ceil((own[at] - least[at]) * min(1.0, over / most))
        return widths

    def _measure(self) -> None:
        """How wide the badges of the rows are that came, and what else the columns cannot be narrower than."""
        before = dict(self._badges)
        for column in (each for each in self.pages.columns if each.kind == "state"):
            said = {value.text for view in self.pages.rows[-MEASURED_ROWS:] if isinstance(value := value_of(column.of, view), State)}
            widest = max((self.fontMetrics().horizontalAdvance(text) for text in said if text), default=0)
            if widest:
                self._badges[column.name] = max(self._badges.get(column.name, 0), min(MOST_BADGE, widest + BADGE_MARGINS))
        if self._tight:
            self._measure_cells()
        if self._tight or self._badges != before:
            self.fit()

    def _measure_cells(self) -> None:
        """Amounts, moments and numbers are never cut: what the widest of the rows that came needs. Asked only where the room is short."""
        advance = self.fontMetrics().horizontalAdvance
        for column in (each for each in self.pages.columns if each.kind not in ("text", "state") and not each.grows):
            widest = max((advance(shown(column, view)) for view in self.pages.rows[-MEASURED_ROWS:]), default=0)
            widest += FLAG_ROOM if column.kind == "number" and widest else 0
            if widest:
                self._cells_need[column.name] = max(self._cells_need.get(column.name, 0), widest + CELL_MARGINS)

    def _resized(self, at: int, old: int, new: int) -> None:
        """A person drew a column wider or narrower."""
        if not self._fitting and not self._laying and new:
            self._drawn[self.pages.columns[at].name] = new
            self._remember()

    def _restore(self) -> None:
        kept = self._memory.get("columns") if self._memory is not None else None
        if not isinstance(kept, dict):
            return
        across = self.horizontalHeader()
        names = [column.name for column in self.pages.columns]
        for at, name in enumerate(names):
            width = kept.get("widths", {}).get(name)
            if isinstance(width, int) and width > 20 and width != self.pages.columns[at].width:
                self._drawn[name] = width
            if "hidden" in kept and name in kept.get("order", []):
                self.setColumnHidden(at, name in kept["hidden"])
        for wanted, name in enumerate(name for name in kept.get("order", []) if name in names):
            across.moveSection(across.visualIndex(names.index(name)), wanted)
        by = kept.get("by")
        if isinstance(by, list) and len(by) == 2 and by[0] in names:
            self.pages.set_order((by[0], bool(by[1])))

    def _remember(self) -> None:
        if self._memory is None or self._laying or not self.isVisible():
            return
        across, columns = self.horizontalHeader(), self.pages.columns
        order = [columns[across.logicalIndex(at)].name for at in range(len(columns))]
        hidden = [column.name for at, column in enumerate(columns) if self.isColumnHidden(at)]
        self._memory.put("columns", {"order": order, "widths": dict(self._drawn), "hidden": hidden, "by": self.pages.order})

    def columns_menu(self) -> QMenu:
        """Which columns are shown, and by which the rows are ordered."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(_("Columns"))
        for at, column in enumerate(self.pages.columns):
            line = QAction(column.title, menu, checkable=True, checked=not self.isColumnHidden(at))
            line.triggered.connect(lambda on, at=at: self._show_column(at, on))
            menu.addAction(line)
        if self.pages.sortable:
            menu.addSeparator()
            self._sort_menu(menu.addMenu(_("Sort by")))
        return menu

    def _sort_menu(self, menu: QMenu) -> None:
        by = self.pages.order
        plain = QAction(_("The usual order"), menu, checkable=True, checked=by is None)
        plain.triggered.connect(lambda: self._sort(None))
        menu.addAction(plain)
        for at, column in enumerate(self.pages.columns):
            if not self.isColumnHidden(at):
                line = QAction(column.title, menu, checkable=True, checked=by is not None and by[0] == column.name)
                line.triggered.connect(lambda _on, at=at: self._clicked(at))
                menu.addAction(line)

    def _clicked(self, at: int) -> None:
        """Upward first, then downward, then as the rows come."""
        name, by = self.pages.columns[at].name, self.pages.order
        self._sort((name, False) if by is None or by[0] != name else (name, True) if not by[1] else None)

    def _sort(self, order: tuple[str, bool] | None) -> None:
        self.pages.set_order(order)
        self._remember()

    def _ordered(self, too_long: bool) -> None:
        """The arrow in the head says by what."""
        by = self.pages.order
        at = next((at for at, column in enumerate(self.pages.columns) if by is not None and by[0] == column.name), -1)
        across = self.horizontalHeader()
        across.setSortIndicatorShown(at >= 0)
        if at >= 0 and by is not None:
            across.setSortIndicator(at, Qt.SortOrder.DescendingOrder if by[1] else Qt.SortOrder.AscendingOrder)
        if too_long:
            self._remember()
            self.too_long.emit()

    def _show_column(self, at: int, on: bool) -> None:
        shown = sum(not self.isColumnHidden(other) for other in range(len(self.pages.columns)))
        if on or shown > 1:
            self.setColumnHidden(at, not on)
            self.fit()
            self._remember()

    def _keep(self) -> None:
        ids: Iterable[object] = (getattr(view, "id", None) for view in self.chosen())
        self._kept = (list(ids), self.verticalScrollBar().value())

    def _give_back(self) -> None:
        ids, scrolled = self._kept
        flags = QItemSelectionModel.SelectionFlag
        for identity in ids:
            row = self.pages.row_of(identity)
            if identity is not None and row >= 0:
                index = self.pages.index(row, 0)
                self.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)
        self.verticalScrollBar().setValue(scrolled)
        self.chosen_changed.emit()
