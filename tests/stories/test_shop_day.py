"""A call shop's day in small: owner, clerk and supervisor by keyboard, twelve booths of guests on phones, one server that is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.xvfb import Display

STORY = Path(__file__).with_name("shop_day.py")
LONGEST = 300
"""Seconds; before that a story that hangs says where."""


@pytest.mark.needs("Xvfb", "baresip")
def test_a_day_in_the_shop(tmp_path: Path) -> None:
    """The program that holds a window is one of its own: a Qt program chooses its window system once."""
    options = ["-q", "--tb=short", "-rN", "-p", "no:cacheprovider", "-o", f"faulthandler_timeout={LONGEST - 30}"]
    with Display() as display:
        line = [sys.executable, "-m", "pytest", *options, f"--basetemp={tmp_path / 'story'}", str(STORY)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=LONGEST, check=False, env=display.environment)
    assert done.returncode == 0, f"{done.stdout[-16000:]}\n{done.stderr[-4000:]}"
