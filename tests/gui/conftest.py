"""A desk with a fake server behind it, offscreen, and pictures of what is shown where somebody wants to look."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTEST_QT_API", "pyside6")

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui import words
from appliance.gui.change_listener import ChangeListener
from appliance.gui.desk import Desk, Place
from appliance.gui.memory import Memory, open_settings
from appliance.gui.theme import LIGHT, Theme
from appliance.wire.operations import OPERATIONS
from appliance.wire.operators import GrantView, OperatorView, Session
from tests.gui.fake_client import FakeClient

SHOTS = "TOLLHOUSE_SHOTS"
PATIENCE_MS = 30_000
"""How long is waited for what should come at once: a machine that is busy with other things takes its time."""


class PatientBot(QtBot):
    """Waits longer than the library does where a test says nothing."""

    def waitUntil(self, callback: Callable[[], Any], *, timeout: int = PATIENCE_MS) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **options: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(scope="package", autouse=True)
def window_thread_collects() -> Iterator[None]:
    """As in the console: what a fake server's thread allocates must not destroy parts of windows on that thread."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """After a test its windows' garbage goes, here."""
    yield
    if gc.get_count()[0] > 20_000:
        gc.collect(1)


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    made = Theme(LIGHT)
    made.dress()
    return made


@pytest.fixture(autouse=True)
def english(qapp: QApplication, dressed: Theme) -> Iterator[None]:
    """Every test begins in English, left to right."""
    words.use("en")
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    QLocale.setDefault(QLocale("en"))
    yield
    words.use("en")
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def theme(dressed: Theme) -> Iterator[Theme]:
    yield dressed
    dressed.choose(LIGHT)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(open_settings(str(tmp_path / "console.ini")))


@pytest.fixture
def session() -> Session:
    operator = OperatorView(1, 1, "mira", "Mira Owner", "", "en", True, False, False, False, [GrantView("owner", "Harbour Telecom", None)])
    return Session("token", "2027-01-01T00:00:00Z", operator, sorted({each.permission for each in OPERATIONS.values()}))


@pytest.fixture
def server(qapp: QApplication) -> FakeClient:
    return FakeClient()


@pytest.fixture
def desk(server: FakeClient, session: Session, memory: Memory, theme: Theme) -> Iterator[Desk]:
    made = Desk(server, session, ChangeListener(), memory, theme, SteppedClock())
    made.listener.setParent(made)
    made.places: list[Place] = []  # type: ignore[misc]
    made.asked_for.connect(made.places.append)  # type: ignore[attr-defined]
    yield made
    made.deleteLater()


@pytest.fixture
def shoot(qtbot: QtBot) -> Callable[[QWidget, str], None]:
    """`shoot(widget, "customers-dark")` keeps a picture in the folder that TOLLHOUSE_SHOTS names; without it nothing."""

    def picture(widget: QWidget, name: str) -> None:
        folder = os.environ.get(SHOTS)
        if folder:
            qtbot.wait(250)
            widget.grab().save(str(Path(folder) / f"{name}.png"))

    return picture
