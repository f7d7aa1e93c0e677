"""Whom the relay believes and what it counts, without sockets that matter."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.media_session import LEARNING_SECONDS, STEADY_PACKETS, Half, clock_period, count, join, learn

SIGNALLED, MOVED, NEAR, STRANGER = ("192.0.2.1", 4000), ("203.0.113.9", 777), ("192.0.2.1", 5000), ("198.51.100.6", 9)


@pytest.fixture
def half() -> Iterator[Half]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        one = Half(sock, 20000, True)
        one.signalled = one.to = SIGNALLED
        one.since = 100.0
        yield one


def test_the_signalled_host_is_believed_at_once_from_any_port(half: Half) -> None:
    assert learn(half, NEAR, 100.1) and half.peer == half.to == NEAR


def test_another_host_is_not_believed_where_the_description_is(half: Half) -> None:
    assert not learn(half, STRANGER, 100.1)
    assert half.peer is None and half.to == SIGNALLED


def test_a_symmetric_side_believes_its_first_packet_and_then_nobody_else(half: Half) -> None:
    half.symmetric = True
    assert learn(half, MOVED, 100.1) and half.to == MOVED
    assert not learn(half, STRANGER, 100.2) and half.to == MOVED


def test_the_signalled_address_takes_over_while_learning_alone(half: Half) -> None:
    half.symmetric = True
    assert learn(half, STRANGER, 100.1)
    assert learn(half, SIGNALLED, 100.2) and half.peer == SIGNALLED
    late = 100.2 + LEARNING_SECONDS
    assert not learn(half, STRANGER, late) and not learn(half, MOVED, late)


def test_a_steady_source_takes_over_from_one_that_fell_silent(half: Half) -> None:
    half.symmetric = True
    assert learn(half, STRANGER, 100.0)  # one packet, and no more
    believed = [learn(half, MOVED, 100.1 + number / 50) for number in range(STEADY_PACKETS)]
    assert believed == [False] * (STEADY_PACKETS - 1) + [True] and half.peer == MOVED


def test_a_source_that_talks_on_is_not_replaced(half: Half) -> None:
    half.symmetric = True
    assert learn(half, MOVED, 100.0)
    for number in range(3 * STEADY_PACKETS):
        half.packets += 1
        assert not learn(half, STRANGER, 100.0 + number / 50)
    assert half.peer == MOVED


def test_who_is_not_where_he_said_is_found_after_the_learning_time(half: Half) -> None:
    """A phone behind a router that nobody noticed: its description names an address that nobody reaches."""
    late = 100.0 + LEARNING_SECONDS
    assert [learn(half, MOVED, late + number / 50) for number in range(STEADY_PACKETS)][-1] and half.to == MOVED


def feed(half: Half, numbers: list[int], rate: int = 8000, ssrc: int = 1, start: float = 0.0) -> None:
    for place, number in enumerate(numbers):
        packet = bytearray(struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * rate // 50 & 0xFFFFFFFF, ssrc))
        half.packets += 1
        count(half, packet, number & 0xFFFF, number * rate // 50 & 0xFFFFFFFF, start + place / 50)


@given(st.integers(0, 70_000), st.lists(st.sampled_from(["pass", "lose", "swap"]), max_size=200))
def test_loss_is_what_never_came(first: int, fates: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        half = Half(sock, 20000, True)
        numbers = [first]
        lost, held = 0, None
        for place, fate in enumerate(fates):
            number = first + 1 + place
            if fate == "swap" and held is None:
                held = number
                continue
            if fate == "lose":
                lost += 1
            else:
                numbers.append(number)
            if held is not None:
                numbers.append(held)
                held = None
        if held is not None:
            numbers.append(held)
        while numbers[-1] != max(numbers):  # end on the newest, so that every gap is seen
            numbers.append(max(numbers) + 1)
        feed(half, numbers)
        assert half.lost == max(numbers) - first + 1 - len(numbers)


def test_another_source_and_a_doubled_packet_are_no_loss(half: Half) -> None:
    feed(half, [1, 2, 2, 3])
    feed(half, [40_000, 40_001], ssrc=2)
    assert half.lost == 0


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_the_clock_of_the_codec_is_found(half: Half, rate: int) -> None:
    feed(half, list(range(60)), rate)
    clock_period(half)
    assert half.period == 1 / rate


def test_rtcp_of_one_port_and_of_two_are_led_to_each_other() -> None:
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    halves = [Half(sock, number, number < 2) for number, sock in enumerate(socks)]
    join(halves)
    assert [half.other for half in halves] == [halves[1], halves[0], halves[3], halves[2]]
    halves[0].mux = True
    join(halves)
    assert halves[0].rtcp is halves[3] and halves[3].other is halves[0] and halves[1].rtcp is None
    halves[1].mux = True
    join(halves)
    assert halves[0].rtcp is None and halves[2].other is halves[1]
    for sock in socks:
        sock.close()
