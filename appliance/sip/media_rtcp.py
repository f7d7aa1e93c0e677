"""What the parties tell each other in RTCP as it passes: how much they miss, and how far away they are (RFC 3550 6.4).

Part of the relay process: imports next to nothing. What is encrypted (SRTCP) does not add up to its length and is left alone.
"""

from __future__ import annotations

import struct
from typing import Protocol

SENDER, RECEIVER = 200, 201
MOST_SECONDS = 10.0  # a longer way there and back is a wrong clock

_blocks = struct.Struct(">IIIIII").unpack_from
_word = struct.Struct(">I").unpack_from


class Voice(Protocol):
    """Of a side: the stream that it sends, and what it said of the one that it hears."""

    ssrc: bytes
    missed: int
    round_trip: float
    report: tuple[int, float]


def read_reports(packet: bytearray, size: int, voice: Voice, other: Voice, now: float) -> None:
    """A compound packet from the side that sends `voice` and hears `other`. Sets `voice.report`, `.missed` and `.round_trip`."""
    place = 0
    found: list[tuple[int, int, int]] = []
    while place + 4 <= size:
        length = ((packet[place + 2] << 8) + packet[place + 3] + 1) * 4
        if packet[place] >> 6 != 2 or place + length > size:
            return
        found.append((packet[place + 1], place, length))
        place += length
    if place != size:
        return
    for kind, start, length in found:
        if kind == SENDER and length >= 28:
            seconds, fraction = _word(packet, start + 8)[0], _word(packet, start + 12)[0]
            voice.report = ((seconds & 0xFFFF) << 16 | fraction >> 16, now)
        elif kind != RECEIVER:
            continue
        first = start + (28 if kind == SENDER else 8)
        for number in range(packet[start] & 31):
            if first + 24 * (number + 1) <= start + length:
                _heard(_blocks(packet, first + 24 * number), voice, other, now)


def _heard(block: tuple[int, ...], voice: Voice, other: Voice, now: float) -> None:
    source, losses, _highest, _jitter, last, since = block
    if source.to_bytes(4, "big") != other.ssrc:
        return
    lost = losses & 0xFFFFFF
    voice.missed = lost if lost < 0x800000 else 0  # negative: more came doubled than was lost
    sent, at = other.report
    if last and last == sent:
        took = now - at - since / 65536
        if 0 <= took < MOST_SECONDS:
            voice.round_trip = took
