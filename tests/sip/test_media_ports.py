"""The relay's ports between two calls, and its sockets once it is known whom they serve."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from appliance.sip import media_relay, media_session
from appliance.sip.media import MediaSettings, RelayMedia
from appliance.sip.media_control import HELD_SECONDS
from appliance.sip.media_ports import KEPT_SECONDS, REST_SECONDS, SOCKETS, Ports
from appliance.sip.media_session import Half
from tests.helpers.appliance import wait_for
from tests.helpers.ports import quiet_ports
from tests.sip.test_media_loop import HOST, Served


class Watched:
    """Stands in for what waits for packets."""

    def __init__(self, many: bool) -> None:
        self.many = many
        self.fds: set[int] = set()

    def add(self, fd: int) -> None:
        self.fds.add(fd)

    def drop(self, fd: int) -> None:
        self.fds.discard(fd)


class Kept:
    """Ports over a range of so many sessions, at moments of the test's own."""

    def __init__(self, sessions: int, many: bool = True) -> None:
        self.table: dict[int, Half] = {}
        self.watched = Watched(many)
        self.ports = Ports(self.table, self.watched)
        first = quiet_ports(SOCKETS * sessions, (socket.SOCK_DGRAM,), step=2)
        self.ports.configure(HOST, first, first + SOCKETS * sessions - 1, 10_000)

    def call(self, now: float) -> tuple[tuple[int, int], list[Half]]:
        """A call begins."""
        place = self.ports.add(now)
        assert place is not None
        halves = self.ports.take(place)
        assert halves is not None
        return place, halves


@pytest.fixture
def kept() -> Iterator[Kept]:
    one = Kept(8)
    yield one
    one.ports.close()


def test_ports_rest_between_two_calls(kept: Kept) -> None:
    place, halves = kept.call(0.0)
    kept.ports.give_back(halves, 1.0)
    assert kept.ports.add(1.0 + REST_SECONDS - 0.1) != place
    assert kept.ports.add(1.0 + REST_SECONDS) == place
    again = kept.ports.take(place)
    assert again == halves and again[0].peer is None and again[0].seq == -2


def test_ports_that_somebody_still_sends_to_rest_on(kept: Kept) -> None:
    place, halves = kept.call(0.0)
    kept.ports.give_back(halves, 1.0)
    halves[2].since = 3.0  # a report came for nobody
    assert kept.ports.add(1.0 + REST_SECONDS) != place
    assert kept.ports.add(3.0 + REST_SECONDS) == place


def test_where_no_port_is_left_the_longest_rested_are_taken() -> None:
    kept = Kept(2)
    (_, first), (_, second) = kept.call(0.0), kept.call(0.0)
    assert kept.ports.add(0.0) is None
    kept.ports.give_back(first, 1.0)
    kept.ports.give_back(second, 1.5)  # only half of a range's sessions are kept; this one is closed
    assert len(kept.ports.resting) == 1 and len(kept.table) == SOCKETS
    assert kept.ports.add(2.0) == (second[0].port, second[1].port)
    assert kept.ports.add(2.0) == (first[0].port, first[1].port) and kept.ports.add(2.0) is None
    kept.ports.close()
    assert not kept.table and not kept.watched.fds


def test_where_few_sockets_can_be_waited_for_only_calls_are() -> None:
    kept = Kept(3, many=False)
    _, halves = kept.call(0.0)
    kept.ports.add(0.0)
    assert len(kept.watched.fds) == SOCKETS and len(kept.table) == 2 * SOCKETS
    kept.ports.give_back(halves, 1.0)
    assert not kept.watched.fds and not kept.ports.resting
    kept.ports.close()
    assert not kept.table


def test_what_nobody_needs_is_given_back(kept: Kept) -> None:
    _, halves = kept.call(0.0)
    kept.ports.give_back(halves, 1.0)
    kept.ports.tidy(KEPT_SECONDS)
    assert len(kept.table) == SOCKETS
    kept.ports.tidy(KEPT_SECONDS + 1.0)
    assert not kept.table and not kept.watched.fds


