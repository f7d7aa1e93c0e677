"""Pages of a list operation as the model of a table: the next page is asked for while one scrolls, never the whole.

A refresh asks for as many rows as are shown and lays them over the old ones, so that selection and place stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import shiboken6
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from appliance.gui import words
from appliance.gui.client import Client, Reply, rows_field
from appliance.wire.operations import OPERATIONS
from appliance.wire.problem import Problem

PAGE = 100
MOST_REFRESHED = 200
SKELETON_ROWS = 8
SKELETON_AFTER_MS = 150

VIEW_ROLE = Qt.ItemDataRole.UserRole
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
SKELETON_ROLE = Qt.ItemDataRole.UserRole + 2
NEGATIVE_ROLE = Qt.ItemDataRole.UserRole + 3
FAINT_ROLE = Qt.ItemDataRole.UserRole + 4

RIGHT = frozenset({"money", "count", "duration", "percent"})
Of = str | Callable[[Any], Any]
Index = QModelIndex | QPersistentModelIndex


class State(NamedTuple):
    """A state in words; `tone` (good, warning, danger, muted, accent) gives it colour and shape."""

    text: str
    tone: str = "muted"


@dataclass(frozen=True)
class Column:
    """One column. `of`: the view's field or a callable of the view. `kind`: text, money, number, moment, day, duration (seconds),
    count, percent, state, yes, code (a name that is never cut). `currency` likewise names where a money column's currency is found.
    `otherwise` is what a cell without a value says."""

    of: Of
    title: str
    kind: str = "text"
    width: int = 120
    currency: Of | None = None
    tip: Callable[[Any], str] | None = None
    shown: bool = True
    grows: bool = False
    otherwise: Callable[[Any], str] | None = None

    @property
    def name(self) -> str:
        """What the column is remembered by."""
        return self.of if isinstance(self.of, str) else self.title


def value_of(of: Of, view: Any) -> Any:
    """The field or what the callable makes of the view."""
    return getattr(view, of) if isinstance(of, str) else of(view)


def shown(column: Column, view: Any) -> str:
    """The cell's text as a person reads it."""
    value = value_of(column.of, view)
    if value is None or value == "":
        return "" if column.otherwise is None else column.otherwise(view)
    if column.kind == "money":
        return words.money(value, None if column.currency is None else value_of(column.currency, view))
    if column.kind == "state":
        return value.text if isinstance(value, State) else str(value)
    if column.kind == "yes":
        return words._("Yes") if value else ""
    formats: dict[str, Callable[[Any], str]] = {
        "number": words.number,
        "moment": words.moment,
        "day": words.day,
        "duration": words.duration,
        "count": words.count,
        "percent": words.percent,
    }
    return formats.get(column.kind, str)(value)


class PageModel(QAbstractTableModel):
    """Rows of one list operation. `request` is the first page's; its `after` or `cursor` is moved on with each page."""

    loaded = Signal()
    """Rows came, or it is known that there are none."""
    failed = Signal(object)
    """The Problem of a page that could not be had."""
    loading_changed = Signal()

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
        self._fetch(self._with_limit(PAGE), first=True)

    def refresh(self) -> None:
        """Ask again for what is shown, keeping place and selection."""
        self._fetch(self._with_limit(max(PAGE, min(len(self.rows), MOST_REFRESHED))), first=True)

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
        if first:
            self._lay(rows)
        elif rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows += rows
            self.endInsertRows()
        self.loading_changed.emit()
        self.loaded.emit()

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
        if role == Qt.ItemDataRole.DisplayRole:
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
        return shown(column, view) if column.kind == "text" else None

    @staticmethod
    def _alignment(column: Column) -> Qt.AlignmentFlag:
        # AlignAbsolute is left out: in a mirrored window numbers stand at the left, as its readers expect.
        side = Qt.AlignmentFlag.AlignRight if column.kind in RIGHT else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
