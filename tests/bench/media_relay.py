"""CPU and memory of the media relay: calls of two directions with 50 packets a second each, on loopback.

Run: python tests/bench/media_relay.py [calls] [seconds]. Prints microseconds of the relay's CPU a packet, and its
memory. The load is one Python process and takes its share of the machine: with more than some 150 calls
it falls behind, and says so.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.appliance import COMMAND

HOST, FIRST = "127.0.0.1", 42_000
PACKETS_A_SECOND = 50


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mebibytes(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:"))) / 1024


def start(calls: int) -> tuple[subprocess.Popen[bytes], socket.socket, list[tuple[socket.socket, tuple[str, int]]]]:
    """The relay, its control connection, and for each side of each call a socket with the port it talks to."""
    ours, theirs = socket.socketpair()
    with theirs:
        relay = subprocess.Popen([*COMMAND, "relay", "--control", f"fd:{theirs.fileno()}"], pass_fds=(theirs.fileno(),))
    control = ours.makefile("rw")

    def say(*values: object) -> None:
        control.write(json.dumps(values) + "\n")
        control.flush()

    settings = {"host": HOST, "ports": [FIRST, FIRST + 4 * calls + 9], "pool": calls, "silence_before": 0, "silence_after": 0}
    say("configure", settings)
    say("begin")
    ready = json.loads(control.readline())[1]
    sides: list[tuple[socket.socket, tuple[str, int]]] = []
    for number, ports in enumerate(ready):
        say("open", number, number, *ports)
        for side, port in enumerate(ports):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((HOST, 0))
            sock.setblocking(False)
            own = sock.getsockname()[1]
            say("expect", number, side, HOST, own, own, False)
            sides.append((sock, (HOST, port)))
    time.sleep(0.3)
    return relay, ours, sides


def load(sides: list[tuple[socket.socket, tuple[str, int]]], seconds: float) -> tuple[int, int, float]:
    """Sends and receives; packets sent and heard, and by how much the load fell behind its clock."""
    slots = 20  # the sides are spread over each 20 ms, one part a millisecond
    parts = [sides[place::slots] for place in range(slots)]
    heard, sent, behind = 0, 0, 0.0
    began = time.perf_counter()
    for tick in range(int(seconds * 1000)):
        due = began + tick / 1000
        left = due - time.perf_counter()
        if left > 0:
            time.sleep(left)
        behind = max(behind, -left)
        seq = tick // slots
        head = struct.pack(">BBHII", 0x80, 0, seq & 0xFFFF, seq * 160, 7)
        for sock, to in parts[tick % slots]:
            sock.sendto(head + b"v" * 160, to)
            sent += 1
        for sock, _ in parts[(tick + slots // 2) % slots]:
            try:
                while sock.recv(2048):
                    heard += 1
            except BlockingIOError:
                pass
    time.sleep(0.1)
    for sock, _ in sides:
        try:
            while sock.recv(2048):
                heard += 1
        except BlockingIOError:
            pass
    return sent, heard, behind


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 6.0
    relay, control, sides = start(calls)
    load(sides, 1.0)
    before = cpu_seconds(relay.pid)
    sent, heard, behind = load(sides, seconds)
    used = cpu_seconds(relay.pid) - before
    print(f"{calls} calls, {sent / seconds:.0f} packets/s: {1e6 * used / sent:.1f} us of the relay's CPU a packet, {sent - heard} not heard")
    print(f"memory: {pss_mebibytes(relay.pid):.1f} MiB PSS; the load was at most {1000 * behind:.1f} ms late")
    control.close()
    relay.wait(5)


if __name__ == "__main__":
    main()
