"""Follows work that is under way at the server, whatever screen is seen, and tells when it is over.

The server goes on without anybody: a console that was closed, or whose line was lost, asks how far it is and sees the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from appliance.gui import operation
from appliance.gui.client import NO_LINE
from appliance.gui.desk import Desk
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _
from appliance.wire.operation import Nothing
from appliance.wire.problem import Problem

EVERY_MS = 1000
WIDEST = 640
RUNNING, READY, STOPPED = "running", "ready", "stopped"


class ServerWork(QObject):
    """`progressed` with each look, `ended` with the work once it is over, `refused` with the Problem of what could not be begun.

    Whoever derives says what is asked (`state`, `halt`, `halting`), what of the answer is meant (`newest`), how its end is told (`said`, `undo`).
    """

    state = ""
    """The operation that tells how far it is."""
    halt = ""
    """The operation that stops it."""
    goes_on: frozenset[str] = frozenset({NO_LINE, "console.not_understood"})
    """Codes of problems after which it may be under way all the same."""

    progressed = Signal(object)
    ended = Signal(object)
    refused = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.desk = desk
        self.running = False
        self.seen: Callable[[], bool] = lambda: False
        """Whether a screen shows it, so that nothing need be said elsewhere."""
        self._timer = QTimer(self, singleShot=True, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)

    def newest(self, view: Any) -> Any:
        """The work that is meant, None where there is none."""
        return view.work

    def said(self, work: Any) -> str:
        """That it is over, and how."""
        return str(work.reason)

    def undo(self, work: Any) -> Callable[[], None] | None:
        """What takes it back, where it can be."""
        return None

    def halting(self) -> Any:
        """The request that stops it; None where it is not known yet."""
        return Nothing()

    def start(self, name: str, request: object) -> None:
        """Ask for it. What comes of it is looked up too, since the answer may be longer on its way than any line is whole."""
        self.running = True
        operation.run(self, self.desk.client, name, request, on_done=self.answered, on_problem=self.unanswered)
        self._timer.start()

    def look(self) -> None:
        """How far it is."""
        self._timer.stop()
        operation.run(self, self.desk.client, self.state, on_done=self._came, on_problem=self._unheard)

    def stop(self) -> None:
        """No further step is taken."""
        request = self.halting()
        if request is not None:
            operation.run(self, self.desk.client, self.halt, request, on_done=lambda _done: self.look(), on_problem=self._unheard)

    # parts ---------------------------------------------------------------------------------------------------------
    def answered(self, view: Any) -> None:
        """The reply of what was asked for."""
        self.look()

    def unanswered(self, problem: Problem) -> None:
        """No reply, or a refusal."""
        if problem.code in self.goes_on or not self.running:
            self._timer.start()
            return
        self.give_up(problem)

    def give_up(self, problem: Problem) -> None:
        """It was not begun, or nobody knows what became of it."""
        self._timer.stop()
        self.running = False
        if not self.seen():
            self.desk.toast(problem.detail)
        self.refused.emit(problem)

    def over(self, work: Any) -> None:
        """It ended: told here where no screen shows it."""
        self._timer.stop()
        was, self.running = self.running, False
        if was:
            if not self.seen():
                self.desk.toast(self.said(work), self.undo(work))
            self.ended.emit(work)

    def _came(self, view: Any) -> None:
        work = self.newest(view)
        if work is not None and work.state == RUNNING:
            self.running = True
            self.progressed.emit(work)
            self._timer.start()
        elif work is not None:
            self.over(work)
        else:
            self.nowhere()

    def nowhere(self) -> None:
        """The server knows of none."""
        self.running = False

    def _unheard(self, problem: Problem) -> None:
        """The line is away: it goes on there, and is looked for again."""
        if self.running:
            self._timer.start()


def unseen(watch: ServerWork) -> Callable[[], None]:
    """What is done once the screen that showed it is gone."""

    def gone() -> None:
        if shiboken6.isValid(watch):
            watch.seen = lambda: False

    return gone


class WorkView(QWidget):
    """What is under way: how far, Stop, and on in the background."""

    def __init__(self, watch: ServerWork, away: Callable[[], None], *, note: str = "") -> None:
        super().__init__()
        self.setObjectName("plain")
        self.heading = label("", "title", wrap=True)
        self.said = label("", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop = button(_("S&top"), watch.stop)
        self.away = button(_("Go on in the &background"), away)
        told = note or _("You may go elsewhere or close the console: the server goes on, and this page tells how far it is.")
        buttons = row(self.stop, None, self.away)
        self.inner = column(self.heading, self.said, self.bar, label(told, "muted", wrap=True), buttons, gap="large", margin="wide")

    def on_page(self, *, alone: bool = False) -> None:
        """As a card at the top of a page; `alone`: nothing else keeps it off the page's edge."""
        made = card(self.inner)
        if alone:
            made.setMaximumWidth(WIDEST)
            self.setLayout(column(made, None, margin="large"))
        else:
            self.setLayout(column(made, None))

    def begun(self, heading: str, said: str) -> None:
        """It was asked for just now."""
        self.heading.setText(heading)
        self.bar.setAccessibleName(heading)
        self.progress(said)
        self.away.setFocus()  # Enter never stops it by accident

    def progress(self, said: str, done: int = 0, total: int = 0) -> None:
        """How far it is, in words and of `total` (0: not known)."""
        self.said.setText(said)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
