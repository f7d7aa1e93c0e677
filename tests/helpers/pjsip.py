"""PJSIP (pjsua2) as a phone with ears, in a process of its own: it plays a tone into its calls and records what it hears."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.helpers.appliance import wait_for
from tests.helpers.sound import heard


class Pjsip:
    """One running phone, registered; it answers calls by itself."""

    def __init__(
        self, folder: Path, server: str, number: str, password: str, *, domain: str, transport: str = "udp", hertz: int = 440, prack: str = "optional"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.wav = folder / "heard.wav"
        told = {"server": server, "number": number, "password": password, "domain": domain, "transport": transport, "hertz": hertz}
        told |= {"wav": str(self.wav), "log": str(folder / "log"), "prack": prack}
        with (folder / "err").open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.helpers.pjsip_phone", json.dumps(told)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.events: list[dict[str, Any]] = []
        self._read = b""

    def poll(self) -> list[dict[str, Any]]:
        """All that it has told so far."""
        assert self.process.stdout is not None
        *lines, self._read = (self._read + (self.process.stdout.read() or b"")).split(b"\n")
        self.events += [json.loads(line) for line in lines if line.startswith(b"{")]  # the library prints a few lines of its own
        return self.events

    def wait(self, event: str, seconds: float = 20, times: int = 1, **values: Any) -> dict[str, Any]:
        """The newest event of that kind with these values, once it has come so many times."""

        def there() -> list[dict[str, Any]]:
            return [each for each in self.poll() if each["event"] == event and values.items() <= each.items()]

        try:
            wait_for(lambda: len(there()) >= times, seconds, f"pjsip: {event} {values}")
        except AssertionError as error:
            raise AssertionError(f"{error}\ntold: {self.events}\n{self.log()}") from None
        return there()[-1]

    def do(self, verb: str, **values: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": verb, **values}).encode() + b"\n")
        self.process.stdin.flush()

    def written(self) -> int:
        """Bytes of sound that it has heard and written down so far."""
        return self.wav.stat().st_size if self.wav.exists() else 0

    def heard(self, hertz: int) -> float:
        """Share of the received sound's power at that frequency, over its clearest moment."""
        return heard(self.wav, hertz)

    def log(self) -> str:
        parts = [(self.folder / name).read_text(errors="replace")[-4000:] for name in ("err", "log") if (self.folder / name).exists()]
        return "\n".join(parts)

    def said(self, text: str) -> int:
        """How often that text stands in what it sent and got."""
        return (self.folder / "log").read_text(errors="replace").count(text)

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
