"""Paper that the console makes by itself, from a page of HTML: an A4 sheet as a PDF, to be looked at, saved and printed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF, Qt, QUrl
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPdfWriter, QTextDocument, QTextOption

from appliance.gui import words
from appliance.wire.shapes import Binary

DOTS_AN_INCH = 300
POINTS_AN_INCH = 72
MARGIN_MM = 22


def html_paper(title: str, page: str, name: str, pictures: Mapping[str, QImage] | None = None) -> Binary:
    """`pictures` by the address that the page gives them."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_AN_INCH)
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
    writer.setTitle(title)
    document = QTextDocument()
    option = QTextOption()
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if words.right_to_left() else Qt.LayoutDirection.LeftToRight)
    document.setDefaultTextOption(option)
    for address, picture in (pictures or {}).items():
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(address), picture)
    document.setPageSize(QSizeF(writer.width(), writer.height()) * POINTS_AN_INCH / DOTS_AN_INCH)
    document.setHtml(page)
    document.print_(writer)
    del writer  # the page is written when it ends
    return Binary(name, "application/pdf", bytes(buffer.data().data()))
