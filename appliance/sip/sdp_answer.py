"""Descriptions of our own making, for calls that we answer or place ourselves (RFC 3264 6).

They name a port that nobody listens on: the relay's address is laid over it on the way out (`media_sdp`).
"""

from __future__ import annotations

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.leg_events import Headers
from appliance.sip.sdp import MediaSection, Sdp

CONTENT: Headers = (("Content-Type", "application/sdp"),)
_HEAD = "v=0\r\no=- {number} {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
_VOICE = "m=audio 9 RTP/AVP 8 0 9 18 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
_NO_VOICE = frozenset(("telephone-event", "cn", ""))
_MIRRORED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


def own_offer(number: int) -> bytes:
    """Voice in what carriers and phones commonly speak; `number` is the session's."""
    return (_HEAD.format(number=number, version=1) + _VOICE).encode()


def one_voice_answer(offer: bytes, number: int, version: int = 1, only: frozenset[str] = frozenset()) -> bytes | None:
    """Takes the first plain voice line of an offer with the codec it likes best (of `only`, where that names any), and refuses
    all others; None without one."""
    try:
        description = Sdp.parse(offer)
    except RemoteProtocolError:
        return None
    lines: list[str] = []
    taken = False
    for section in description.media:
        accepted = None if taken else _accepted(section, description, only)
        if accepted is None:
            words = section.lines[0][2:].split()
            lines.append(f"m={words[0]} 0 {' '.join(words[2:])}")
        else:
            taken = True
            lines += accepted
    if not taken:
        return None
    text = _HEAD.format(number=number, version=version) + "".join(f"{line}\r\n" for line in lines)
    return text.encode("utf-8", "surrogateescape")  # what of the offer is no UTF-8 goes back as it came


def _accepted(section: MediaSection, description: Sdp, only: frozenset[str]) -> list[str] | None:
    if section.kind != "audio" or section.rejected or section.encrypted or not section.protocol.upper().startswith("RTP/"):
        return None
    codecs = section.codecs()
    voice = next((codec for codec in codecs if codec.name not in _NO_VOICE and (not only or codec.name in only)), None)
    if voice is None:
        return None
    rate = 8000 if voice.name == "g722" else voice.rate
    kept = [voice.payload, *(codec.payload for codec in codecs if codec.name == "telephone-event" and codec.rate == rate)]
    described = [line for line in section.lines[1:] if line.startswith(("a=rtpmap:", "a=fmtp:")) and line.partition(":")[2].partition(" ")[0] in kept]
    mux = ["a=rtcp-mux"] if section.rtcp_mux else []
    direction = _MIRRORED.get(description.direction(section), "sendrecv")
    return [f"m=audio 9 {section.protocol} {' '.join(kept)}", *described, *mux, f"a={direction}"]


_HELD_MARKS = ("a=sendonly", "a=recvonly", "a=inactive")


def resumed(body: bytes) -> bytes:
    """The description without any hold in it: what a party said while it was held, for somebody who is not to be."""
    if not any(mark.encode() in body for mark in _HELD_MARKS):
        return body
    return b"\r\n".join(b"a=sendrecv" if line.decode("utf-8", "replace").strip() in _HELD_MARKS else line for line in body.split(b"\r\n"))
