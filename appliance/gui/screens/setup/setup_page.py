"""What the pages of the set-up share: a heading, a sentence, what they ask, and how they say that they are through."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.setup.setup_state import Found
from appliance.gui.theme import space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.plain import column, holding, label, row, scrolling

WIDEST = 720


class StepPage(QWidget):
    """`finished`: what was asked is done, the next step may come. `changed`: what can be done now is other than before."""

    finished = Signal()
    changed = Signal()

    def __init__(self, desk: Desk, title: str, sentence: str) -> None:
        super().__init__()
        self.setObjectName("screen")
        self.desk = desk
        self.found = Found()
        self.told = label(sentence, "muted", wrap=True)
        self.badge = Badge(desk.theme)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(space("large"))
        head = column(row(label(title, "title"), self.badge, None), self.told, gap="hair")
        self.whole = column(head, self.content, None, gap="large", margin="large")
        self._lay(self.whole)

    def _lay(self, whole: QLayout) -> None:
        """As wide as reads well, scrolled where it is higher than its place."""
        inside = holding(whole)
        inside.setMaximumWidth(WIDEST)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        line = row(inside, None, gap="")
        line.setStretch(0, 1000)
        box.addWidget(scrolling(holding(line)))

    def primary(self) -> str:
        """The verb of the button that goes on; "" where there is nothing to press."""
        return ""

    def ready(self) -> bool:
        """Whether it can be pressed now."""
        return True

    def submit(self) -> None:
        """Do what the button says; `finished` follows."""
        self.finished.emit()

    def step_back(self) -> bool:
        """Go back inside the page; False where that means the step before."""
        return False

    def enter(self) -> None:
        """The page is shown now: the first field is where one types."""

    def show_found(self, found: Found) -> None:
        """What the server has is other than before; what somebody types stays."""
        self.found = found

    def say(self, state: State) -> None:
        """Beside the heading, in a word."""
        self.badge.show_state(state)
