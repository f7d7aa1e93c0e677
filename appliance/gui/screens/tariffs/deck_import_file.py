"""The first step of an import: into which tariff, and which file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui.desk import Desk
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.drop_box import DropBox
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import column, label
from appliance.gui.words import _
from appliance.wire.problem import Problem

MOST_BYTES = 32 * 1024 * 1024
SUFFIXES = "*.csv *.txt *.tsv *.xlsx *.xls *.ods *.xlsb *.zip *.gz"


class FileStep(QWidget):
    """`ready(name, bytes)` once both are said."""

    ready = Signal(str, bytes)

    def __init__(self, desk: Desk, tariff: str) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.form = Form()
        self.tariff = Choice(
            desk.client,
            "tariffs.list",
            value=lambda view: view.name,
            placeholder=_("A tariff, or the name of a new one"),
        )
        self.tariff.editTextChanged.connect(self._named)
        self.form.add("tariff", _("&Into tariff"), self.tariff, self.tariff.typed, self.tariff.set_value, required=True, help=self._help())
        said = _("Drop the price list of your carrier here: CSV, text, Excel or OpenDocument.")
        self.box = DropBox(_("&Choose file…"), said, gap="large", margin="wide")
        self.box.setMinimumHeight(160)
        self.box.choose_button.clicked.connect(self.choose)
        self.box.dropped.connect(lambda names: self.read(Path(names[0])))
        self.setLayout(column(label(_("Import prices"), "title"), self.form, self.box, None, gap="large", margin="large"))
        self.setMaximumWidth(560)
        if tariff:
            self.form.fill({"tariff": tariff})

    @staticmethod
    def _help() -> str:
        return _("A name that no tariff has makes a new base tariff. Nothing is written before you have seen what changes.")

    def choose(self) -> None:
        """Ask for the file."""
        if self.form.values() is None:
            return
        folder = self._desk.memory.get("deck_folder") or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        kinds = _("Price lists") + f" ({SUFFIXES});;" + _("All files") + " (*)"
        dialog = QFileDialog(self, _("Choose price list"), str(folder), kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.read(Path(chosen)))
        dialog.open()

    def read(self, file: Path) -> None:
        """Read this file and go on, or say at the form why not."""
        if self.form.values() is None:
            return
        try:
            if file.stat().st_size > MOST_BYTES:
                self.tell(_("The file is larger than {most} MB.", most=MOST_BYTES // (1024 * 1024)))
                return
            content = file.read_bytes()
        except OSError as error:
            self.tell(_("The file could not be read: {reason}", reason=error.strerror or str(error)))
            return
        self._desk.memory.put("deck_folder", str(file.parent))
        self.ready.emit(file.name, content)

    def tell(self, text: str) -> None:
        """Say why the file cannot be taken."""
        self.form.show_problem(Problem(status=0, code="console.file", detail=text))

    def _named(self, _text: str) -> None:
        self.form.forget_problem()
