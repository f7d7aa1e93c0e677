"""The flags that stand beside numbers: small pictures, drawn once for each height and each density of the screen, never mirrored."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLabel

from appliance.gui import words
from appliance.paths import resources

WIDTH, HEIGHT = 16, 12
GAP = 6
ROOM = WIDTH + GAP
"""What a flag takes before its number."""
EDGE = QColor(127, 127, 127, 130)
"""A hair around it, so that a white flag ends somewhere on light ground and a black one on dark."""


@cache
def flag(country: str, scale: float = 1.0, height: int = HEIGHT) -> QPixmap | None:
    """The flag of a country by its two letters, for a screen of so many dots a point; None where there is none."""
    file = resources() / "flags" / f"{country.lower()}.png"
    drawn = QPixmap(str(file)) if country.isalpha() and file.is_file() else QPixmap()
    if drawn.isNull():
        return None
    width = height * WIDTH // HEIGHT
    whole = Qt.AspectRatioMode.IgnoreAspectRatio
    made = drawn.scaled(round(width * scale), round(height * scale), whole, Qt.TransformationMode.SmoothTransformation)
    made.setDevicePixelRatio(scale)
    painter = QPainter(made)
    painter.setPen(QPen(EDGE, 1 / scale))
    half = 0.5 / scale
    painter.drawRect(QRectF(half, half, width - 2 * half, height - 2 * half))
    painter.end()
    return made


class FlagLabel(QLabel):
    """The flag of a number; hidden where the number has none. Its name is that of the country."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        self._height = height
        self.country = ""
        self.hide()

    def show_number(self, digits: str | None) -> None:
        """The flag of this number now."""
        self.country = words.country_of(digits)
        picture = flag(self.country, self.devicePixelRatioF(), self._height)
        if picture is not None:
            self.setPixmap(picture)
            self.setToolTip(words.country_name(self.country))
            self.setAccessibleName(words.country_name(self.country))
        self.setVisible(picture is not None)
