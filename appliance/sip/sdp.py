"""Session descriptions (RFC 8866, 3264, 3605, 5761), changed only where a relay or a codec list must.

Law of this file: a description is its lines. What is not asked to change leaves byte for byte as it came, in its
order; nothing is made canonical.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.nat import address as literal

MAX_SDP = 32_768  # bytes
MAX_LINES = 1_000
MAX_MEDIA = 32  # sections
MAX_FORMATS = 64  # of one section

_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_UNSPECIFIED = frozenset(("0.0.0.0", "::"))

# RFC 3551 6: payload types that need no rtpmap.
_STATIC = {
    "0": ("pcmu", 8000),
    "3": ("gsm", 8000),
    "4": ("g723", 8000),
    "8": ("pcma", 8000),
    "9": ("g722", 8000),
    "13": ("cn", 8000),
    "18": ("g729", 8000),
}

#: Names people type for codecs, to the names of rtpmap.
_ALIASES: dict[str, tuple[str, ...]] = {
    "g711": ("pcma", "pcmu"),
    "g.711": ("pcma", "pcmu"),
    "g711a": ("pcma",),
    "alaw": ("pcma",),
    "g711u": ("pcmu",),
    "ulaw": ("pcmu",),
    "g.722": ("g722",),
    "g.723": ("g723",),
    "g723.1": ("g723",),
    "g.723.1": ("g723",),
    "g.729": ("g729",),
    "g729a": ("g729",),
    "g729ab": ("g729",),
    "t.38": ("t38",),
    "dtmf": ("telephone-event",),
}


class Codec(NamedTuple):
    """One format of a section. `name` in lower case; "" where the description does not say."""

    payload: str
    name: str
    rate: int


def codec_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """What an owner typed to names as in rtpmap, lower case, in order and once each."""
    found: dict[str, None] = {}
    for name in names:
        lower = name.strip().lower()
        for real in _ALIASES.get(lower, (lower,)):
            found[real] = None
    return tuple(found)


class _Lines:
    """Lines of the session's part or of one section, without their ends."""

    __slots__ = ("lines",)

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def attribute(self, name: str) -> str | None:
        """The value of the first `a=name:value`, "" for `a=name`, None where there is none."""
        start = f"a={name}"
        for line in self.lines:
            if line.startswith(start):
                if line == start:
                    return ""
                if line[len(start)] == ":":
                    return line[len(start) + 1 :]
        return None

    def remove_attributes(self, *names: str) -> None:
        """Take away every line of these attributes; a name that ends in "-" stands for all that begin so."""
        self.lines[:] = [line for line in self.lines if not _is_attribute(line, names)]

    def set_attribute(self, name: str, value: str = "") -> None:
        """One line of this attribute, where its first stood, else at the end."""
        line = f"a={name}:{value}" if value else f"a={name}"
        for place, old in enumerate(self.lines):
            if _is_attribute(old, (name,)):
                rest = [other for other in self.lines[place + 1 :] if not _is_attribute(other, (name,))]
                self.lines[place:] = [line, *rest]
                return
        self.lines.append(line)

    @property
    def connection(self) -> str | None:
        """The host of the first c= line, or None. A multicast TTL is cut off."""
        for line in self.lines:
            if line.startswith("c="):
                words = line[2:].split()
                if len(words) == 3:
                    return words[2].partition("/")[0]
        return None

    def set_connection(self, host: str) -> bool:
        """Change every c= line; False where there is none."""
        found = False
        for place, line in enumerate(self.lines):
            if line.startswith("c="):
                self.lines[place] = f"c={_network(host)}"
                found = True
        return found

    @property
    def own_direction(self) -> str | None:
        """sendrecv, sendonly, recvonly or inactive where these lines say so."""
        for line in self.lines:
            if line.startswith("a=") and line[2:] in _DIRECTIONS:
                return line[2:]
        return None


