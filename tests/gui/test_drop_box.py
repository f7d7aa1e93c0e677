"""Files dropped from outside: this computer's own are told, anything else is not taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from appliance.gui.widgets.drop_box import DropBox

ANY = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        (["file:///tmp/a.csv", "file:///tmp/b.csv"], [["/tmp/a.csv", "/tmp/b.csv"]]),
        (["https://x.test/a.csv", "file:///tmp/b.csv"], [["/tmp/b.csv"]]),
        (["https://x.test/a.csv"], []),
    ],
)
def test_what_falls_on_it(qtbot: QtBot, urls: list[str], told: list[list[str]]) -> None:
    box = DropBox("&Choose files…", "Here")
    qtbot.addWidget(box)
    box.show()
    heard: list[list[str]] = []
    box.dropped.connect(lambda names: heard.append([Path(name).as_posix() for name in names]))
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, ANY)
    entering.ignore()
    QApplication.sendEvent(box, entering)
    assert entering.isAccepted() == bool(told)
    QApplication.sendEvent(box, QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, ANY))
    assert heard == told