def test_another_range_ends_those_that_rest(kept: Kept) -> None:
    _, halves = kept.call(0.0)
    kept.ports.give_back(halves, 1.0)
    first = quiet_ports(SOCKETS, (socket.SOCK_DGRAM,), step=2)
    kept.ports.configure(HOST, first, first + SOCKETS - 1, 10_000)
    assert not kept.table and kept.ports.add(REST_SECONDS + 1.0) == (first, first + 2)


def party(host: str = HOST, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.settimeout(5)
    return sock


def rtp(number: int) -> bytes:
    return struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * 160, 7) + b"v" * 160


class Talk:
    """One call through a relay whose seconds are short; `to`: where each side sends."""

    def __init__(self, host: str, to: tuple[str, str] = (HOST, HOST), sockets: tuple[socket.socket, socket.socket] | None = None) -> None:
        self.served = Served(4, host)
        self.sides = list(sockets or (party(), party()))
        self.ports = self.served.free[0]
        self.to = to
        self.number = 0
        self.served.say("open", 1, 1, *self.ports)
        for side, sock in enumerate(self.sides):
            self.expect(side, sock)
        self.session = wait_for(lambda: self.served.relay.sessions.get(1), 20, "the relay has obeyed")
        wait_for(lambda: self.session.halves[1].to, 20, "the relay has obeyed")

    def expect(self, side: int, sock: socket.socket) -> None:
        host, port = sock.getsockname()[:2]
        self.served.say("expect", 1, side, host, port, port + 1, False)

    def passes(self, side: int) -> bytes:
        """A packet from that side, as the other one has it."""
        self.number += 1
        self.sides[side].sendto(rtp(self.number), (self.to[side], self.ports[side]))
        return self.sides[1 - side].recv(2048)

    def settles(self, *sides: int) -> None:
        def both_ways() -> bool:
            return all(len(self.passes(side)) == 172 for side in (0, 1)) and all(self.session.halves[side].settled for side in sides)

        wait_for(both_ways, 20, "the relay's sockets are bound to their parties")

    def close(self) -> None:
        self.served.close()
        for sock in self.sides:
            sock.close()


