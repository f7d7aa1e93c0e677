"""What the relay keeps of a call: whom each side believes, what it counted (RFC 3550 A.1, A.8).

Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import monotonic
from typing import Any

LEARNING_SECONDS = 3.0  # after the first packet: the signalled address, or a steadier source, may still take over
STEADY_PACKETS = 10  # that many in a row from one stranger, and none from the one believed

Address = tuple[Any, ...]  # (host, port) or, for IPv6, (host, port, flow, scope) as the socket module has them


class Half:
    """One socket of one side: RTP or RTCP. What it receives goes out of `other`."""

    __slots__ = (
        "arrival", "forward", "heard", "host", "jitter", "local", "lost", "missed", "mux", "other", "packets", "payload", "peer", "period",
        "port", "quick", "receive", "report", "round_trip", "rtcp", "rtp", "seen", "seq", "settled", "signalled", "since", "socket", "ssrc",
        "stamp", "stranger", "stranger_count", "stranger_from", "symmetric", "to", "voice",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, port: int, rtp: bool, host: str = "") -> None:
        """`host`: the address that `port` is bound at."""
        self.socket = sock
        self.port = port
        self.rtp = rtp
        self.host = host
        self.reset()

    def reset(self) -> None:
        """As a call finds it."""
        self.receive: Callable[[bytearray], Any] = self.socket.recvfrom_into  # (size, source); of a settled half the size alone
        self.forward: Callable[[Any, Any], Any] = self.socket.sendto  # other's sendto, or a filter before it
        self.quick: Callable[[Any], Any] | None = None  # other's send, where nothing stands before it and it is settled
        self.other: Half = None  # type: ignore[assignment]
        self.rtcp: Half | None = None  # of an RTP half: where RTCP that came here must leave; None: here
        self.voice: Half = self  # of an RTCP half: the RTP half of its side
        self.mux = False  # RTP and RTCP on one port (RFC 5761)
        self.peer: Address | None = None  # the only source that is believed
        self.to: Address | None = None  # where this side's party is
        self.signalled: Address | None = None
        self.symmetric = False
        self.settled = False  # its socket is connected to `peer`
        self.local: str | None = ""  # the address of ours that its packets come to, where that was asked; None: not to be connected
        self.since = 0.0  # when the source was believed, or from when one is looked for; of a resting one: the last that came
        self.stranger: Address | None = None
        self.stranger_count = 0
        self.stranger_from = 0
        self.packets = 0
        self.heard = 0  # packets at the last tick
        self.lost = 0
        self.jitter = 0.0  # seconds (RFC 3550 6.4.1)
        self.period = 1 / 8000  # seconds of one RTP timestamp unit
        self.seq = -2  # nothing came; a stream may begin with number 0
        self.stamp = 0
        self.arrival = 0.0
        self.ssrc = b""
        self.seen = (0, 0.0)  # a timestamp and its arrival, to tell the clock rate by
        self.payload = 0  # the payload type that the stream began with
        self.missed = -1  # packets of the other side's stream that this side says it never got (RTCP); -1: it has not said
        self.report = (0, 0.0)  # the stamp of this side's last sender report, and when it passed
        self.round_trip = 0.0  # seconds from here to this side and back, as RTCP tells; 0: unknown

    def rest(self, now: float) -> None:
        """No call has it: what comes is thrown away."""
        self.part()
        self.since = now
        self.receive = self._throw_away

    def _throw_away(self, buffer: bytearray) -> Any:
        self.socket.recv_into(buffer)
        self.since = monotonic()
        raise BlockingIOError  # nothing that is anybody's

    def part(self) -> None:
        """Takes apart what refers to itself or to other halves: the relay collects no garbage."""
        self.other = self.rtcp = self.voice = self.forward = self.receive = self.quick = None  # type: ignore[assignment]


class Session:
    """Two sides; `halves` are RTP of side 0, RTP of side 1, RTCP of side 0, RTCP of side 1."""

    __slots__ = ("call", "echo", "halves", "number", "reported")

    def __init__(self, number: int, call: int, halves: list[Half]) -> None:
        self.echo = -1  # the side that hears itself
        self.number = number
        self.call = call
        self.halves = halves
        self.reported = -1

    def sides(self) -> list[list[int]]:
        """For each side: packets, lost, jitter in ms, payload type, missed (-1: not said), round trip in ms."""
        return [
            [half.packets, half.lost, round(half.jitter * 1000), half.payload, half.missed, round(half.round_trip * 1000)]
            for half in self.halves[:2]
        ]  # fmt: skip


class Call:
    """What silence is judged by."""

    __slots__ = ("answered", "quiet_since", "sessions")

    def __init__(self, now: float) -> None:
        self.sessions: list[Session] = []
        self.answered = False
        self.quiet_since = now


def join(halves: list[Half]) -> None:
    """Says for each half of a session where its packets go, by who muxes RTCP and who does not."""
    for side in (0, 1):
        rtp, other = halves[side], halves[1 - side]
        rtcp, other_rtcp = halves[side + 2], halves[3 - side]
        rtcp.voice = rtp
        rtp.other, rtp.forward = other, other.socket.sendto
        rtp.rtcp = other_rtcp if rtp.mux and not other.mux else None
        rtcp.other = other if other.mux else other_rtcp
        rtcp.forward = rtcp.other.socket.sendto
    aim(halves[0])
    aim(halves[1])


def aim(half: Half) -> None:
    """Where packets of an RTP half go out of a settled one unchanged, they go the quick way."""
    other = half.other
    half.quick = other.socket.send if other.settled and half.forward == other.socket.sendto else None


def learn(half: Half, source: Address, now: float) -> bool:
    """A packet from somebody who is not the believed source: whether it is to be believed from now on.

    Before any source is believed: the signalled address at once; anybody where the side is symmetric; else a host
    that was not signalled only after the signalled one was silent for the learning time. For a short while after
    that the signalled address takes over, and so does a source that sends steadily while the believed one does not.
    """
    fresh = now - half.since < LEARNING_SECONDS
    if half.peer is None:
        known = half.signalled is None or half.symmetric or source[0] == half.signalled[0]
        believed = known or (not fresh and _steady(half, source))
    else:
        believed = fresh and (source == half.signalled or _steady(half, source))
    if not believed:
        return False
    if half.peer is None:
        half.since = now
    half.peer = half.to = source
    half.stranger = None
    return True


def _steady(half: Half, source: Address) -> bool:
    if half.stranger != source or half.stranger_from != half.packets:
        half.stranger, half.stranger_count, half.stranger_from = source, 0, half.packets
    half.stranger_count += 1
    return half.stranger_count >= STEADY_PACKETS


def count(half: Half, buffer: bytearray, seq: int, stamp: int, now: float) -> None:
    """A packet that does not follow the one before it: loss, a late one, another source, or the first."""
    ssrc = bytes(buffer[8:12])
    gap = (seq - half.seq) & 0xFFFF
    if half.seq < 0 or ssrc != half.ssrc:
        half.ssrc, half.seen, half.payload = ssrc, (stamp, now), buffer[1] & 0x7F
    elif 0 < gap < 3000:
        half.lost += gap - 1
    elif gap > 0xFF00 or gap == 0:
        half.lost -= 1 if half.lost and gap else 0  # came after all (RFC 3550 A.1); a doubled one changes nothing
        return
    half.seq, half.stamp, half.arrival = seq, stamp, now


def clock_period(half: Half) -> None:
    """Guesses the clock of the side's codec from one second of timestamps: 8, 16, 48 or 90 kHz."""
    stamp, arrival = half.seen
    took = half.arrival - arrival
    if took > 0.5:
        rate = ((half.stamp - stamp) & 0xFFFFFFFF) / took
        for known in (8000, 16000, 48000, 90000):
            if abs(rate - known) < known / 5:
                half.period = 1 / known
        half.seen = (half.stamp, half.arrival)
