"""Words that every header shares (RFC 3261 25): tokens, quoting, lists, parameters.

Law of this file: nothing here knows a message; each function takes text and gives text, and a text that cannot be
read is the peer's fault, never an IndexError.
"""

from __future__ import annotations

from typing import Protocol

MAX_PARAMETERS = 64  # parameters of one header value or URI
MAX_LIST_VALUES = 128  # values of one header over all its lines

MAGIC_COOKIE = "z9hG4bK"  # RFC 3261 8.1.1.7


class ProtocolError(Exception):
    """Something that is not SIP as the RFCs have it."""


class RemoteProtocolError(ProtocolError):
    """The peer's fault. `status` is a hint for the answer; `message` the request, where so much could be read."""

    def __init__(self, reason: str, status: int = 400, message: object | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.message = message


class LocalProtocolError(ProtocolError):
    """Our own fault: we were about to say something that is not allowed."""


class Rng(Protocol):
    """Chance as an argument; `random.SystemRandom` outside, a seeded `random.Random` in tests."""

    def getrandbits(self, k: int, /) -> int:
        """`k` random bits."""
        ...


_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")


def is_token(text: str) -> bool:
    """Whether `text` is a token of RFC 3261 25.1."""
    return bool(text) and _TOKEN.issuperset(text)


def split_outside(text: str, separator: str) -> list[str]:
    """Split at `separator` outside of quotes and of angle brackets; parts are stripped, empty ones kept."""
    if separator not in text:
        return [text.strip()]
    if '"' not in text and "<" not in text:
        return [part.strip() for part in text.split(separator)]
    parts: list[str] = []
    start = position = 0
    length = len(text)
    bracket = False
    while position < length:
        char = text[position]
        if char == '"' and not bracket:
            position = quoted_end(text, position)
        elif char == "<":
            bracket = True
        elif char == ">":
            bracket = False
        elif char == separator and not bracket:
            parts.append(text[start:position].strip())
            start = position + 1
        position += 1
    parts.append(text[start:].strip())
    return parts


def quoted_end(text: str, start: int) -> int:
    """Index of the quote that closes the one at `start`. Raises RemoteProtocolError where none does."""
    position = start + 1
    while True:
        position = text.find('"', position)
        if position < 0:
            raise RemoteProtocolError("Unterminated quoted string")
        slashes = 0
        while text[position - 1 - slashes] == "\\":
            slashes += 1
        if not slashes & 1:
            return position
        position += 1


def unquote(text: str) -> str:
    """The content of a quoted string; other text as it stands."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    out: list[str] = []
    escaped = False
    for char in inner:
        if escaped or char != "\\":
            out.append(char)
            escaped = False
        else:
            escaped = True
    return "".join(out)


def quote(text: str) -> str:
    """A quoted string of `text` (RFC 3261 25.1); line ends, which it cannot hold, become spaces."""
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    if "\r" in text or "\n" in text:
        text = text.replace("\r", " ").replace("\n", " ")
    return f'"{text}"'


def parse_parameters(text: str) -> dict[str, str | None]:
    """`a=1;b;c="x"` to {name in lower case: value}, None where there is no `=`. Quoted values keep their quotes.

    A leading semicolon is allowed, and empty parameters are passed over; the first of equal names wins.
    """
    parameters: dict[str, str | None] = {}
    parts = split_outside(text, ";") if '"' in text else text.split(";")
    if len(parts) > MAX_PARAMETERS:
        raise RemoteProtocolError("Too many parameters")
    for part in parts:
        name, equals, value = part.partition("=")
        if name not in _USUAL_PARAMETERS:
            name = name.strip().lower()
        if name and name not in parameters:
            parameters[name] = value.strip() if equals else None
    return parameters


_USUAL_PARAMETERS = frozenset(("branch", "rport", "received", "tag", "transport", "lr", "expires", "ob", "user"))


def encode_parameters(parameters: dict[str, str | None]) -> str:
    """The inverse of `parse_parameters`, with its leading semicolon where there is any."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in parameters.items()])


def parse_number(text: str, limit: int, what: str) -> int:
    """Decimal digits up to `limit`. Raises RemoteProtocolError for all else (also for other scripts' digits)."""
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise RemoteProtocolError(f"Bad {what}")
    number = int(text)
    if number > limit:
        raise RemoteProtocolError(f"Bad {what}")
    return number


def split_host_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]`, `[v6]:port` to (host without brackets, port). Raises RemoteProtocolError."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or ":" not in host or (rest and rest[0] != ":"):
            raise RemoteProtocolError("Bad IPv6 literal")
        return host, parse_number(rest[1:].strip(), 65535, "port") if rest else None
    host, colon, port = text.partition(":")
    if colon:
        host = host.rstrip()
        port = port.strip()
        if not port.isdigit() or not port.isascii() or len(port) > 5 or int(port) > 65535:
            raise RemoteProtocolError("Bad port")
        return host, int(port)
    return text, None


def join_host_port(host: str, port: int | None) -> str:
    """The inverse of `split_host_port`; an IPv6 host gets its brackets."""
    if ":" in host:
        host = f"[{host}]"
    return host if port is None else f"{host}:{port}"
