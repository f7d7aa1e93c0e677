"""What was said: the messages of the last calls and failed registrations (sip.md Trace).

Law of this file: memory is bounded three ways (conversations, messages of each, bytes of all), and the oldest
conversation goes first; those that belong to no call are counted apart, so that whoever knocks all night pushes no call
out. Messages are kept as they were sent; secrets are taken out when they are read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

from appliance.sip.grammar import RemoteProtocolError, join_host_port
from appliance.sip.message import Request, Response, parse
from appliance.sip.nat import address
from appliance.sip.policy import Flow

MAX_CONVERSATIONS = 2_000
MAX_MESSAGES = 200  # of one Call-ID
MAX_BYTES = 32 * 1024 * 1024
MAX_LEGS = 64  # Call-IDs of one call

_KNOCKING = (b"REGISTER ", b"INVITE ")
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
    __slots__ = ("call", "entries", "number", "size", "verdict")

    def __init__(self, number: int) -> None:
        self.call: int | None = None
        self.entries: list[tuple[float, bool, Flow, bytes]] = []  # each an `Entry` once somebody looks
        self.number = number
        self.size = 0
        self.verdict = ""


class Knock(NamedTuple):
    """A registration or call that did not get in. `verdict`: what was made of its password ("password", "unknown", "place"; "": not judged)."""

    number: int
    verdict: str
    entries: list[Entry]


class Trace:
    """A ring of conversations, each the messages of one Call-ID; a call joins those of its legs."""

    __slots__ = ("_bytes", "_calls", "_conversations", "_joined", "_limit", "_made", "_strange")

    def __init__(self, conversations: int = MAX_CONVERSATIONS) -> None:
        """`conversations`: how many Call-IDs of calls are kept, and how many others; 0 keeps nothing."""
        self._limit = conversations
        self._conversations: dict[str, _Conversation] = {}
        self._strange: dict[str, None] = {}  # those of no call, the oldest first
        self._joined: dict[str, None] = {}
        self._calls: dict[int, list[str]] = {}
        self._bytes = 0
        self._made = 0  # conversations

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
        conversation = self._conversations.get(call_id)
        if conversation is None:
            if not self._limit:
                return
            self._made += 1
            conversation = self._conversations[call_id] = _Conversation(self._made)
            self._strange[call_id] = None
            if len(self._strange) > self._limit:
                self.drop(next(iter(self._strange)))
        elif len(conversation.entries) >= MAX_MESSAGES:
            return
        size = len(data)
        conversation.entries.append((now, sent, flow, data))
        conversation.size += size
        self._bytes += size
        if self._bytes > MAX_BYTES:
            self._make_room()

    def sent(self, flow: Flow, data: bytes, now: float) -> None:
        """Keep one message of ours where others of its Call-ID are kept, or where it begins something."""
        start = data.find(b"\r\nCall-ID: ") + 11
        if start > 11:
            call_id = data[start : data.find(b"\r\n", start)].decode("utf-8", "replace")
            if call_id in self._conversations or data.startswith(_KNOCKING):
                self.add(call_id, flow, data, True, now)

    def _make_room(self) -> None:
        while self._bytes > MAX_BYTES and len(self._conversations) > 1:
            self.drop(next(iter(self._strange if len(self._strange) > 1 or not self._joined else self._joined)))

    def join(self, call: int, call_id: str) -> None:
        """Say that a Call-ID is a leg of a call."""
        conversation = self._conversations.get(call_id)
        if conversation is None or conversation.call is not None:
            return
        legs = self._calls.setdefault(call, [])
        if len(legs) < MAX_LEGS:
            conversation.call = call
            legs.append(call_id)
            self._joined[call_id] = self._strange.pop(call_id, None)
            if len(self._joined) > self._limit:
                self.drop(next(iter(self._joined)))

    def judge(self, call_id: str, verdict: str) -> None:
        """Note what was made of the password that came under a Call-ID."""
        conversation = self._conversations.get(call_id)
        if conversation is not None:
            conversation.verdict = verdict

    def knocks(self) -> list[Knock]:
        """Registrations and calls of others that did not get in, the newest first: those that do are a call's, or dropped."""
        return [
            Knock(each.number, each.verdict, list(map(Entry._make, each.entries)))
            for each in (self._conversations[call_id] for call_id in reversed(self._strange))
            if each.entries and not each.entries[0][1] and each.entries[0][3].startswith(_KNOCKING)
        ]

    def drop(self, call_id: str) -> None:
        """Forget one Call-ID, as of a registration that went well."""
        conversation = self._conversations.pop(call_id, None)
        if conversation is None:
            return
        self._bytes -= conversation.size
        self._strange.pop(call_id, None)
        self._joined.pop(call_id, None)
        if conversation.call is not None:
            legs = self._calls[conversation.call]
            legs.remove(call_id)
            if not legs:
                del self._calls[conversation.call]

    def forget(self, before: float) -> None:
        """Drop conversations whose first message is older than a moment in engine seconds."""
        for table in (self._strange, self._joined):
            while table:
                call_id = next(iter(table))
                oldest = self._conversations[call_id]
                if oldest.entries and oldest.entries[0][0] >= before:
                    break
                self.drop(call_id)

    def of_call(self, call: int) -> list[Entry]:
        """All messages of a call's legs in order of time; empty where it is not kept (any more)."""
        return sorted(Entry._make(entry) for call_id in self._calls.get(call, ()) for entry in self._conversations[call_id].entries)

    def of_call_id(self, call_id: str) -> list[Entry]:
        """The messages of one Call-ID."""
        conversation = self._conversations.get(call_id)
        return list(map(Entry._make, conversation.entries)) if conversation else []


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

    `code`: answered, cancelled, refused (by the peer), refused_here (by us), rang_out, no_reply or nothing; of a `Knock`
    also password, unknown, place, challenge, realm or unanswered. `status` and `reason` belong to the refusals; `peer` is the
    one it is about.
    """

    code: str
    peer: str = ""
    status: int = 0
    reason: str = ""


def reason(entries: Iterable[Entry]) -> Reason:
    """Judge the messages of a call (all its legs) or registration in order of time.

    A peer's refusal says more than ours, which only passes it on; a peer that never answered an INVITE, or let it ring, says
    more than a refusal of our own. Where nobody called us, as in a transfer or a trial, the call is answered by its callee.
    """
    heard: dict[str, int] = {}  # who was sent an INVITE, and the highest provisional answer (1 for any final one)
    called = False  # somebody sent us an INVITE
    taken: Reason | None = None
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
            if message.method == "INVITE":
                called |= not entry.sent
                if entry.sent:
                    heard.setdefault(peer, 0)
            continue
        if not entry.sent:
            heard[peer] = max(heard.get(peer, 0), message.status if message.status < 200 else 1)
        # Challenges are steps on the way, and 487 is the echo of a CANCEL.
        if message.status < 200 or message.cseq.method not in ("INVITE", "REGISTER") or message.status in (401, 407, 487):
            continue
        if message.status < 300:
            if entry.sent:
                return Reason("answered", peer)
            taken = Reason("answered", peer)
        elif entry.sent:
            ours = Reason("refused_here", peer, message.status, message.reason)
        else:
            theirs = Reason("refused", peer, message.status, message.reason)
    if taken is not None and not called:
        return taken
    return theirs or _not_taken(heard, ours) or ours or Reason("nothing")


def _not_taken(heard: dict[str, int], ours: Reason | None) -> Reason | None:
    """Nobody refused: whom our call did not reach, or who let it ring."""
    silent = [peer for peer, highest in heard.items() if not highest]
    if silent:
        return Reason("no_reply", silent[-1])
    rang = [peer for peer, highest in heard.items() if highest >= 180]
    return Reason("rang_out", rang[-1]) if rang and ours is not None and ours.status in (408, 480) else None


def knock_reason(knock: Knock) -> Reason:
    """Why somebody did not get in."""
    first = knock.entries[0].flow
    peer = join_host_port(first.host, first.port)
    if knock.verdict:
        return Reason(knock.verdict, peer)
    status, phrase, credentials = 0, "", False
    for entry in knock.entries:
        try:
            message = parse(entry.data)
        except RemoteProtocolError:
            continue
        if isinstance(message, Response):
            status, phrase = message.status, message.reason
        elif message.method in ("REGISTER", "INVITE"):
            status = 0
            credentials = message.get("Authorization") is not None or message.get("Proxy-Authorization") is not None
    if status in (401, 407):
        return Reason("realm" if credentials else "challenge", peer)
    return Reason("refused_here", peer, status, phrase) if status >= 300 else Reason("unanswered", peer)


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
