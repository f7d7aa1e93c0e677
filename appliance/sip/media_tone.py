"""Tones in G.711 or G.729, laid over the packets that pass (RFC 3551 4.5.6, 4.5.14): the listener's stream keeps its numbers and clock.

Only a stream that flows in one of them can carry one. Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

RATE = 8000
G729, FRAME_BYTES, FRAME_SAMPLES = 18, 10, 80  # payload type; a frame is 10 ms
# name -> (frequency in Hz, then seconds of sound and pause in turn)
TONES: dict[str, tuple[int, tuple[float, ...]]] = {
    "low_credit": (1400, (0.2, 0.2, 0.2)),
    "end": (425, (0.25, 0.25, 0.25, 0.25, 0.25)),
}


def ulaw(sample: int) -> int:
    """16-bit linear to G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF


def alaw(sample: int) -> int:
    """16-bit linear to G.711 A-law."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample) if sample >= 0 else -sample - 1, 32767)
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = (magnitude >> (exponent + 3 if exponent else 4)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def linear_from_ulaw(code: int) -> int:
    """G.711 mu-law to 16-bit linear."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return -magnitude if code & 0x80 else magnitude


def linear_from_alaw(code: int) -> int:
    """G.711 A-law to 16-bit linear."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 264) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


def samples(frequency: float, seconds: float, level: float = 0.3) -> list[int]:
    """A sine in 16-bit linear at 8 kHz; `level` of full scale."""
    step = 2 * math.pi * frequency / RATE
    return [round(32767 * level * math.sin(step * number)) for number in range(round(seconds * RATE))]


_made: dict[tuple[str, int], bytes] = {}


def tone(name: str, payload_type: int) -> bytes:
    """The whole tone in G.711: payload type 0 is mu-law, 8 A-law. Unknown names sound as "low_credit"."""
    made = _made.get((name, payload_type))
    if made is None:
        frequency, parts = TONES.get(name, TONES["low_credit"])
        linear: list[int] = []
        for number, seconds in enumerate(parts):
            linear += samples(frequency, seconds) if number % 2 == 0 else [0] * round(seconds * RATE)
        made = _made[name, payload_type] = bytes(map(ulaw if payload_type == 0 else alaw, linear))
    return made


class ToneFilter:
    """Stands in for a socket's `sendto` until the tone has been played; then calls `ended`. `coded`: the tone in G.729, where there is one."""

    __slots__ = ("_coded", "_ended", "_name", "_played", "_send")

    def __init__(self, name: str, send: Callable[[Any, Any], Any], ended: Callable[[], None], coded: bytes = b"") -> None:
        self._coded = coded
        self._name = name
        self._send = send
        self._ended = ended
        self._played = 0  # samples

    def __call__(self, packet: memoryview, to: Any) -> None:
        payload_type = packet[1] & 0x7F if len(packet) > 12 else -1
        coded = self._coded if payload_type == G729 else b""
        if (coded or payload_type in (0, 8)) and 127 < packet[0] < 192:
            start = 12 + 4 * (packet[0] & 0x0F)
            if packet[0] & 0x10 and start + 4 <= len(packet):
                start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
            room = len(packet) - start
            if coded:
                frames, place = max(room, 0) // FRAME_BYTES, self._played // FRAME_SAMPLES  # what is left over describes silence (annex B)
                piece, samples_told = coded[place * FRAME_BYTES : (place + frames) * FRAME_BYTES], frames * FRAME_SAMPLES
            else:
                piece, samples_told = tone(self._name, payload_type)[self._played : self._played + room] if room > 0 else b"", max(room, 0)
            packet[start : start + len(piece)] = piece
            self._played += samples_told
            if self._played >= len(tone(self._name, 0)):
                self._ended()
        self._send(packet, to)
