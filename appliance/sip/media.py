"""The relay as the engine sees it: starts the process, feeds it, watches it, tells what it reports.

The process starts with the first relayed call, `[*program, "relay", "--control", WHERE]`. Ports are bound by the relay
ahead of time and reported, so that `open` answers at once. If the relay dies, another is started and told everything
anew: the same sessions on the same ports.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.sip.media_control import Control, Listening
from appliance.sip.media_quality import mean_opinion
from appliance.sip.policy import Families, MediaCounters, MediaSession

POOL = 32  # sessions bound ahead of time: as many calls may start in one batch
RESTART_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)  # the n-th restart in a row waits so long
STEADY_SECONDS = 30.0  # a relay that lived as long starts the row anew

log = logging.getLogger("tollhouse.sip.media")

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """`host` is where ports are bound, in first_port..last_port. Silence in seconds, 0: not judged. `tones`: the folder of those in G.729."""

    host: str = "0.0.0.0"
    first_port: int = 20_000
    last_port: int = 29_999
    silence_before_answer: float = 0.0
    silence_after_answer: float = 60.0
    pool: int = POOL
    tones: str = ""
    ahead: bool = True  # the relay runs before ordinary programs, where the system permits it
    by_tcp: bool = not hasattr(socket, "AF_UNIX")  # the control connection: an inherited socket, or loopback TCP with a token


@dataclass(slots=True)
class Side:
    """What one party sent and said, by the relay's counts; `missed` -1: it has not said how much of the other's it missed."""

    packets: int = 0
    lost: int = 0
    jitter_ms: int = 0
    payload_type: int = 0
    missed: int = -1
    round_trip_ms: int = 0
    packets_before: int = 0  # of relays that died
    lost_before: int = 0

    def told(self, packets: int, lost: int, jitter_ms: int, payload_type: int, missed: int, round_trip_ms: int) -> None:
        """As of the last second."""
        self.packets, self.lost, self.jitter_ms, self.payload_type = packets, lost, jitter_ms, payload_type
        self.missed, self.round_trip_ms = missed, round_trip_ms

    def begun_anew(self) -> None:
        """Another relay counts from nothing."""
        self.packets_before += self.packets
        self.lost_before += self.lost
        self.packets = self.lost = 0

    @property
    def sent(self) -> tuple[int, int]:
        """Packets that came, and those that did not, over all relays."""
        return self.packets + self.packets_before, self.lost + self.lost_before


def quality(sides: Sequence[Side]) -> tuple[float | None, int]:
    """The worse direction's mean opinion, None where none was heard for long enough; the way between the parties and back in ms."""
    round_trip = sum(side.round_trip_ms for side in sides)
    scores = []
    for side, other in (sides, reversed(sides)):
        packets, lost = side.sent
        # what the far party misses counts our way to it, too
        score = mean_opinion(packets - max(other.missed - lost, 0), max(lost, other.missed), side.jitter_ms, round_trip, side.payload_type)
        if score is not None:
            scores.append(score)
    return min(scores, default=None), round_trip


def counted(sessions: Sequence[tuple[Side, Side]], echo_in: int = 0, echo_back: int = 0) -> MediaCounters:
    """The sums of a call's media lines; its quality is that of the first, which is its voice."""
    sides = [side for session in sessions for side in session]
    score, round_trip = quality(sessions[0])
    return MediaCounters(
        True,
        sum(side.sent[0] for side in sides),
        sum(side.sent[1] for side in sides),
        max(side.jitter_ms for side in sides),
        echo_in,
        echo_back,
        sum(session[1].sent[0] for session in sessions),
        score,
        round_trip,
    )


@dataclass(slots=True)
class _Session:
    """What a new relay must be told of a session, and what the last ones have counted."""

    number: int
    call: int
    ports: tuple[int, int]
    expected: list[tuple[object, ...] | None] = field(default_factory=lambda: [None, None])
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    echo: int = -1  # the side that hears itself
    echoed: tuple[int, int] = (0, 0)  # packets in and back
    echoed_before: tuple[int, int] = (0, 0)  # of relays that died


