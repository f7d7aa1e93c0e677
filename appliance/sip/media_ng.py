"""rtpengine in the place of our relay: the same `policy.Media`, spoken in its ng protocol to a process that is not ours.

Law of this file: each media line is one call of rtpengine's, with two tags of our making: "0" faces the caller, "1" the callee. It is told
descriptions of our own with nothing but address, port and a codec, since what the parties said to each other is rewritten by
`media_sdp` as ever. Lines are opened ahead of time, so that `open` answers at once. Its ports stay (port-latching) whatever comes.
"""

from __future__ import annotations

import logging
import os
import struct
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.sip.bencode import Value
from appliance.sip.media import MediaSettings, Side, counted
from appliance.sip.media_ng_client import Answer, NgClient
from appliance.sip.media_tone import tone
from appliance.sip.policy import Families, MediaCounters, MediaSession

POOL = 16  # lines opened ahead of time
POOL_OTHER = 4  # the same for lines with an IPv6 side, from the first call that needs one
POOL_SECONDS = 25.0  # then one is given back and another opened: rtpengine forgets what is silent (--timeout, 60 s)
LOOK_SECONDS = 1.0
OFTEN_SECONDS = 10.0  # a call so young is asked about each second, later each five
SELDOM_SECONDS = 5.0
KEEP_SECONDS = 20.0  # a silent line is told anew what it knows, or it would be forgotten
FLAGS = ("port-latching", "strict-source", "trust-address")
MOST_SOUND = 60_000  # bytes of an announcement: it travels in one datagram

IPV4: Families = (False, False)
NOWHERE, NOWHERE6 = ("0.0.0.0", 9, 10), ("::", 9, 10)

log = logging.getLogger("tollhouse.sip.media")


@dataclass(slots=True)
class _Pool:
    """Lines of one pair of families that wait for a call. `wanted`: so many at once that somebody waits for."""

    most: int
    lines: deque[_Line] = field(default_factory=deque)
    making: int = 0
    wanted: int = 0


@dataclass(slots=True)
class _Line:
    """One media line. `expected`: host, port, RTCP port of each side."""

    number: int
    tag: str
    made_at: float
    families: Families = IPV4
    call: int = 0  # 0: in the pool
    ports: list[int] = field(default_factory=lambda: [0, 0])
    hosts: list[str] = field(default_factory=lambda: ["", ""])
    expected: list[tuple[str, int, int]] = field(default_factory=lambda: [NOWHERE, NOWHERE])
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    echo: int = -1
    waiting: deque[tuple[str, dict[str, Value]]] = field(default_factory=deque)
    busy: bool = False  # a question is open: they go one after the other, since datagrams overtake each other
    asked_at: float = 0.0
    told_at: float = 0.0
    ready: bool = False


@dataclass(slots=True)
class _Call:
    opened_at: float
    quiet_since: float
    lines: list[_Line] = field(default_factory=list)
    answered: bool = False
    packets: int = 0


