"""Facts about a thing: what at the left, the value beside it, in groups with a heading; values can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from appliance.gui.theme import space
from appliance.gui.widgets.plain import clear, label, scrolling

WHAT_WIDTH = 200


class Group(NamedTuple):
    """A heading and (what, value) lines; a line without a value is left out."""

    heading: str
    lines: Sequence[tuple[str, str]]


class Facts(QWidget):
    """`show_groups` shows them; called again it shows others."""

    def __init__(self) -> None:
        super().__init__()
        self._box = QVBoxLayout()
        self._box.setContentsMargins(space("large"), space("large"), space("large"), space("large"))
        self._box.setSpacing(space("wide"))
        self._box.setAlignment(Qt.AlignmentFlag.AlignTop)
        inner = QWidget()
        inner.setObjectName("surface")
        inner.setLayout(self._box)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inner))

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show these groups."""
        clear(self._box)
        for group in groups:
            lines = [each for each in group.lines if each[1]]
            if lines:
                self._box.addLayout(_grid(group.heading, lines))


def _grid(heading: str, lines: Sequence[tuple[str, str]]) -> QGridLayout:
    made = QGridLayout()
    made.setHorizontalSpacing(space("large"))
    made.setVerticalSpacing(space("small"))
    made.setColumnMinimumWidth(0, WHAT_WIDTH)
    made.setColumnStretch(1, 1)
    made.addWidget(label(heading, "heading"), 0, 0, 1, 2)
    for at, (what, value) in enumerate(lines, 1):
        named = label(what, "muted", wrap=True)
        named.setMaximumWidth(WHAT_WIDTH)
        made.addWidget(named, at, 0, Qt.AlignmentFlag.AlignTop)
        said = label(value, wrap=True, copyable=True)
        said.setAccessibleName(f"{what}: {value}")
        made.addWidget(said, at, 1, Qt.AlignmentFlag.AlignTop)
    return made
