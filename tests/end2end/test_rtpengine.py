"""A real rtpengine behind the interface of our own relay: sound, silence, counts, announcements, echo, and a whole call."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from appliance.demo_agent import Answer
from appliance.sip import media_ng_client
from appliance.sip.media import MediaSettings
from appliance.sip.media_ng import RtpengineMedia
from appliance.sip.policy import MediaSession
from tests.end2end.test_relay import HOST, Party, rtp
from tests.end2end.test_relay_calls import ALICE, BOB, phone
from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.helpers.phone import Phone, peers
from tests.helpers.rtpengine import Rtpengine
from tests.helpers.shop import customer, rate, shop

pytestmark = pytest.mark.needs("rtpengine")
FIRST = 46_000 + os.getpid() % 8 * 410


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rtpengine]:
    one = Rtpengine(tmp_path_factory.mktemp("rtpengine"), FIRST).start()
    yield one
    one.stop()


class Bench:
    def __init__(self, running: RunningReactor, port: int, **settings: Any) -> None:
        self.running = running
        self.ready = 0
        self.silences: list[tuple[int, float]] = []
        self.echoes: list[tuple[int, int, int]] = []
        self.media = RtpengineMedia(
            running.reactor, (HOST, port), MediaSettings(**settings), self._ready,
            lambda call, seconds: self.silences.append((call, seconds)), lambda *told: self.echoes.append(told),
        )  # fmt: skip
        self.parties: list[Party] = []

    def _ready(self) -> None:
        self.ready += 1

    def open(self, call: int = 1, lines: int = 1) -> list[MediaSession]:
        ready = self.ready
        sessions = self.running.do(self.media.open, call, lines)
        if sessions is None:
            wait_for(lambda: self.ready > ready, 20, "lines are open")
            sessions = self.running.do(self.media.open, call, lines)
        assert sessions is not None
        return sessions  # type: ignore[no-any-return]

    def joined(self, *, said: str = HOST) -> tuple[MediaSession, Party, Party]:
        session = self.open()[0]
        one, two = Party(), Party()
        self.parties += [one, two]
        for side, party, host in ((0, one, said), (1, two, HOST)):
            self.running.do(self.media.expect, session.session, side, host, party.port, party.port + 1, host != HOST)
        return session, one, two

    def close(self) -> None:
        self.running.do(self.media.stop)
        for party in self.parties:
            party.close()


@pytest.fixture
def make(running: RunningReactor, engine: Rtpengine) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def one(port: int = 0, **settings: Any) -> Bench:
        benches.append(Bench(running, port or engine.port, **settings))
        return benches[-1]

    yield one
    for bench in benches:
        bench.close()


def until_heard(sender: Party, hearer: Party, port: int, first: int = 1, *, hearers: int = 0) -> int:
    """Sends until what is sent arrives; the number after the last one. `hearers`: the port that the hearer sends to meanwhile, as a phone
    does; whoever is not where it said is found by nothing else."""
    number = first

    def passes() -> bool:
        nonlocal number
        number += 1
        if hearers:
            hearer.rtp.sendto(rtp(number + 1000, ssrc=hearer.port), (HOST, hearers))
        sender.rtp.sendto(rtp(number - 1, ssrc=sender.port), (HOST, port))
        return hearer.hears(0.1) is not None

    wait_for(passes, 20, "sound passes")
    return number


def test_sound_and_rtcp_pass_and_are_counted(make: Callable[..., Bench]) -> None:
    bench = make()
    session, one, two = bench.joined()
    assert session.addresses == (HOST, HOST) and min(session.ports) >= FIRST and len({*session.ports}) == 2
    until_heard(one, two, session.ports[0])
    until_heard(two, one, session.ports[1])
    one.rtcp.sendto(struct.pack(">BBHI", 0x80, 201, 1, one.port), (HOST, session.ports[0] + 1))
    assert two.rtcp.recv(100)
    for packet in (rtp(9, payload_type=97, ssrc=one.port), b"\0\1\2fax"):  # a codec that it was told nothing of, and what is no sound
        one.rtp.sendto(packet, (HOST, session.ports[0]))
        wait_for(lambda packet=packet: two.hears(1) == packet, 20, "it comes as it was, after what was on its way before")
    counted = wait_for(lambda: (found := bench.running.do(bench.media.counters, 1)).packets >= 4 and found, 20, "it is asked for counts")
    assert counted.relayed and counted.callee >= 1
    bench.running.do(bench.media.close, 1)
    assert bench.running.do(bench.media.counters, 1) is None
    wait_for(lambda: (one.rtp.sendto(rtp(10), (HOST, session.ports[0])), two.hears(0.1) is None)[1], 20, "the line is given back")


def test_a_phone_behind_nat_and_a_new_place_keep_their_ports(make: Callable[..., Bench]) -> None:
    bench = make()
    session, one, two = bench.joined(said="10.255.255.1")
    until_heard(one, two, session.ports[0])
    until_heard(two, one, session.ports[1], hearers=session.ports[0])  # it went where one is, not where it said
    elsewhere = Party()
    bench.parties.append(elsewhere)
    bench.running.do(bench.media.expect, session.session, 1, HOST, elsewhere.port, elsewhere.port + 1, False)
    until_heard(one, elsewhere, session.ports[0], 50)
    until_heard(elsewhere, one, session.ports[1], 50, hearers=session.ports[0])


def test_an_announcement_is_heard_by_its_side_alone(make: Callable[..., Bench], tmp_path: Path) -> None:
    bench = make()
    session, one, two = bench.joined()
    (tmp_path / "words.ul").write_bytes(b"\x55" * 4000)
    bench.running.do(bench.media.announce, session.session, 0, str(tmp_path / "words.ul"), 0)
    packet = wait_for(lambda: one.hears(0.2), 20, "it is heard")
    assert len(packet) == 172 and packet[12:].count(packet[100]) > 100
    assert two.hears(0.1) is None


def test_an_echo_comes_back_and_is_told(make: Callable[..., Bench]) -> None:
    bench = make()
    session, one, two = bench.joined()
    bench.running.do(bench.media.echo, session.session, 0)
    number = until_heard(one, one, session.ports[0])
    while two.hears(0.05):
        pass  # what was on its way before
    one.rtp.sendto(rtp(number, ssrc=one.port), (HOST, session.ports[0]))
    assert one.hears() and two.hears(0.1) is None
    wait_for(lambda: bench.echoes and bench.echoes[-1][1] >= 1, 20, "the echo is told of")


def test_silence_is_told_and_lines_are_not_forgotten(make: Callable[..., Bench]) -> None:
    bench = make(silence_after_answer=1)
    session, one, two = bench.joined()
    until_heard(one, two, session.ports[0])
    bench.running.do(bench.media.answered, 1)
    wait_for(lambda: bench.silences, 20, "silence is told")
    assert bench.silences[0][0] == 1 and bench.silences[0][1] >= 1


def test_more_calls_than_were_opened_ahead(make: Callable[..., Bench]) -> None:
    bench = make()
    ports: set[int] = set()
    for call in range(1, 31):
        for session in bench.open(call, 1 + call % 3):
            assert not ports & set(session.ports)
            ports.update(session.ports)
    for call in range(1, 31):
        bench.running.do(bench.media.close, call)


def test_copies_of_a_question_and_one_that_is_never_answered(
    running: RunningReactor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first copies are lost; then nobody answers at all, which is said once and holds nothing up."""
    monkeypatch.setattr(media_ng_client, "AGAIN_SECONDS", (0.1, 0.1, 0.2, 0.2))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind((HOST, 0))
        deaf.settimeout(20)
        bench = Bench(running, deaf.getsockname()[1])
        try:
            assert running.do(bench.media.open, 1, 1) is None
            cookies = [deaf.recv(65_536).split(b" ", 1)[0] for _ in range(40)]
            assert max(cookies.count(cookie) for cookie in cookies) >= 2  # again under the same cookie
            wait_for(lambda: "gives no answer" in caplog.text, 20, "it is said")
            assert caplog.text.count("gives no answer") == 1
        finally:
            bench.close()


