"""The voice and ears of a demo peer: a steady tone in G.711 by RTP, and a detector for the tone it hears."""

from __future__ import annotations

import math
import socket
import struct
from collections import deque

from appliance.demo_loop import AgentLoop, Later
from appliance.sip.media_tone import RATE, alaw, linear_from_alaw, linear_from_ulaw, samples, ulaw

FRAME = 160  # samples of 20 ms
HEARD = 4000  # samples kept: half a second

_FROM_ULAW = [linear_from_ulaw(code) for code in range(256)]
_FROM_ALAW = [linear_from_alaw(code) for code in range(256)]


def tone_level(heard: list[int], frequency: float) -> float:
    """The share of the sound's energy that lies at `frequency`, 0 to 1 (Goertzel's filter)."""
    energy = sum(sample * sample for sample in heard)
    if not heard or energy == 0:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * frequency / RATE)
    one = two = 0.0
    for sample in heard:
        one, two = sample + turn * one - two, one
    power = one * one + two * two - turn * one * two
    return min(1.0, 2 * power / (len(heard) * energy))


class Voice:
    """One RTP socket. All but `hears` and the counts belongs to the loop's thread."""

    def __init__(self, loop: AgentLoop, host: str, frequency: float, ssrc: int) -> None:
        """`frequency` in whole Hz is what the other side will hear."""
        self._loop = loop
        self._socket = _even_socket(host)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.frequency = frequency
        self.muted = False
        self.sent = 0
        self.received = 0
        self.sources: set[tuple[str, int]] = set()
        self.to: tuple[str, int] | None = None
        self.payload_type = 0
        self._ssrc = ssrc
        self._seq = ssrc & 0xFFFF
        self._stamp = 0
        self._linear = samples(frequency, 1.0)
        self._second = b""
        self._heard: deque[int] = deque(maxlen=HEARD)
        self._ticker: Later | None = None
        self._next = 0.0
        loop.watch(self._socket, self._readable)

    def talk(self, host: str, port: int, payload_type: int) -> None:
        """From now on to that address, 50 packets a second; payload type 0 (mu-law) or 8 (A-law)."""
        self.to = (host, port)
        self.payload_type = payload_type
        code = ulaw if payload_type == 0 else alaw
        self._second = bytes(map(code, self._linear)) * 2
        if self._ticker is None:
            self._next = self._loop.now()
            self._tick()

    def change(self, frequency: float) -> None:
        """Another tone from now on."""
        self.frequency = frequency
        self._linear = samples(frequency, 1.0)
        if self.to is not None:
            self.talk(*self.to, self.payload_type)

    def _tick(self) -> None:
        if self.to is not None and not self.muted:
            place = self._stamp % RATE
            header = struct.pack(">BBHII", 0x80, self.payload_type, self._seq, self._stamp & 0xFFFFFFFF, self._ssrc)
            try:
                self._socket.sendto(header + self._second[place : place + FRAME], self.to)
                self.sent += 1
            except OSError:
                pass  # the peer has hung up and its port is closed
            self._seq = (self._seq + 1) & 0xFFFF
        self._stamp += FRAME
        self._next += 0.02
        self._ticker = self._loop.later(max(0.0, self._next - self._loop.now()), self._tick)

    def _readable(self) -> None:
        try:
            data, source = self._socket.recvfrom(2048)
        except OSError:
            return
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        self.received += 1
        self.sources.add(source)
        payload_type = data[1] & 0x7F
        if payload_type in (0, 8):
            table = _FROM_ULAW if payload_type == 0 else _FROM_ALAW
            self._heard.extend([table[code] for code in data[12:]])

    def hears(self, frequency: float) -> bool:
        """Whether the last quarter of a second or more was that tone, mostly. From any thread."""
        heard = list(self._heard)
        return len(heard) >= HEARD // 2 and tone_level(heard, frequency) > 0.6

    def forget(self) -> None:
        """Whatever was heard so far."""
        self._heard.clear()
        self.received = 0
        self.sources.clear()

    def close(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
        self._loop.unwatch(self._socket)
        self._socket.close()


def _even_socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(100):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((host, 0))
        if sock.getsockname()[1] % 2 == 0:
            return sock
        sock.close()
    raise OSError("no even port")
