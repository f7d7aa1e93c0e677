"""The trunks of a route in their order: moved by drag or by Alt+Up and Alt+Down, each with its weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QSpinBox, QWidget

from appliance.gui.desk import Desk
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.plain import button, column, holding, label, row
from appliance.gui.words import _, count, isolate

NAME = Qt.ItemDataRole.UserRole
WEIGHT = Qt.ItemDataRole.UserRole + 1
HEAVIEST = 1000


class _Rows(QListWidget):
    """A list whose rows are dragged; Alt with an arrow moves the current one, Delete takes it out."""

    asked_to_move = Signal(int)
    asked_to_remove = Signal()
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setMinimumHeight(132)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.model().rowsMoved.connect(self.moved)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.asked_to_move.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Delete:
            self.asked_to_remove.emit()
        else:
            super().keyPressEvent(event)


class TrunkOrder(QWidget):
    """`names()` and `weights()`, the first tried first."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.rows = _Rows()
        self.rows.setAccessibleName(_("Trunks, the first tried first"))
        self.add = Choice(desk.client, "trunks.list", placeholder=_("Add a trunk"))
        self.add.setAccessibleName(_("Add a trunk"))
        self.up = button(_("&Up"), lambda: self.move_row(-1))
        self.down = button(_("&Down"), lambda: self.move_row(1))
        self.out = button(_("Take &out"), self.take_out)
        self.weight = QSpinBox()
        self.weight.setRange(1, HEAVIEST)
        self.weight.setAccessibleName(_("Weight"))
        self.weighing = holding(row(label(_("Weight"), "muted"), self.weight))
        self.setLayout(column(self.rows, row(self.up, self.down, self.out, None, self.weighing), self.add))
        self.setFocusProxy(self.rows)
        self.setTabOrder(self.rows, self.up)
        self._weighed = False
        self.add.chosen.connect(self._picked)
        self.weight.valueChanged.connect(self._weigh)
        self.rows.currentRowChanged.connect(lambda at: self._current())
        self.rows.moved.connect(self._renumber)
        self.rows.asked_to_move.connect(self.move_row)
        self.rows.asked_to_remove.connect(self.take_out)
        self.show_weights(False)

    # values --------------------------------------------------------------------------------------------------------
    def names(self) -> list[str]:
        """The trunks."""
        return [str(self.rows.item(at).data(NAME)) for at in range(self.rows.count())]

    def weights(self) -> list[int]:
        """Their weights, in the same order."""
        return [int(self.rows.item(at).data(WEIGHT)) for at in range(self.rows.count())]

    def fill(self, names: Sequence[str], weights: Sequence[int] = ()) -> None:
        """These trunks now."""
        self.rows.clear()
        for at, name in enumerate(names):
            self.append(name, weights[at] if at < len(weights) else 1)

    def append(self, name: str, weight: int = 1) -> None:
        """One more at the end; one that is there already stays where it is."""
        if name and name not in self.names():
            made = QListWidgetItem()
            made.setData(NAME, name)
            made.setData(WEIGHT, weight)
            self.rows.addItem(made)
            self.rows.setCurrentItem(made)
            self._renumber()

    def move_row(self, by: int) -> None:
        """The current trunk earlier (-1) or later (1)."""
        at = self.rows.currentRow()
        to = at + by
        if 0 <= at < self.rows.count() and 0 <= to < self.rows.count():
            moved = self.rows.takeItem(at)
            self.rows.insertItem(to, moved)
            self.rows.setCurrentRow(to)
            self._renumber()

    def take_out(self) -> None:
        """The current trunk is of this route no more."""
        at = self.rows.currentRow()
        if at >= 0:
            self.rows.takeItem(at)
            self._renumber()

    def show_weights(self, on: bool) -> None:
        """Whether weights count."""
        self._weighed = on
        self.weighing.setVisible(on)
        self._renumber()

    # parts ---------------------------------------------------------------------------------------------------------
    def _picked(self, view: Any) -> None:
        if view is not None:
            self.append(view.name)
            self.add.set_value(None)

    def _current(self) -> None:
        item = self.rows.currentItem()
        self.weight.blockSignals(True)
        self.weight.setValue(int(item.data(WEIGHT)) if item is not None else 1)
        self.weight.blockSignals(False)
        for each in (self.up, self.down, self.out, self.weight):
            each.setEnabled(item is not None)

    def _weigh(self, value: int) -> None:
        item = self.rows.currentItem()
        if item is not None:
            item.setData(WEIGHT, value)
            self._renumber()

    def _renumber(self) -> None:
        total = sum(self.weights()) or 1
        for at in range(self.rows.count()):
            item = self.rows.item(at)
            name, weight = item.data(NAME), int(item.data(WEIGHT))
            places = {"place": count(at + 1), "trunk": name, "weight": count(weight), "percent": isolate(f"{round(100 * weight / total)}\u00a0%")}
            item.setText(_("{trunk}: weight {weight}, {percent} of the calls", **places) if self._weighed else _("{place}. {trunk}", **places))
            item.setToolTip(item.text())
        self._current()
        self.changed.emit()
