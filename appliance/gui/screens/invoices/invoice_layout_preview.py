"""The invoice as it will look, drawn by the server while its layout is typed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from appliance.gui import operation
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import card, column, label
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _
from appliance.wire.invoices import LayoutSet
from appliance.wire.problem import Problem
from appliance.wire.shapes import Binary

ASKED_MS = 600
WIDTH = 360
POINTS_AN_INCH = 72
ON_PAPER = ("prefix", "credit_note_prefix", "note", "bank_name", "iban", "bic", "registration", "tax_included", "logo")


class LayoutPreview(QWidget):
    """Asks a moment after the last key; what was drawn last stays in sight meanwhile."""

    def __init__(self, desk: Desk, form: Form, reseller: str | None) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._form, self._reseller = desk, form, reseller
        self._reply: Reply | None = None
        self._asked: LayoutSet | None = None
        self.problem = ProblemView()
        self.sheet = QLabel()
        self.sheet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sheet.setAccessibleName(_("Preview"))
        self.sheet.setFixedSize(WIDTH, round(WIDTH * 2**0.5))
        self.setLayout(column(label(_("Preview"), "heading"), self.problem, card(column(self.sheet, margin="hair")), None, gap="small"))
        self.setFixedWidth(WIDTH + 2 * space("small"))
        self._soon = QTimer(self, singleShot=True, interval=ASKED_MS)
        self._soon.timeout.connect(self.ask)
        form.edited.connect(self._soon.start)

    def ask(self) -> None:
        """Draw what is typed now, unless that is what is seen."""
        wanted = LayoutSet(self._reseller, **self._typed())
        if wanted == self._asked:
            return
        if self._reply is not None:
            self._reply.abandon()
        self._asked = wanted
        self._reply = operation.run(self, self._desk.client, "invoices.preview_layout", wanted, on_done=self._came, on_problem=self._refused)

    # parts ---------------------------------------------------------------------------------------------------------
    def _typed(self) -> dict[str, Any]:
        return {name: self._form._fields[name].read() for name in ON_PAPER}

    def _came(self, document: Binary) -> None:
        from appliance.gui.widgets.document_view import Pages

        self._reply = None
        self.problem.forget()
        pages, sharper = Pages(document.content), self.devicePixelRatioF()
        picture = QPixmap.fromImage(pages.image(0, WIDTH * POINTS_AN_INCH / pages.size(0).width() * sharper))
        picture.setDevicePixelRatio(sharper)
        self.sheet.setFixedSize(picture.deviceIndependentSize().toSize())
        self.sheet.setPixmap(picture)

    def _refused(self, problem: Problem) -> None:
        self._reply = None
        self.problem.show_problem(problem)
