"""Where files are dropped from outside, or looked for by a button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame

from appliance.gui.widgets.plain import button, column, label, row


class DropBox(QFrame):
    """`dropped` tells the paths of this computer's files that fell on it, a list of one or more; `said` is its sentence."""

    dropped = Signal(list)

    def __init__(self, choose: str, said: str = "", *, gap: str = "medium", margin: str = "large") -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAcceptDrops(True)
        self.choose_button = button(choose, None, "primary")
        self.said = label(said, "muted", wrap=True)
        self.said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setLayout(column(None, self.said, row(None, self.choose_button, None), None, gap=gap, margin=margin))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files)
