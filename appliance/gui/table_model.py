"""Pages of a list operation as the model of a table: the next page is asked for while one scrolls, never the whole.

A refresh asks for as many rows as are shown and lays them over the old ones, so that selection and place stay.
"""

from __future__ import annotations

from typing import Any

import msgspec
import shiboken6
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from appliance.gui import words
from appliance.gui.client import Client, Reply, rows_field
from appliance.gui.column import RIGHT, Column, shown, value_of
from appliance.gui.ordering import ordered
from appliance.wire.operations import OPERATIONS
from appliance.wire.problem import Problem

PAGE = 100
MOST_REFRESHED = 200
MOST_SORTED = 1000
SORTED_PAGE = 500
"""A list of so many rows at most is put in order; it is asked for whole in pages of that size."""

SKELETON_ROWS = 8
SKELETON_AFTER_MS = 150

VIEW_ROLE = Qt.ItemDataRole.UserRole
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
SKELETON_ROLE = Qt.ItemDataRole.UserRole + 2
NEGATIVE_ROLE = Qt.ItemDataRole.UserRole + 3
FAINT_ROLE = Qt.ItemDataRole.UserRole + 4
FLAG_ROLE = Qt.ItemDataRole.UserRole + 5

Index = QModelIndex | QPersistentModelIndex


