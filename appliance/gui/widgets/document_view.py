"""A printed document as it will look: its pages drawn from the PDF, zoomed, saved, printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
from PySide6.QtCore import QMarginsF, QRectF, QSizeF, QStandardPaths, Qt
from PySide6.QtGui import QImage, QKeySequence, QPageLayout, QPageSize, QPainter, QPixmap, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, holding, label, line, row, within_screen
from appliance.gui.words import _, count, percent, plural
from appliance.wire.shapes import Binary

POINTS_AN_INCH = 72
PRINTED_DPI = 300
ZOOMS = (50, 75, 100, 125, 150, 200, 300)


class Pages:
    """The pages of a PDF as pictures. ValueError where the bytes are no PDF."""

    def __init__(self, content: bytes) -> None:
        try:
            self._document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise ValueError("not a PDF") from error

    def __len__(self) -> int:
        return len(self._document)

    def size(self, number: int) -> QSizeF:
        """Width and height of a page in points."""
        width, height = self._document.get_page_size(number)
        return QSizeF(width, height)

    def image(self, number: int, dots_an_inch: float) -> QImage:
        """The page as a picture."""
        page = self._document[number]
        bitmap = page.render(scale=dots_an_inch / POINTS_AN_INCH, rev_byteorder=False, prefer_bgrx=True)
        made = QImage(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB32).copy()
        bitmap.close()
        page.close()
        return made


def print_pages(pages: Pages, printer: QPrinter) -> None:
    """Lay every page of the document onto one of the printer's, as large as it fits."""
    first, last = printer.fromPage() or 1, printer.toPage() or len(pages)
    painter = QPainter()
    if not painter.begin(printer):
        return
    for number in range(first - 1, min(last, len(pages))):
        if number >= first:
            printer.newPage()
        image = pages.image(number, min(PRINTED_DPI, printer.resolution()))
        place = QRectF(painter.viewport())
        size = QSizeF(image.size()).scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRectF(place.x() + (place.width() - size.width()) / 2, place.y(), size.width(), size.height()), image)
    painter.end()


def printer_for(pages: Pages, title: str) -> QPrinter:
    """A printer set to the document's paper."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(title)
    size = pages.size(0)
    portrait = size.width() <= size.height()
    paper = QPageSize(size if portrait else size.transposed(), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
    way = QPageLayout.Orientation.Portrait if portrait else QPageLayout.Orientation.Landscape
    printer.setPageLayout(QPageLayout(paper, way, QMarginsF(0, 0, 0, 0)))
    printer.setFullPage(True)
    return printer


class DocumentDialog(QDialog):
    """Shows a document that the server made; Save and Print are its verbs."""

    def __init__(self, desk: Desk, parent: QWidget, title: str, document: Binary) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self._desk, self._title, self._document = desk, title, document
        self.pages = Pages(document.content)
        self._zoom = 100
        self.sheets: list[QLabel] = []
        self.said = label("", "muted")
        self._area = self._sheets_area()
        self.save_button = button(_("&Save…"), self.save)
        self.print_button = button(_("&Print…"), self.print, "primary")
        self._lay()
        self._keys()
        self._draw()
        widest = max(self.pages.size(number).width() for number in range(len(self.pages)))
        self.resize(within_screen(int(widest * self._dots() / POINTS_AN_INCH) + 3 * space("huge"), 720))

    @property
    def zoom(self) -> int:
        """In percent of the paper's own size."""
        return self._zoom

    def step(self, way: int) -> None:
        """One step larger (1) or smaller (-1)."""
        at = min(range(len(ZOOMS)), key=lambda each: abs(ZOOMS[each] - self._zoom))
        self._zoom = ZOOMS[min(max(at + way, 0), len(ZOOMS) - 1)]
        self._draw()

    def save(self) -> None:
        """Ask where to, and write the file."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self._title, str(Path(folder) / self._document.name), _("PDF document (*.pdf)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen)))
        dialog.open()

    def write(self, file: Path) -> None:
        """Write the document to that file."""
        try:
            file.write_bytes(self._document.content)
        except OSError as error:
            self.said.setText(_("The file could not be written: {reason}", reason=error.strerror or str(error)))
            return
        self._desk.toast(_("Saved as {file}", file=file.name))

    def print(self) -> None:
        """Ask for the printer, and print."""
        printer = printer_for(self.pages, self._title)
        dialog = QPrintDialog(printer, self)
        dialog.setMinMax(1, len(self.pages))
        if dialog.exec() == QDialog.DialogCode.Accepted:
            print_pages(self.pages, printer)
            self._desk.toast(_("Sent to the printer"))

    # parts ---------------------------------------------------------------------------------------------------------
    def _sheets_area(self) -> QScrollArea:
        box = QVBoxLayout()
        box.setSpacing(space("large"))
        box.setContentsMargins(space("large"), space("large"), space("large"), space("large"))
        for number in range(len(self.pages)):
            sheet = QLabel()
            sheet.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            sheet.setAccessibleName(_("Page {page} of {pages}", page=count(number + 1), pages=count(len(self.pages))))
            self.sheets.append(sheet)
            box.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(holding(box))
        area.setAccessibleName(self._title)
        return area

    def _lay(self) -> None:
        smaller, larger = button("−", lambda: self.step(-1)), button("+", lambda: self.step(1))
        for each, name in ((smaller, _("Smaller")), (larger, _("Larger"))):
            each.setAccessibleName(name)
            each.setToolTip(name)
        foot = row(smaller, larger, self.said, None, button(_("Close"), self.reject), self.save_button, self.print_button)
        foot.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._area, 1)
        box.addWidget(line())
        box.addLayout(foot)
        self.print_button.setDefault(True)
        self.print_button.setFocus()

    def _keys(self) -> None:
        standard: Any = QKeySequence.StandardKey
        for keys, run in ((standard.ZoomIn, lambda: self.step(1)), (standard.ZoomOut, lambda: self.step(-1))):
            QShortcut(QKeySequence(keys), self).activated.connect(run)
        QShortcut(QKeySequence(standard.Save), self).activated.connect(self.save)
        QShortcut(QKeySequence(standard.Print), self).activated.connect(self.print)

    def _dots(self) -> float:
        return self.logicalDpiX() * self._zoom / 100

    def _draw(self) -> None:
        sharper = self.devicePixelRatioF()
        for number, sheet in enumerate(self.sheets):
            picture = QPixmap.fromImage(self.pages.image(number, self._dots() * sharper))
            picture.setDevicePixelRatio(sharper)
            sheet.setPixmap(picture)
        pages = plural("{n} page", "{n} pages", len(self.pages))
        self.said.setText(f"{percent(str(self._zoom))} · {pages}")
