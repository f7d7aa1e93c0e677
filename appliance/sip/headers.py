"""Typed views of the headers the machines look at: Via, addresses, CSeq (RFC 3261 20).

Law of this file: a view is made from a header's text when it is first asked for, and never changes that text by
itself; to change a header, encode a view and set it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.sip.grammar import (
    RemoteProtocolError,
    encode_parameters,
    join_host_port,
    parse_parameters,
    quote,
    quoted_end,
    split_host_port,
    split_outside,
    unquote,
)

MAX_SEQUENCE = 2**31 - 1  # RFC 3261 8.1.1.5
MAX_DELTA_SECONDS = 2**32 - 1  # RFC 3261 20.19
MAX_REMEMBERED_VIEWS = 2048  # of addresses, and of CSeq: From, To and CSeq come again with every message of a call
MAX_REMEMBERED_LENGTH = 256  # characters of such a text

_TRANSPORTS = {f"SIP/2.0/{name}": name for name in ("UDP", "TCP", "TLS", "WS", "WSS", "SCTP")}


class Via:
    """One Via value (RFC 3261 20.42, 3581). `port` None: the transport's own. `branch`: "" where there is none.

    `params`: names in lower case; read when somebody asks.
    """

    __slots__ = ("_tail", "branch", "host", "params", "port", "transport")

    params: dict[str, str | None]

    def __init__(self, transport: str, host: str, port: int | None, branch: str, tail: str) -> None:
        """`tail`: the parameters' text."""
        self.transport = transport
        self.host = host
        self.port = port
        self.branch = branch
        self._tail = tail

    @classmethod
    def parse(cls, text: str) -> Via:
        """From `SIP/2.0/UDP host:port;branch=…`, or the first of several such. Raises RemoteProtocolError."""
        if "," in text:
            text = split_outside(text, ",")[0]
        sender, _, tail = text.partition(";")
        known = _sender(sender) if len(sender) <= MAX_REMEMBERED_LENGTH else None
        if known is None:
            # Any white space may stand around the slashes (RFC 4475 3.1.1.1).
            name, slash, rest = text.partition("/")
            version, slash2, rest = rest.partition("/")
            transport, _, rest = rest.strip().replace("\t", " ").partition(" ")
            if not slash or not slash2 or not rest or name.strip().upper() != "SIP":
                raise RemoteProtocolError("Bad Via")
            if version.strip() != "2.0":
                raise RemoteProtocolError("Bad Via version", 505)
            sent_by, _, tail = rest.partition(";")
            known = _sent_by(transport.upper(), sent_by)
        transport, host, port = known
        plain = _BRANCH(tail)
        if plain is not None:
            return cls(transport, host, port, plain[1], tail)
        params = parse_parameters(tail)
        made = cls(transport, host, port, params.get("branch") or "", tail)
        made.params = params
        return made

    if not TYPE_CHECKING:  # which shall go on finding names that nobody has

        def __getattr__(self, name: str) -> dict[str, str | None]:
            """The parameters, which nobody has asked for before."""
            if name != "params":
                raise AttributeError(name)
            self.params = params = parse_parameters(self._tail)
            return params

    @property
    def received(self) -> str | None:
        """The source address as the receiver of the request saw it."""
        return self.params.get("received")

    @property
    def wants_rport(self) -> bool:
        """Whether the sender asks for the answer at its source port (RFC 3581 3)."""
        return "rport" in self.params

    @property
    def rport(self) -> int | None:
        """The source port the receiver saw, where it was filled in."""
        value = self.params.get("rport")
        return int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else None

    def encode(self) -> str:
        """The header's text."""
        sent_by = join_host_port(self.host, self.port)
        return f"SIP/2.0/{self.transport} {sent_by}{encode_parameters(self.params)}"


#: The branch among a few parameters as nearly everybody writes them; else they are read at once.
_BRANCH = re.compile(r'(?:rport(?:=\d+)?;)?branch=([^;"\s]+)(?:;[\w.-]+(?:=[\w.:\[\]-]+)?){0,8}').fullmatch


@lru_cache(maxsize=MAX_REMEMBERED_VIEWS)
def _sender(text: str) -> tuple[str, str, int | None] | None:
    """Transport, host and port of a Via up to its parameters; None where it is not spelled as usual."""
    protocol, space, sent_by = text.partition(" ")
    transport = _TRANSPORTS.get(protocol) if space else None
    return None if transport is None else _sent_by(transport, sent_by)


def _sent_by(transport: str, text: str) -> tuple[str, str, int | None]:
    text = text.strip()
    host, port = split_host_port(text) if ":" in text else (text, None)
    if not host or " " in host or not transport:
        raise RemoteProtocolError("Bad Via")
    return transport, host, port


