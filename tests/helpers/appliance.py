"""A real `tollhouse` in a process of its own, driven as an outside tool drives it: commands, files, fields."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.helpers.ports import free_port as free_port
from tests.helpers.ports import sip_port as sip_port

COMMAND = [sys.executable, "-m", "appliance"]
#: As an installed program runs: with its byte code kept.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONUNBUFFERED": "1"}


def wait_for(condition: Any, seconds: float, what: str) -> Any:
    """The first true value of `condition()`, asked every 20 ms."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return value


class CommandFailed(AssertionError):
    """A command ended otherwise than the test said."""


class Appliance:
    """One data folder and, while it runs, the server on it."""

    def __init__(self, folder: Path, prefix: Sequence[str] = ()) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.prefix = list(prefix)  # `ip netns exec NAME` where the server lives elsewhere
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}
        self.sip_port = sip_port()
        self.errors = folder / "serve.err"

    # commands ------------------------------------------------------------------------------------------------
    def run(self, *arguments: str, code: int | None = 0, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.prefix, *COMMAND, *arguments],
            capture_output=True,
            text=True,
            input=stdin,
            timeout=120,
            check=False,
            env=ENVIRONMENT,
            stdin=None if stdin is not None else subprocess.DEVNULL,
        )
        if code is not None and done.returncode != code:
            raise CommandFailed(f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def apply(self, description: dict[str, Any], code: int = 0) -> subprocess.CompletedProcess[str]:
        file = self.folder / "description.json"
        file.write_text(json.dumps(description, indent=1))
        return self.run("apply", str(file), "--data", str(self.data), code=code)

    def rows(self, command: str, *arguments: str) -> list[dict[str, Any]]:
        done = self.run(command, *arguments, "--data", str(self.data), "--format", "json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def cdrs(self) -> list[dict[str, Any]]:
        return self.rows("cdrs")

    def balance(self, account: str) -> str:
        return str(next(row["balance"] for row in self.rows("balances") if row["account"] == account))

    def do(self, operation: str, request: dict[str, Any]) -> Any:
        done = self.run("do", operation, "-", "--data", str(self.data), stdin=json.dumps(request))
        return json.loads(done.stdout) if done.stdout.strip() else None

    def verify(self) -> None:
        self.run("verify", "--data", str(self.data))

    # the server ----------------------------------------------------------------------------------------------
    def serve(self, *arguments: str, sip: Sequence[str] = (), seconds: float = 60) -> dict[str, Any]:
        listeners = list(sip) or [f"udp:127.0.0.1:{self.sip_port}", f"tcp:127.0.0.1:{self.sip_port}"]
        line = [*self.prefix, *COMMAND, "serve", "--data", str(self.data), "--web", f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"]
        for listener in listeners:
            line += ["--sip", listener]
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*line, *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        text = b""
        end = time.monotonic() + seconds
        while b"\n" not in text:
            if self.process.poll() is not None:
                raise CommandFailed(f"serve ended with {self.process.returncode}\n{self.log()}")
            if time.monotonic() > end:
                self.kill()
                raise CommandFailed(f"serve not ready within {seconds} s\n{self.log()}")
            text += self.process.stdout.read() or b""
            time.sleep(0.01)
        self.ready = json.loads(text)
        assert self.ready["ready"] is True
        return self.ready

    def log(self) -> str:
        return self.errors.read_text(errors="replace")[-8000:] if self.errors.exists() else ""

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM as systemd does it; the exit code."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise CommandFailed(f"serve did not stop within {seconds} s\n{self.log()}") from None
        finally:
            if process.stdout:
                process.stdout.close()
        return code

    def kill(self) -> None:
        """SIGKILL: the power cut of the tests."""
        if self.process is not None:
            process, self.process = self.process, None
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def assert_clean_log(self) -> None:
        assert "Traceback" not in self.log(), self.log()
