"""The relay as its own process behind RelayMedia: sound passes, strangers do not, and its death is survived."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.sip.media import MediaSettings, RelayMedia
from appliance.sip.media_tone import tone
from appliance.sip.policy import MediaSession
from tests.helpers.appliance import COMMAND, wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.helpers.ports import quiet_ports

HOST = "127.0.0.1"


def rtp(number: int, body: bytes = b"v" * 160, payload_type: int = 0, ssrc: int = 7) -> bytes:
    return struct.pack(">BBHII", 0x80, payload_type, number & 0xFFFF, number * 160 & 0xFFFFFFFF, ssrc) + body


TRY_REALTIME = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
RTCP = struct.pack(">BBHI", 0x81, 201, 1, 7)


class Party:
    """RTP and RTCP sockets of one side."""

    def __init__(self) -> None:
        while True:
            self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.rtp.bind((HOST, 0))
            self.port: int = self.rtp.getsockname()[1]
            try:
                self.rtcp.bind((HOST, self.port + 1))
                break
            except (OSError, OverflowError):
                self.close()
        for sock in (self.rtp, self.rtcp):
            sock.settimeout(10)

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()

    def hears(self, seconds: float = 10.0) -> bytes | None:
        self.rtp.settimeout(seconds)
        try:
            return self.rtp.recv(2048)
        except TimeoutError:
            return None


class Bench:
    def __init__(self, running: RunningReactor, **settings: Any) -> None:
        self.running = running
        self.ready = 0
        self.silences: list[tuple[int, float]] = []
        first = quiet_ports(60, (socket.SOCK_DGRAM,), step=2)
        self.settings = MediaSettings(**{"host": HOST, "first_port": first, "last_port": first + 59, "pool": 4, **settings})
        self.media = RelayMedia(running.reactor, COMMAND, self.settings, self._ready, lambda call, seconds: self.silences.append((call, seconds)))
        self.parties: list[Party] = []

    def _ready(self) -> None:
        self.ready += 1

    def open(self, call: int = 1, lines: int = 1) -> list[MediaSession]:
        ready = self.ready
        sessions = self.running.do(self.media.open, call, lines)
        if sessions is None:
            wait_for(lambda: self.ready > ready, 20, "the relay is ready")
            sessions = self.running.do(self.media.open, call, lines)
        assert sessions is not None
        return sessions  # type: ignore[no-any-return]

    def party(self) -> Party:
        self.parties.append(Party())
        return self.parties[-1]

    def expect(self, session: MediaSession, side: int, port: int, *, rtcp: int | None = None, symmetric: bool = False, host: str = HOST) -> None:
        self.running.do(self.media.expect, session.session, side, host, port, port + 1 if rtcp is None else rtcp, symmetric)
        self.told()

    def told(self) -> None:
        """What the relay was told lies in its socket: it reads in the order in which things come."""
        for _ in range(2):
            self.running.do(lambda: None)
        time.sleep(0.01)

    def joined(self, call: int = 1) -> tuple[MediaSession, Party, Party]:
        session = self.open(call)[0]
        one, two = self.party(), self.party()
        self.expect(session, 0, one.port)
        self.expect(session, 1, two.port)
        return session, one, two

    def close(self) -> None:
        self.running.do(self.media.stop)
        for party in self.parties:
            party.close()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


@pytest.fixture
def make(running: RunningReactor) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def one(**settings: Any) -> Bench:
        benches.append(Bench(running, **settings))
        return benches[-1]

    yield one
    for bench in benches:
        bench.close()


@pytest.mark.parametrize("by_tcp", [False, True], ids=["inherited socket", "loopback with a token"])
def test_sound_and_rtcp_pass_both_ways(make: Callable[..., Bench], by_tcp: bool) -> None:
    bench = make(by_tcp=by_tcp)
    session, one, two = bench.joined()
    one.rtp.sendto(rtp(1, b"from one"), (HOST, session.ports[0]))
    assert two.hears() == rtp(1, b"from one")
    two.rtp.sendto(rtp(9, b"from two"), (HOST, session.ports[1]))
    assert one.hears() == rtp(9, b"from two")
    one.rtcp.sendto(RTCP, (HOST, session.ports[0] + 1))
    assert two.rtcp.recv(100) == RTCP


def test_the_first_source_is_learned_and_strangers_are_refused(make: Callable[..., Bench]) -> None:
    bench = make()
    session = bench.open()[0]
    phone, other, stranger = bench.party(), bench.party(), bench.party()
    bench.expect(session, 0, 4000, host="10.255.255.1", symmetric=True)  # what a phone behind NAT says of itself
    bench.expect(session, 1, other.port)
    phone.rtp.sendto(rtp(1), (HOST, session.ports[0]))
    assert other.hears() == rtp(1)
    other.rtp.sendto(rtp(5), (HOST, session.ports[1]))
    assert phone.hears() == rtp(5)
    stranger.rtp.sendto(rtp(2, b"intruder"), (HOST, session.ports[0]))
    assert other.hears(0.2) is None and stranger.hears(0.05) is None
    phone.rtp.sendto(rtp(3), (HOST, session.ports[0]))
    assert other.hears() == rtp(3)


def test_a_new_description_is_learned_anew(make: Callable[..., Bench]) -> None:
    bench = make()
    session, one, two = bench.joined()
    one.rtp.sendto(rtp(1), (HOST, session.ports[0]))
    assert two.hears()
    moved = bench.party()
    bench.expect(session, 0, moved.port)
    two.rtp.sendto(rtp(1), (HOST, session.ports[1]))
    assert moved.hears() and one.hears(0.1) is None
    moved.rtp.sendto(rtp(2), (HOST, session.ports[0]))
    assert two.hears() == rtp(2)


def test_rtcp_on_one_port_meets_rtcp_on_two(make: Callable[..., Bench]) -> None:
    bench = make()
    session = bench.open()[0]
    muxing, plain = bench.party(), bench.party()
    bench.expect(session, 0, muxing.port, rtcp=muxing.port)
    bench.expect(session, 1, plain.port)
    muxing.rtp.sendto(RTCP, (HOST, session.ports[0]))
    assert plain.rtcp.recv(100) == RTCP
    plain.rtcp.sendto(RTCP, (HOST, session.ports[1] + 1))
    assert muxing.hears() == RTCP


def test_packets_loss_and_jitter_are_counted(make: Callable[..., Bench]) -> None:
    bench = make()
    jitter: list[float] = []
    for call in range(1, 5):
        session, one, two = bench.joined(call)
        for number in (65533, 65534, 65535, 0, 1, 4, 3, 5):  # 2 is lost, 3 is late
            one.rtp.sendto(rtp(number), (HOST, session.ports[0]))
            time.sleep(0.005)
        two.rtp.sendto(rtp(1), (HOST, session.ports[1]))
        counted = wait_for(lambda call=call: (found := bench.running.do(bench.media.counters, call)).packets == 9 and found, 20, "the counts come")
        assert counted.relayed and counted.loss == 1 and counted.jitter_ms >= 0
        jitter.append(counted.jitter_ms)
        bench.running.do(bench.media.close, call)
        assert bench.running.do(bench.media.counters, call) is None
        if jitter[-1] < 50:  # else this machine was busy just then, and it is told of that
            break
    assert min(jitter) < 50


def test_the_quality_is_worked_out_and_the_parties_reports_count(make: Callable[..., Bench]) -> None:
    bench = make()
    opinions: list[float] = []
    while len(opinions) < 4 and not any(2.5 < opinion < 3.8 for opinion in opinions):  # a busy machine may be late once, which is heard
        call = len(opinions) + 1
        session, one, two = bench.joined(call)
        for number in range(60):
            one.rtp.sendto(rtp(number), (HOST, session.ports[0]))
            two.rtp.sendto(rtp(number, ssrc=8), (HOST, session.ports[1]))
            assert two.hears() and one.hears()  # none may be lost on the way here
        one.rtcp.sendto(struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 0x11112222, 0x33334444, 0, 60, 9600), (HOST, session.ports[0] + 1))
        assert two.rtcp.recv(100)
        # Two says that it missed 6 of one's packets, and half a second after its report came.
        two.rtcp.sendto(struct.pack(">BBHIIIIIII", 0x81, 201, 7, 8, 7, 6, 0, 0, 0x22223333, 0), (HOST, session.ports[1] + 1))
        assert one.rtcp.recv(100)
        one.rtp.sendto(rtp(60), (HOST, session.ports[0]))  # counts are told of sessions that go on
        counted = wait_for(lambda call=call: (found := bench.running.do(bench.media.counters, call)).packets == 121 and found, 20, "the counts come")
        assert counted.loss == 0 and counted.mos is not None and 0 <= counted.round_trip_ms < 2000
        opinions.append(counted.mos)
    assert any(2.5 < opinion < 3.8 for opinion in opinions)  # a tenth of G.711 lost


def sockets_of(family: socket.AddressFamily, host: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.settimeout(10)
    return sock


def test_ipv4_and_ipv6_meet_and_what_is_no_rtp_passes(make: Callable[..., Bench]) -> None:
    """T.38 over UDPTL and encrypted sound are bytes to the relay."""
    bench = make(host="::")
    session = bench.open()[0]
    with sockets_of(socket.AF_INET, HOST) as old, sockets_of(socket.AF_INET6, "::1") as new:
        bench.expect(session, 0, old.getsockname()[1])
        bench.expect(session, 1, new.getsockname()[1], host="::1")
        fax, secret = b"\x00\x01\x02\x06\x00\x00", rtp(1, b"\x8f" * 170, 0)
        for packet in (fax, secret):
            old.sendto(packet, (HOST, session.ports[0]))
            assert new.recv(2048) == packet
            new.sendto(packet, ("::1", session.ports[1]))
            assert old.recv(2048) == packet


def test_a_tone_is_laid_over_what_passes(make: Callable[..., Bench]) -> None:
    bench = make()
    session, one, two = bench.joined()
    bench.running.do(bench.media.play_tone, session.session, 0, "low_credit")
    bench.told()
    heard = b""
    wanted = tone("low_credit", 8)
    for number in range(len(wanted) // 160 + 1):
        two.rtp.sendto(rtp(number, b"v" * 160, 8), (HOST, session.ports[1]))
        packet = one.hears()
        assert packet is not None and packet[:12] == rtp(number, b"", 8)
        heard += packet[12:]
    assert heard[: len(wanted)] == wanted and heard[len(wanted) :] == b"v" * 160
    one.rtp.sendto(rtp(1), (HOST, session.ports[0]))
    assert two.hears() == rtp(1)  # the other direction is not touched


def test_a_tone_is_laid_over_g729_as_well(make: Callable[..., Bench], tmp_path: Path) -> None:
    wanted = bytes(range(200)) * 3  # 60 frames, as long as the tone is in G.711
    (tmp_path / "low_credit.g729").write_bytes(wanted)
    bench = make(tones=str(tmp_path))
    session, one, two = bench.joined()
    bench.running.do(bench.media.play_tone, session.session, 0, "low_credit")
    bench.told()
    heard, silence = b"", b"s" * 2  # of annex B, behind the frames of its packet
    for number in range(31):
        two.rtp.sendto(rtp(number, b"v" * 20 + silence, 18), (HOST, session.ports[1]))
        packet = one.hears() or b""
        assert packet[:12] == rtp(number, b"", 18) and packet[-2:] == silence
        heard += packet[12:-2]
    assert heard == wanted + b"v" * 20


def test_silence_is_told_after_the_answer(make: Callable[..., Bench]) -> None:
    bench = make(silence_after_answer=1.5)
    session, one, _ = bench.joined()
    one.rtp.sendto(rtp(1), (HOST, session.ports[0]))
    time.sleep(2.2)
    assert bench.silences == []  # before the answer silence is not judged
    bench.running.do(bench.media.answered, 1)
    wait_for(lambda: bench.silences, 20, "silence is told")
    assert bench.silences[0][0] == 1 and bench.silences[0][1] >= 1.5


def test_calls_go_on_with_another_relay_on_the_same_ports(make: Callable[..., Bench]) -> None:
    bench = make()
    session, one, two = bench.joined()
    one.rtp.sendto(rtp(1), (HOST, session.ports[0]))
    assert two.hears()
    wait_for(lambda: bench.running.do(bench.media.counters, 1).packets == 1, 20, "the counts come")
    first = bench.media.pid
    assert first is not None
    os.kill(first, signal.SIGTERM)  # what a group is told does not end it
    one.rtp.sendto(rtp(2), (HOST, session.ports[0]))
    assert two.hears() == rtp(2) and bench.media.pid == first
    number = 2

    def heard_again() -> bytes | None:
        nonlocal number
        number += 1
        one.rtp.sendto(rtp(number), (HOST, session.ports[0]))
        return two.hears(0.1)

    silent = [3.0]
    while min(silent) >= 2 and len(silent) < 4:  # a busy machine may be late once
        pid = bench.media.pid
        assert pid is not None
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        while two.hears(0.01):
            pass  # what was on its way before
        began = time.monotonic()
        wait_for(heard_again, 20, "sound goes on through another relay")
        silent.append(time.monotonic() - began)
        assert bench.media.pid not in (None, pid)
    assert min(silent) < 2
    wait_for(lambda: bench.running.do(bench.media.counters, 1).packets >= 2, 20, "counts go on where they were")
    assert bench.open(2)


def test_the_relay_ends_with_its_server(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        relay = subprocess.Popen([*COMMAND, "relay", "--control", f"fd:{theirs.fileno()}"], pass_fds=(theirs.fileno(),))
    ours.settimeout(20)
    first = quiet_ports(100, (socket.SOCK_DGRAM,), step=2)
    ports = b"[%d,%d]" % (first, first + 99)
    ours.sendall(b'["configure",{"host":"127.0.0.1","ports":' + ports + b',"pool":2,"silence_before":0,"silence_after":0,"ahead":true}]\n["begin"]\n')
    assert ours.recv(1000).startswith(b'["ready",')
    if sys.platform.startswith("linux"):
        text = Path(f"/proc/{relay.pid}/smaps_rollup").read_text()
        pss = int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))
        assert pss < 30 * 1024
        permitted = subprocess.run([sys.executable, "-c", TRY_REALTIME], check=False).returncode == 0 and len(os.sched_getaffinity(0)) > 1
        assert (os.sched_getscheduler(relay.pid) == os.SCHED_RR) is permitted
    ours.close()
    assert relay.wait(20) == 0


def test_more_calls_than_were_bound_ahead_wait_and_go_on(make: Callable[..., Bench]) -> None:
    bench = make(pool=2)
    ports: set[int] = set()
    for call in range(1, 8):
        for session in bench.open(call):
            assert not ports & set(session.ports)
            ports.update(session.ports)
    assert len(ports) == 14 and all(port % 2 == 0 for port in ports)


def test_ports_are_free_again_after_the_call(make: Callable[..., Bench]) -> None:
    first = quiet_ports(16, (socket.SOCK_DGRAM,), step=2)
    bench = make(first_port=first, last_port=first + 15, pool=2)  # room for four sessions
    for call in range(1, 5):
        bench.open(call)
    assert bench.running.do(bench.media.open, 5, 1) is None
    bench.running.do(bench.media.close, 1)
    wait_for(lambda: bench.running.do(bench.media.open, 5, 1), 20, "a port is free again")


def test_an_announcement_in_g729_is_the_file_beside_it(make: Callable[..., Bench], tmp_path: Path) -> None:
    (tmp_path / "words.ul").write_bytes(b"\x55" * 800)
    (tmp_path / "words.g729").write_bytes(bytes(range(100)))
    bench = make()
    session, one, _ = bench.joined()
    bench.running.do(bench.media.announce, session.session, 0, str(tmp_path / "words.ul"), 18)
    packets = [one.hears(5) or b"" for _ in range(5)]
    assert [packet[1] & 0x7F for packet in packets] == [18] * 5
    assert b"".join(packet[12:] for packet in packets) == bytes(range(100))
