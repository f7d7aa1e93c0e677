"""The media relay: a process of its own that carries RTP and RTCP between the two sides of calls (sip.md, Media).

Law of this file: one loop, plain non-blocking sockets, nothing allocated for a packet that can be made before. It
imports nothing of the house and as little of the library as it can. The server tells it everything over one control
connection, one JSON array a line; when that connection ends, the relay ends.

To the relay:    ["configure", {host, ports: [first, last], pool, silence_before, silence_after, ahead}], then sessions of an
                 earlier relay if there are any, then ["begin"]; ["open", session, call, port, port];
                 ["expect", session, side, host, port, rtcp_port, symmetric]; ["answered", call];
                 ["tone", session, side, name, file of it in G.729]; ["echo", session, side];
                 ["play", session, side, file, payload type]; ["close", call]
From the relay:  ["ready", [[port, port], ...]] sessions bound ahead, several at a time; ["counts", [[session, side 0, side 1], ...]] each second for
                 those that changed (a side as Session.sides has it); ["echoed", session, in, back]; ["silent", call, seconds];
                 ["lost", session] its ports could not be bound; ["exhausted"] no port is left
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from appliance.sip.media_echo import mirror
from appliance.sip.media_place import go_first
from appliance.sip.media_play import Player, sound_file
from appliance.sip.media_ports import Ports
from appliance.sip.media_rtcp import read_reports
from appliance.sip.media_session import Address, Call, Half, Session, aim, clock_period, count, join, learn
from appliance.sip.media_sockets import aim_both, settle
from appliance.sip.media_tone import ToneFilter

TICK_SECONDS = 1.0  # counts are reported, silence is judged
BUSY_PACKETS = 1000  # in a second; from then on several are waited for, since waking for each costs as much as carrying it
NAP_SECONDS = 0.00125  # so long, a sixteenth of what a packet holds
MOST_EVENTS = 64  # of one round; what is more than that waits for the next one, which comes soon
BREATH_SECONDS = 0.0002  # after a full round, so that others run, too
MAX_PACKET = 2048
FILLED_AT_ONCE = 8  # sessions told; each word to the server wakes it, and a call needs one
MAX_CONTROL = 4 << 20  # bytes of a line or of a queue to a server that does not read

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Relay:
    """Everything the relay knows, and its loop."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        control.setblocking(False)
        self.poller = make_poller()
        self.table: dict[int, Half] = {}
        self.sessions: dict[int, Session] = {}
        self.calls: dict[int, Call] = {}
        self.players: dict[int, Player] = {}  # by session
        self.ports = Ports(self.table, self.poller)
        self.pool_size = 32
        self.untold: list[tuple[int, int]] = []  # of the pool
        self.silence_before = 0.0
        self.silence_after = 60.0
        self.begun = False
        self.exhausted = False
        self.incoming = bytearray()
        self.outgoing = bytearray()

    # -- ports ------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Keeps sessions bound ahead, `pool_size` of them, and tells the server of the new ones; of a large pool's not one by one."""
        while len(self.ports.pool) < self.pool_size and not self.exhausted:
            ports = self.ports.add(monotonic())
            if ports is not None:
                self.untold.append(ports)
            else:
                self.exhausted = True
                self.tell("exhausted")
        if self.untold and (self.exhausted or len(self.untold) >= FILLED_AT_ONCE or self.pool_size < 4 * FILLED_AT_ONCE):
            self.tell("ready", self.untold)
            self.untold = []

    # -- what the server says ---------------------------------------------------------------------------------

    def do_configure(self, settings: dict[str, Any]) -> None:
        first, last = settings["ports"]
        self.ports.configure(settings["host"], first, last, most_descriptors())
        self.pool_size = settings["pool"]
        self.silence_before = settings["silence_before"]
        self.silence_after = settings["silence_after"]
        if settings["ahead"]:
            go_first()

    def do_begin(self) -> None:
        self.begun = True
        self.fill()

    def do_open(self, number: int, call: int, port_one: int, port_two: int) -> None:
        halves = self.ports.take((port_one, port_two))
        if halves is None:
            self.tell("lost", number)
            return
        now = monotonic()
        join(halves)
        session = self.sessions[number] = Session(number, call, halves)
        self.calls.setdefault(call, Call(now)).sessions.append(session)
        for half in halves:
            half.since = now
        if self.begun:
            self.fill()

    def do_expect(self, number: int, side: int, host: str, port: int, rtcp_port: int, symmetric: bool) -> None:
        session = self.sessions.get(number)
        if session is None:
            return
        rtp, rtcp = session.halves[side], session.halves[side + 2]
        now = monotonic()
        address = self.address(host, port)
        if rtp.signalled != address or rtp.symmetric != symmetric:
            self.look_for(session, rtp, address, symmetric, now)
            self.look_for(session, rtcp, self.address(host, rtcp_port) if rtcp_port != port else None, symmetric, now)
        if rtp.mux != (rtcp_port == port):
            rtp.mux = not rtp.mux
            join(session.halves)
            if session.echo >= 0:
                mirror(session, session.echo)

    def look_for(self, session: Session, half: Half, address: Address | None, symmetric: bool, now: float) -> None:
        if half.settled:
            self.set_free(session, half)
        half.local = ""
        half.signalled = half.to = address
        half.symmetric = symmetric
        half.peer = half.stranger = None
        half.since = now

    def settle(self, session: Session, half: Half, now: float) -> None:
        """Binds a half to its party, once that is who it will be."""
        if not settle(half, now):
            self.set_free(session, half)
        elif half.settled:
            aim_both(session.halves)

    def set_free(self, session: Session, half: Half) -> None:
        if not self.ports.set_free(half):
            self.tell("lost", session.number)
        aim_both(session.halves)

    def address(self, host: str, port: int) -> Address | None:
        """None for what is nobody's address: a hold (0.0.0.0), a name, a group, a refused line (port 0)."""
        if not 0 < port < 65536:
            return None
        try:
            packed = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
        except OSError:
            return None
        if not any(packed) or (len(packed) == 4 and packed[0] >= 224) or (len(packed) == 16 and packed[0] == 255):
            return None
        if ":" in self.ports.host:
            text = socket.inet_ntop(socket.AF_INET6, packed if len(packed) == 16 else b"\0" * 10 + b"\xff\xff" + packed)
            return (text, port, 0, 0)
        return (host, port) if len(packed) == 4 else None

    def do_answered(self, call: int) -> None:
        state = self.calls.get(call)
        if state is not None:
            state.answered = True
            state.quiet_since = monotonic()

    def do_tone(self, number: int, side: int, name: str, file: str) -> None:
        session = self.sessions.get(number)
        if session is not None:
            source = session.halves[1 - side]
            send = session.halves[side].socket.sendto

            def ended() -> None:
                source.forward = send
                aim(source)

            coded = b""
            with suppress(OSError), open(file, "rb") as sound:
                coded = sound.read()
            source.forward = ToneFilter(name, send, ended, coded)
            aim(source)

    def do_echo(self, number: int, side: int) -> None:
        session = self.sessions.get(number)
        if session is not None:
            session.echo = side
            mirror(session, side)

    def do_play(self, number: int, side: int, file: str, payload_type: int) -> None:
        session = self.sessions.get(number)
        if session is not None:
            with suppress(OSError), open(sound_file(file, payload_type), "rb") as sound:
                self.players[number] = Player(session.halves[side], sound.read(), payload_type, os.urandom(4), monotonic())

    def do_close(self, call: int) -> None:
        state = self.calls.pop(call, None)
        now = monotonic()
        for session in state.sessions if state is not None else ():
            del self.sessions[session.number]
            self.players.pop(session.number, None)
            self.ports.give_back(session.halves, now)
        if self.exhausted:
            self.exhausted = False
            self.fill()

    def obey(self) -> bool:
        """Reads the control connection; False when the server is gone."""
        try:
            data = self.control.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data or len(self.incoming) > MAX_CONTROL:
            return False
        self.incoming += data
        *lines, rest = bytes(self.incoming).split(b"\n")
        self.incoming = bytearray(rest)
        if lines:
            for verb, *values in json.loads(b"[" + b",".join(lines) + b"]"):
                getattr(self, "do_" + verb)(*values)
        return True

    def tell(self, *values: object) -> None:
        if len(self.outgoing) < MAX_CONTROL:
            self.outgoing += _encode(values).encode() + b"\n"
            self.flush()

    def flush(self) -> None:
        """What the server has no room for yet is sent at the next tick."""
        try:
            while self.outgoing:
                sent = self.control.send(self.outgoing)
                del self.outgoing[:sent]
        except OSError:
            pass

    # -- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        counts = []
        for session in self.sessions.values():
            one, two = session.halves[0], session.halves[1]
            if one.packets + two.packets != session.reported:
                session.reported = one.packets + two.packets
                counts.append((session.number, *session.sides()))
                if session.echo >= 0:
                    self.tell("echoed", session.number, session.halves[session.echo].packets, session.halves[1 - session.echo].packets)
            for half in (one, two):
                clock_period(half)
                if not half.settled and half.peer is not None:
                    self.settle(session, half, now)
        if counts:
            self.tell("counts", counts)
        elif self.outgoing:
            self.flush()
        for number, call in self.calls.items():
            self.judge_silence(number, call, now)
        self.ports.tidy(now)

    def judge_silence(self, number: int, call: Call, now: float) -> None:
        heard = False
        for session in call.sessions:
            for half in session.halves[:2]:
                if half.packets != half.heard:
                    half.heard = half.packets
                    heard = True
        if heard:
            call.quiet_since = now
            return
        limit = self.silence_after if call.answered else self.silence_before
        if limit and now - call.quiet_since >= limit:
            self.tell("silent", number, round(now - call.quiet_since, 3))
            call.quiet_since = now  # said again after as long

    def play(self, now: float) -> float:
        """Sends what announcements are due; when the next is."""
        for number, player in list(self.players.items()):
            if not player.play(now):
                del self.players[number]
        return min((player.due for player in self.players.values()), default=now + TICK_SECONDS)

    # -- the loop ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the server is gone."""
        table, wait, control = self.table, self.poller.wait, self.control.fileno()
        buffer, unpack = bytearray(MAX_PACKET), struct.Struct(">HI").unpack_from
        view = memoryview(buffer)
        self.poller.add(control)
        now = monotonic()
        next_tick, taken, busy = now + TICK_SECONDS, 0, False
        while True:
            # As of the last waking: what it took since is too little to matter, and each look at the clock costs.
            until = min(next_tick, self.play(now)) if self.players else next_tick
            events = wait(until - now if until > now else 0.0, MOST_EVENTS)
            now = monotonic()
            for fd, _ in events:
                half = table.get(fd)
                if half is None:
                    if fd == control and not self.obey():
                        return
                    continue
                receive = half.receive  # by a name of its own: Python is slower to call what it finds in a slot
                try:
                    if half.settled:
                        size = receive(buffer)
                    else:
                        size, source = receive(buffer)
                        if source != half.peer and not learn(half, source, now):
                            continue
                except OSError:
                    continue
                if not half.rtp:
                    read_reports(buffer, size, half.voice, half.voice.other, now)
                elif 191 < buffer[1] < 224 and 127 < buffer[0] < 192:  # RTCP among RTP (RFC 5761 4)
                    if self.crosses(half, buffer, size, now):
                        continue
                else:
                    half.packets += 1
                    if size > 11 and 127 < buffer[0] < 192:
                        seq, stamp = unpack(buffer, 2)
                        if seq == half.seq + 1:
                            if stamp != half.stamp:
                                late = now - half.arrival - ((stamp - half.stamp) & 0xFFFFFFFF) * half.period
                                if -0.5 < late < 0.5:
                                    half.jitter += ((late if late > 0 else -late) - half.jitter) * 0.0625
                                half.stamp, half.arrival = stamp, now
                            half.seq = seq
                        else:
                            count(half, buffer, seq, stamp, now)
                try:
                    if (quick := half.quick) is not None:
                        quick(view[:size])
                    elif half.other.to is not None:
                        half.forward(view[:size], half.other.to)
                except OSError:
                    pass  # an ICMP error or a full buffer: the next packet is 20 ms away
            taken += len(events)
            if now >= next_tick:
                self.tick(now)
                next_tick, taken, busy = max(next_tick + TICK_SECONDS, now), 0, taken > BUSY_PACKETS
            if busy:
                sleep(NAP_SECONDS if len(events) < MOST_EVENTS else BREATH_SECONDS)

    @staticmethod
    def crosses(half: Half, buffer: bytearray, size: int, now: float) -> bool:
        """RTCP of a side that muxes; whether it left here, for a side that does not."""
        read_reports(buffer, size, half, half.other, now)
        out = half.rtcp
        if out is None:
            return False
        if out.to is not None:
            with suppress(OSError):
                out.socket.sendto(memoryview(buffer)[:size], out.to)
        return True


