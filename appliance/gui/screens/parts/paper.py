"""What the server makes as a file: shown with its pages where it is a PDF, else saved where a person says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSaveFile, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui.desk import Desk
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.words import _
from appliance.wire.shapes import Binary

APPEARS_MS = 500


def show_paper(desk: Desk, owner: QWidget, title: str, name: str, request: Any) -> None:
    """Ask for a document by the operation of that name and open it."""
    wait_for(desk, owner, title, name, request, lambda document: open_paper(desk, owner, title, document))


def wait_for(desk: Desk, owner: QWidget, title: str, name: str, request: Any, came: Callable[[Binary], object]) -> None:
    """Ask for a document; where it takes a while it is said, and can be cancelled."""
    work = LongWork(desk, owner, title=title, text=_("The paper is being drawn."), name=name, request=request, on_done=came)
    QTimer.singleShot(APPEARS_MS, work, lambda: None if work.over else work.open())


def open_paper(desk: Desk, owner: QWidget, title: str, document: Binary) -> None:
    """A PDF on the screen, from where it is saved and printed; anything else is saved."""
    from appliance.gui.widgets.document_view import DocumentDialog

    if document.content_type == "application/pdf":
        DocumentDialog(desk, owner, title, document).open()
    else:
        save_bytes(desk, owner, title, document.name, document.content)


def save_paper(desk: Desk, owner: QWidget, title: str, name: str, request: Any) -> None:
    """Ask for a document and save it."""
    wait_for(desk, owner, title, name, request, lambda document: save_bytes(desk, owner, title, document.name, document.content))


def save_bytes(desk: Desk, owner: QWidget, title: str, name: str, content: bytes) -> None:
    """Ask where to, and write the file."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    suffix = Path(name).suffix.removeprefix(".")
    dialog = QFileDialog(owner, title, str(Path(folder) / name), f"*.{suffix}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.fileSelected.connect(lambda chosen: write_bytes(desk, chosen, content))
    dialog.open()


def write_bytes(desk: Desk, file: str, content: bytes) -> None:
    """Write the whole file or nothing, and say which."""
    target = QSaveFile(file)
    if target.open(QSaveFile.OpenModeFlag.WriteOnly) and target.write(content) >= 0 and target.commit():
        desk.toast(_("Saved as {file}", file=Path(file).name))
    else:
        desk.toast(_("The file cannot be written: {reason}", reason=target.errorString()))