def test_what_comes_back_is_not_believed_blindly(running: RunningReactor) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as odd:
        odd.bind((HOST, 0))
        odd.settimeout(20)
        bench = Bench(running, odd.getsockname()[1])
        try:
            assert running.do(bench.media.open, 1, 1) is None
            for junk in (b"", b"d", b"i1e", b"le", b"d6:result2:oke", b"d6:result5:error12:error-reasonli1eee"):
                data, source = odd.recvfrom(65_536)
                odd.sendto(data.split(b" ", 1)[0] + b" " + junk, source)
            odd.sendto(b"stranger d6:result2:oke", source)
            assert running.do(bench.media.open, 2, 1) is None
        finally:
            bench.close()


@pytest.mark.parametrize("families", [(False, True), (True, False), (True, True)], ids=["4 to 6", "6 to 4", "6 to 6"])
def test_ipv6_and_between_the_two(make: Callable[..., Bench], families: tuple[bool, bool]) -> None:
    bench = make()
    bench.open(1)  # it is there
    session = wait_for(lambda: bench.running.do(bench.media.open, 2, 1, families), 20, "lines are open")[0]
    hosts = ["::1" if v6 else HOST for v6 in families]
    assert list(session.addresses) == hosts
    with ExitStack() as open_:
        parties = [open_.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)) for host in hosts]
        for side, (party, host) in enumerate(zip(parties, hosts, strict=True)):
            party.bind((host, 0))
            party.settimeout(0.1)
            port = party.getsockname()[1]
            bench.running.do(bench.media.expect, session.session, side, host, port, port + 1, False)
        for sender, hearer in ((0, 1), (1, 0)):
            number = 0

            def arrives(sender: int = sender, hearer: int = hearer) -> bool:
                nonlocal number
                number += 1
                parties[sender].sendto(rtp(number, ssrc=sender + 7), (hosts[sender], session.ports[sender]))
                try:
                    return parties[hearer].recv(2048)[12:] == b"v" * 160
                except TimeoutError:
                    return False

            wait_for(arrives, 20, f"sound from side {sender}")


