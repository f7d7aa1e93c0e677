"""Somebody who has just found Tollhouse types `tollhouse demo` and watches."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from appliance import demo_screen

COMMAND = [sys.executable, "-m", "appliance", "demo"]


def leftovers() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("tollhouse-demo-*")}


def test_it_runs_for_a_while_calls_are_charged_and_nothing_is_left() -> None:
    before = leftovers()
    done = subprocess.run([*COMMAND, "--seconds", "15"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "The server is ready." in done.stdout
    assert re.search(r"^[1-9]\d* calls\. The books are proved", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stderr
    assert leftovers() <= before


def test_in_a_terminal_it_shows_running_calls_and_ctrl_c_ends_it() -> None:
    master, slave = pty.openpty()
    before = leftovers()
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background would hand on that it is ignored
    process = subprocess.Popen(COMMAND, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "50"})
    signal.signal(signal.SIGINT, heard)
    os.close(slave)
    text = b""
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end and not (b"answered" in text and b"Credit accounts" in text):
            text += os.read(master, 65536)
        process.send_signal(signal.SIGINT)
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            text += data
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)
    assert b"Running calls" in text
    assert b"The books are proved" in text
    assert text.count(demo_screen.HIDE.encode()) == text.count(demo_screen.SHOW.encode()) == 1
    assert leftovers() <= before
