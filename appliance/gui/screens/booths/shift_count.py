"""Cash counted by denomination: a field for each note and coin, Enter goes to the next, the sum is written along."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from appliance.gui import words
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.plain import column, label, row
from appliance.gui.words import _
from appliance.money import format_amount
from appliance.wire.shops import ShopView

FOREIGN = ("100.00", "50.00", "20.00", "10.00", "5.00", "2.00", "1.00")
"""Notes and coins of a currency whose own are not set."""

MOST_PIECES = 99_999


class PiecesEdit(QLineEdit):
    """How many pieces of one denomination; Enter and the arrows go to the neighbours."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        ways = {Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        way = ways.get(Qt.Key(event.key()))
        if way is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.stepped.emit(way)
            return
        super().keyPressEvent(event)


class CountBox(QWidget):
    """One currency's notes and coins. `past_end` tells that Enter was given in the last field."""

    changed = Signal()
    past_end = Signal()

    def __init__(self, currency: str, denominations: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.currency = currency
        self.fields: dict[str, PiecesEdit] = {}
        self.sum = label("", "heading")
        self.sum.setFont(tabular(self.sum.font()))
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("medium"))
        grid.setVerticalSpacing(space("hair"))
        largest_first = sorted(denominations, key=words.micros, reverse=True)
        half = -(-len(largest_first) // 2)
        for at, value in enumerate(largest_first):
            self._field(grid, value, at % half, at // half)
        grid.setColumnStretch(4, 1)
        self.setLayout(column(label(currency, "heading"), grid, row(label(_("Counted")), None, self.sum), gap="small"))
        self._sum()

    def counted(self) -> dict[str, int]:
        """{denomination: pieces}, those without pieces left out. ValueError where a field cannot be read."""
        return {value: number_of for value, field in self.fields.items() if (number_of := _pieces(field.text()))}

    def focus_first(self) -> None:
        """The largest has the keyboard."""
        next(iter(self.fields.values())).setFocus()

    def _field(self, grid: QGridLayout, value: str, down: int, across: int) -> None:
        field = PiecesEdit()
        field.setMaxLength(6)
        field.setFixedWidth(72)
        field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        field.setAccessibleName(words.money(value, self.currency))
        named = label(f"{words.plain_amount(value)} ×")
        named.setFont(tabular(named.font()))
        grid.addWidget(named, down, across * 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(field, down, across * 2 + 1)
        self.fields[value] = field
        field.textChanged.connect(self._sum)
        field.stepped.connect(lambda way, field=field: self._step(field, way))

    def _step(self, field: PiecesEdit, way: int) -> None:
        order = list(self.fields.values())
        at = order.index(field) + way
        if at >= len(order):
            self.past_end.emit()
        elif at >= 0:
            order[at].setFocus()
            order[at].selectAll()

    def _sum(self) -> None:
        try:
            total = sum(words.micros(value) * number_of for value, number_of in self.counted().items())
        except ValueError:
            self.sum.setText(_("Only whole numbers of pieces"))
        else:
            self.sum.setText(words.money(format_amount(total, 2), self.currency))
        self.changed.emit()


class Count(QWidget):
    """All currencies of a shop's till. `done` tells that Enter was given in the very last field."""

    done = Signal()

    def __init__(self, shop: ShopView) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.boxes = [CountBox(shop.currency, shop.denominations)]
        self.boxes += [CountBox(code, FOREIGN) for code in shop.currencies]
        for at, box in enumerate(self.boxes):
            if at + 1 < len(self.boxes):
                box.past_end.connect(self.boxes[at + 1].focus_first)
            else:
                box.past_end.connect(self.done)
        self.setLayout(column(*self.boxes, gap="large"))

    def counted(self) -> dict[str, dict[str, int]]:
        """{currency: {denomination: pieces}}; ValueError where a field cannot be read."""
        return {box.currency: found for box in self.boxes if (found := box.counted()) or box is self.boxes[0]}

    def focus_first(self) -> None:
        """The keyboard is at the largest note."""
        self.boxes[0].focus_first()


def _pieces(text: str) -> int:
    typed = text.strip()
    if not typed:
        return 0
    if not typed.isdecimal() or int(typed) > MOST_PIECES:
        raise ValueError(text)
    return int(typed)
