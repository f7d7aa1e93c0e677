"""An announcement into a stream of its own: a file of G.711 mu-law as RTP, twenty milliseconds a packet (RFC 3550, 3551).

Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

import struct
from contextlib import suppress

from appliance.sip.media_session import Half
from appliance.sip.media_tone import alaw, linear_from_ulaw

PACKET_SECONDS = 0.02
PACKET_SAMPLES = 160
LONGEST_BYTES = 480_000  # a minute
ALAW = 8  # payload type

_to_alaw: list[bytes] = []


def as_payload(sound: bytes, payload_type: int) -> bytes:
    """The sound in the codec of that payload type: 0 mu-law, 8 A-law."""
    if payload_type != ALAW:
        return sound
    if not _to_alaw:
        _to_alaw.append(bytes(alaw(linear_from_ulaw(code)) for code in range(256)))
    return sound.translate(_to_alaw[0])


class Player:
    """One announcement on its way to one side; `ssrc`: four bytes by chance (RFC 3550 8)."""

    __slots__ = ("_half", "_head", "_place", "_sequence", "_sound", "_ssrc", "due")

    def __init__(self, half: Half, sound: bytes, payload_type: int, ssrc: bytes, now: float) -> None:
        self._half = half
        self._sound = as_payload(sound[:LONGEST_BYTES], payload_type)
        self._head = payload_type
        self._place = 0
        self._sequence = 1
        self._ssrc = ssrc
        self.due = now

    def play(self, now: float) -> bool:
        """Send what is due; False when it is over."""
        while self.due <= now:
            if self._place >= len(self._sound):
                return False
            self._send()
            self.due += PACKET_SECONDS
        return True

    def _send(self) -> None:
        marker = 0x80 if self._place == 0 else 0
        piece = self._sound[self._place : self._place + PACKET_SAMPLES]
        packet = struct.pack(">BBHI", 0x80, marker | self._head, self._sequence & 0xFFFF, self._place) + self._ssrc + piece
        self._place += PACKET_SAMPLES
        self._sequence += 1
        if self._half.to is not None:
            with suppress(OSError):
                self._half.socket.sendto(packet, self._half.to)
