"""Linphone as a phone of another make: the daemon, driven by lines on its standard input. Where there is no sound card it is silent."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from tests.helpers.appliance import wait_for
from tests.helpers.ports import free_port, quiet_ports

CONFIG = """[sip]
sip_port={port}
sip_tcp_port={tcp}
sip_tls_port=0
default_proxy=0
guess_hostname=1
register_only_when_network_is_up=0
[proxy_0]
reg_proxy=<sip:{server};transport={transport}>
reg_route=<sip:{server};transport={transport};lr>
reg_identity=sip:{number}@{domain}
reg_expires=600
reg_sendregister=1
[auth_info_0]
username={number}
passwd={password}
realm={domain}
[net]
mtu=1300
firewall_policy=0
[rtp]
audio_rtp_port={rtp}-{rtp_last}
[video]
enabled=0
[misc]
config-uri=
[storage]
uri=null
[logging]
disable_stats_events=1
"""


class Linphone:
    """One running linphone-daemon with one account, whose outbound proxy is the server."""

    def __init__(self, folder: Path, server: str, number: str, password: str, *, domain: str, transport: str = "udp", answers: bool = True) -> None:
        program = shutil.which("linphone-daemon")
        assert program, "linphone-daemon is not installed (Debian: apt-get install linphone-cli)"
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self.log = folder / "out"
        rtp = quiet_ports(22, (socket.SOCK_DGRAM,), step=2)
        config = folder / "linphonerc"
        config.write_text(
            CONFIG.format(
                port=free_port(),
                tcp=-2,
                rtp=rtp,
                rtp_last=rtp + 20,
                server=server,
                transport=transport,
                number=number,
                domain=domain,
                password=password,
            )
        )
        line = [program, "--config", str(config), "--disable-stats-events", *(["--auto-answer"] if answers else [])]
        home = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C"}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=home, bufsize=0)

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self, words: str, seconds: float = 20) -> None:
        wait_for(lambda: words in self.said(), seconds, f"linphone says {words}")

    def close(self) -> None:
        if self.process.poll() is None:
            self.say("quit")
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
