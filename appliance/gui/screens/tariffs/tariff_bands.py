"""The week of a base tariff: which hours belong to which time band, on a grid that is worked by keyboard (P2).

Arrows move, Shift with arrows chooses several hours, a digit gives them to that band, 0 or Delete to none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from appliance.gui.theme import Theme
from appliance.gui.words import _, isolate, locale
from appliance.wire.description import BandEntry

DAY_MINUTES = 1440
DAYS = 7
STEPS = (60, 30, 15, 5, 1)
TONES = ("accent", "warning", "good", "danger", "muted")
ROW = 24
NARROWEST = 44

Index = QModelIndex | QPersistentModelIndex


def minute_of(text: str) -> int:
    """`08:30` as 510."""
    hours, _colon, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def clock_of(minute: int) -> str:
    """510 as `08:30`; the end of the day is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def day_names(width: str = "abbreviated") -> list[str]:
    """Monday first, in the person's language; `width`: short for a narrow head, abbreviated, wide."""
    names = locale().days["format"][width]
    return [str(names[at]) for at in range(DAYS)]


class Week:
    """The band of each minute of a week: `names[day][minute]`, "" where none is."""

    def __init__(self, bands: Sequence[BandEntry] = ()) -> None:
        self._minutes = [[""] * DAY_MINUTES for _day in range(DAYS)]
        for band in bands:
            for day in band.weekdays:
                self.give(band.name, day - 1, minute_of(band.starts), minute_of(band.ends))

    def give(self, name: str, day: int, starts: int, ends: int) -> None:
        """These minutes of a day (0 Monday) belong to that band."""
        self._minutes[day][starts:ends] = [name] * (ends - starts)

    def at(self, day: int, minute: int) -> str:
        """The band of that minute."""
        return self._minutes[day][minute]

    def rename(self, before: str, after: str) -> None:
        """All of one band are another's; `after` "" leaves them without."""
        self._minutes = [[after if each == before else each for each in day] for day in self._minutes]

    def minutes_of(self, name: str) -> int:
        """How much of the week a band has."""
        return sum(day.count(name) for day in self._minutes)

    def bands(self) -> list[BandEntry]:
        """As the wire has them: the same hours of several days together."""
        spans: dict[tuple[str, int, int], list[int]] = {}
        for day, minutes in enumerate(self._minutes):
            starts = 0
            for minute in range(1, DAY_MINUTES + 1):
                if minute == DAY_MINUTES or minutes[minute] != minutes[starts]:
                    if minutes[starts]:
                        spans.setdefault((minutes[starts], starts, minute), []).append(day + 1)
                    starts = minute
        return [BandEntry(name=name, weekdays=days, starts=clock_of(first), ends=clock_of(last)) for (name, first, last), days in spans.items()]

    def step(self) -> int:
        """The coarsest step that shows every border."""
        borders = [minute for day in self._minutes for minute in range(1, DAY_MINUTES) if day[minute] != day[minute - 1]]
        return next(step for step in STEPS if all(minute % step == 0 for minute in borders))


class WeekModel(QAbstractTableModel):
    """A row a step of the day, a column a weekday. `names` are the bands in the order of their digits."""

    def __init__(self, theme: Theme, week: Week) -> None:
        super().__init__()
        self._theme = theme
        self.week = week
        self.names: list[str] = []
        self.step = STEPS[0]

    def show_week(self, week: Week, names: Sequence[str], step: int) -> None:
        """Show another week, or the same by other steps."""
        self.beginResetModel()
        self.week, self.names, self.step = week, list(names), step
        self.endResetModel()

    def minutes(self, row: int) -> tuple[int, int]:
        """(first, last not included) of a row."""
        return row * self.step, (row + 1) * self.step

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else DAY_MINUTES // self.step

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else DAYS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return day_names("short")[section] if orientation == Qt.Orientation.Horizontal else isolate(clock_of(self.minutes(section)[0]))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        name = self.week.at(index.column(), self.minutes(index.row())[0])
        if role == Qt.ItemDataRole.DisplayRole:
            above = index.row() and self.week.at(index.column(), self.minutes(index.row() - 1)[0]) == name
            return "" if above else name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            first, last = self.minutes(index.row())
            places = {"day": day_names("wide")[index.column()], "from": clock_of(first), "until": clock_of(last), "band": name or _("no band")}
            return _("{day} {from} to {until}: {band}", **places)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if name and role == Qt.ItemDataRole.BackgroundRole:
            return QBrush(self._ink(name, "_tint"))
        if name and role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(self._ink(name, ""))
        return None

    def _ink(self, name: str, kind: str) -> QColor:
        tone = TONES[self.names.index(name) % len(TONES)] if name in self.names else TONES[-1]
        return self._theme.color("hover" if tone == "muted" and kind else f"{tone}{kind}")


class _Hours(QStyledItemDelegate):
    """A chosen hour keeps its band's colour and gets a frame, so that both are seen."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        room = option.rect
        tint, ink = index.data(Qt.ItemDataRole.BackgroundRole), index.data(Qt.ItemDataRole.ForegroundRole)
        painter.save()
        painter.fillRect(room, tint if isinstance(tint, QBrush) else QBrush(self._theme.color("surface")))
        painter.setPen(self._theme.color("border"))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.drawLine(room.topRight(), room.bottomRight())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRect(room.adjusted(1, 1, -2, -2))
        painter.setPen(ink.color() if isinstance(ink, QBrush) else self._theme.color("text"))
        said = painter.fontMetrics().elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, room.width() - 4)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, said)
        painter.restore()


class WeekGrid(QTableView):
    """The grid. `given` tells that hours were given to a band."""

    given = Signal()

    def __init__(self, theme: Theme, *, may: Callable[[], bool]) -> None:
        super().__init__()
        self.week_model = WeekModel(theme, Week())
        self.week_model.setParent(self)
        self._may = may
        self.setModel(self.week_model)
        self.setItemDelegate(_Hours(theme, self))
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(_("Hours of the week"))
        self.setAccessibleDescription(_("Arrows move, Shift with arrows chooses, a digit gives the hours to that band, 0 to none."))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(NARROWEST)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)

    def show_week(self, week: Week, names: Sequence[str], step: int) -> None:
        """Show it, keeping the hour that one is at."""
        at = self.currentIndex()
        minute, day = (self.week_model.minutes(at.row())[0], at.column()) if at.isValid() else (8 * 60, 0)
        self.week_model.show_week(week, names, step)
        self.setCurrentIndex(self.week_model.index(minute // step, day))

    def give(self, name: str) -> None:
        """What is chosen belongs to that band now; "" to none."""
        chosen = self.selectedIndexes()
        if not chosen or not self._may():
            return
        for index in chosen:
            self.week_model.week.give(name, index.column(), *self.week_model.minutes(index.row()))
        last = self.week_model.index(self.week_model.rowCount() - 1, DAYS - 1)
        self.week_model.dataChanged.emit(self.week_model.index(0, 0), last)
        self.given.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Digits and Delete give hours away."""
        text, names = event.text(), self.week_model.names
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) or text == "0":
            self.give("")
        elif text.isdigit() and int(text) <= len(names):
            self.give(names[int(text) - 1])
        else:
            super().keyPressEvent(event)
