"""What many phones, many connections and a flood cost the whole server, on loopback.

    python -m tests.bench.sip_load [--phones 20000] [--every 60] [--seconds 20] [--connections 5000] [--flood 5000]

Three parts, each with a server of its own: phones that refresh (each registers with digest, then again every so many seconds;
printed: the server's share of a core and what its memory grew by), idle TCP connections (the same, a REGISTER each), and a
flood of junk datagrams a second from a hundred addresses (printed: how long a good phone waits for the answer to OPTIONS).
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from appliance.sip.digest import answer_challenge
from appliance.sip.message import Response, parse
from tests.bench.served_calls import cpu_seconds, pss_mebibytes
from tests.helpers.appliance import Appliance, sip_port
from tests.helpers.shop import customer, rate, shop

HOST = "127.0.0.1"
DOMAIN = "sip.example.test"
BATCH = 40


def register(number: int, cseq: int, port: int, where: str, credentials: str = "", transport: str = "UDP") -> bytes:
    """A REGISTER of a phone that sits at `where`."""
    answer = f"Authorization: {credentials}\r\n" if credentials else ""
    return (
        f"REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{transport} {where};rport;branch=z9hG4bK{number}x{cseq}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{number}@{DOMAIN}>;tag=f{number}\r\nTo: <sip:{number}@{DOMAIN}>\r\nCall-ID: reg{number}\r\nCSeq: {cseq} REGISTER\r\n"
        f"Contact: <sip:{number}@{where}>\r\nExpires: 3600\r\n{answer}User-Agent: bench\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def credentials(challenge: Response, number: int, chance: random.Random) -> str:
    """For the REGISTER that was challenged."""
    value = answer_challenge(challenge.all("WWW-Authenticate"), "REGISTER", f"sip:{DOMAIN}", str(number), f"secret-{number}", chance)
    assert value is not None
    return value


def served(folder: Path, phones: int) -> Appliance:
    """A shop with one customer who has all the phones."""
    numbers = range(1_000_001, 1_000_001 + phones)
    owner = customer("Bench", str(numbers[0]), balance="1000.00")
    owner["endpoints"] = [{"number": str(number), "password": f"secret-{number}"} for number in numbers]
    appliance = Appliance(folder)
    appliance.apply(shop(sip_port(), rates=[rate("44", "Bench", "0.0100")], customers=[owner]))
    appliance.serve("--set", "guard.exempt=127.0.0.0/8")
    return appliance


class Phones:
    """All phones behind one socket, each with a contact of its own."""

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.numbers = list(range(1_000_001, 1_000_001 + count))
        self.chance = random.Random(1)
        self.cseq = 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.connect((HOST, port))
        self.sock.settimeout(3)

    def refresh(self, numbers: list[int]) -> int:
        """One digest registration each; how many were taken."""
        self.cseq += 2
        for number in numbers:
            self.sock.send(register(number, self.cseq, self.port, f"10.1.{number % 250}.{number % 249}:{number % 60000 + 1024}"))
        taken = 0
        while taken < len(numbers):
            try:
                data = self.sock.recv(8192)
            except TimeoutError:
                break
            if not data.startswith(b"SIP/2.0 "):
                continue  # keep-alives
            answer = parse(data)
            number = int(answer.call_id.removeprefix("reg"))
            assert isinstance(answer, Response)
            if answer.status == 401:
                where = f"10.1.{number % 250}.{number % 249}:{number % 60000 + 1024}"
                self.sock.send(register(number, self.cseq + 1, self.port, where, credentials(answer, number, self.chance)))
            else:
                taken += answer.status == 200
        return taken


def refreshing(folder: Path, count: int, every: float, seconds: float) -> None:
    appliance = served(folder, count)
    assert appliance.process is not None
    pid = appliance.process.pid
    try:
        before = pss_mebibytes(pid)
        phones = Phones(appliance.sip_port, count)
        taken = sum(phones.refresh(phones.numbers[place : place + BATCH]) for place in range(0, count, BATCH))
        grown = pss_mebibytes(pid) - before
        per_batch = BATCH * every / count
        began, spent, refreshed, place = time.monotonic(), cpu_seconds(pid), 0, 0
        while time.monotonic() - began < seconds:
            refreshed += phones.refresh(phones.numbers[place : place + BATCH])
            place = (place + BATCH) % count
            time.sleep(max(0.0, began + (refreshed / BATCH) * per_batch - time.monotonic()))
        took = time.monotonic() - began
        share = 100 * (cpu_seconds(pid) - spent) / took
        print(f"{taken} phones registered: {grown:.0f} MiB more, {pss_mebibytes(pid):.0f} in all")
        print(f"refreshing {refreshed / took:.0f} a second ({count} every {every:.0f} s): {share:.1f} % of a core")
    finally:
        appliance.kill()


def idle(folder: Path, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], count + 200),) * 2)
    appliance = served(folder, 10)
    assert appliance.process is not None
    pid = appliance.process.pid
    held: list[socket.socket] = []
    try:
        before = pss_mebibytes(pid)
        for number in range(count):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.bind((f"127.1.{number // 200}.{number % 200 + 1}", 0))  # of one address few are taken
            sock.connect((HOST, appliance.sip_port))
            sock.sendall(
                register(1_000_001 + number % 10, number, appliance.sip_port, f"127.1.{number // 200}.{number % 200 + 1}:5060", transport="TCP")
            )
            held.append(sock)
        alive = 0
        for sock in held:
            sock.settimeout(5)
            alive += sock.recv(4096).startswith(b"SIP/2.0 401")
        print(f"{alive} idle TCP connections: {pss_mebibytes(pid) - before:.0f} MiB more")
    finally:
        for sock in held:
            sock.close()
        appliance.kill()


def flood(folder: Path, per_second: int, seconds: float) -> None:
    appliance = served(folder, 10)
    assert appliance.process is not None
    child = os.fork()
    if child == 0:
        sockets = []
        for number in range(1, 101):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((f"127.2.0.{number}", 0))
            sockets.append(sock)
        chance, began, sent = random.Random(1), time.monotonic(), 0
        while time.monotonic() - began < seconds + 2:
            for sock in sockets[:50] if sent % 100 == 0 else sockets[50:]:
                sock.sendto(chance.randbytes(200) if sent % 3 else register(sent, sent, 1, "203.0.113.5"), (HOST, appliance.sip_port))
                sent += 1
            time.sleep(max(0.0, began + sent / per_second - time.monotonic()))
        os._exit(0)
    try:
        phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(3)
        time.sleep(1)
        waits: list[float] = []
        lost, number, end = 0, 0, time.monotonic() + seconds
        spent, began = cpu_seconds(appliance.process.pid), time.monotonic()
        while time.monotonic() < end:
            number += 1
            asked = time.monotonic()
            text = register(1_000_001, number, 1, "127.0.0.1:5060").replace(b"REGISTER", b"OPTIONS")
            phone.sendto(text, (HOST, appliance.sip_port))
            try:
                while b"SIP/2.0 200" not in phone.recv(4096):
                    pass
                waits.append(time.monotonic() - asked)
            except TimeoutError:
                lost += 1
            time.sleep(0.02)
        share = 100 * (cpu_seconds(appliance.process.pid) - spent) / (time.monotonic() - began)
        waits.sort()
        worst = waits[int(len(waits) * 0.99)] if waits else float("nan")
        middle, most = 1000 * waits[len(waits) // 2], 1000 * waits[-1]
        print(f"{per_second} junk datagrams/s from 100 addresses, {share:.0f} % of a core: a phone's answers", end=" ")
        print(f"p50 {middle:.1f} ms, p99 {1000 * worst:.1f} ms, worst {most:.1f} ms, {lost} lost of {number}")
    finally:
        os.waitpid(child, 0)
        appliance.kill()


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser()
    for name, usual in (("phones", 20_000), ("every", 60), ("seconds", 20), ("connections", 5000), ("flood", 5000)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    told: Any = parser.parse_args()
    for part in (
        lambda folder: flood(folder, told.flood, min(told.seconds, 10)),
        lambda folder: idle(folder, told.connections),
        lambda folder: refreshing(folder, told.phones, told.every, told.seconds),
    ):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder))
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
