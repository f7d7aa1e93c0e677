"""A call shop's day in small: owner, clerk and supervisor by keyboard, guests on scripted phones, one server that is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.xvfb import Display

STORY = Path(__file__).with_name("shop_day.py")


@pytest.mark.needs("Xvfb")
def test_a_day_in_the_shop(tmp_path: Path) -> None:
    """The program that holds a window is one of its own: a Qt program chooses its window system once."""
    with Display() as display:
        line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rN", f"--basetemp={tmp_path / 'story'}", str(STORY)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False, env=display.environment)
    assert done.returncode == 0, f"{done.stdout[-12000:]}\n{done.stderr[-2000:]}"
