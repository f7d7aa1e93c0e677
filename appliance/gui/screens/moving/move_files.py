"""The first step: from which system, and its files, which are sent as soon as they are chosen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QProgressBar, QRadioButton, QWidget

from appliance.gui.desk import Desk
from appliance.gui.screens.moving import move_words
from appliance.gui.screens.moving.move_sender import Sender, Sent
from appliance.gui.widgets.drop_box import DropBox
from appliance.gui.widgets.plain import Elided, button, card, clear, column, label, row
from appliance.gui.words import _, percent

BAR_WIDTH = 140


class FilesPage(QWidget):
    """`changed` when another system was chosen or the files are other than before."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.sending = Sender(desk.client, self)
        self.sending.changed.connect(self._show)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        for source, name in move_words.sources().items():
            made = QRadioButton(name)
            made.clicked.connect(lambda _checked=False, source=source: self.choose_source(source))
            self._group.addButton(made)
            self.buttons[source] = made
        self.drop = DropBox(_("&Choose files…"))
        self.drop.choose_button.clicked.connect(self.choose)
        self.drop.dropped.connect(self.read)
        self.list = column(gap="small")
        systems = card(column(label(_("Where do you come from?"), "heading"), *self.buttons.values(), gap="small", margin="large"))
        text = _("Nothing is changed before you have seen what comes in. You can do it as often as you like until the cut-over.")
        head = column(label(_("Move in from another system"), "title", wrap=True), label(text, "muted", wrap=True), gap="hair")
        self.setLayout(column(head, systems, self.drop, self.list, None, gap="large"))
        self.source = move_words.ASTPP
        self.choose_source(self.source)

    def choose_source(self, source: str) -> None:
        """Another system; the files stay."""
        self.source = source
        self.buttons[source].setChecked(True)
        self.drop.said.setText(move_words.wanted(source))
        self.changed.emit()

    def choose(self) -> None:
        """Ask for the files."""
        folder = self._desk.memory.get("move_folder") or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        kinds = _("Dumps and CSV files") + " (*.sql *.gz *.csv *.txt *.dump);;" + _("All files") + " (*)"
        dialog = QFileDialog(self, _("Choose files"), str(folder), kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.read)
        dialog.open()

    def read(self, files: list[str]) -> None:
        """Send these too."""
        for each in files:
            self._desk.memory.put("move_folder", str(Path(each).parent))
            self.sending.add(Path(each))

    def _show(self) -> None:
        clear(self.list)
        for at, each in enumerate(self.sending.files):
            self.list.addWidget(self._line(at, each))
        self.changed.emit()

    def _line(self, at: int, file: Sent) -> QWidget:
        name = Elided(file.name, "strong")
        away = button(_("Remove"), partial(self.sending.remove, at), "link")
        away.setAccessibleName(_("Remove {name}", name=file.name))
        if file.fault:
            said: QWidget = label(file.fault, "fault", wrap=True)
        elif file.whole:
            said = label(move_words.size(file.size), "muted")
        else:
            bar = QProgressBar()
            bar.setFixedWidth(BAR_WIDTH)
            bar.setTextVisible(False)
            bar.setRange(0, 1000)
            bar.setValue(file.sent * 1000 // max(1, file.size))
            bar.setAccessibleName(_("{name}: {percent} sent", name=file.name, percent=percent(str(file.sent * 100 // max(1, file.size)))))
            said = bar
        made = card(row(name, None, said, away, margin="small", gap="medium"))
        made.setAccessibleName(file.name)
        return made
