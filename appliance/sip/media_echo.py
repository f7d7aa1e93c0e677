"""What a caller of the echo number hears: its own stream, under another source number (RFC 3550 8.2: a party that meets its
own SSRC takes it for a loop). Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.sip.media_session import Half, Session, aim

OTHER_SOURCE = 0x5A  # laid over the first byte of the SSRC


class Mirror:
    """Stands in for a socket's `sendto` and sends back where the packet came from. `counter` counts what went back."""

    __slots__ = ("_counter", "_send")

    def __init__(self, send: Callable[[Any, Any], Any], counter: Half) -> None:
        self._send = send
        self._counter = counter

    def __call__(self, packet: memoryview, to: Any) -> None:
        if len(packet) < 12 or 191 < packet[1] < 224:
            return  # RTCP reports speak of the other stream
        packet[8] ^= OTHER_SOURCE
        self._send(packet, to)
        self._counter.packets += 1


def mirror(session: Session, side: int) -> None:
    """From now on `side` gets back what it sends; nothing of it goes to the other side."""
    rtp, rtcp = session.halves[side], session.halves[side + 2]
    rtp.other, rtcp.other = rtp, rtcp
    rtp.rtcp = None
    rtp.forward = Mirror(rtp.socket.sendto, session.halves[1 - side])
    rtcp.forward = _nothing
    aim(rtp)


def _nothing(packet: memoryview, to: Any) -> None:
    """The echo sends no reports: it has no stream of its own to speak of."""
