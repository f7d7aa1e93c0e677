"""Follows a preview or a move that is under way at the server, whatever screen is seen, and tells when it is over.

The server goes on without anybody: a console that was closed, or whose line was lost, asks how far it is and sees the same.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from appliance.gui import operation
from appliance.gui.client import NO_LINE
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.moving import move_words
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _
from appliance.wire.moving import MoveApply, MovePreview, MoveState, MoveWork
from appliance.wire.problem import Problem

EVERY_MS = 1000
RUNNING, READY, STOPPED = "running", "ready", "stopped"
PLACE = "move"


class MoveWatch(QObject):
    """One for each desk. `state` is the newest there is; `progressed` with each look, `ended(MoveWork)` once it is over."""

    progressed = Signal(object)
    ended = Signal(object)
    refused = Signal(object)
    """The Problem of what could not be begun."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.running = False
        self.seen: Callable[[], bool] = lambda: False
        """Whether a screen shows it, so that nothing need be said elsewhere."""
        self._timer = QTimer(self, singleShot=True, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)

    @staticmethod
    def of(desk: Desk) -> MoveWatch:
        """The desk's."""
        found = desk.findChild(MoveWatch)
        return found if isinstance(found, MoveWatch) else MoveWatch(desk)

    def begin(self, request: MovePreview) -> None:
        """Ask for it. What comes of it is looked up, since the answer may be longer on its way than any line is whole."""
        self.running = True
        name = "move.apply" if isinstance(request, MoveApply) else "move.preview"
        operation.run(self, self._desk.client, name, request, on_done=lambda _view: self.look(), on_problem=self._refused)
        self._timer.start()

    def look(self) -> None:
        """How far it is."""
        self._timer.stop()
        operation.run(self, self._desk.client, "move.state", on_done=self._came, on_problem=self._unheard)

    def stop(self) -> None:
        """No further step is taken."""
        operation.run(self, self._desk.client, "move.stop", on_done=lambda _done: self.look(), on_problem=self._unheard)

    def _came(self, state: MoveState) -> None:
        work = state.work
        if work is not None and work.state == RUNNING:
            self.running = True
            self.progressed.emit(work)
            self._timer.start()
            return
        was, self.running = self.running, False
        if work is not None and was:
            if not self.seen():
                self._desk.toast(over(work))
            self.ended.emit(work)

    def _unheard(self, problem: Problem) -> None:
        """The line is away: it goes on there, and is looked for again."""
        if self.running:
            self._timer.start()

    def _refused(self, problem: Problem) -> None:
        if problem.code in (NO_LINE, "move.under_way", "console.not_understood") or not self.running:
            self._timer.start()
            return
        self._timer.stop()
        self.running = False
        if not self.seen():
            self._desk.toast(problem.detail)
        self.refused.emit(problem)


def over(work: MoveWork) -> str:
    """That it is ready, or why it is not, in a sentence."""
    if work.state == READY:
        return _("Everything is moved in") if work.what == move_words.APPLY else _("The preview of the move is ready")
    return work.reason


class WorkPage(QWidget):
    """What is under way: how far, Stop, and on in the background."""

    def __init__(self, desk: Desk, watch: MoveWatch) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.heading = label("", "title", wrap=True)
        self.said = label("", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.problem = ProblemView()
        self.stop = button(_("S&top"), watch.stop)
        self.away = button(_("Go on in the &background"), lambda: desk.go(Place("customers")))
        text = label(_("You may go elsewhere or close the console: the server goes on, and this page tells how far it is."), "muted", wrap=True)
        inner = column(self.heading, self.said, self.bar, text, row(self.stop, None, self.away), gap="large", margin="wide")
        self.setLayout(column(card(inner), None))

    def show_begun(self, *, writes: bool) -> None:
        """It was asked for just now."""
        self.heading.setText(_("Moving in") if writes else _("Looking at what would come in"))
        self.bar.setAccessibleName(self.heading.text())
        self.said.setText(_("The files are being read…"))
        self.bar.setRange(0, 0)

    def show_work(self, work: MoveWork) -> None:
        """How far it is."""
        self.show_begun(writes=work.what == move_words.APPLY)
        self.said.setText(move_words.phase(work))
        self.bar.setRange(0, work.total)
        self.bar.setValue(work.done)