class _Epoll:
    """Readiness by epoll(7)."""

    many = True

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.wait = self._epoll.poll

    def add(self, fd: int) -> None:
        self._epoll.register(fd, select.EPOLLIN)

    def drop(self, fd: int) -> None:
        """Nothing: the socket is closed next, and with it goes its place here (epoll(7))."""


class _Select:
    """Readiness by select, where there is nothing better: slower with many calls, and on Windows 512 sockets at most."""

    many = False

    def __init__(self) -> None:
        self._fds: list[int] = []

    def wait(self, timeout: float, most: int) -> list[tuple[int, int]]:  # noqa: ARG002
        return [(fd, 1) for fd in select.select(self._fds, (), (), timeout)[0]]

    def add(self, fd: int) -> None:
        self._fds.append(fd)

    def drop(self, fd: int) -> None:
        if fd in self._fds:  # a port that no call has is not waited for
            self._fds.remove(fd)


def make_poller() -> _Epoll | _Select:
    return _Epoll() if hasattr(select, "epoll") else _Select()


def most_descriptors() -> int:
    """How many files and sockets this process may have, after as many were asked for as the system gives it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard if hard != resource.RLIM_INFINITY else sys.maxsize
    return 512  # select on Windows


def control_connection(control: str) -> socket.socket:
    """`fd:N`, an inherited socket; or `tcp:HOST:PORT`, with a token on standard input that is said first (Windows)."""
    kind, _, where = control.partition(":")
    if kind == "fd":
        return socket.socket(fileno=int(where))
    host, _, port = where.rpartition(":")
    connection = socket.create_connection((host, int(port)), 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(sys.stdin.buffer.readline())
    return connection


def run(control: str) -> int:
    """The process `tollhouse relay --control CONTROL`; the exit status. It outlives what is said to the group of the
    server (Ctrl-C, systemd's SIGTERM), so that calls keep their sound while the server drains, and ends with it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    most_descriptors()
    gc.disable()  # sessions are taken apart by hand; there is nothing to collect
    relay = Relay(control_connection(control))
    try:
        relay.run()
    finally:
        relay.control.close()
    return 0
