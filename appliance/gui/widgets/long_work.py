"""Work that takes a while: what is done, for how long and how far, Cancel where it only reads, and on in the background.

How far it is comes by the change stream: each thing that is changed meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QLayout, QProgressBar, QWidget

from appliance.gui import operation
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, count, duration
from appliance.wire.operations import OPERATIONS
from appliance.wire.problem import Problem

SECOND_MS = 1000
WIDTH = 460


class LongWork(QDialog):
    """Asks at once. `on_done(view)` comes when it is ready.

    `counted` names the kinds of changes that tell how far it is, of `total` things (0: not known). Without `told` it only reads, and
    Cancel gives it up. With it the work changes things: a button sends it into the background, and `told(view)` is the sentence
    that says there that it is ready, whatever screen is seen by then; another stops it where the operation can be stopped.
    `undo(view)` gives what takes it back, for both (None in the place of the view: it was stopped); the screen may be gone by then.
    """

    def __init__(
        self,
        desk: Desk,
        owner: QWidget,
        *,
        title: str,
        text: str,
        name: str,
        request: Any,
        on_done: Callable[[Any], object],
        told: Callable[[Any], str] | None = None,
        counted: Collection[str] = (),
        total: int = 0,
        undo: Callable[[Any | None], Callable[[], None] | None] | None = None,
    ) -> None:
        super().__init__(owner.window())
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self._desk, self._owner, self._on_done, self._told, self._total = desk, owner, on_done, told, total
        self._behind = False
        self._undo = undo
        self._seen: set[tuple[str, int]] = set()
        self._seconds = 0
        self.over = False
        self.said = label("", "muted")
        self.problem = ProblemView()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(title)
        self.bar.setRange(0, total if counted else 0)
        self.halt = button(_("S&top"), self.break_off)
        self.halt.setVisible(told is not None and OPERATIONS[name].stops)
        self.stop = button(_("Cancel") if told is None else _("Go on in the &background"), self.reject)
        parts: list[QWidget | QLayout | int | None] = [
            label(title, "heading", wrap=True),
            label(text, wrap=True),
            self.bar,
            self.said,
            self.problem,
            row(self.halt, None, self.stop),
        ]
        self.setLayout(column(*parts, gap="medium", margin="wide"))
        self.setMinimumWidth(WIDTH)
        self.layout().setSpacing(space("medium"))  # type: ignore[union-attr]
        self.stop.setAutoDefault(True)
        self.stop.setFocus()  # Enter never stops a change by accident
        self._clock = QTimer(self, interval=SECOND_MS)
        self._clock.timeout.connect(self._tick)
        self._clock.start()
        if counted:
            desk.listener.subscribe(self, counted, self._heard)
        self._say()
        self.reply: Reply = operation.run(self, desk.client, name, request, on_done=self._done, on_problem=self._failed)

    def break_off(self) -> None:
        """No further step is taken; what was done stays, and asking again does the rest."""
        if not self.over:
            self.reply.abandon()
            self._end()
            self._desk.toast(_("Stopped. What was done stays; do it again for the rest."), self._taken_back(None))
        super().reject()
        self.deleteLater()

    def reject(self) -> None:
        """Escape and the button: a read is given up, a change goes on behind."""
        if self._told is None and not self.over:
            self.reply.abandon()
            self._end()
        self._behind = True
        super().reject()
        if self.over:
            self.deleteLater()

    # parts ---------------------------------------------------------------------------------------------------------
    def _tick(self) -> None:
        self._seconds += 1
        self._say()

    def _heard(self, changes: Mapping[str, frozenset[int]]) -> None:
        for kind, ids in changes.items():
            self._seen |= {(kind, each) for each in ids}
        if self._total:
            self.bar.setValue(min(len(self._seen), self._total))
        self._say()

    def _say(self) -> None:
        parts = [_("{time} so far", time=duration(self._seconds))]
        if self._total and self._seen:
            parts.insert(0, _("{done} of {total}", done=count(min(len(self._seen), self._total)), total=count(self._total)))
        elif self._seen:
            parts.insert(0, _("{n} done", n=count(len(self._seen))))
        self.said.setText("   ·   ".join(parts))

    def _taken_back(self, view: Any | None) -> Callable[[], None] | None:
        return None if self._undo is None else self._undo(view)

    def _end(self) -> None:
        self.over = True
        self._clock.stop()
        self._desk.listener.unsubscribe(self)

    def _done(self, view: Any) -> None:
        self._end()
        if self._behind and self._told is not None:
            self._desk.toast(self._told(view), self._taken_back(view))
        self.accept()
        self.deleteLater()
        if not self._behind and shiboken6.isValid(self._owner):
            self._on_done(view)

    def _failed(self, problem: Problem) -> None:
        self._end()
        self.bar.hide()
        self.halt.hide()
        self.said.hide()
        self.stop.setText(_("Close"))
        self.problem.show_problem(problem)
        if self._behind:
            self._desk.toast(problem.detail)
            self.deleteLater()
        elif not self.isVisible():  # it was to appear later
            self.open()
