"""The built program: made once for the whole run, and not again while nothing that it is made from has changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 600


class Built(NamedTuple):
    """The folder's program, and the single file."""

    folder: Path
    program: Path
    one_file: Path


@pytest.fixture(scope="session")
def built() -> Built:
    line = [sys.executable, str(ROOT / "packaging" / "freeze.py"), "--both", "--if-changed"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    print(done.stdout)
    folder = ROOT / "dist" / "tollhouse"
    return Built(folder, folder / "tollhouse", ROOT / "dist" / "tollhouse-one-file")


@pytest.fixture
def as_built(built: Built, monkeypatch: pytest.MonkeyPatch) -> Built:
    """Whatever drives a `tollhouse` in this test drives the built one."""
    monkeypatch.setattr("tests.helpers.appliance.COMMAND", [str(built.program)])
    return built
