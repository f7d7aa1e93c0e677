"""A served Tollhouse among abusers, in a network namespace that has loopback alone: the messages name hosts all over the world."""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fuzz.damage import damaged
from tests.helpers.appliance import Appliance
from tests.helpers.network import Host
from tests.helpers.shop import customer, rate, shop
from tests.sip.test_torture import DATAGRAMS

pytestmark = pytest.mark.needs("netns")
OPTIONS = (
    "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKgood{0}\r\nMax-Forwards: 70\r\n"
    "From: <sip:1000001@127.0.0.1>;tag=g{0}\r\nTo: <sip:127.0.0.1>\r\nCall-ID: good{0}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
def alone() -> Iterator[Host]:
    host = Host(f"th{os.getpid()}alone", "127.0.0.1")
    subprocess.run(["ip", "netns", "add", host.name], check=True, capture_output=True)
    try:
        subprocess.run([*host.prefix, "ip", "link", "set", "lo", "up"], check=True, capture_output=True)
        yield host
    finally:
        subprocess.run(["ip", "netns", "del", host.name], check=False, capture_output=True)


@pytest.fixture
def served(alone: Host, tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path, alone.prefix)
    one.apply(shop(5999, rates=[rate("44", "United Kingdom", "0.0100")], customers=[customer("Alice", "1000001", balance="10.00")]))
    yield one
    one.kill()
    one.assert_clean_log()


def bound(alone: Host, address: str) -> socket.socket:
    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 0))
        sock.setblocking(False)
        return sock

    return alone.inside(make)  # type: ignore[no-any-return]


def answer_seconds(phone: socket.socket, number: int, port: int) -> float:
    phone.settimeout(1)
    began = time.monotonic()
    for _ in range(20):  # again, as phones do: a datagram may be lost among so many
        phone.sendto(OPTIONS.format(number).encode(), ("127.0.0.1", port))
        with suppress(TimeoutError):
            while f"good{number}".encode() not in phone.recv(4096):
                pass
            return time.monotonic() - began
    raise AssertionError("no answer to a phone")


def memory_kib(appliance: Appliance) -> int:
    assert appliance.process is not None
    text = Path(f"/proc/{appliance.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS:")))


def test_torture_and_damage_leave_it_whole(served: Appliance, alone: Host) -> None:
    """Every torture message, REGISTER and INVITE among them, whole and damaged in thousands of ways, as datagrams and in streams; then
    a phone is answered as before, nothing was logged as a fault of ours, and memory has not grown."""
    served.serve("--set", "guard.enabled=false")
    chance = random.Random(7)
    messages = [file.read_bytes() for file in sorted(DATAGRAMS.glob("*.dat"))]
    abuser, phone = bound(alone, "127.0.0.9"), bound(alone, "127.0.0.1")

    def by_stream(number: int) -> None:
        """Some of them run together in one connection, which is left to the server or broken off in the middle."""
        line = alone.connect("127.0.0.1", served.sip_port)
        with suppress(OSError):  # it hangs up on whoever cannot be framed
            for message in chance.sample(messages, 12):
                line.sendall(damaged(message, chance) if number % 4 else message)
            line.sendall(b"INVITE sip:1@127.0.0.1 SIP/2.0\r\nContent-Length: 60000\r\n\r\n" + bytes(chance.randrange(50_000)))
        line.close()

    def abuse(rounds: int) -> None:
        for number in range(rounds):
            by_stream(number)
            for message in messages:
                try:
                    abuser.sendto(damaged(message, chance) if number else message, ("127.0.0.1", served.sip_port))
                except OSError:  # too long, or there is no room
                    continue
            answer_seconds(phone, chance.getrandbits(40), served.sip_port)

    abuse(20)
    before = memory_kib(served)
    abuse(60)
    assert memory_kib(served) - before < 12 * 1024
    assert served.process is not None and served.process.poll() is None


def test_a_flood_of_junk_leaves_a_phone_served(served: Appliance, alone: Host) -> None:
    """A hundred addresses at a time; `tests/bench/sip_load.py` has the figures at a stated rate."""
    served.serve()
    phone = bound(alone, "127.0.0.1")
    abusers = [bound(alone, f"127.0.1.{number}") for number in range(1, 101)]
    junk = [b"\x00" * 40, b"SIP junk\r\n\r\n", (DATAGRAMS / "insuf.dat").read_bytes(), OPTIONS.format("x").encode()[:90]]
    answers: list[float] = []
    typical: list[float] = []
    for number in range(90):
        for place, abuser in enumerate(abusers):
            abuser.sendto(junk[(number + place) % len(junk)], ("127.0.0.1", served.sip_port))
        answers.append(answer_seconds(phone, number, served.sip_port))
        if len(answers) == 30:
            typical.append(statistics.median(answers))
            answers.clear()
            if typical[-1] < 0.1:  # else the machine was busy with other things just then
                break
    assert min(typical) < 0.1
    for abuser in abusers:
        abuser.close()