@pytest.fixture
def talks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Talk]]:
    monkeypatch.setattr(media_relay, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(media_session, "LEARNING_SECONDS", 0.1)
    made: list[Talk] = []
    yield made
    for talk in made:
        talk.close()


def test_after_the_learning_time_only_the_party_is_heard(talks: list[Talk]) -> None:
    talks.append(talk := Talk(HOST))
    talk.settles(0, 1)
    counted = talk.session.halves[0].packets
    with party() as stranger:
        stranger.sendto(rtp(1), (HOST, talk.ports[0]))
        assert talk.passes(0) == rtp(talk.number) and talk.passes(1) == rtp(talk.number)
    assert talk.session.halves[0].packets == counted + 1 and talk.session.halves[0].lost < talk.number


def test_a_new_description_sets_a_bound_socket_free(talks: list[Talk]) -> None:
    talks.append(talk := Talk(HOST))
    talk.settles(0, 1)
    with talk.sides[0] as before:
        talk.sides[0] = party()
        talk.expect(0, talk.sides[0])
        wait_for(lambda: not talk.session.halves[0].settled, 20, "the relay has obeyed")
        assert talk.passes(1) == rtp(talk.number) and talk.passes(0) == rtp(talk.number)
        before.setblocking(False)
        with pytest.raises(BlockingIOError):
            before.recv(1)
    talk.settles(0, 1)
    talk.served.say("echo", 1, 0)
    wait_for(lambda: talk.session.echo == 0, 20, "the relay has obeyed")
    talk.sides[0].sendto(rtp(1), (HOST, talk.ports[0]))
    assert talk.sides[0].recv(2048)[12:] == rtp(1)[12:]


def test_a_call_after_another_has_its_ports_and_hears_only_its_own(talks: list[Talk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.sip.media_ports.REST_SECONDS", 0.0)
    talks.append(talk := Talk(HOST))
    talk.settles(0, 1)
    talk.served.say("close", 1)
    wait_for(lambda: talk.served.relay.ports.resting, 20, "the ports rest")
    for number in range(3):
        talk.sides[0].sendto(rtp(number), (HOST, talk.ports[0]))  # sends on
    resting = talk.served.relay.ports.resting[0][1]
    came = resting[0].since
    wait_for(lambda: talk.sides[0].sendto(rtp(9), (HOST, talk.ports[0])) and resting[0].since > came, 20, "what comes is thrown away")
    assert not talk.served.relay.sessions
    talk.served.say("open", 2, 2, *talk.served.free[1])  # one more is bound, which is the rested one
    assert wait_for(lambda: tuple(talk.ports) in talk.served.relay.ports.pool, 20, "the ports are offered again")
    talk.served.say("open", 1, 3, *talk.ports)
    talk.session = wait_for(lambda: talk.served.relay.sessions.get(1), 20, "the relay has obeyed")
    for side, sock in enumerate(talk.sides):
        talk.expect(side, sock)
    wait_for(lambda: talk.session.halves[1].to, 20, "the relay has obeyed")
    assert talk.passes(0) == rtp(talk.number) and talk.session.halves[0].packets == 1


def test_at_all_addresses_only_the_way_back_is_bound(talks: list[Talk]) -> None:
    """Side 0 was told another address of this machine than the one that packets to it leave from."""
    talks.append(talk := Talk("0.0.0.0", ("127.0.0.2", HOST)))
    talk.settles(1)
    wait_for(lambda: talk.passes(0) and talk.session.halves[0].local is None, 20, "it was tried")
    assert not talk.session.halves[0].settled
    assert talk.passes(0) == rtp(talk.number) and talk.passes(1) == rtp(talk.number)


def test_both_families_are_bound_at_one_port(talks: list[Talk]) -> None:
    talks.append(talk := Talk("::", (HOST, "::1"), (party(), party("::1", socket.AF_INET6))))
    talk.settles(0, 1)
    assert talk.passes(0) == rtp(talk.number) and talk.passes(1) == rtp(talk.number)


def test_what_is_said_of_the_caller_goes_with_what_is_said_of_the_callee() -> None:
    """Two wakings of the relay less for each call."""
    clock = Clock()
    for name in ("addReader", "addWriter", "removeReader", "removeWriter"):
        setattr(clock, name, lambda _: None)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    media = RelayMedia(clock, ("none",), MediaSettings(pool=4), lambda: None, lambda call, seconds: None)
    media._connected(ours)  # in the place of a process

    def came() -> list[object]:
        clock.advance(0)
        try:
            return [json.loads(line)[0] for line in theirs.recv(65536).splitlines()]
        except BlockingIOError:
            return []

    assert came() == ["configure", "begin"]
    media._on_line(b'["ready",[[20000,20002],[20004,20006],[20008,20010],[20012,20014]]]')
    (session,) = media.open(1, 1) or []
    media.expect(session.session, 0, 'no "host"\n', 4000, 4001, True)
    assert came() == []
    media.expect(session.session, 1, HOST, 5000, 5001, False)
    media.answered(1)
    assert came() == ["open", "expect", "expect", "answered"]
    media.close(1)
    assert came() == []
    assert media.open(2, 1) and came() == []
    assert media.open(3, 1) and came() == ["close", "open", "open"]  # fewer than half are left
    media.close(3)
    clock.advance(HELD_SECONDS)
    assert came() == ["close"]
    media.stop()
    theirs.close()


def test_a_socket_that_is_set_free_keeps_its_descriptor_and_port(kept: Kept) -> None:
    _, halves = kept.call(0.0)
    half = halves[0]
    fd, place = half.socket.fileno(), half.socket.getsockname()
    with party() as peer:
        half.socket.connect(peer.getsockname())
        half.settled = True
        assert kept.ports.set_free(half) and not half.settled
        assert (half.socket.fileno(), half.socket.getsockname()) == (fd, place) and not os.get_inheritable(fd)
        with party() as other:
            other.sendto(b"heard", place)
            assert wait_for(lambda: half.receive(bytearray(9)), 20, "it hears everybody")[1] == other.getsockname()
    kept.ports.give_back(halves, 1.0)