class MediaSection(_Lines):
    """One m= line and what follows it. `lines[0]` is the m= line."""

    __slots__ = ()

    @property
    def _words(self) -> list[str]:
        return self.lines[0][2:].split()

    @property
    def kind(self) -> str:
        """audio, video, image, …"""
        return self._words[0]

    @property
    def protocol(self) -> str:
        """RTP/AVP, RTP/SAVP, udptl, …"""
        return self._words[2]

    @property
    def formats(self) -> list[str]:
        """Payload types, or the format's name."""
        return self._words[3:]

    @property
    def port(self) -> int:
        """The port; 0: refused, or not in use."""
        return int(self._words[1].partition("/")[0])

    @property
    def rejected(self) -> bool:
        """Whether the section is refused (RFC 3264 6) and not merely bundled with another."""
        return self.port == 0 and self.attribute("bundle-only") is None

    def set_port(self, port: int) -> None:
        """Change the port; a count of ports is taken away."""
        words = self._words
        self.lines[0] = f"m={words[0]} {port} {' '.join(words[2:])}"

    def set_formats(self, formats: list[str]) -> None:
        """Change the formats, and take away rtpmap, fmtp and rtcp-fb lines of those that are gone."""
        words = self._words
        gone = set(words[3:]) - set(formats)
        self.lines[0] = f"m={' '.join(words[:3] + formats)}"
        if gone:
            self.lines[:] = [line for line in self.lines if _format_of(line) not in gone]

    @property
    def rtcp_port(self) -> int:
        """Where RTCP goes: a=rtcp, the RTP port with rtcp-mux, else the next port up; 0 for a refused section."""
        value = self.attribute("rtcp")
        if value:
            port = value.split()[0]
            if port.isascii() and port.isdigit() and int(port[:6]) < 65536:
                return int(port[:6])
        return self.port + (self.port > 0 and not self.rtcp_mux)

    def set_rtcp(self, port: int) -> None:
        """Tell the RTCP port where the section did so before; else the convention (next port up) must hold."""
        if self.attribute("rtcp") is not None:
            self.set_attribute("rtcp", str(port))

    @property
    def rtcp_mux(self) -> bool:
        """RFC 5761."""
        return self.attribute("rtcp-mux") is not None

    @property
    def encrypted(self) -> bool:
        """Whether keys stand here (SDES) or are agreed in the media (DTLS)."""
        return self.protocol.upper().startswith(("RTP/SAVP", "UDP/TLS/"))

    def codecs(self) -> list[Codec]:
        """The formats in their order."""
        formats = self.formats
        if self.protocol.lower() == "udptl":
            return [Codec(name, name.lower(), 0) for name in formats]
        known = dict(_STATIC)
        for line in self.lines:
            if line.startswith("a=rtpmap:"):
                payload, _, what = line[9:].partition(" ")
                name, _, rest = what.strip().partition("/")
                rate = rest.partition("/")[0]
                known[payload] = (name.lower(), int(rate[:9]) if rate.isascii() and rate.isdigit() else 8000)
        return [Codec(payload, *known.get(payload, ("", 0))) for payload in formats]

    def keep_codecs(self, allowed: tuple[str, ...]) -> bool:
        """Filter and order by `allowed` (see `codec_names`); an empty list allows all. False: nothing is left.

        telephone-event stays beside any codec of its own clock rate, since DTMF is no codec anyone means to forbid.
        When False the section is as it was.
        """
        if not allowed:
            return True
        codecs = self.codecs()
        voices = [codec for name in allowed for codec in codecs if codec.name == name and name != "telephone-event"]
        if not voices:
            return False
        rates = {8000 if voice.name == "g722" else voice.rate for voice in voices}
        events = [codec for codec in codecs if codec.name == "telephone-event" and codec.rate in rates]
        self.set_formats([codec.payload for codec in voices + events])
        return True


