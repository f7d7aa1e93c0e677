"""The certificate of ours that a carrier wants to see: chosen as files, the key among them, and sent with the form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.words import _, isolate

LARGEST = 100_000
"""Bytes of one file: more is no certificate."""


def certificate_field(form: Form, desk: Desk, name: str) -> None:
    """A field of a form that reads as `CertificateField.content`, and is filled with the name of the one that is kept."""
    made = CertificateField(desk)
    made.changed.connect(form.edited)
    about = _("For carriers that ask for our certificate by TLS: choose the file they gave, and its key with it.")
    form.add(name, _("Our certificate"), made, lambda: made.content, made.show_kept, help=about)


class CertificateField(QWidget):
    """`content` is the text of the chosen files, the name of the one that is kept where nothing was chosen, or "" for none."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.content = ""
        self.shown = label("", "muted", wrap=True)
        self.fault = label("", "fault", wrap=True)
        self.fault.hide()
        self.choose_button = button(_("Choose files"), self.choose)
        self.remove_button = button(_("Remove"), lambda: self._take("", ""), "link")
        self.setLayout(column(self.shown, row(self.choose_button, self.remove_button, None), self.fault, gap="hair"))
        self.setFocusProxy(self.choose_button)
        self.show_kept("")

    def show_kept(self, name: str | None) -> None:
        """The one that the trunk has, by whom it calls us; "" where it has none."""
        self._show(name or "", isolate(name) if name else "")

    def choose(self) -> None:
        """Ask for the files."""
        kinds = ";;".join(("PEM (*.pem *.crt *.cer *.key)", _("All files (*)")))
        dialog = QFileDialog(self, _("Choose files"), str(self._desk.memory.get("certificate_folder") or ""), kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda chosen: self.read([Path(each) for each in chosen]))
        dialog.open()

    def read(self, files: Sequence[Path]) -> None:
        """Take these files together, or say why not; what they hold is for the server to judge."""
        found = []
        for file in files:
            try:
                with file.open("rb") as opened:
                    found.append(opened.read(LARGEST).decode("ascii", "replace"))
            except OSError as error:
                self.fault.setText(_("The file could not be read: {reason}", reason=error.strerror or str(error)))
                self.fault.show()
                return
            self._desk.memory.put("certificate_folder", str(file.parent))
        self._take("\n".join(found), ", ".join(isolate(file.name) for file in files))

    def _take(self, content: str, shown: str) -> None:
        self.fault.hide()
        self._show(content, shown)
        self.changed.emit()

    def _show(self, content: str, shown: str) -> None:
        self.content = content
        self.shown.setText(shown or _("The server's own, where it has one"))
        self.remove_button.setVisible(bool(content))
