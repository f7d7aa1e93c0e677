"""A small internet of network namespaces: the shop's LAN behind its router, and a host outside. Needs root and nftables; nothing leaves it."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLONE_NEWNET = 0x40000000
LAN, WAN = "10.88.1", "198.51.100"  # RFC 1918 and RFC 5737: addresses of hosts that this file makes itself


def available() -> bool:
    """Whether this machine lets us make namespaces at all."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nft"):
        return False
    done = subprocess.run(["ip", "netns", "add", f"th{os.getpid()}probe"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", f"th{os.getpid()}probe"], capture_output=True, check=False)
    return done.returncode == 0


def _run(*line: str, stdin: str | None = None) -> None:
    subprocess.run(line, check=True, capture_output=True, input=stdin, text=True, timeout=60)


@dataclass(frozen=True)
class Host:
    """One namespace with one address."""

    name: str
    address: str

    @property
    def prefix(self) -> list[str]:
        return ["ip", "netns", "exec", self.name]

    def connect(self, host: str, port: int) -> socket.socket:
        """A TCP connection made from inside this namespace."""
        return self.inside(lambda: socket.create_connection((host, port), 0.3))  # type: ignore[no-any-return]

    def inside(self, action: Callable[[], Any]) -> Any:
        """Run in a thread that entered the namespace; sockets made there stay there."""
        result: list[Any] = []
        libc = ctypes.CDLL(None, use_errno=True)

        def enter() -> None:
            handle = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
            try:
                if libc.setns(handle, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
                result.append(action())
            except OSError as error:
                result.append(error)
            finally:
                os.close(handle)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if isinstance(result[0], OSError):
            raise result[0]
        return result[0]


class ShopNetwork:
    """`server` and `phone` on the LAN 10.88.1.0/24, a masquerading `router`, and `outside` on 198.51.100.0/24.

    `forward(ports)` is what the owner types into the router: those ports go to the server.
    """

    def __init__(self) -> None:
        tag = f"th{os.getpid()}"
        self.router = Host(f"{tag}r", f"{WAN}.1")
        self.server, self.phone = Host(f"{tag}s", f"{LAN}.2"), Host(f"{tag}p", f"{LAN}.3")
        self.outside = Host(f"{tag}o", f"{WAN}.7")
        try:
            self._build(tag)
        except subprocess.CalledProcessError as error:
            self.close()
            raise AssertionError(f"the network could not be made: {error.cmd}: {error.stderr}") from None

    def _build(self, tag: str) -> None:
        for host in self.hosts():
            _run("ip", "netns", "add", host.name)
            _run(*host.prefix, "ip", "link", "set", "lo", "up")
        _run(*self.router.prefix, "ip", "link", "add", "lan", "type", "bridge")
        _run(*self.router.prefix, "ip", "addr", "add", f"{LAN}.1/24", "dev", "lan")
        _run(*self.router.prefix, "ip", "link", "set", "lan", "up")
        for number, (host, gateway) in enumerate([(self.server, f"{LAN}.1"), (self.phone, f"{LAN}.1"), (self.outside, "")]):
            near = f"{tag}{number}"
            _run("ip", "link", "add", near, "netns", self.router.name, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            if host is self.outside:
                _run(*self.router.prefix, "ip", "addr", "add", f"{self.router.address}/24", "dev", near)
                self.wan = near
            else:
                _run(*self.router.prefix, "ip", "link", "set", near, "master", "lan")
            _run(*self.router.prefix, "ip", "link", "set", near, "up")
            _run(*host.prefix, "ip", "addr", "add", f"{host.address}/24", "dev", "eth0")
            _run(*host.prefix, "ip", "link", "set", "eth0", "up")
            if gateway:
                _run(*host.prefix, "ip", "route", "add", "default", "via", gateway)
        _run(*self.router.prefix, "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def forward(self, *ports: str) -> None:
        """Masquerade towards the outside; UDP and TCP `ports` ("5060", "30000-30099") go to the server."""
        rules = "".join(f"  iifname {self.wan} {kind} dport {port} dnat to {self.server.address}\n" for port in ports for kind in ("udp", "tcp"))
        text = (
            f"table ip nat {{\n chain pre {{ type nat hook prerouting priority -100;\n{rules} }}\n"
            f" chain post {{ type nat hook postrouting priority 100;\n  oifname {self.wan} masquerade\n }}\n}}\n"
        )
        _run(*self.router.prefix, "nft", "-f", "-", stdin=text)

    def hosts(self) -> list[Host]:
        return [self.router, self.server, self.phone, self.outside]

    def close(self) -> None:
        for host in self.hosts():
            if Path(f"/run/netns/{host.name}").exists():
                subprocess.run(["ip", "netns", "del", host.name], check=False, capture_output=True)
