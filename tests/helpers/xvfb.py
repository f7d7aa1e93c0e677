"""A screen of its own: an X server in memory, on a display number that was free."""

from __future__ import annotations

import os
import select
import subprocess
import time

WIDTH, HEIGHT = 1440, 900


class Display:
    """`with Display() as display:` runs Xvfb; `display.environment` is what a program needs to open its windows there."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.size = (width, height)
        self.process: subprocess.Popen[bytes] | None = None
        self.name = ""

    @property
    def environment(self) -> dict[str, str]:
        left = {name: value for name, value in os.environ.items() if name not in {"WAYLAND_DISPLAY", "QT_QPA_PLATFORMTHEME", "QT_STYLE_OVERRIDE"}}
        return {**left, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "NO_AT_BRIDGE": "1"}

    def __enter__(self) -> Display:
        reads, writes = os.pipe()
        width, height = self.size
        line = ["Xvfb", "-displayfd", str(writes), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
        self.process = subprocess.Popen(line, pass_fds=[writes], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writes)
        try:
            said = self._said(reads)
        finally:
            os.close(reads)
        self.name = f":{said}"
        return self

    def _said(self, reads: int) -> str:
        assert self.process is not None
        text, end = b"", time.monotonic() + 20
        while not text.endswith(b"\n"):
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise AssertionError("Xvfb gave no display within 20 s")
            if select.select([reads], [], [], 0.1)[0]:
                text += os.read(reads, 16)
        return text.decode().strip()

    def __exit__(self, *_fault: object) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
