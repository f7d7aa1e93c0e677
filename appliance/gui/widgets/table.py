"""The table of a list: sticky header, 28 px rows, whole rows chosen, columns that are chosen, moved and remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView

from appliance.gui.memory import Memory
from appliance.gui.table_model import Column, PageModel
from appliance.gui.theme import Theme, tokens
from appliance.gui.widgets.cells import Cells
from appliance.gui.words import _

AHEAD_ROWS = 60
STEPS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_PageDown)
NARROWEST, WIDEST, WIDEST_GROWING = 0.72, 1.5, 3.5
"""How far columns give way to the table's width, as shares of their own."""


class Table(QTableView):
    """Shows a PageModel. `opened` tells the view of a row that was double-clicked or entered."""

    opened = Signal(object)
    chosen_changed = Signal()

    def __init__(self, model: PageModel, theme: Theme, memory: Memory | None = None, *, many: bool = False) -> None:
        super().__init__()
        self.pages = model
        self._memory = memory
        self._fitting = self._laying = False
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
        across.customContextMenuRequested.connect(self._choose_columns)
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
        self._widths = {column.name: column.width for column in self.pages.columns}
        for at, column in enumerate(self.pages.columns):
            self.setColumnHidden(at, not column.shown)
        self._restore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Share the width: the growing column takes most of what is left, the others widen a little; too little narrows texts."""
        shown = [(at, column) for at, column in enumerate(self.pages.columns) if not self.isColumnHidden(at)]
        firm = sum(self._widths[column.name] for _at, column in shown if column.kind != "text")
        soft = sum(self._widths[column.name] for _at, column in shown if column.kind == "text")
        room = self.viewport().width()
        if not shown or room <= 0:
            return
        wider = min(WIDEST, max(1.0, room / (firm + soft)))
        softly = wider if wider > 1 or not soft else max(NARROWEST, min(1.0, (room - firm) / soft))
        self._fitting = True
        rest = room
        for at, column in shown:
            if not column.grows:
                self.setColumnWidth(at, int(self._widths[column.name] * (softly if column.kind == "text" else wider)))
                rest -= self.columnWidth(at)
        for at, column in shown:
            if column.grows:
                width = self._widths[column.name]
                self.setColumnWidth(at, int(min(max(rest, width * NARROWEST), width * WIDEST_GROWING)))
        self._fitting = False

    def _resized(self, at: int, old: int, new: int) -> None:
        """A person drew a column wider or narrower."""
        if not self._fitting and not self._laying and new:
            self._widths[self.pages.columns[at].name] = new
            self._remember()

    def _restore(self) -> None:
        kept = self._memory.get("columns") if self._memory is not None else None
        if not isinstance(kept, dict):
            return
        across = self.horizontalHeader()
        names = [column.name for column in self.pages.columns]
        for at, name in enumerate(names):
            width = kept.get("widths", {}).get(name)
            if isinstance(width, int) and width > 20:
                self._widths[name] = width
            if "hidden" in kept and name in kept.get("order", []):
                self.setColumnHidden(at, name in kept["hidden"])
        for wanted, name in enumerate(name for name in kept.get("order", []) if name in names):
            across.moveSection(across.visualIndex(names.index(name)), wanted)

    def _remember(self) -> None:
        if self._memory is None or self._laying or not self.isVisible():
            return
        across, columns = self.horizontalHeader(), self.pages.columns
        order = [columns[across.logicalIndex(at)].name for at in range(len(columns))]
        widths = dict(self._widths)
        hidden = [column.name for at, column in enumerate(columns) if self.isColumnHidden(at)]
        self._memory.put("columns", {"order": order, "widths": widths, "hidden": hidden})

    def _choose_columns(self, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(_("Columns"))
        for at, column in enumerate(self.pages.columns):
            line = QAction(column.title, menu, checkable=True, checked=not self.isColumnHidden(at))
            line.triggered.connect(lambda on, at=at: self._show_column(at, on))
            menu.addAction(line)
        menu.popup(self.horizontalHeader().mapToGlobal(where))

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