class RtpengineMedia:
    """Implements `policy.Media`; what `RelayMedia` offers the server besides, this does too. A side of IPv6 needs an rtpengine with an
    interface of IPv6; where it has none, `spans` says so."""

    def __init__(
        self,
        reactor: Any,
        where: tuple[str, int],
        settings: MediaSettings,
        on_ready: Callable[[], None],
        on_silence: Callable[[int, float], None],
        on_echo: Callable[[int, int, int], None] = lambda call, packets_in, packets_back: None,
    ) -> None:
        """As `RelayMedia`; `where` is rtpengine's ng address (`listen-ng`)."""
        self._reactor = reactor
        self._where = where
        self._settings = settings
        self._on_ready, self._on_silence, self._on_echo = on_ready, on_silence, on_echo
        self._client: NgClient | None = None
        self._run = os.urandom(6).hex()
        self._last = 0
        self._pools: dict[Families, _Pool] = {IPV4: _Pool(POOL)}
        self._lines: dict[int, _Line] = {}
        self._calls: dict[int, _Call] = {}
        self._timer: Any = None
        self._failing = False
        self._stopped = False
        self.pid: int | None = None  # it is no child of ours
        self.deaths = 0

    # -- policy.Media -----------------------------------------------------------------------------------------

    def open(self, call: int, lines: int, families: Families = IPV4) -> list[MediaSession] | None:
        """See `policy.Media`."""
        self._begin()
        pool = self._pools.setdefault(families, _Pool(POOL_OTHER))
        if not pool.most:  # this rtpengine has no IPv6
            pool = self._pools[IPV4]
        if len(pool.lines) < lines:
            pool.wanted = max(pool.wanted, lines)
            self._fill()
            return None
        now = self._reactor.seconds()
        known = self._calls.setdefault(call, _Call(now, now))
        made = []
        for _ in range(lines):
            line = pool.lines.popleft()
            line.call = call
            self._lines[line.number] = line
            known.lines.append(line)
            made.append(MediaSession(line.number, (line.ports[0], line.ports[1]), (line.hosts[0], line.hosts[1])))
        self._fill()
        return made

    def spans(self, families: Families) -> bool:
        """See `policy.Media`: until it has refused, rtpengine is believed to have both."""
        pool = self._pools.get(families)
        return pool is None or pool.most > 0

    def expect(self, session: int, side: int, host: str, port: int, rtcp_port: int, symmetric: bool) -> None:  # noqa: ARG002
        """See `policy.Media`. rtpengine believes a side's first packets in any case."""
        line = self._lines.get(session)
        if line is not None and line.expected[side] != (host, port, rtcp_port):
            line.expected[side] = (host, port, rtcp_port)
            self._describe(line, side)

    def answered(self, call: int) -> None:
        """See `policy.Media`."""
        known = self._calls.get(call)
        if known is not None and not known.answered:
            known.answered = True
            known.quiet_since = self._reactor.seconds()

    def play_tone(self, session: int, side: int, name: str) -> None:
        """See `policy.Media`. The tone takes the place of the other side's sound."""
        self._play(session, side, tone(name, 8), 6)

    def announce(self, session: int, side: int, file: str, payload_type: int) -> None:  # noqa: ARG002
        """See `policy.Media`. rtpengine codes it as the side wants it."""
        try:
            self._play(session, side, Path(file).read_bytes(), 7)
        except OSError as error:
            log.warning("an announcement cannot be read: %s", error)

    def echo(self, session: int, side: int) -> None:
        """See `policy.Media`."""
        line = self._lines.get(session)
        if line is not None:
            line.echo = side
            self._describe(line, 0)
            self._describe(line, 1)

    def close(self, call: int) -> None:
        """See `policy.Media`."""
        known = self._calls.pop(call, None)
        for line in known.lines if known is not None else ():
            del self._lines[line.number]
            self._delete(line)

    def counters(self, call: int) -> MediaCounters | None:
        """See `policy.Media`: as rtpengine was last asked."""
        known = self._calls.get(call)
        if known is None:
            return None
        heard = known.lines[0].sides[max(known.lines[0].echo, 0)].packets if known.lines[0].echo >= 0 else 0
        return counted([line.sides for line in known.lines], heard, heard)

    # -- what the server asks ---------------------------------------------------------------------------------

    def configure(self, settings: MediaSettings) -> None:
        """New limits of silence; ports are rtpengine's own affair."""
        self._settings = settings

    def stop(self) -> None:
        """Lines are given back, as far as one datagram each can."""
        self._stopped = True
        for line in [*(line for pool in self._pools.values() for line in pool.lines), *self._lines.values()]:
            self._delete(line)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._client is not None:
            self._client.close()
            self._client = None

    # -- lines ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._client is None and not self._stopped:
            try:
                self._client = NgClient(self._reactor, *self._where)
            except OSError as error:
                self._fails(f"cannot be reached: {error}")
                return
            self._timer = self._reactor.callLater(LOOK_SECONDS, self._look)

    def _fill(self) -> None:
        for families, pool in self._pools.items():
            while self._client is not None and pool.most and len(pool.lines) + pool.making < max(pool.most, pool.wanted):
                self._last += 1
                line = _Line(self._last, f"{self._run}-{self._last}", self._reactor.seconds(), families)
                line.expected = [NOWHERE6 if v6 else NOWHERE for v6 in families]
                pool.making += 1
                self._describe(line, 0)
                self._describe(line, 1)

    def _describe(self, line: _Line, side: int) -> None:
        """Tell where that side is; the answer names the port that the other side is to be told."""
        host, port, rtcp_port = line.expected[side]
        values: dict[str, Value] = {
            "from-tag": "0", "sdp": description(host, port, rtcp_port), "flags": FLAGS, "replace": ("origin",), "rtcp-mux": ("demux",),
        }  # fmt: skip
        if side or line.ready:
            values["to-tag"] = "1"
        if any(line.families):
            values["address-family"] = "IP6" if line.families[1 - side] else "IP4"
        if line.echo >= 0:
            values["media-echo"] = "forward" if line.echo == 0 else "backwards"
        self._tell(line, "answer" if side else "offer", values)

    def _tell(self, line: _Line, command: str, values: dict[str, Value]) -> None:
        line.waiting.append((command, {"call-id": line.tag, **values}))
        self._next(line)

    def _next(self, line: _Line) -> None:
        if not line.busy and line.waiting and self._client is not None:
            command, values = line.waiting.popleft()
            line.busy = True
            line.told_at = self._reactor.seconds()
            self._client.ask(command, values, lambda answer: self._answered(line, command, answer))

    def _answered(self, line: _Line, command: str, answer: Answer | None) -> None:
        line.busy = False
        if answer is None or answer.get("result") not in (b"ok", b"pong"):
            self._refused(line, command, answer)
        else:
            self._failing = False
            if command == "query":
                self._count(line, answer)
            elif command in ("offer", "answer") and not line.ready:
                self._made(line, 1 if command == "offer" else 0, answer)
        self._next(line)

    def _refused(self, line: _Line, command: str, answer: Answer | None) -> None:
        if command == "delete":
            return
        reason = "gives no answer" if answer is None else _text(answer.get("error-reason", b""))
        self._fails(f"{command}: {reason}")
        if not line.ready and line.tag:
            line.tag = ""  # of no use; the next look opens others
            line.waiting.clear()
            pool = self._pools[line.families]
            pool.making -= 1
            if answer is not None and line.families != IPV4:
                pool.most = 0
                self._on_ready()  # whoever waits gets a line of IPv4

    def _fails(self, reason: str) -> None:
        if not self._failing:
            log.error("rtpengine %s", reason)
        self._failing = True

    def _made(self, line: _Line, side: int, answer: Answer) -> None:
        host, port = place_in(_text(answer.get("sdp", b"")))
        line.hosts[side], line.ports[side] = host, port
        if side == 1:
            return
        line.ready = True
        pool = self._pools[line.families]
        pool.making -= 1
        pool.lines.append(line)
        if pool.wanted and len(pool.lines) >= pool.wanted:
            pool.wanted = 0
            self._on_ready()

    def _delete(self, line: _Line) -> None:
        line.waiting.clear()
        if self._client is not None:
            # A question that is open may come after this one: then the line is silent, and rtpengine forgets it by itself.
            self._client.ask("delete", {"call-id": line.tag, "delete-delay": 0}, lambda answer: None)

    def _play(self, session: int, side: int, sound: bytes, law: int) -> None:
        line = self._lines.get(session)
        if line is not None and len(sound) <= MOST_SOUND:
            self._tell(line, "play media", {"from-tag": str(side), "blob": wave(sound, law)})

    # -- time -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        now = self._reactor.seconds()
        self._timer = self._reactor.callLater(LOOK_SECONDS, self._look)
        for pool in self._pools.values():
            while pool.lines and now - pool.lines[0].made_at > POOL_SECONDS:
                self._delete(pool.lines.popleft())
        self._fill()
        for number, call in list(self._calls.items()):
            self._judge(number, call, now)
            often = LOOK_SECONDS if now - call.opened_at < OFTEN_SECONDS or call.lines[0].echo >= 0 else SELDOM_SECONDS
            for line in call.lines:
                if not line.busy and now - line.asked_at >= often * 0.9:
                    line.asked_at = now
                    self._tell(line, "query", {})
                if now - call.quiet_since > KEEP_SECONDS and now - line.made_at > KEEP_SECONDS:
                    line.made_at = now
                    self._describe(line, 0)
                    self._describe(line, 1)

    def _judge(self, number: int, call: _Call, now: float) -> None:
        packets = sum(side.packets for line in call.lines for side in line.sides)
        if packets != call.packets:
            call.packets, call.quiet_since = packets, now
            return
        limit = self._settings.silence_after_answer if call.answered else self._settings.silence_before_answer
        quiet = now - call.quiet_since
        if limit and quiet >= limit and int(quiet) % max(int(limit), 1) < LOOK_SECONDS:
            self._on_silence(number, quiet)

    def _count(self, line: _Line, answer: Answer) -> None:
        heard = _sources(answer)
        for number, side in enumerate(line.sides):
            stream = _first_stream(answer, str(number))
            packets = _whole(stream.get("stats"), "packets")
            means = heard.get(_whole(stream, "SSRC"), {})
            lost = packets * min(_whole(means, "packet loss"), 99) // max(100 - min(_whole(means, "packet loss"), 99), 1)
            side.told(packets, lost, _whole(means, "jitter"), 0, -1, _whole(means, "round-trip time") // 1000)
        if line.echo >= 0 and line.sides[line.echo].packets:
            packets = line.sides[line.echo].packets
            self._on_echo(line.call, packets, packets)


def description(host: str, port: int, rtcp_port: int) -> str:
    """What rtpengine is told of a side: an address and the codec that every party speaks; it passes all others all the same."""
    version = "IP6" if ":" in host else "IP4"
    rtcp = "a=rtcp-mux\r\n" if rtcp_port == port else f"a=rtcp:{rtcp_port}\r\n"
    return f"v=0\r\no=- 1 1 IN {version} {host}\r\ns=-\r\nc=IN {version} {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 0\r\n{rtcp}"


def place_in(description: str) -> tuple[str, int]:
    """Address and port of its one media line. ("", 0) where it has none."""
    host, port = "", 0
    for line in description.splitlines():
        if line.startswith("m="):
            port = int(line.split(" ")[1])
        elif line.startswith("a=rtcp:") and " " in line:
            host = host or line.rsplit(" ", 1)[1]
        elif (line.startswith("c=") and not line.endswith(("0.0.0.0", " ::"))) or (line.startswith("o=") and not host):
            host = line.rsplit(" ", 1)[1]
    return host, port


def wave(sound: bytes, law: int) -> bytes:
    """A WAV file of G.711 at 8 kHz; `law` 6: A, 7: mu (RFC 2361)."""
    head = b"WAVEfmt " + struct.pack("<IHHIIHHH", 18, law, 1, 8000, 8000, 1, 8, 0) + b"data" + struct.pack("<I", len(sound))
    return b"RIFF" + struct.pack("<I", len(head) + len(sound)) + head + sound


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _whole(found: object, name: str) -> int:
    value = found.get(name) if isinstance(found, Mapping) else None
    return value if isinstance(value, int) else 0


def _first_stream(answer: Answer, tag: str) -> Mapping[str, Any]:
    """What came from that side on its RTP port."""
    try:
        stream = answer["tags"][tag]["medias"][0]["streams"][0]
    except (KeyError, IndexError, TypeError):
        return {}
    return stream if isinstance(stream, Mapping) else {}


def _sources(answer: Answer) -> dict[int, Mapping[str, Any]]:
    """By SSRC, what rtpengine has gathered from reports of those who hear it."""
    found = answer.get("SSRC")
    return {int(ssrc): each.get("average MOS", {}) for ssrc, each in found.items() if ssrc.isdigit()} if isinstance(found, Mapping) else {}
