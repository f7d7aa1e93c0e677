"""The session descriptions of a call on their way through us: whether the relay takes part, and what each side is told then.

Law of this file: without the relay a description passes byte by byte, but for codecs that policy leaves out of the
caller's offer. With it, every address and port in it is the relay's (RFC 8866, 3605, 5761), and ICE, which the relay does
not speak, is taken out (RFC 8839).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from appliance.sip.exchange import Exchange
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.leg_events import Headers, Try
from appliance.sip.message import Message
from appliance.sip.multipart import description_in
from appliance.sip.nat import is_private
from appliance.sip.policy import Admitted, Flow, MediaCounters, MediaSession, Route, Target
from appliance.sip.sdp import Sdp

MAX_LINES = 8  # media lines of one description that are relayed; further ones are refused with port 0
_HELD = ("0.0.0.0", "::")  # hold as RFC 2543 had it: to be told to the other side as it is
_ICE = ("a=candidate:", "a=ice-", "a=end-of-candidates", "a=remote-candidates:", "a=rtcp:")
_READ = ("c=", "o=", "m=", "a=rtcp-mux", *_ICE)  # what `rewrite` looks at; all other lines pass


class CallMedia:
    """What of a call's media we have a hand in. Side 0 is the caller, 1 the callee.

    `relayed`: whether the route being tried, or the answered call, goes through the relay. `v6`: whether the caller's sound is of
    IPv6, `needed`: the same of the places being rung. `sessions`: the ports in use, of those that were opened for each family of
    the callee's side (`sets`); a relay whose ports take both has one set.
    """

    __slots__ = ("before", "call", "exchange", "flows", "holding", "natted", "needed", "relayed", "said", "sessions", "sets", "v6")

    def __init__(self, exchange: Exchange, call: int, flow: Flow, natted: bool) -> None:
        self.exchange = exchange
        self.call = call
        self.flows = [flow, flow]
        self.natted = [natted, False]
        self.sessions: list[MediaSession] | None = None
        self.sets: dict[bool, list[MediaSession]] = {}
        self.v6 = ":" in flow.host
        self.needed: tuple[bool, ...] = ()
        self.relayed = False
        self.holding = [False, False]
        self.said = [b"", b""]  # each side's newest description, as it came
        self.before: MediaCounters | None = None  # what the relay counted until the call was left behind

    def wanted(self, admitted: Admitted, route: Route, try_: Try | None) -> bool:
        """Whether this route's media are to be relayed (sip.md, Media). Also settles it for what follows.

        Between IPv4 and IPv6 they are, whatever policy says: neither side could send to the other.
        """
        media, modes = self.exchange.media, (admitted.media, route.media)
        self.v6 = self._family(try_.body if try_ is not None else b"", 0)
        needed: dict[bool, None] = {}
        natted = False
        for target in route.targets:
            needed[":" in (target.flow.host if target.flow is not None else target.host)] = None
            natted = natted or target.natted
        self.needed = tuple(needed)
        self.natted[1] = natted
        if media is None:
            self.relayed = False
        elif self.crossing:
            self.relayed = True
        elif "always" in modes or "never" in modes:
            self.relayed = "always" in modes
        else:
            self.relayed = not all(self._beside(target) for target in route.targets) and (not self.v6 or media.spans((True, True)))
        if self.relayed and self.sessions is None and route.targets[0].flow is not None:
            self.flows[1] = route.targets[0].flow
        return self.relayed

    @property
    def crossing(self) -> bool:
        """Whether a place being rung is of the other IP than the caller's sound."""
        return (not self.v6) in self.needed

    def hears(self, v6: bool) -> bool:
        """Whether the caller and a place of that family hear each other on the route asked about last."""
        media = self.exchange.media
        if media is None or not self.relayed:
            return v6 is (":" in self.flows[0].host)
        return not (self.v6 or v6) or media.spans((self.v6, v6))

    def led_to(self, flow: Flow) -> bool:
        """The name of a place has led there: whether it can be heard, by ports that are there already."""
        v6 = ":" in flow.host
        if v6 in self.needed or (v6 is self.v6 and not self.relayed):
            return True
        media = self.exchange.media
        self.needed = (*self.needed, v6)
        self.relayed = media is not None
        return self.hears(v6) and self.open(None)

    def _beside(self, target: Target) -> bool:
        """Whether caller and target see each other without us: the same network of ours, and neither behind NAT."""
        if self.natted[0] or target.natted:
            return False
        network_of = self.exchange.addresses.network_of
        network = network_of(self.flows[0].host)
        return network >= 0 and network == network_of(target.flow.host if target.flow is not None else target.host)

    def open(self, try_: Try | None) -> bool:
        """Ask the relay for the ports that the places being rung need; False where it is not ready yet."""
        media = self.exchange.media
        if media is None:
            return True
        for v6 in self.needed or (":" in self.flows[1].host,):
            if v6 in self.sets:
                continue
            if self.sessions is not None and not (self.sessions and self.sessions[0].addresses[1]):
                self.sets[v6] = self.sessions
                continue
            lines = len(self.sessions) if self.sessions else try_.body.count(b"\nm=") if try_ is not None else 0
            sessions = self._lines(min(max(lines, 1), MAX_LINES), v6)
            if sessions is None:
                return False
            self.sets[v6] = made = list(sessions)
            if self.sessions is None:
                self.sessions = made
        return True

    def facing(self, flow: Flow) -> None:
        """The callee's side is there from now on."""
        self.flows[1] = flow
        if self.sets:
            self.sessions = self.sets.get(":" in flow.host, self.sessions)

    def _lines(self, count: int, v6: bool) -> list[MediaSession] | None:
        media = self.exchange.media
        assert media is not None  # asked by whoever has a relay
        families = self.v6, v6
        return media.open(self.call, count, families) if any(families) else media.open(self.call, count)

    def close(self) -> None:
        """Give the ports back."""
        if self.sessions is not None and self.exchange.media is not None:
            self.exchange.media.close(self.call)
        self.sessions = None
        self.sets = {}

    def counted(self) -> MediaCounters | None:
        """What the relay counted; None where it had no part."""
        media = self.exchange.media
        return media.counters(self.call) if media is not None and self.relayed else self.before

    def leave(self) -> None:
        """The call goes on without sound of its own."""
        self.before = self.counted()
        self.close()
        self.relayed = False

    def answered(self) -> None:
        """The call was answered: the relay judges silence from now on."""
        if self.relayed and self.exchange.media is not None:
            self.exchange.media.answered(self.call)

    @property
    def on_hold(self) -> bool:
        """Whether either side has asked for silence (RFC 3264 8.4), as far as the relay's descriptions tell."""
        return self.holding[0] or self.holding[1]

    def warn(self) -> None:
        """The caller hears that credit runs out; where media do not pass us there is nothing to hear it by."""
        if self.relayed and self.sessions and self.exchange.media is not None:
            self.exchange.media.play_tone(self.sessions[0].session, 0, "low_credit")

    def offered(self, admitted: Admitted, route: Route, try_: Try, flow: Flow) -> bytes | None:
        """The caller's offer as a place of this route gets it, over `flow`; None where no allowed codec is left."""
        self.facing(flow)
        body = try_.body
        kind = _content_type(try_.headers) if body else ""
        if not body or not _is_sdp(kind):
            return self._in_parts(body, kind, 0) if _has_parts(kind) else body
        self.said[0] = body
        if admitted.codecs or route.codecs:
            chosen = choose_codecs(body, admitted.codecs, route.codecs)
            if chosen is None:
                return None
            body = chosen
        return self._relay(body, 0) if self.relayed else body

    def passed(self, message: Message, side: int) -> bytes:
        """The body of a message that came from `side`, as the other side gets it."""
        body = message.body
        if not body:
            return body
        kind = message.get("Content-Type") or ""
        if not _is_sdp(kind):
            return self._in_parts(body, kind, side) if _has_parts(kind) else body
        self.said[side] = body
        return self._relay(body, side) if self.relayed else body

    def passed_body(self, body: bytes, headers: Headers, side: int) -> bytes:
        """The same of a body whose message is gone already."""
        if not body:
            return body
        kind = _content_type(headers)
        if not _is_sdp(kind):
            return self._in_parts(body, kind, side) if _has_parts(kind) else body
        self.said[side] = body
        return self._relay(body, side) if self.relayed else body

    def _in_parts(self, body: bytes, kind: str, side: int) -> bytes:
        """The description among several parts; the others pass as they are."""
        found = description_in(body, kind)
        if found is None:
            return body
        start, end = found
        self.said[side] = body[start:end]
        return body[:start] + self._relay(body[start:end], side) + body[end:] if self.relayed else body

    def rejoin(self, side: int, flow: Flow, natted: bool, said: bytes) -> None:
        """Another party takes a side of the answered call; the relay is asked to stand between the two if it can."""
        self.flows[side], self.natted[side], self.said[side] = flow, natted, said
        self.holding = [False, False]
        if side:
            self.needed = (":" in flow.host,)
        if self.exchange.media is not None and self.open(None):
            self.facing(self.flows[1])
            self.relayed = True
            self.exchange.media.answered(self.call)

    def described(self, side: int) -> bytes:
        """What that side said last, as the other side is to be told it now."""
        said = self.said[side]
        return self._relay(said, side) if self.relayed and said else said

    def _relay(self, body: bytes, side: int) -> bytes:
        sessions, media = self.sessions, self.exchange.media
        if sessions is None or media is None:
            return body
        missing = min(body.count(b"\nm="), MAX_LINES) - len(sessions)
        if missing > 0:
            # A later offer with further lines; where the relay has no ports for them just now, they are refused.
            sessions.extend(self._lines(missing, ":" in self.flows[1].host) or ())
        self.holding[side] = b"a=sendonly" in body or b"a=inactive" in body or b"c=IN IP4 0.0.0.0" in body
        other = 1 - side
        # A relay that is not on this machine says where it is.
        host = sessions[0].addresses[other] if sessions and sessions[0].addresses[other] else self._own_host(other)
        return rewrite(body, host, [session.ports[other] for session in sessions], partial(self._expect, side))

    def _own_host(self, side: int) -> str:
        """Our address as that side is told it: of the family that its own description has, else of its signalling's."""
        flow, addresses = self.flows[side], self.exchange.addresses
        v6 = self._family(self.said[side], side)
        return addresses.host_port(flow)[0] if v6 is (":" in flow.host) else addresses.host_of_family(flow, v6)

    def _family(self, said: bytes, side: int) -> bool:
        """Whether that side's sound is of IPv6: by its description, where the relay could follow it there, else by its signalling."""
        flow, media = self.flows[side], self.exchange.media
        v6 = of_ipv6(said, flow)
        return v6 if v6 is (":" in flow.host) or media is None or media.spans((v6, v6)) else not v6

    def _expect(self, side: int, place: int, line: tuple[str, int, int]) -> None:
        """Tell the relay where that side says its media are."""
        sessions, media = self.sessions, self.exchange.media
        host, port, rtcp_port = line
        if sessions is None or media is None or place >= len(sessions):
            return
        symmetric = self.natted[side] or (is_private(host) and not is_private(self.flows[side].host))
        media.expect(sessions[place].session, side, host, port, rtcp_port, symmetric)