class Sdp:
    """A whole description: `session` lines, and one MediaSection for each m= line."""

    __slots__ = ("_end", "media", "session")

    def __init__(self, session: _Lines, media: list[MediaSection], end: str = "\r\n") -> None:
        self.session = session
        self.media = media
        self._end = end

    @classmethod
    def parse(cls, data: bytes) -> Sdp:
        """Raises RemoteProtocolError with status 488 for what cannot be read as a description."""
        if len(data) > MAX_SDP:
            raise RemoteProtocolError("Session description too large", 513)
        # Surrogates carry bytes that are not UTF-8 through unchanged; they never leave this module as text.
        text = data.decode("utf-8", "surrogateescape")
        end = "\r\n" if "\r\n" in text else "\n"
        lines = text.split(end)
        while lines and not lines[-1]:
            lines.pop()
        if not lines or not lines[0].startswith("v=") or len(lines) > MAX_LINES:
            raise RemoteProtocolError("Bad session description", 488)
        starts = [place for place, line in enumerate(lines) if line.startswith("m=")]
        if len(starts) > MAX_MEDIA:
            raise RemoteProtocolError("Too many media lines", 488)
        bounds = [*starts, len(lines)]
        media = [MediaSection(lines[first:last]) for first, last in zip(starts, bounds[1:], strict=False)]
        for section in media:
            _check_media(section.lines[0])
        return cls(_Lines(lines[: bounds[0]]), media, end)

    def encode(self) -> bytes:
        """The bytes; those that came in where nothing was changed, but for the last line's end, which is always there."""
        lines = self.session.lines + [line for section in self.media for line in section.lines]
        return (self._end.join(lines) + self._end).encode("utf-8", "surrogateescape")

    def address_of(self, section: MediaSection) -> str:
        """The host this section's media goes to: its own c= line, else the session's; "" where neither is there."""
        return section.connection or self.session.connection or ""

    def set_address(self, section: MediaSection, host: str) -> None:
        """Send one section's media to `host`: a c= line of its own, unless the session's says the same."""
        if section.set_connection(host) or self.session.connection == host:
            return
        place = 2 if len(section.lines) > 1 and section.lines[1].startswith("i=") else 1
        section.lines.insert(place, f"c={_network(host)}")

    def set_session_address(self, host: str) -> None:
        """Change the session's c= line, where there is one."""
        self.session.set_connection(host)

    @property
    def origin(self) -> list[str]:
        """The words of o=: user, session id, version, IN, IP4 or IP6, host; [] where it is missing or bad."""
        for line in self.session.lines:
            if line.startswith("o="):
                words = line[2:].split()
                return words if len(words) == 6 else []
        return []

    def set_origin(self, user: str, session: int | str, version: int | str, host: str) -> None:
        """Name ourselves as the maker of the description."""
        for place, line in enumerate(self.session.lines):
            if line.startswith("o="):
                self.session.lines[place] = f"o={user} {session} {version} {_network(host)}"

    def direction(self, section: MediaSection) -> str:
        """sendrecv, sendonly, recvonly or inactive, of the section, else of the session (RFC 8866 6.7)."""
        return section.own_direction or self.session.own_direction or "sendrecv"

    def on_hold(self, section: MediaSection | None = None) -> bool:
        """Whether the other side is asked to be silent: sendonly, inactive, or the old c=0.0.0.0 (RFC 3264 8.4).

        Without `section`: whether all that is in use is on hold.
        """
        if section is None:
            used = [each for each in self.media if not each.rejected]
            return bool(used) and all(self.on_hold(each) for each in used)
        return self.direction(section) in ("sendonly", "inactive") or self.address_of(section) in _UNSPECIFIED

    def keep_codecs(self, allowed: tuple[str, ...]) -> bool:
        """Filter and order the voice, and refuse fax lines a list does not name; False: no voice or fax is left."""
        if not allowed:
            return True
        names = codec_names(allowed)
        left = False
        for section in self.media:
            if section.rejected:
                continue
            if section.kind == "audio" and section.protocol.upper() != "UDPTL":
                if section.keep_codecs(names):
                    left = True
                else:
                    section.set_port(0)
            elif section.protocol.lower() == "udptl":
                if "t38" in names:
                    left = True
                else:
                    section.set_port(0)
            else:
                left = True
        return left

    def drop_ice(self) -> None:
        """Take away candidates and their credentials: behind a relay they would lead around it (RFC 8839)."""
        for part in (self.session, *self.media):
            part.remove_attributes("candidate", "end-of-candidates", "remote-candidates", "ice-")


def _check_media(line: str) -> None:
    words = line[2:].split()
    port = words[1].partition("/")[0] if len(words) > 3 else ""
    if not port.isascii() or not port.isdigit() or len(port) > 5 or int(port) > 65535 or len(words) > MAX_FORMATS + 3:
        raise RemoteProtocolError("Bad media line", 488)


def _network(host: str) -> str:
    parsed = literal(host)
    six = parsed.version == 6 if parsed is not None else ":" in host
    return f"IN IP6 {host}" if six else f"IN IP4 {host}"


def _is_attribute(line: str, names: tuple[str, ...]) -> bool:
    if not line.startswith("a="):
        return False
    found = line[2:].partition(":")[0]
    return any(found.startswith(name) if name.endswith("-") else found == name for name in names)


def _format_of(line: str) -> str | None:
    if line.startswith(("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:")):
        return line.partition(":")[2].partition(" ")[0]
    return None