class PageModel(QAbstractTableModel):
    """Rows of one list operation. `request` is the first page's; its `after` or `cursor` is moved on with each page."""

    loaded = Signal()
    """Rows came, or it is known that there are none."""
    failed = Signal(object)
    """The Problem of a page that could not be had."""
    loading_changed = Signal()
    order_changed = Signal(bool)
    """Another order; whether the list was too long for the one that was asked for."""

    sortable = True
    """Whether its rows may stand in another order than the server gives."""

    def __init__(self, client: Client, operation: str, request: Any, columns: list[Column], parent: QObject | None = None, *, rows: str = "") -> None:
        super().__init__(parent)
        self._client = client
        self._operation = OPERATIONS[operation]
        self.request = request
        self.columns = columns
        reply_type = self._operation.reply
        self._rows_field = rows or (rows_field(reply_type) if isinstance(reply_type, type) else "")
        fields = set(type(request).__struct_fields__)
        self._place = next((name for name in ("cursor", "after") if name in fields), "")
        self._paged = bool(self._place) and "limit" in fields
        self.rows: list[Any] = []
        self.page: Any = None
        """The last page as it came: totals of what is filtered stand in it where the operation gives them."""
        self._next: Any = None
        self._reply: Reply | None = None
        self._skeleton = 0
        self.order: tuple[str, bool] | None = None
        """The name of the column that the rows are ordered by, and whether downward; None: as they come."""

        self._came_in: list[Any] = []
        self.asked = False
        self._late = QTimer(self, singleShot=True, interval=SKELETON_AFTER_MS)
        self._late.timeout.connect(self._show_skeleton)

    # asking --------------------------------------------------------------------------------------------------------
    @property
    def loading(self) -> bool:
        """Whether a page is on its way."""
        return self._reply is not None

    @property
    def complete(self) -> bool:
        """Whether all rows there are have come."""
        return self.asked and not self.loading and not self._next

    def ask(self, request: Any | None = None) -> None:
        """Ask for the first page, of another request where one is given; the old rows go when the new come."""
        if request is not None:
            self.request = request
        self._fetch(self._with_limit(PAGE if self.order is None else SORTED_PAGE), first=True)

    def refresh(self) -> None:
        """Ask again for what is shown, keeping place and selection."""
        shown_now = max(PAGE, min(len(self.rows), MOST_REFRESHED))
        self._fetch(self._with_limit(shown_now if self.order is None else SORTED_PAGE), first=True)

    def set_order(self, order: tuple[str, bool] | None) -> None:
        """Order the rows by a column, the list asked for whole; None: as the server gives them."""
        if order == self.order or not self.sortable:
            return
        self.order = order
        self.order_changed.emit(False)
        if self.asked or self.loading:
            self.refresh()

    def _with_limit(self, limit: int) -> Any:
        return msgspec.structs.replace(self.request, limit=limit) if self._paged else self.request

    def _fetch(self, request: Any, *, first: bool) -> None:
        if self._reply is not None:
            self._reply.abandon()
        reply = self._client.call(self._operation.name, request)
        self._reply = reply
        reply.done.connect(lambda page: self._came(reply, page, first))
        reply.failed.connect(lambda problem: self._failed(reply, problem))
        if not self.rows:
            self._late.start()
        self.loading_changed.emit()

    def _came(self, reply: Reply, page: Any, first: bool) -> None:
        if reply is not self._reply or not shiboken6.isValid(self):
            return  # another was asked since, or the page went with its dialog
        self._reply, self.asked = None, True
        self._late.stop()
        self._hide_skeleton()
        self.page = page
        self._next = getattr(page, "next", None)
        rows = list(getattr(page, self._rows_field))
        if self.order is not None:
            if not self._gathered(rows, first=first):
                return
            rows, first = self._came_in, True
        if first:
            self._lay(rows)
        elif rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows += rows
            self.endInsertRows()
        self.loading_changed.emit()
        self.loaded.emit()

    def _gathered(self, rows: list[Any], *, first: bool) -> bool:
        """Keep the page; whether all there are have come now, or are too many to be put in order."""
        self._came_in = rows if first else [*self._came_in, *rows]
        if not self._next:
            return True
        if len(self._came_in) < MOST_SORTED:
            self._fetch(msgspec.structs.replace(self.request, **{self._place: self._next, "limit": SORTED_PAGE}), first=False)
            return False
        self.order = None
        self.order_changed.emit(True)
        return True

    def _in_order(self, rows: list[Any]) -> list[Any]:
        column = next((each for each in self.columns if self.order is not None and each.name == self.order[0]), None)
        if column is None or self.order is None:
            return rows
        return ordered(rows, column, descending=self.order[1])

    def _failed(self, reply: Reply, problem: Problem) -> None:
        if reply is not self._reply or not shiboken6.isValid(self):
            return
        self._reply = None
        self._late.stop()
        self._hide_skeleton()
        self.loading_changed.emit()
        self.failed.emit(problem)

    def _lay(self, rows: list[Any]) -> None:
        """New rows over the old: cells change in place where the things are the same."""
        rows = self._in_order(rows)
        keys = [getattr(row, "id", None) for row in rows]
        if keys and None not in keys and keys == [getattr(row, "id", None) for row in self.rows]:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def _show_skeleton(self) -> None:
        if self._reply is not None and not self.rows and not self._skeleton:
            self.beginInsertRows(QModelIndex(), 0, SKELETON_ROWS - 1)
            self._skeleton = SKELETON_ROWS
            self.endInsertRows()

    def _hide_skeleton(self) -> None:
        if self._skeleton:
            self.beginRemoveRows(QModelIndex(), 0, self._skeleton - 1)
            self._skeleton = 0
            self.endRemoveRows()

    # rows ----------------------------------------------------------------------------------------------------------
    def view(self, row: int) -> Any:
        """The view of a row, None where none is."""
        return self.rows[row] if 0 <= row < len(self.rows) else None

    def row_of(self, identity: object) -> int:
        """The row of the thing with this id, -1 where it is not loaded."""
        return next((at for at, row in enumerate(self.rows) if getattr(row, "id", None) == identity), -1)

    def set_columns(self, columns: list[Column]) -> None:
        """Other columns; the rows go, since they were asked for with the old ones."""
        self.beginResetModel()
        self.columns, self.rows = columns, []
        self.endResetModel()

    def replace_row(self, view: Any) -> None:
        """A fresh view of a thing that is shown."""
        at = self.row_of(getattr(view, "id", None))
        if at >= 0:
            self.rows[at] = view
            self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.columns) - 1))

    # Qt's questions ------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.rows) + self._skeleton

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.columns)

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802
        return bool(self._next) and self._reply is None and self._paged

    def fetchMore(self, parent: Index) -> None:  # noqa: N802
        if self.canFetchMore(parent):
            self._fetch(msgspec.structs.replace(self.request, **{self._place: self._next, "limit": PAGE}), first=False)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(self.columns[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), self.columns[index.column()]
        if row >= len(self.rows):
            return role == SKELETON_ROLE or None
        view = self.rows[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(column, view)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(column, view)
        if role == Qt.ItemDataRole.AccessibleTextRole and column.kind == "number":
            return words.number_full(value_of(column.of, view) or "")
        if role == FLAG_ROLE:
            return words.country_of(value_of(column.of, view)) if column.kind == "number" else ""
        if role == VIEW_ROLE:
            return view
        if role == STATE_ROLE and column.kind == "state":
            return value_of(column.of, view)
        if role == FAINT_ROLE:
            return getattr(view, "archived_at", None) is not None
        if role == NEGATIVE_ROLE:
            return column.kind == "money" and words.negative(value_of(column.of, view) or "")
        return None

    def _tip(self, column: Column, view: Any) -> str | None:
        if column.tip is not None:
            return column.tip(view)
        value = value_of(column.of, view)
        if column.kind == "moment" and isinstance(value, str):
            return words.moment_full(value)
        if column.kind == "number" and isinstance(value, str):
            return words.number_full(value)
        return shown(column, view) if column.kind == "text" else None

    @staticmethod
    def _alignment(column: Column) -> Qt.AlignmentFlag:
        # AlignAbsolute is left out: in a mirrored window numbers stand at the left, as its readers expect.
        side = Qt.AlignmentFlag.AlignRight if column.kind in RIGHT else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
