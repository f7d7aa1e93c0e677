"""Windows' garbage is found on the window's thread, whatever other threads allocate."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from appliance.gui import garbage
from appliance.gui.garbage import GarbageSteps


@pytest.fixture
def steps(qapp: object) -> Iterator[GarbageSteps]:
    made = GarbageSteps()
    yield made
    made.deleteLater()


class Knot(QObject):
    """Holds itself."""

    def __init__(self, died_on: list[str]) -> None:
        super().__init__()
        self.itself = self
        self.watch = weakref.finalize(self, lambda: died_on.append(threading.current_thread().name))


def test_no_other_thread_collects(qtbot: QtBot, steps: GarbageSteps) -> None:
    died_on: list[str] = []
    kept: list[list[int]] = []  # alive until the end: what is freed at once does not count as something to look through
    Knot(died_on)

    def allocate() -> None:
        kept.extend([number] for number in range(200_000))

    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    assert died_on == [] and not gc.isenabled()
    qtbot.waitUntil(lambda: died_on == [threading.main_thread().name])


def test_little_garbage_is_left_for_later(steps: GarbageSteps) -> None:
    gc.collect()
    before = steps._steps
    steps.step()
    assert steps._steps == before and gc.get_count()[0] < garbage.YOUNG
