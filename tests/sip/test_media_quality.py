"""The quality of a call: the E-model against figures of its recommendation, and what RTCP that passes tells."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.media import Side, quality
from appliance.sip.media_quality import FEWEST_PACKETS, mean_opinion, opinion_of
from appliance.sip.media_rtcp import read_reports


@pytest.mark.parametrize(("rating", "score"), [(-5, 1.0), (50, 2.58), (60, 3.1), (70, 3.6), (80, 4.02), (90, 4.34), (93.2, 4.41), (100, 4.5)])
def test_scores_of_g_107_annex_b(rating: float, score: float) -> None:
    assert opinion_of(rating) == pytest.approx(score, abs=0.005)


def test_a_clean_line_of_each_codec() -> None:
    """G.711 toll quality; G.729 some four tenths, G.723.1 and GSM more below it."""
    plain, compressed, low, gsm = (mean_opinion(3000, 0, 2, 40, payload) for payload in (8, 18, 4, 3))
    assert plain is not None and compressed is not None and low is not None and gsm is not None
    assert 4.3 < plain <= 4.41 and 3.95 < compressed < 4.15 and gsm < low < compressed


def test_loss_and_a_long_way_make_it_worse() -> None:
    at_two, far = mean_opinion(9800, 200, 2, 40), mean_opinion(10_000, 0, 2, 900)
    assert at_two == pytest.approx(4.22, abs=0.05)  # 2 % of G.711
    assert far is not None and far < 3.3


def test_too_little_is_not_judged() -> None:
    assert mean_opinion(FEWEST_PACKETS - 1, 0, 0, 0) is None


@given(st.integers(50, 10**6), st.integers(-5, 10**6), st.floats(0, 5000), st.floats(0, 10_000), st.integers(0, 127))
def test_it_is_a_score_whatever_is_counted(packets: int, lost: int, jitter: float, round_trip: float, payload: int) -> None:
    score = mean_opinion(packets, lost, jitter, round_trip, payload)
    assert score is not None and 1.0 <= score <= 4.5


@given(st.integers(50, 10_000), st.integers(0, 5000), st.integers(1, 5000))
def test_more_loss_is_never_better(packets: int, lost: int, more: int) -> None:
    assert (mean_opinion(packets, lost + more, 0, 0) or 0) <= (mean_opinion(packets, lost, 0, 0) or 0)


def test_what_a_party_misses_counts_though_all_came_here() -> None:
    heard, speaking = Side(packets=1000), Side(packets=1000, missed=100)
    score, _ = quality((heard, speaking))
    assert score is not None and score < 3.5
    assert quality((Side(packets=1000), Side(packets=1000)))[0] == mean_opinion(1000, 0, 0, 0)
    assert quality((Side(), Side())) == (None, 0)


class Speaker:
    def __init__(self, ssrc: bytes) -> None:
        self.ssrc, self.missed, self.round_trip, self.report = ssrc, -1, 0.0, (0, 0.0)


def sender_report(ssrc: int, seconds: int, fraction: int, *blocks: bytes) -> bytes:
    body = struct.pack(">IIIIII", ssrc, seconds, fraction, 0, 9, 99) + b"".join(blocks)
    return struct.pack(">BBH", 0x80 | len(blocks), 200, len(body) // 4) + body


def receiver_report(ssrc: int, *blocks: bytes) -> bytes:
    body = struct.pack(">I", ssrc) + b"".join(blocks)
    return struct.pack(">BBH", 0x80 | len(blocks), 201, len(body) // 4) + body


def block(source: int, lost: int, last: int = 0, since: int = 0) -> bytes:
    return struct.pack(">IIIIII", source, lost & 0xFFFFFF, 0, 0, last, since)


def tell(packet: bytes, voice: Speaker, other: Speaker, now: float) -> None:
    read_reports(bytearray(packet + b"\xff" * 64), len(packet), voice, other, now)


def test_reports_tell_loss_and_the_way_there_and_back() -> None:
    one, two = Speaker(b"\0\0\0\1"), Speaker(b"\0\0\0\2")
    tell(sender_report(1, 0x12345678, 0x9ABC0000), one, two, 100.0)
    tell(receiver_report(2, block(77, 5), block(1, 12, 0x56789ABC, 32768)), two, one, 100.58)  # half a second at the party
    assert (two.missed, round(two.round_trip, 3)) == (12, 0.08)
    assert (one.missed, one.round_trip) == (-1, 0.0)
    tell(receiver_report(2, block(1, -3)), two, one, 101.0)
    assert two.missed == 0


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_what_does_not_add_up_is_left_alone(cut: int) -> None:
    one, two = Speaker(b"\0\0\0\1"), Speaker(b"\0\0\0\2")
    tell(sender_report(2, 1, 1, block(1, 7))[:-cut], two, one, 1.0)
    assert (two.missed, two.report) == (-1, (0, 0.0))


@given(st.binary(max_size=200))
def test_noise_is_survived(noise: bytes) -> None:
    tell(b"\x81\xc8" + noise, Speaker(b"\0\0\0\1"), Speaker(b"\0\0\0\2"), 1.0)