class NameAddr:
    """A name-addr or addr-spec with header parameters: From, To, Contact, Route, Path, Refer-To, … (RFC 3261 20.10).

    `uri` is the text between the angle brackets, "*" for a Contact of all bindings; `params` are the header's parameters, names in
    lower case, not those of the URI; `tag` is the one of that name, "" where there is none. One view may belong to many messages:
    never change it.
    """

    __slots__ = ("_tail", "display", "params", "tag", "uri")

    params: dict[str, str | None]
    tag: str
    _tail: str

    def __init__(self, uri: str, display: str = "", params: dict[str, str | None] | None = None) -> None:
        self.uri = uri
        self.display = display
        self.params = {} if params is None else params

    @staticmethod
    def parse(text: str) -> NameAddr:
        """Raises RemoteProtocolError."""
        return _address(text) if len(text) <= MAX_REMEMBERED_LENGTH else NameAddr._parse(text)

    @classmethod
    def _parse(cls, text: str) -> NameAddr:
        usual = _USUAL_ADDRESS(text)
        if usual is not None:
            display, uri, tail, tag = usual.groups("")
            made = cls._made(uri, display, tail)
            made.tag = tag
            return made
        display = ""
        if text.startswith('"'):
            if "\\" in text:
                close = quoted_end(text, 0)
                display = unquote(text[: close + 1])
            else:
                close = text.find('"', 1)
                if close < 0:
                    raise RemoteProtocolError("Unterminated quoted string")
                display = text[1:close]
            text = text[close + 1 :].lstrip()
            if not text.startswith("<"):
                raise RemoteProtocolError("Bad address")
        before, bracket, rest = text.partition("<")
        if bracket:
            uri, closing, tail = rest.partition(">")
            if not closing or (tail and tail.lstrip()[:1] not in (";", "")):
                raise RemoteProtocolError("Bad address")
            before = before.strip()
            if before:
                if '"' in before or "," in before or ";" in before:
                    raise RemoteProtocolError("Bad display name")
                display = before
        else:
            # An addr-spec without brackets: what follows the semicolon belongs to the header (RFC 3261 20.10).
            uri, _, tail = text.partition(";")
            uri = uri.strip()
            if "," in uri or "?" in uri:
                raise RemoteProtocolError("Bad address")
        if not uri or " " in uri or (":" not in uri and uri != "*"):
            raise RemoteProtocolError("Bad address")
        return cls._made(uri, display, tail)

    @classmethod
    def _made(cls, uri: str, display: str, tail: str) -> NameAddr:
        made = cls.__new__(cls)
        made.uri = uri
        made.display = display
        made._tail = tail
        return made

    if not TYPE_CHECKING:  # which shall go on finding names that nobody has

        def __getattr__(self, name: str) -> object:
            """What nobody has asked for before."""
            if name == "params":
                value = parse_parameters(self._tail)
            elif name == "tag":
                value = self.params.get("tag") or ""
            else:
                raise AttributeError(name)
            setattr(self, name, value)
            return value

    def param(self, name: str) -> str:
        """One parameter's value without its quotes, "" where there is none."""
        return unquote(self.params.get(name) or "")

    def encode(self) -> str:
        """The header's text, always with angle brackets."""
        if self.uri == "*":
            return "*"
        bracketed = f"<{self.uri}>{encode_parameters(self.params)}"
        return f"{quote(self.display)} {bracketed}" if self.display else bracketed


class CSeq:
    """A sequence number and a method (RFC 3261 20.16). Shared by messages as `NameAddr` is."""

    __slots__ = ("method", "number")

    def __init__(self, number: int, method: str) -> None:
        self.number = number
        self.method = method

    @staticmethod
    def parse(text: str) -> CSeq:
        """Raises RemoteProtocolError."""
        return _sequence(text) if len(text) <= MAX_REMEMBERED_LENGTH else CSeq._parse(text)

    @classmethod
    def _parse(cls, text: str) -> CSeq:
        parts = text.split()
        if len(parts) != 2:
            raise RemoteProtocolError("Bad CSeq")
        digits, method = parts
        if not digits.isdigit() or not digits.isascii() or len(digits) > 20:
            raise RemoteProtocolError("Bad CSeq")
        number = int(digits)
        if number > MAX_SEQUENCE:
            raise RemoteProtocolError("Bad CSeq")
        return cls(number, method)

    def encode(self) -> str:
        """The header's text."""
        return f"{self.number} {self.method}"


#: Addresses as nearly everybody writes them; what does not match is taken apart by hand. No character can belong to two parts.
_USUAL_ADDRESS = re.compile(r'(?:"([^"\\]*)" ?)?<([^<>\s:]+:[^<>\s]+)>(;tag=([^;"\s]+))?').fullmatch

_address = lru_cache(maxsize=MAX_REMEMBERED_VIEWS)(NameAddr._parse)
_sequence = lru_cache(maxsize=MAX_REMEMBERED_VIEWS)(CSeq._parse)


def delta_seconds(text: str | None, otherwise: int | None = None) -> int | None:
    """An Expires or its like. What cannot be read counts as `otherwise` (RFC 3261 10.3, 20.19)."""
    if text is None:
        return otherwise
    text = text.partition(";")[0].strip()
    if not text.isascii() or not text.isdigit():
        return otherwise
    return min(int(text[:12]), MAX_DELTA_SECONDS)


__all__ = ["MAX_DELTA_SECONDS", "MAX_SEQUENCE", "CSeq", "NameAddr", "Via", "delta_seconds"]