class RelayMedia:
    """Implements `policy.Media`. Everything on the reactor's thread; nothing blocks longer than starting a process does."""

    def __init__(
        self,
        reactor: Any,
        program: Sequence[str],
        settings: MediaSettings,
        on_ready: Callable[[], None],
        on_silence: Callable[[int, float], None],
        on_echo: Callable[[int, int, int], None] = lambda call, packets_in, packets_back: None,
    ) -> None:
        """`on_echo(call, in, back)`: each second, packets of an echo call that came in and went back.
        `on_ready`: `open` may be asked again. `on_silence(call, seconds)`: nothing was heard from either side for so long;
        comes again after as long (a call on hold is silent with good reason)."""
        self._reactor = reactor
        self._program = tuple(program)
        self._settings = settings
        self._on_ready = on_ready
        self._on_silence = on_silence
        self._on_echo = on_echo
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Control | None = None
        self._listening: Listening | None = None
        self._pool: list[tuple[int, int]] = []
        self._sessions: dict[int, _Session] = {}
        self._calls: dict[int, list[_Session]] = {}
        self._answered: set[int] = set()
        self._last_session = 0
        self._wanted = False  # `open` has answered None since the last `on_ready`
        self._started_at = 0.0
        self._deaths = 0
        self._stopped = False
        self._restart: Any = None

    def begin(self) -> None:
        """Starts the relay before anybody asks: who asks first would wait some 0.1 s for it."""
        self._ensure()

    # -- policy.Media -----------------------------------------------------------------------------------------

    def open(self, call: int, lines: int, families: Families = (False, False)) -> list[MediaSession] | None:  # noqa: ARG002
        """See `policy.Media`. A port of ours takes what family its address has; one at `::` takes both."""
        if self._control is None or len(self._pool) < lines:
            self._wanted = True
            self._ensure()
            return None
        made: list[MediaSession] = []
        for _ in range(lines):
            self._last_session += 1
            session = _Session(self._last_session, call, self._pool.pop(0))
            self._sessions[session.number] = session
            self._calls.setdefault(call, []).append(session)
            self._tell_later(f'["open",{session.number},{call},{session.ports[0]},{session.ports[1]}]')
            made.append(MediaSession(session.number, session.ports))
        if 2 * len(self._pool) < self._settings.pool:
            self._tell_at_once()  # more are bound when it is heard that these are taken
        return made

    def spans(self, families: Families) -> bool:
        """See `policy.Media`: by the address of `media.listen`."""
        host = self._settings.host
        return host == "::" or all(v6 is (":" in host) for v6 in families)

    def expect(self, session: int, side: int, host: str, port: int, rtcp_port: int, symmetric: bool) -> None:
        """See `policy.Media`. A host of 0.0.0.0 or a port of 0: nothing is sent to that side."""
        known = self._sessions.get(session)
        if known is not None:
            expected = (host, port, rtcp_port, symmetric)
            if known.expected[side] != expected:
                known.expected[side] = expected
                self._tell_later(f'["expect",{session},{side},{_encode(host)},{port},{rtcp_port},{"true" if symmetric else "false"}]')
                if known.expected[1 - side] is not None:  # before both sides are known nothing can pass
                    self._tell_at_once()

    def answered(self, call: int) -> None:
        """See `policy.Media`."""
        if call in self._calls and call not in self._answered:
            self._answered.add(call)
            self._tell_later(f'["answered",{call}]')

    def play_tone(self, session: int, side: int, name: str) -> None:
        """See `policy.Media`. Heard where the stream to that side flows in G.711, or in G.729 where the tone lies there in it."""
        if session in self._sessions:
            self._tell("tone", session, side, name, os.path.join(self._settings.tones, f"{name}.g729"))

    def echo(self, session: int, side: int) -> None:
        """See `policy.Media`."""
        known = self._sessions.get(session)
        if known is not None:
            known.echo = side
            self._tell("echo", session, side)

    def announce(self, session: int, side: int, file: str, payload_type: int) -> None:
        """See `policy.Media`."""
        if session in self._sessions:
            self._tell("play", session, side, file, payload_type)

    def close(self, call: int) -> None:
        """See `policy.Media`."""
        sessions = self._calls.pop(call, None)
        if sessions is not None:
            self._answered.discard(call)
            for session in sessions:
                del self._sessions[session.number]
            self._tell_later(f'["close",{call}]')

    def counters(self, call: int) -> MediaCounters | None:
        """See `policy.Media`: as of the last second."""
        sessions = self._calls.get(call)
        if sessions is None:
            return None
        return counted(
            [one.sides for one in sessions],
            sum(one.echoed[0] + one.echoed_before[0] for one in sessions),
            sum(one.echoed[1] + one.echoed_before[1] for one in sessions),
        )

    # -- what the server asks ---------------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """Of the relay process; None while there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def deaths(self) -> int:
        """How often in a row the relay died soon after its start."""
        return self._deaths

    def configure(self, settings: MediaSettings) -> None:
        """New settings: limits of silence at once, ports for sessions to come."""
        self._settings = settings
        if self._control is not None:
            self._tell_settings()

    def stop(self) -> None:
        """The relay ends with its connection."""
        self._stopped = True
        if self._restart is not None and self._restart.active():
            self._restart.cancel()
        if self._listening is not None:
            self._listening.close()
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    # -- the process ------------------------------------------------------------------------------------------

    def _ensure(self) -> None:
        """Starts the relay where none runs or is about to."""
        if self._process is None and self._restart is None and not self._stopped:
            self._start()

    def _start(self) -> None:
        self._restart = None
        if self._stopped:
            return
        self._started_at = self._reactor.seconds()
        try:
            if self._settings.by_tcp:
                self._start_with_tcp()
            else:
                self._start_with_pair()
        except OSError as error:
            log.error("the media relay cannot be started: %s", error)
            self._process = None
            self._again()

    def _start_with_pair(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [*self._program, "relay", "--control", f"fd:{theirs.fileno()}"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                )  # fmt: skip
            except OSError:
                ours.close()
                raise
        self._connected(ours)

    def _start_with_tcp(self) -> None:
        token = os.urandom(24).hex().encode()
        self._listening = Listening(self._reactor, token, self._connected)
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows: no console of its own
        self._process = subprocess.Popen(
            [*self._program, "relay", "--control", f"tcp:127.0.0.1:{self._listening.port}"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, creationflags=flags,
        )  # fmt: skip
        assert self._process.stdin is not None
        self._process.stdin.write(token + b"\n")
        self._process.stdin.close()
        self._reactor.callLater(10.0, self._give_up_waiting, self._process)

    def _give_up_waiting(self, process: subprocess.Popen[bytes]) -> None:
        if self._process is process and self._control is None:
            process.kill()
            self._died()

    def _connected(self, connection: socket.socket) -> None:
        self._listening = None
        self._pool.clear()
        self._control = Control(self._reactor, connection, self._on_line, self._died)
        self._tell_settings()
        for session in self._sessions.values():
            for one in session.sides:
                one.begun_anew()
            session.echoed_before = (session.echoed_before[0] + session.echoed[0], session.echoed_before[1] + session.echoed[1])
            session.echoed = (0, 0)
            self._tell("open", session.number, session.call, *session.ports)
            for side, expected in enumerate(session.expected):
                if expected is not None:
                    self._tell("expect", session.number, side, *expected)
            if session.echo >= 0:
                self._tell("echo", session.number, session.echo)
        for call in self._answered:
            self._tell("answered", call)
        self._tell("begin")

    def _died(self) -> None:
        """The connection ended, and the process with it or soon."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self._control = None
        self._pool.clear()
        process, self._process = self._process, None
        if process is not None:
            self._reap(process, 0)
        if self._stopped:
            return
        log.error("the media relay ended; %d relayed calls wait for the next one", len(self._calls))
        self._again()

    def _again(self) -> None:
        self._deaths = 0 if self._reactor.seconds() - self._started_at > STEADY_SECONDS else self._deaths + 1
        if self._sessions or self._wanted:
            delay = RESTART_SECONDS[min(max(self._deaths - 1, 0), len(RESTART_SECONDS) - 1)]
            self._restart = self._reactor.callLater(delay, self._start)

    def _reap(self, process: subprocess.Popen[bytes], tries: int) -> None:
        if process.poll() is None and not self._stopped:
            if tries == 5:
                process.kill()  # it let its connection go and lives on: no use, and it may hold the ports
            self._reactor.callLater(0.2, self._reap, process, tries + 1)

    # -- the connection ---------------------------------------------------------------------------------------

    def _tell(self, *values: object) -> None:
        if self._control is not None:
            self._control.send(_encode(values).encode() + b"\n")

    def _tell_later(self, word: str) -> None:
        """What nobody waits for, as JSON: each writing is a system call here and wakes the relay."""
        if self._control is not None:
            self._control.send_later(word.encode() + b"\n")

    def _tell_at_once(self) -> None:
        if self._control is not None:
            self._control.send(b"")

    def _tell_settings(self) -> None:
        settings = self._settings
        self._tell("configure", {
            "host": settings.host, "ports": [settings.first_port, settings.last_port], "pool": settings.pool,
            "silence_before": settings.silence_before_answer, "silence_after": settings.silence_after_answer, "ahead": settings.ahead,
        })  # fmt: skip

    def _on_line(self, line: bytes) -> None:
        verb, *values = json.loads(line)
        if verb == "counts":
            for number, *sides in values[0]:
                session = self._sessions.get(number)
                if session is not None:
                    for side, told in zip(session.sides, sides, strict=True):
                        side.told(*told)
        elif verb == "echoed":
            self._echoed(*values)
        elif verb == "ready":
            self._pool.extend((one, two) for one, two in values[0])
            if self._wanted:
                self._wanted = False
                self._on_ready()
        elif verb == "silent":
            if values[0] in self._calls:
                self._on_silence(values[0], values[1])
        elif verb == "lost":
            log.error("media session %d lost its ports", values[0])
        elif verb == "exhausted":
            log.warning("no media port is left in %d-%d", self._settings.first_port, self._settings.last_port)

    def _echoed(self, number: int, packets_in: int, packets_back: int) -> None:
        session = self._sessions.get(number)
        if session is not None:
            session.echoed = (packets_in, packets_back)
            before = session.echoed_before
            self._on_echo(session.call, packets_in + before[0], packets_back + before[1])