def of_ipv6(body: bytes, flow: Flow) -> bool:
    """Whether a description's sound is of IPv6 alone; one that says nothing is of its signalling's family."""
    if b"c=IN IP6 " in body:
        return b"c=IN IP4 " not in body
    return ":" in flow.host and b"c=IN IP4 " not in body


def _content_type(headers: Headers) -> str:
    return dict(reversed(headers)).get("Content-Type", "")


def _has_parts(content_type: str) -> bool:
    return content_type[:10].lower() == "multipart/"


def _is_sdp(content_type: str) -> bool:
    return content_type[:15].lower() == "application/sdp"


def rewrite(body: bytes, host: str, ports: list[int], found: Callable[[int, tuple[str, int, int]], None]) -> bytes:
    """The description with `host` and `ports` in place of the sender's own.

    `found(place, (host, port, rtcp_port))` is called for each media line with what it said. Lines past `ports`, and
    lines that were refused already, have port 0.
    """
    version = "IP6" if ":" in host else "IP4"
    out: list[str] = []
    session_host = ""
    media: list[_MediaLine] = []
    for line in body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if not line.startswith(_READ):
            out.append(line)
            continue
        kind = line[:2]
        if kind == "c=":
            said = line.rsplit(" ", 1)[-1].partition("/")[0]
            if media:
                media[-1].host = said
            else:
                session_host = said
            line = line if said in _HELD else f"c=IN {version} {host}"
        elif kind == "o=":
            line = f"{' '.join(line.split(' ')[:3])} IN {version} {host}"
        elif kind == "m=":
            words, place = line.split(" ", 2), len(media)
            port = _port(words)
            media.append(_MediaLine(port))
            if len(words) == 3:
                line = f"{words[0]} {ports[place] if port and place < len(ports) else 0} {words[2]}"
        elif line.startswith(_ICE):
            if media and line.startswith("a=rtcp:"):
                media[-1].rtcp_port = _port(line[7:].split(" "), 0)
            continue
        elif media and line == "a=rtcp-mux":
            media[-1].mux = True
        out.append(line)
    for place, each in enumerate(media):
        port = each.port
        found(place, (each.host or session_host, port, (port if each.mux else each.rtcp_port or port + 1) if port else 0))
    return "\r\n".join(out).encode()


class _MediaLine(Struct, gc=False):
    """What a description says of one media line; 0: nothing."""

    port: int
    host: str = ""
    rtcp_port: int = 0
    mux: bool = False


def _port(words: list[str], place: int = 1) -> int:
    text = words[place].partition("/")[0] if len(words) > place else ""
    return int(text) if text.isascii() and text.isdigit() and int(text) < 65536 else 0


def choose_codecs(body: bytes, *lists: tuple[str, ...]) -> bytes | None:
    """An offer with only the codecs that every list allows, in the order of the last (RFC 3264 5.1); an empty list allows all.

    None where no voice or fax is left, or where it cannot be read.
    """
    try:
        description = Sdp.parse(body)
    except RemoteProtocolError:
        return None
    for names in lists:
        if not description.keep_codecs(names):
            return None
    return description.encode()
