"""A QR code as a widget, drawn from segno's modules; dark on white in every theme, since scanners want it so."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET = 4


def modules_of(text: str) -> list[list[bool]]:
    """The code's modules, row by row; dark ones are true."""
    import segno

    return [[bool(each) for each in row] for row in segno.make(text, error="m", micro=False).matrix]


class QrCode(QWidget):
    """Shows a text. `accessible` says what it holds: never the secret itself."""

    def __init__(self, text: str, accessible: str, size: int = 180) -> None:
        super().__init__()
        self._rows = modules_of(text)
        self._size = size
        self.setAccessibleName(accessible)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        modules = len(self._rows) + 2 * QUIET
        step = min(self.width(), self.height()) / modules
        for down, row in enumerate(self._rows):
            for across, dark in enumerate(row):
                if dark:
                    # half a pixel of overlap, so that no hair lines stand between modules
                    painter.fillRect(QRectF((across + QUIET) * step, (down + QUIET) * step, step + 0.5, step + 0.5), Qt.GlobalColor.black)
