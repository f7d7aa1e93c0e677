"""CPU, memory and delay of the media relay: calls of two directions with 50 packets a second each, on loopback.

    python -m tests.bench.media_relay [calls] [seconds] [calls a second] [slots]

Prints microseconds of the relay's CPU a packet, how often it woke, its memory, and by how much packets are late: from before they are sent until the
kernel has them for who receives them (SO_TIMESTAMPNS), so that nothing of the receiver's own waiting is in it. The third number,
100 unless said otherwise, is what a server on the same machine takes meanwhile, with sipp; 0: no server. The fourth: into how many
parts of 20 ms the calls are spread, 200 unless said otherwise; with 20, ten packets come together each millisecond, which spares a
relay most of its wakings. The load is one Python process and takes its share of the machine: with more than some 150 calls it
falls behind, and says so.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.served_calls import cpu_seconds, described, loaded, pss_mebibytes
from tests.helpers.appliance import COMMAND, Appliance, sip_port

HOST, FIRST = "127.0.0.1", 42_000
SETTLING_SECONDS = 4.5  # then the relay knows whom it serves, as for most of a call
SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the socket module does not name it


def start(calls: int) -> tuple[subprocess.Popen[bytes], socket.socket, list[tuple[socket.socket, tuple[str, int]]]]:
    """The relay, its control connection, and for each side of each call a socket with the port it talks to."""
    ours, theirs = socket.socketpair()
    with theirs:
        relay = subprocess.Popen([*COMMAND, "relay", "--control", f"fd:{theirs.fileno()}"], pass_fds=(theirs.fileno(),))
    control = ours.makefile("rw")

    def say(*values: object) -> None:
        control.write(json.dumps(values) + "\n")
        control.flush()

    settings = {"host": HOST, "ports": [FIRST, FIRST + 4 * calls + 9], "pool": calls, "silence_before": 0, "silence_after": 0, "ahead": True}
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
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            own = sock.getsockname()[1]
            say("expect", number, side, HOST, own, own, False)
            sides.append((sock, (HOST, port)))
    time.sleep(0.3)
    return relay, ours, sides


def take(sock: socket.socket, delays: list[int]) -> None:
    """What waits at a socket: nanoseconds from each packet's sending to its arrival."""
    try:
        while True:
            data, control, _, _ = sock.recvmsg(2048, 64)
            seconds, nanoseconds = struct.unpack_from("qq", control[0][2])
            delays.append(seconds * 1_000_000_000 + nanoseconds - int.from_bytes(data[12:20], "big"))
    except BlockingIOError:
        pass


def load(sides: list[tuple[socket.socket, tuple[str, int]]], seconds: float, slots: int) -> tuple[int, list[int], float]:
    """Sends and receives; packets sent, the delays of those heard, and by how much the load fell behind its clock.

    The sides are spread over each 20 ms in so many parts: phones do not keep step, so that packets come singly.
    """
    parts = [sides[place::slots] for place in range(slots)]
    delays: list[int] = []
    sent, behind = 0, 0.0
    began = time.perf_counter()
    for tick in range(int(seconds * 50 * slots)):
        due = began + tick / (50 * slots)
        left = due - time.perf_counter()
        if left > 0:
            time.sleep(left)
        behind = max(behind, -left)
        seq = tick // slots
        head = struct.pack(">BBHII", 0x80, 0, seq & 0xFFFF, seq * 160, 7)
        for sock, to in parts[tick % slots]:
            sock.sendto(head + time.time_ns().to_bytes(8, "big") + b"v" * 152, to)
            sent += 1
        for sock, _ in parts[(tick + slots // 2) % slots]:
            take(sock, delays)
    time.sleep(0.1)
    for sock, _ in sides:
        take(sock, delays)
    return sent, delays, behind


@contextmanager
def calls_beside(per_second: float, seconds: float) -> Iterator[None]:
    """A whole server on this machine that takes so many calls a second meanwhile: digest, rating, records, half a second of talk."""
    if not per_second:
        yield
        return
    with tempfile.TemporaryDirectory() as scratch:
        appliance, trunk_port = Appliance(Path(scratch)), sip_port()
        appliance.apply(described(trunk_port))
        appliance.serve("--set", "sip.digest_algorithms=MD5", "--set", "guard.exempt=127.0.0.0/8")
        try:
            address = f"{HOST}:{appliance.sip_port}"
            carrier, caller = loaded(
                Path(scratch) / "calls", address, trunk_port, int(per_second * (seconds + SETTLING_SECONDS + 2)), per_second, 500, 5000
            )
            time.sleep(2.0)  # as many calls run as will
            yield
            failed = caller.wait(60)
            carrier.stop()
            print(f"beside a server that took {per_second:g} calls/s{'' if failed == 0 else '; NOT CLEAN'}")
        finally:
            appliance.kill()


def wakings(pid: int) -> int:
    """How often a process has left the processor of its own will."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("voluntary_ctxt_switches"))


def main() -> None:
    """Prints the figures."""
    told = [float(text) for text in sys.argv[1:]]
    calls, seconds, per_second = int(told[0]) if told else 100, told[1] if len(told) > 1 else 6.0, told[2] if len(told) > 2 else 100.0
    slots = int(told[3]) if len(told) > 3 else 200
    relay, control, sides = start(calls)
    try:
        with calls_beside(per_second, seconds):
            load(sides, SETTLING_SECONDS, slots)
            before, woken, own = cpu_seconds(relay.pid), wakings(relay.pid), time.process_time()
            sent, delays, behind = load(sides, seconds, slots)
            used, woken, own = cpu_seconds(relay.pid) - before, wakings(relay.pid) - woken, time.process_time() - own
            each, unheard = 1e6 * used / sent, sent - len(delays)
            print(f"{calls} calls, {sent / seconds:.0f} packets/s: {each:.1f} us of the relay's CPU a packet, {unheard} not heard;", end=" ")
            print(f"it woke {woken / seconds:.0f} times a second; the load itself took {1e6 * own / sent:.1f} us a packet")
            delays.sort()
            p50, p99, worst = (delays[min(int(len(delays) * part), len(delays) - 1)] / 1e6 for part in (0.5, 0.99, 1.0))
            print(f"delay: p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {worst:.1f} ms; load average {os.getloadavg()[0]:.1f}")
            print(f"memory: {pss_mebibytes(relay.pid):.1f} MiB PSS; the load was at most {1000 * behind:.1f} ms late")
    finally:
        control.close()
        relay.wait(5)


if __name__ == "__main__":
    main()
