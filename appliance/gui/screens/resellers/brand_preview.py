"""How the customers' pages will look in a brand, painted while it is typed: on light and on dark ground."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from appliance.contrast import contrast, is_colour, readable
from appliance.gui.theme import tokens
from appliance.gui.words import _

WIDTH, HEIGHT = 340, 230
NARROWEST = 200
LOGO_HEIGHT = 32
INK = "#0d1520"


class Shown(NamedTuple):
    """What is typed so far. `accent` "" or half typed: the usual colour."""

    name: str
    accent: str
    logo: bytes | None
    help_email: str
    help_phone: str


def shades(accent: str) -> tuple[str, str]:
    """The colour as light and dark pages use it: as the server works it out (services/people/brands.py)."""
    usual = tokens()
    if not is_colour(accent):
        return str(usual["light"]["accent"]), str(usual["dark"]["accent"])
    return tuple(readable(accent.lower(), usual[theme]["surface"], usual[theme]["background"]) for theme in ("light", "dark"))  # type: ignore[return-value]


class BrandPreview(QWidget):
    """Two pages one above the other, the light one first."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDTH)
        self._shown = Shown("", "", None, "", "")
        self._logo = QPixmap()
        self.setAccessibleName(_("Preview of the pages"))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(WIDTH, 2 * HEIGHT + 12)

    def show_brand(self, shown: Shown) -> None:
        """Paint this."""
        self._shown = shown
        self._logo = QPixmap()
        if shown.logo:
            self._logo.loadFromData(shown.logo)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, theme in enumerate(("light", "dark")):
            self._page(painter, QRectF(0.5, at * (HEIGHT + 12) + 0.5, self.width() - 1, HEIGHT - 1), theme, shades(self._shown.accent)[at])
        painter.end()

    def _page(self, painter: QPainter, place: QRectF, theme: str, accent: str) -> None:
        colours = tokens()[theme]
        painter.setPen(QPen(QColor(colours["border"])))
        painter.setBrush(QColor(colours["background"]))
        painter.drawRoundedRect(place, 6, 6)
        head = QRectF(place.x(), place.y(), place.width(), 52)
        painter.setBrush(QColor(colours["surface"]))
        painter.drawRoundedRect(head, 6, 6)
        left = head.x() + 14
        if not self._logo.isNull():
            picture = self._logo.scaledToHeight(LOGO_HEIGHT, Qt.TransformationMode.SmoothTransformation)
            painter.drawPixmap(int(left), int(head.y() + 10), picture)
            left += picture.width() + 10
        self._text(painter, QRectF(left, head.y(), head.right() - left - 10, 52), self._shown.name, colours["text"], 15, bold=True)
        body = place.x() + 14
        self._text(painter, QRectF(body, head.bottom() + 12, place.width() - 28, 24), _("Balance"), colours["muted"], 12)
        self._text(painter, QRectF(body, head.bottom() + 32, place.width() - 28, 34), "12.50 EUR", colours["text"], 22, bold=True)
        pressed = QRectF(body, head.bottom() + 78, 110, 34)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(accent))
        painter.drawRoundedRect(pressed, 6, 6)
        said = max(("#ffffff", INK), key=lambda ink: contrast(ink, accent))
        self._text(painter, pressed, _("Pay in"), said, 13, bold=True, align=Qt.AlignmentFlag.AlignCenter)
        self._text(painter, QRectF(body + 126, head.bottom() + 78, place.width() - 154, 34), _("All calls"), accent, 13, line=True)
        foot = "  ·  ".join(filter(None, (self._shown.help_phone, self._shown.help_email)))
        self._text(painter, QRectF(body, place.bottom() - 34, place.width() - 28, 24), foot, colours["muted"], 12)

    def _text(
        self,
        painter: QPainter,
        place: QRectF,
        text: str,
        colour: str,
        size: int,
        *,
        bold: bool = False,
        line: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
    ) -> None:
        font = QFont(self.font())
        font.setPixelSize(size)
        font.setBold(bold)
        font.setUnderline(line)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(place, align, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width())))
