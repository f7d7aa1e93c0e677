"""A real rtpengine on loopback, in user space."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.helpers.appliance import wait_for
from tests.helpers.ports import free_port, held


class Rtpengine:
    """Runs until `stop`. `where` is its ng address."""

    def __init__(self, folder: Path, first_port: int, *, timeout: int = 60, interfaces: tuple[str, ...] = ("127.0.0.1", "::1")) -> None:
        program = shutil.which("rtpengine")
        assert program, "rtpengine is not installed (Debian: apt-get install rtpengine-daemon)"
        self.line = [program, "--foreground", "--log-stderr", "--log-level=5", "--table=-1", "--num-threads=2"]
        self.line += [f"--interface={each}" for each in interfaces]
        self.line += [f"--port-min={first_port}", f"--port-max={first_port + 400}", f"--timeout={timeout}", "--silent-timeout=3600"]
        # What a package's own file says is not meant: its ports could be had once.
        (folder / "rtpengine.conf").write_text("[rtpengine]\n")
        self.line.append(f"--config-file={folder / 'rtpengine.conf'}")
        self.port = free_port()
        self.where = f"127.0.0.1:{self.port}"
        self.log = folder / "rtpengine.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Rtpengine:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*self.line, f"--listen-ng={self.where}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for(lambda: held(self.port), 20, "rtpengine listens")
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
