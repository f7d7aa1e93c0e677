"""baresip as a phone with ears: plays a tone into its call, records what it hears, is driven over its control port."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.helpers.appliance import wait_for
from tests.helpers.network import Host
from tests.helpers.ports import quiet_ports
from tests.helpers.sound import heard

MODULES = ["g711.so", "ausine.so", "aubridge.so", "sndfile.so", "stun.so", "uuid.so"]
APPLICATIONS = ["account.so", "menu.so", "ctrl_tcp.so"]
PLACES = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules", "/usr/lib/aarch64-linux-gnu/baresip/modules"]


REGISTERED = re.compile(r"200 OK \(.*\) \[\d+ bindings?\]")


STARTS = 3
"""How often it is started with other ports, where it ends at once: another program may have taken one of them meanwhile."""


class Baresip:
    """One running baresip with one account. Its tone is `tone_hz`; what it hears lands in its folder as WAV."""

    def __init__(
        self,
        folder: Path,
        *,
        number: str,
        password: str,
        server: str,
        domain: str = "",
        transport: str = "udp",
        tone_hz: int = 440,
        host: Host | None = None,
        answer: bool = False,
        register: bool = True,
    ) -> None:
        program = shutil.which("baresip")
        assert program, "baresip is not installed (Debian: apt-get install baresip-core)"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.host = host
        mode = "auto" if answer else "manual"
        account = f"<sip:{number}@{domain or server};transport={transport}>;auth_user={number};"
        account += f"auth_pass={password};answermode={mode};audio_codecs=PCMA,PCMU"
        account += f';outbound="sip:{server};transport={transport}"' if domain else ""
        account += ";regint=300" if register else ";regint=0"
        (folder / "accounts").write_text(account + "\n")
        (folder / "contacts").write_text("")
        self._line = [*(host.prefix if host else []), program, "-4", "-f", str(folder), "-s"]
        self._tone_hz = tone_hz
        self._starts = 0
        self._start()
        self.socket: socket.socket | None = None
        self.buffer = b""
        self.events: list[dict[str, Any]] = []

    def _start(self) -> None:
        self._starts += 1
        self.control_port, self.sip_port = quiet_ports(), quiet_ports(2)  # TLS is one above
        (self.folder / "config").write_text(self._config(self._tone_hz))
        with (self.folder / "out").open("wb") as out:
            self.process = subprocess.Popen(self._line, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.folder)

    def _config(self, tone_hz: int) -> str:
        modules = next(place for place in PLACES if Path(place).is_dir())
        listen = self.host.address if self.host else "127.0.0.1"
        config = [
            f"module_path {modules}",
            f"sip_listen {listen}:{self.sip_port}",
            "call_local_timeout 30",
            "call_max_calls 4",
            f"audio_source ausine,{tone_hz}",
            "audio_player aubridge,ear",
            "audio_alert aubridge,bell",
            f"snd_path {self.folder}",
            f"ctrl_tcp_listen 127.0.0.1:{self.control_port}",
            "rtp_timeout 0",
            "audio_jitter_buffer_delay 0-1",
            "ausrc_srate 48000",
            "auplay_srate 8000",
            "ausrc_channels 2",
            "auplay_channels 1",
        ]
        config += [f"module {module}" for module in MODULES if Path(modules, module).exists()]
        config += [f"module_app {module}" for module in APPLICATIONS if Path(modules, module).exists()]
        return "\n".join(config) + "\n"

    # driving -------------------------------------------------------------------------------------------------
    def _connected(self) -> socket.socket:
        if self.socket is None:

            def connect() -> socket.socket | None:
                if self.process.poll() is not None and self._starts < STARTS:
                    self._start()
                try:
                    if self.host is not None:
                        return self.host.connect("127.0.0.1", self.control_port)
                    return socket.create_connection(("127.0.0.1", self.control_port), 0.2)
                except OSError:
                    return None

            try:
                self.socket = wait_for(connect, 20, "baresip's control port")
            except AssertionError as missed:
                missed.add_note(self.log())
                raise
            self.socket.settimeout(0.05)
        return self.socket

    def command(self, command: str, parameters: str = "") -> None:
        text = json.dumps({"command": command, "params": parameters}).encode()
        self._connected().sendall(b"%d:%s," % (len(text), text))

    def poll(self) -> None:
        """Read the events that arrived."""
        with contextlib.suppress(TimeoutError):
            self.buffer += self._connected().recv(65536)
        while b":" in self.buffer:
            head, _, rest = self.buffer.partition(b":")
            size = int(head)
            if len(rest) < size + 1:
                return
            self.events.append(json.loads(rest[:size]))
            self.buffer = rest[size + 1 :]

    def saw(self, kind: str) -> bool:
        """Whether an event came. A registration may be done before anybody listens to events: its line in the log tells it too."""
        self.poll()
        return any(event.get("type") == kind for event in self.events) or (kind == "REGISTER_OK" and REGISTERED.search(self.log()) is not None)

    def wait(self, kind: str, seconds: float = 20) -> None:
        wait_for(lambda: self.saw(kind), seconds, f"baresip event {kind}; seen {[event.get('type') for event in self.events]}\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "out").read_text(errors="replace")[-5000:]

    def stop(self) -> None:
        if self.socket is not None:
            self.socket.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    # hearing -------------------------------------------------------------------------------------------------
    def heard(self, hertz: int) -> float:
        """Share of the received sound's power at that frequency, over its clearest moment."""
        return max((heard(file, hertz) for file in self.folder.glob("dump-*-dec.wav")), default=0.0)
