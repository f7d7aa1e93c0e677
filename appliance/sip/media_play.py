"""An announcement into a stream of its own: G.711 mu-law, or G.729, as RTP, twenty milliseconds a packet (RFC 3550, 3551).

Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

import struct
from contextlib import suppress

from appliance.sip.media_session import Half
from appliance.sip.media_tone import alaw, linear_from_ulaw

PACKET_SECONDS = 0.02
PACKET_SAMPLES = 160
PACKET_BYTES_G729 = 20  # two frames (RFC 3551 4.5.6)
LONGEST_BYTES = 480_000  # a minute of G.711
ULAW, ALAW = 0, 8  # payload types; any other is that of G.729, 18 mostly
G729 = ".g729"

_to_alaw: list[bytes] = []


def sound_file(file: str, payload_type: int) -> str:
    """Which file has the sound for that payload type: `file` itself, of mu-law, or what lies beside it in G.729."""
    return file if payload_type in (ULAW, ALAW) else file.rpartition(".")[0] + G729


def as_payload(sound: bytes, payload_type: int) -> bytes:
    """The sound in the codec of that payload type: mu-law becomes A-law for 8, else all stays as it is."""
    if payload_type != ALAW:
        return sound
    if not _to_alaw:
        _to_alaw.append(bytes(alaw(linear_from_ulaw(code)) for code in range(256)))
    return sound.translate(_to_alaw[0])


class Player:
    """One announcement on its way to one side; `ssrc`: four bytes by chance (RFC 3550 8)."""

    __slots__ = ("_half", "_head", "_place", "_sequence", "_size", "_sound", "_ssrc", "due")

    def __init__(self, half: Half, sound: bytes, payload_type: int, ssrc: bytes, now: float) -> None:
        self._half = half
        self._sound = as_payload(sound[:LONGEST_BYTES], payload_type)
        self._head = payload_type
        self._size = PACKET_SAMPLES if payload_type in (ULAW, ALAW) else PACKET_BYTES_G729
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
        piece = self._sound[self._place : self._place + self._size]
        stamp = (self._sequence - 1) * PACKET_SAMPLES
        packet = struct.pack(">BBHI", 0x80, marker | self._head, self._sequence & 0xFFFF, stamp) + self._ssrc + piece
        self._place += self._size
        self._sequence += 1
        if self._half.to is not None:
            with suppress(OSError):
                self._half.socket.sendto(packet, self._half.to)
