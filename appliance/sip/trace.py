"""What was said: the messages of the last calls and failed registrations (sip.md Trace).

Law of this file: memory is bounded three ways (conversations, messages of each, bytes of all), and the oldest
conversation goes first. Messages are kept as they were sent; secrets are taken out when they are read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

from appliance.sip.grammar import RemoteProtocolError, join_host_port
from appliance.sip.message import Request, parse
from appliance.sip.nat import address
from appliance.sip.policy import Flow

MAX_CONVERSATIONS = 2_000
MAX_MESSAGES = 200  # of one Call-ID
MAX_BYTES = 32 * 1024 * 1024
MAX_LEGS = 64  # Call-IDs of one call

_PASSED_OVER = (b"\r\n", b"OPTIONS ")
_CALL_ID_NAMES = (b"\r\nCall-ID", b"\r\ni:", b"\r\nCall-Id", b"\r\ncall-id", b"\r\nCALL-ID", b"\r\nI:", b"\r\ni ")
_SECRET_HEADERS = ("authorization:", "proxy-authorization:")


class Entry(NamedTuple):
    """One message. `at` in engine seconds; `sent`: by us."""

    at: float
    sent: bool
    flow: Flow
    data: bytes


class _Conversation:
    __slots__ = ("call", "entries", "size")

    def __init__(self) -> None:
        self.call: int | None = None
        self.entries: list[Entry] = []
        self.size = 0


class Trace:
    """A ring of conversations, each the messages of one Call-ID; a call joins those of its legs."""

    __slots__ = ("_bytes", "_calls", "_conversations", "_limit")

    def __init__(self, conversations: int = MAX_CONVERSATIONS) -> None:
        """`conversations`: how many Call-IDs are kept; 0 keeps nothing."""
        self._limit = conversations
        self._conversations: dict[str, _Conversation] = {}
        self._calls: dict[int, list[str]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """How many Call-IDs are kept."""
        return len(self._conversations)

    def __contains__(self, call_id: object) -> bool:
        """Whether messages of this Call-ID are kept."""
        return call_id in self._conversations

    @property
    def size(self) -> int:
        """Bytes of messages kept."""
        return self._bytes

    def note(self, flow: Flow, data: bytes, sent: bool, now: float) -> None:
        """Keep one message under the Call-ID found in its bytes; keep-alives and OPTIONS are passed over."""
        if self._limit and not data.startswith(_PASSED_OVER):
            call_id = call_id_of(data)
            if call_id:
                self.add(call_id, flow, data, sent, now)

    def add(self, call_id: str, flow: Flow, data: bytes, sent: bool, now: float) -> None:
        """Keep one message. The bytes are shared, not copied."""
        if not self._limit:
            return
        conversation = self._conversations.get(call_id)
        if conversation is None:
            conversation = self._conversations[call_id] = _Conversation()
        elif len(conversation.entries) >= MAX_MESSAGES:
            return
        conversation.entries.append(Entry(now, sent, flow, data))
        conversation.size += len(data)
        self._bytes += len(data)
        while len(self._conversations) > self._limit or (self._bytes > MAX_BYTES and len(self._conversations) > 1):
            self.drop(next(iter(self._conversations)))

    def join(self, call: int, call_id: str) -> None:
        """Say that a Call-ID is a leg of a call."""
        conversation = self._conversations.get(call_id)
        if conversation is None or conversation.call is not None:
            return
        legs = self._calls.setdefault(call, [])
        if len(legs) < MAX_LEGS:
            conversation.call = call
            legs.append(call_id)

    def drop(self, call_id: str) -> None:
        """Forget one Call-ID, as of a registration that went well."""
        conversation = self._conversations.pop(call_id, None)
        if conversation is None:
            return
        self._bytes -= conversation.size
        if conversation.call is not None:
            legs = self._calls[conversation.call]
            legs.remove(call_id)
            if not legs:
                del self._calls[conversation.call]

    def forget(self, before: float) -> None:
        """Drop conversations whose first message is older than a moment in engine seconds."""
        while self._conversations:
            call_id, oldest = next(iter(self._conversations.items()))
            if oldest.entries and oldest.entries[0].at >= before:
                return
            self.drop(call_id)

    def of_call(self, call: int) -> list[Entry]:
        """All messages of a call's legs in order of time; empty where it is not kept (any more)."""
        return sorted(entry for call_id in self._calls.get(call, ()) for entry in self._conversations[call_id].entries)

    def of_call_id(self, call_id: str) -> list[Entry]:
        """The messages of one Call-ID."""
        conversation = self._conversations.get(call_id)
        return list(conversation.entries) if conversation else []


def call_id_of(data: bytes) -> str:
    """The Call-ID of a message without reading the rest; "" where it is not found."""
    for name in _CALL_ID_NAMES:
        start = data.find(name)
        if start >= 0:
            start += len(name)
            return data[start : data.find(b"\r", start)].lstrip(b" :\t").rstrip().decode("utf-8", "replace")
    return ""


def redacted(data: bytes) -> bytes:
    """A message without what could be used: digest answers and SDES keys. Its Content-Length stays as true as it was."""
    lines = data.split(b"\r\n")
    longer, said = 0, -1
    for place, line in enumerate(lines):
        lower = line[:32].lower()
        if lower.startswith(tuple(name.encode() for name in _SECRET_HEADERS)):
            lines[place] = line.partition(b":")[0] + b": (taken out)"
        elif lower.startswith(b"a=crypto:"):
            lines[place] = b"a=crypto: (taken out)"
            longer += len(lines[place]) - len(line)
        elif said < 0 and lower.startswith((b"content-length:", b"l:")):
            said = place
    if longer and said >= 0:
        name, _, value = lines[said].partition(b":")
        if value.strip().isdigit():
            lines[said] = b"%s: %d" % (name, max(0, int(value) + longer))
    return b"\r\n".join(lines)


