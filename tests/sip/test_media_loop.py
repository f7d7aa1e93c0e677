"""The relay's loop and its connection to the server: how often each wakes the other, and who waits for company."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from appliance.sip import media_relay
from appliance.sip.media_control import HELD_SECONDS, Control
from appliance.sip.media_relay import Relay
from tests.helpers.appliance import wait_for

HOST = "127.0.0.1"


class Served:
    """A relay in a thread; `said` is what it told."""

    def __init__(self, pool: int, host: str = HOST) -> None:
        self.ours, theirs = socket.socketpair()
        self.relay = Relay(theirs)
        self.thread = threading.Thread(target=self.relay.run, daemon=True)
        self.thread.start()
        self.lines = self.ours.makefile("r")
        settings = {"host": host, "ports": [33_000, 34_999], "pool": pool, "silence_before": 0, "silence_after": 0}
        self.say("configure", settings | {"ahead": False})  # it shares this process
        self.say("begin")
        self.free: list[list[int]] = self.told()[1]

    def say(self, *values: Any) -> None:
        self.ours.sendall(json.dumps(values).encode() + b"\n")

    def told(self) -> Any:
        return json.loads(self.lines.readline())

    def close(self) -> None:
        self.ours.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.relay.ports.close()
        for session in self.relay.sessions.values():
            for half in session.halves:
                half.socket.close()
        self.lines.close()
        self.ours.close()
        self.relay.control.close()


@pytest.fixture
def serve() -> Iterator[Callable[[int], Served]]:
    made: list[Served] = []

    def one(pool: int) -> Served:
        made.append(Served(pool))
        return made[-1]

    yield one
    for served in made:
        served.close()


def test_a_large_pool_is_filled_several_at_a_time(serve: Callable[[int], Served]) -> None:
    """Each word of the relay wakes the server; a word for each call was a tenth of what a call costs."""
    served = serve(32)
    assert len(served.free) == 32
    for number, ports in enumerate(served.free[:16]):
        served.say("open", number, number, *ports)
    assert [len(served.told()[1]) for _ in range(2)] == [8, 8]


def test_a_small_pool_is_filled_at_once(serve: Callable[[int], Served]) -> None:
    served = serve(4)
    served.say("open", 1, 1, *served.free[0])
    assert len(served.told()[1]) == 1


def test_what_came_before_the_call_is_forgotten(serve: Callable[[int], Served]) -> None:
    served = serve(4)
    one, two = served.free[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as party:
        party.bind((HOST, 0))
        party.settimeout(20)
        for _ in range(3):
            stranger.sendto(b"early", (HOST, one))
        served.say("open", 1, 1, one, two)
        served.say("expect", 1, 0, "0.0.0.0", 0, 0, True)
        served.say("expect", 1, 1, HOST, party.getsockname()[1], 0, False)
        served.told()
        wait_for(lambda: served.relay.sessions[1].halves[1].to, 20, "the relay has obeyed")
        stranger.sendto(b"in time", (HOST, one))
        assert party.recv(100) == b"in time"


def test_many_packets_are_waited_for_and_few_are_not(serve: Callable[[int], Served], monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(media_relay, "sleep", sleep)
    monkeypatch.setattr(media_relay, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(media_relay, "BUSY_PACKETS", 20)
    served = serve(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
        for sock in (one, two):
            sock.bind((HOST, 0))
            sock.settimeout(20)
        served.say("open", 1, 1, *served.free[0])
        for side, sock in enumerate((one, two)):
            served.say("expect", 1, side, HOST, sock.getsockname()[1], 0, False)
        wait_for(lambda: 1 in served.relay.sessions and served.relay.sessions[1].halves[1].to, 20, "the relay has obeyed")
        number = 0

        def passes() -> bool:
            nonlocal number
            number += 1
            one.sendto(struct.pack(">BBHII", 0x80, 0, number, number * 160, 7) + b"v" * 160, (HOST, served.free[0][0]))
            return len(two.recv(2048)) == 172

        assert passes() and not naps
        wait_for(lambda: all(passes() for _ in range(50)) and naps, 20, "the relay is busy")
        assert passes() and set(naps) == {media_relay.NAP_SECONDS}

        def passes_at_once() -> bool:
            naps.clear()
            return passes() and passes() and not naps

        wait_for(passes_at_once, 20, "few packets are carried one by one again")


class Wire:
    """Clock and reactor for `Control`, and what came out at the other end."""

    def __init__(self) -> None:
        self.clock = Clock()
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        for name in ("addReader", "addWriter", "removeReader", "removeWriter"):
            setattr(self.clock, name, lambda _: None)
        self.control = Control(self.clock, ours, lambda line: None, lambda: None)

    def came(self) -> bytes:
        try:
            return self.theirs.recv(4096)
        except BlockingIOError:
            return b""


@pytest.fixture
def wire() -> Iterator[Wire]:
    one = Wire()
    yield one
    one.control.close()
    one.theirs.close()


def test_what_nobody_waits_for_goes_with_the_next_word(wire: Wire) -> None:
    wire.control.send_later(b"close\n")
    wire.clock.advance(0)
    assert wire.came() == b""
    wire.control.send(b"open\n")
    wire.clock.advance(0)
    assert wire.came() == b"close\nopen\n"
    wire.clock.advance(2 * HELD_SECONDS)
    assert wire.came() == b""


def test_what_nobody_waits_for_goes_alone_after_a_while(wire: Wire) -> None:
    for word in (b"one\n", b"two\n"):
        wire.control.send_later(word)
        wire.clock.advance(HELD_SECONDS / 4)
    assert wire.came() == b""
    wire.clock.advance(HELD_SECONDS)
    assert wire.came() == b"one\ntwo\n"
    wire.control.send_later(b"three\n")
    wire.clock.advance(HELD_SECONDS)
    assert wire.came() == b"three\n"