def test_where_it_has_no_ipv6_the_call_goes_by_ipv4(running: RunningReactor, tmp_path: Path) -> None:
    old = Rtpengine(tmp_path, FIRST + 3500, interfaces=(HOST,)).start()
    bench = Bench(running, old.port)
    try:
        bench.open(1)
        (session,) = wait_for(lambda: bench.running.do(bench.media.open, 2, 1, (False, True)), 20, "a line all the same")
        assert session.addresses == (HOST, HOST)
    finally:
        bench.close()
        old.stop()


@pytest.mark.meets("rtpengine", "as the relay of a call by its ng protocol; each hears the other's tone", "UDP")
@pytest.mark.parametrize("host", [HOST, "::1"], ids=["IPv4 answers", "IPv6 answers"])
def test_a_call_through_it(tmp_path: Path, engine: Rtpengine, host: str) -> None:
    """The server with media.engine=rtpengine: both phones hear each other through it, and the record has the counts."""
    appliance = Appliance(tmp_path)
    people = [customer(name, number, balance="9.00", endpoint={"media": "always"}) for name, number in (("Alice", ALICE), ("Bob", BOB))]
    appliance.apply(shop(free_port(), rates=[rate("44", "United Kingdom", "0.0100")], customers=people))
    try:
        with peers() as loop:
            port = appliance.sip_port
            listeners = [f"udp:127.0.0.1:{port}", f"udp:[::1]:{port}"]
            appliance.serve("--set", "media.engine=rtpengine", "--set", f"media.rtpengine={engine.where}", sip=listeners)
            alice = phone(loop, appliance, ALICE, "udp", 440.0)
            bob = Phone(loop, (host, port), BOB, f"secret-{BOB}", domain="sip.example.test", host=host, frequency=900.0)
            assert bob.register(), bob.register_status
            # His other phone speaks the other IP, and only rings: each is told a port that it can reach.
            beside = "::1" if host == HOST else HOST
            deaf = Phone(loop, (beside, port), BOB, f"secret-{BOB}", domain="sip.example.test", host=beside, answer=Answer(after=60.0))
            assert deaf.register(), deaf.register_status
            call = alice.call_answered(BOB)
            other = bob.wait_call()
            assert call.hears(900.0) and other.hears(440.0)
            assert call.voice is not None and all(FIRST <= port <= FIRST + 400 for _, port in call.voice.sources)
            wait_for(lambda: min(each.voice.received for each in (call, other) if each.voice is not None) > 60, 20, "a second and more of talk")
            time.sleep(1.5)  # it is asked for counts each second
            call.hang_up()
            assert other.wait("ended")
            (row,) = wait_for(appliance.cdrs, 20, "the call record")
            assert row["media"]["relayed"] is True and row["media"]["packets"] > 50
    finally:
        appliance.kill()
    appliance.assert_clean_log()
