"""A scrolling column of cards: what a tab of a thing's page shows where it is no list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from appliance.gui.theme import space
from appliance.gui.widgets.plain import card, clear, column, holding, label
from appliance.gui.words import isolate

WIDEST = 860


class Cards(QScrollArea):
    """`show_cards` replaces what is shown; where one has scrolled to stays."""

    def __init__(self, cards: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self._box = column(gap="large", margin="large")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(holding(self._box))
        self.show_cards(cards)

    def show_cards(self, cards: Sequence[QWidget]) -> None:
        """These cards now, as wide as reads well."""
        clear(self._box)
        for each in cards:
            each.setMaximumWidth(WIDEST)
            self._box.addWidget(each)
        self._box.addStretch(1)


def facts(title: str, lines: Sequence[tuple[str, str]]) -> QFrame:
    """A card of names and texts."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(space("wide"))
    grid.setVerticalSpacing(space("small"))
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 150)
    for at, (name, text) in enumerate(lines):
        grid.addWidget(label(name, "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(isolate(text), wrap=True, copyable=True), at, 1)
    head = [label(title, "heading")] if title else []
    return card(column(*head, grid, gap="medium", margin="large"))


def sentences(title: str, texts: Sequence[str]) -> QFrame:
    """A card of sentences under a heading."""
    return card(column(label(title, "heading"), *(label(each, wrap=True, copyable=True) for each in texts), margin="large"))
