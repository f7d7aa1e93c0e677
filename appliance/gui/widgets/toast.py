"""A sentence at the window's foot that goes by itself; with Undo, also by Ctrl+Z, it stays ten seconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QWidget

from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, label, row
from appliance.gui.words import _

PLAIN_MS = 4000
UNDO_MS = 10_000
WIDEST = 720  # px: what is longer is wrapped
FAULT_MS = 8000


class Toast(QFrame):
    """One at a time, over the middle of `parent`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self._said = label("")
        self._undo: Callable[[], None] | None = None
        self.button = button(_("Undo"), self._undone)
        self.button.setToolTip(QKeySequence(QKeySequence.StandardKey.Undo).toString(QKeySequence.SequenceFormat.NativeText))
        box = row(self._said, self.button, gap="large")
        box.setStretch(0, 1)
        box.setContentsMargins(space("large"), space("small"), space("large"), space("small"))
        self.setLayout(box)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now, "" where nothing is."""
        return self._said.text() if not self.isHidden() else ""

    def say(self, text: str, undo: Callable[[], None] | None = None, *, milliseconds: int = 0) -> None:
        """Say it; `undo` is run where the person asks for it in time."""
        self._said.setText(text)
        self._undo = undo
        self.button.setVisible(undo is not None)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(milliseconds or (UNDO_MS if undo is not None else PLAIN_MS))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self.parentWidget()
        self._said.setWordWrap(False)
        if parent is None:
            return
        most = min(WIDEST, parent.width() - 2 * space("wide"))
        if self.sizeHint().width() > most:
            self._said.setWordWrap(True)
            self.setFixedWidth(most)
            self.setFixedHeight(self.heightForWidth(most))
        else:
            self.setMinimumSize(0, 0)
            self.setMaximumSize(16_777_215, 16_777_215)
            self.resize(self.sizeHint())
        self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - space("huge"))

    def take_back(self) -> bool:
        """Undo what is said, where that is offered now; whether it was."""
        offered = self._undo is not None and not self.isHidden()
        if offered:
            self._undone()
        return offered

    def _undone(self) -> None:
        undo, self._undo = self._undo, None
        self.hide()
        if undo is not None:
            undo()
