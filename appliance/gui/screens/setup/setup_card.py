"""The dashboard's card of the set-up: what is left of it, each step a way there. It goes when nothing is left, or when it is sent away."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QFrame

from appliance.gui.desk import Desk, Place
from appliance.gui.icons import icon
from appliance.gui.screens.setup.setup_state import STEPS, Found, SetupState, titles
from appliance.gui.widgets.plain import button, clear, column, label, row
from appliance.gui.words import _

HIDDEN = "setup_hidden"
TICK = 18
LINE = 26


class SetupCard(QFrame):
    """Shown to whoever can do the steps, and asked for nothing once they are done."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self.state: SetupState | None = None
        self.steps = column(gap="hair")
        self.go_on = button(_("Go on with the set-up"), None, "primary")
        self.go_on.clicked.connect(lambda _checked=False: desk.go(Place("setup")))
        away = button(_("Do not show this again"), self.send_away, "link")
        self.setLayout(column(label(_("Set-up"), "heading"), self.steps, row(self.go_on, away, None), gap="medium", margin="large"))
        self.hide()
        if SetupState.may(desk) and not desk.memory.get(HIDDEN):
            self.state = SetupState(desk, self, live=False)
            self.state.changed.connect(self.show_found)

    def ask(self) -> None:
        """Look how far it is."""
        if self.state is not None:
            self.state.ask()

    def show_found(self, found: Found) -> None:
        """What is done and what is left."""
        clear(self.steps)
        left = found.left
        self.setVisible(bool(left))
        if not left:
            self._stop()
            return
        for step in STEPS:
            todo = step in left
            color = self._desk.theme.color("muted" if todo else "good")
            mark = label("")
            mark.setPixmap(icon("open" if todo else "good", color).pixmap(TICK, TICK))
            name = titles()[step]
            way = button(name, partial(self._desk.go, Place("setup", tab=step)), "link") if todo else label(name, "muted")
            way.setAccessibleName(_("{step}: to do", step=name) if todo else _("{step}: done", step=name))
            way.setFixedHeight(LINE)
            self.steps.addLayout(row(mark, way, None))

    def send_away(self) -> None:
        """Not shown to this person any more; the set-up stays among the dashboard's actions."""
        self._desk.memory.put(HIDDEN, True)
        self._stop()
        self.hide()

    def _stop(self) -> None:
        if self.state is not None:
            self.state.stop()
            self.state = None
