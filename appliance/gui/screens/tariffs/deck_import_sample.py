"""The first lines of the file as they stand there, and above each column what it holds: the guess, to be said otherwise."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from appliance.gui.screens.tariffs.deck_import_words import roles
from appliance.gui.theme import space
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import holding, label
from appliance.gui.words import _, count
from appliance.wire.decks import DeckView

MOST_LINES = 15
MOST_COLUMNS = 30
NARROWEST, WIDEST = 110, 220


def by_column(columns: dict[str, list[int]]) -> dict[int, list[str]]:
    """The fields of each column; one column can hold two ("60/1")."""
    found: dict[int, list[str]] = {}
    for role, numbers in columns.items():
        for number in numbers:
            found.setdefault(number, []).append(role)
    return found


def said_otherwise(columns: dict[str, list[int]], column: int, role: str | None) -> dict[str, list[int]]:
    """The mapping with one column holding another field (None: nothing)."""
    left = {name: [number for number in numbers if number != column] for name, numbers in columns.items() if name != role}
    found = {name: numbers for name, numbers in left.items() if numbers}
    if role is not None:
        found[role] = [column]
    return found


class SampleView(QScrollArea):
    """`said` comes with the new mapping when a column's field was chosen."""

    said = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(_("The first lines of the file"))
        self.boxes: dict[int, QComboBox] = {}
        self._columns: dict[str, list[int]] = {}

    def show_deck(self, view: DeckView) -> None:
        """Lay it anew."""
        self._columns = {role: list(numbers) for role, numbers in view.guessed.columns.items()}
        held = by_column(self._columns)
        width = min(MOST_COLUMNS, max([len(view.guessed.headers), *(len(each.cells) for each in view.sample), 1]))
        grid = QGridLayout()
        grid.setSpacing(0)
        grid.setHorizontalSpacing(space("small"))
        grid.setVerticalSpacing(space("hair"))
        self.boxes = {}
        for number in range(1, width + 1):
            self.boxes[number] = self._box(number, held.get(number, []))
            grid.addWidget(self.boxes[number], 0, number)
        for at, each in enumerate(view.sample[:MOST_LINES], 1):
            head = each.line == view.guessed.header_row
            mark = label(count(each.line), "small")
            mark.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(mark, at, 0)
            for number, cell in enumerate(each.cells[:width], 1):
                grid.addWidget(self._cell(cell, head=head, used=number in held), at, number)
        grid.setColumnStretch(width + 1, 1)
        box = QVBoxLayout()
        box.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        box.addLayout(grid)
        if width == MOST_COLUMNS:
            box.addWidget(label(_("Only the first {n} columns are shown.", n=MOST_COLUMNS), "muted"))
        box.addStretch(1)
        self.setWidget(holding(box))

    def _box(self, number: int, held: list[str]) -> QComboBox:
        made = PickBox()
        made.setMinimumWidth(NARROWEST)
        made.setMaximumWidth(WIDEST)
        made.setAccessibleName(_("Column {number} holds", number=number))
        made.addItem(_("Not used"), None)
        for role, text in roles().items():
            made.addItem(text, role)
        if len(held) > 1:
            made.addItem(" + ".join(roles().get(role, role) for role in held), tuple(held))
            made.setCurrentIndex(made.count() - 1)
        else:
            made.setCurrentIndex(max(0, made.findData(held[0] if held else None)))
        made.activated.connect(lambda _at: self._chosen(number))
        return made

    def _chosen(self, number: int) -> None:
        role = self.boxes[number].currentData()
        if isinstance(role, tuple | list):
            return
        self.said.emit(said_otherwise(self._columns, number, role))

    @staticmethod
    def _cell(text: str, *, head: bool, used: bool) -> QWidget:
        made = label(text, "strong" if head else "" if used else "muted")
        made.setMaximumWidth(WIDEST)
        made.setToolTip(text)
        metrics = made.fontMetrics()
        made.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, WIDEST - 8))
        return made
