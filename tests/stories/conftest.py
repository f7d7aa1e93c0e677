from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.appliance import Appliance
from tests.helpers.sipp import Sipp


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    """An empty folder; the server that a test starts on it ends with the test."""
    one = Appliance(tmp_path)
    yield one
    one.kill()
    one.assert_clean_log()


class Peers:
    """Starts sipps and ends them all by process id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Sipp] = []

    def start(self, name: str, scenario: str, **options: object) -> Sipp:
        one = Sipp(self.folder / name, scenario, name, **options)  # type: ignore[arg-type]
        self.running.append(one)
        return one.start()


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Peers]:
    them = Peers(tmp_path / "peers")
    yield them
    for one in them.running:
        one.stop()
