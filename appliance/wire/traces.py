"""What was said in a call, or by a phone that did not get in: the SIP messages, and why it went as it did."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class TraceStep(View, frozen=True):
    """One message. `seconds` since the first; `sent`: by us; `peer`: transport:address:port; secrets are taken out of `message`."""

    seconds: float
    sent: bool
    peer: str
    title: str
    message: str


class CallTrace(View, frozen=True):
    """The messages of a call in order. `words`: a plain sentence on what came of it, which `code` and `parameters` give in other
    languages; `text`: all as a ladder to read or send on; `pcap`: the same as a capture file."""

    id: int
    words: str
    steps: list[TraceStep]
    text: str
    pcap: bytes
    code: str = ""
    parameters: dict[str, str] = {}


class RefusalList(Request, frozen=True):
    """The newest so many; `search`: part of a name, an address or a program."""

    search: str = ""
    limit: int = 100


class RefusalView(View, frozen=True):
    """A registration or a call that did not get in. `method`: REGISTER or INVITE; `name`: as it called itself; `endpoint`: the phone
    of that number or name, if there is one; `tries`: how often it asked; `words`: why, in a sentence."""

    id: int
    at: str
    method: str
    name: str
    endpoint: str | None
    source: str
    transport: str
    user_agent: str
    tries: int
    code: str
    parameters: dict[str, str]
    words: str


class RefusalPage(View, frozen=True):
    """The newest first."""

    refusals: list[RefusalView]
