"""What was said in a call: its SIP messages on all legs, and why it went as it did."""

from __future__ import annotations

from appliance.wire.shapes import View


class TraceStep(View, frozen=True):
    """One message. `seconds` since the first; `sent`: by us; `peer`: transport:address:port; secrets are taken out of `message`."""

    seconds: float
    sent: bool
    peer: str
    title: str
    message: str


class CallTrace(View, frozen=True):
    """The messages of a call in order. `words`: a plain sentence on what came of it; `text`: all as a ladder to read or send on;
    `pcap`: the same as a capture file."""

    id: int
    words: str
    steps: list[TraceStep]
    text: str
    pcap: bytes