def title(data: bytes) -> str:
    """One line that names a message: its method or status, and whether it carries SDP."""
    head, _, body = data.partition(b"\r\n\r\n")
    words = head.partition(b"\r\n")[0].decode("utf-8", "replace").split(" ")
    name = " ".join(words[1:]) if words[0] == "SIP/2.0" else words[0]
    return f"{name} (SDP)" if body.startswith(b"v=0") else name


def ladder(entries: Iterable[Entry], us: str = "tollhouse") -> str:
    """The messages as lines of text: seconds since the first, arrow, peer; then each message whole, secrets taken out."""
    kept = list(entries)
    if not kept:
        return ""
    start = kept[0].at
    peers = [f"{entry.flow.transport}:{join_host_port(entry.flow.host, entry.flow.port)}" for entry in kept]
    width = max(len(peer) for peer in peers)
    lines: list[str] = []
    for entry, peer in zip(kept, peers, strict=True):
        arrow = "<---" if entry.sent else "--->"
        lines.append(f"{entry.at - start:9.3f}  {peer:<{width}} {arrow} {us}  {title(entry.data)}")
    lines.append("")
    for number, (entry, peer) in enumerate(zip(kept, peers, strict=True), 1):
        way = "to" if entry.sent else "from"
        lines.append(f"--- {number}: {entry.at - start:.3f} s {way} {peer}")
        lines.append(redacted(entry.data).decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n"))
        lines.append("")
    return "\n".join(lines)


class Reason(NamedTuple):
    """Why a call or registration went as it did, for the catalogue.

    `code`: answered, cancelled, refused, no_reply or nothing. `status` and `reason` belong to refused; `peer` is the
    one it is about.
    """

    code: str
    peer: str = ""
    status: int = 0
    reason: str = ""


def reason(entries: Iterable[Entry]) -> Reason:
    """Judge the messages of a call (all its legs) or registration in order of time.

    A peer's refusal says more than ours, which only passes it on; a peer that never answered an INVITE says more than
    a refusal of our own.
    """
    heard: dict[str, bool] = {}  # who was sent an INVITE, and whether they ever answered
    theirs: Reason | None = None
    ours: Reason | None = None
    for entry in entries:
        try:
            message = parse(entry.data)
        except RemoteProtocolError:
            continue
        peer = join_host_port(entry.flow.host, entry.flow.port)
        if isinstance(message, Request):
            if message.method == "CANCEL" and not entry.sent:
                return Reason("cancelled", peer)
            if message.method == "INVITE" and entry.sent:
                heard.setdefault(peer, False)
            continue
        if not entry.sent:
            heard[peer] = True
        # Challenges are steps on the way, and 487 is the echo of a CANCEL.
        if message.status < 200 or message.cseq.method not in ("INVITE", "REGISTER") or message.status in (401, 407, 487):
            continue
        if message.status < 300:
            if entry.sent:
                return Reason("answered", peer)
        elif entry.sent:
            ours = Reason("refused", peer, message.status, message.reason)
        else:
            theirs = Reason("refused", peer, message.status, message.reason)
    silent = [peer for peer, any_answer in heard.items() if not any_answer]
    if theirs is None and silent:
        return Reason("no_reply", silent[-1])
    return theirs or ours or Reason("nothing")


def pcap(entries: Iterable[Entry], ours: Callable[[Flow], tuple[str, int]], utc_offset: float) -> bytes:
    """A capture file (libpcap 2.4, raw IP) with each message as one UDP datagram, whatever carried it; secrets taken out.

    `ours`: our own host and port on a flow. `utc_offset`: what to add to engine seconds to get seconds since 1970.
    """
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
    for entry in entries:
        peer, here = (entry.flow.host, entry.flow.port), ours(entry.flow)
        source, target = (here, peer) if entry.sent else (peer, here)
        packet = _datagram(source, target, redacted(entry.data)[:65_000])
        moment = entry.at + utc_offset
        seconds = int(moment)
        out.append(struct.pack("<IIII", seconds, int((moment - seconds) * 1_000_000), len(packet), len(packet)))
        out.append(packet)
    return b"".join(out)


def _datagram(source: tuple[str, int], target: tuple[str, int], payload: bytes) -> bytes:
    """IP and UDP headers around a payload, with true checksums. An end whose address is not known has that of nobody."""
    ends = [address(source[0]), address(target[0])]
    family = max((end.version for end in ends if end is not None and int(end)), default=4)
    size = 16 if family == 6 else 4
    first, second = (end.packed if end is not None and end.version == family else bytes(size) for end in ends)
    length = 8 + len(payload)
    udp = struct.pack("!HHHH", source[1], target[1], length, 0) + payload
    checked = first + second + struct.pack("!LL" if family == 6 else "!HH", *((length, 17) if family == 6 else (17, length))) + udp
    udp = udp[:6] + struct.pack("!H", _checksum(checked) or 0xFFFF) + udp[8:]  # 0 would say that there is none (RFC 768)
    if family == 6:
        return struct.pack("!IHBB", 0x60000000, length, 17, 64) + first + second + udp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, 17, 0) + first + second
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + udp


def _checksum(data: bytes) -> int:
    """The Internet's (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
