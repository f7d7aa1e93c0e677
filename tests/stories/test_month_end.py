"""A month end, and a carrier that becomes dearer than one's own price: by keyboard before a real window and a real server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.xvfb import Display

STORY = Path(__file__).with_name("month_end.py")
LONGEST = 240
"""Seconds; before that a story that hangs says where."""


@pytest.mark.needs("Xvfb")
@pytest.mark.parametrize("told", ["test_a_month_end", "test_a_deck_that_loses"])
def test_by_keyboard(told: str, tmp_path: Path) -> None:
    """The program that holds a window is one of its own: a Qt program chooses its window system once."""
    options = ["-q", "--tb=short", "-rN", "-p", "no:cacheprovider", "-o", f"faulthandler_timeout={LONGEST - 30}"]
    with Display() as display:
        line = [sys.executable, "-m", "pytest", *options, f"--basetemp={tmp_path / 'story'}", f"{STORY}::{told}"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=LONGEST, check=False, env={**display.environment, "TZ": "UTC"})
    assert done.returncode == 0, f"{done.stdout[-12000:]}\n{done.stderr[-2000:]}"
