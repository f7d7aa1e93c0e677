"""Requests and responses, from bytes and to bytes (RFC 3261 7, 18.3).

Law of this file: parsing splits and looks names up, nothing more; what a header means is read when somebody asks.
Framing (Content-Length) belongs to the message and is never one of its headers. The peer's bytes can raise
RemoteProtocolError and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.sip.grammar import MAX_LIST_VALUES, LocalProtocolError, RemoteProtocolError, is_token, parse_number, split_outside
from appliance.sip.headers import CSeq, NameAddr, Via, delta_seconds
from appliance.sip.names import LISTS, METHODS, USUAL, canonical_name, reason_of

MAX_MESSAGE = 65_535  # bytes of one message, head and body
MAX_HEADERS = 200  # header lines
MAX_LINE = 16_384  # characters of one header line, folds joined
MAX_REMEMBERED_LINES = 512  # start-lines read before and kept
MAX_REMEMBERED_LENGTH = 128  # characters of such a line
MAX_FORWARDS = 255  # RFC 3261 20.22

_SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards")
_VIEWS = {"Via": "via", "From": "from_", "To": "to", "CSeq": "cseq", "Call-ID": "call_id"}


class Message:
    """What requests and responses share. Change headers by the methods alone: they keep look-ups and views true.

    `headers`: (canonical name, value) in order; values have no line ends and no space around them. `via` (the topmost), `from_`,
    `to`, `cseq`, `call_id`: what those headers say, read when somebody asks, which raises RemoteProtocolError where they are
    missing or cannot be read.
    """

    __slots__ = ("_first", "_indexed", "body", "call_id", "cseq", "from_", "headers", "to", "via")

    headers: list[tuple[str, str]]
    body: bytes
    _first: dict[str, str]  # the first line of each header
    _indexed: int  # how many lines there were when those were sought; -1: seek them anew
    via: Via
    from_: NameAddr
    to: NameAddr
    cseq: CSeq
    call_id: str

    if not TYPE_CHECKING:  # which shall go on finding names that nobody has

        def __getattr__(self, name: str) -> object:
            """What nobody has asked for before."""
            read = _READERS.get(name)
            if read is None:
                raise AttributeError(name)
            value = read(self)
            setattr(self, name, value)
            return value

    def _changed(self, name: str) -> None:
        self._indexed = -1
        view = _VIEWS.get(name)
        try:
            if view is not None:
                delattr(self, view)
        except AttributeError:
            return  # nobody has asked for it

    def get(self, name: str) -> str | None:
        """The first value line of a header under its canonical name, or None. The line is not split at commas."""
        headers = self.headers
        if self._indexed != len(headers):
            self._first = dict(reversed(headers))
            self._indexed = len(headers)
        return self._first.get(name)

    def all(self, name: str) -> list[str]:
        """Every value of a header over all its lines, divided at commas where its grammar has lists."""
        first = self.get(name)
        if first is None:
            return []
        once = len(self._first) == len(self.headers)  # no header of this message comes twice
        if once and first and "," not in first:
            return [first]
        values = [first] if once else [value for key, value in self.headers if key == name]
        if name in LISTS:
            values = [part for value in values for part in split_outside(value, ",") if part]
        if len(values) > MAX_LIST_VALUES:
            raise RemoteProtocolError(f"Too many values in {name}")
        return values

    def set(self, name: str, value: str) -> None:
        """Give a header one value, at the place of its first, else at the end."""
        if self.get(name) is None:
            self.headers.append((name, value))
        else:
            kept: list[tuple[str, str]] = []
            placed = False
            for pair in self.headers:
                if pair[0] != name:
                    kept.append(pair)
                elif not placed:
                    kept.append((name, value))
                    placed = True
            self.headers = kept
        self._changed(name)

    def add(self, name: str, value: str) -> None:
        """One more line at the end."""
        self.headers.append((name, value))
        self._changed(name)

    def insert_first(self, name: str, value: str) -> None:
        """One more line before all others (Via, Record-Route)."""
        self.headers.insert(0, (name, value))
        self._changed(name)

    def remove(self, name: str) -> None:
        """Take away every line of a header; none is no fault."""
        kept = [pair for pair in self.headers if pair[0] != name]
        if len(kept) != len(self.headers):
            self.headers = kept
            self._changed(name)

    def set_top_via(self, via: Via) -> None:
        """Change the topmost Via value alone, also where several stand in one line (RFC 3261 18.2.1)."""
        old, text = self._need("Via"), via.encode()
        if "," in old:
            text = ", ".join([text, *split_outside(old, ",")[1:]])
        self.headers[self.headers.index(("Via", old))] = ("Via", text)
        self._first["Via"] = text
        self.via = via

    def _need(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise RemoteProtocolError(f"Missing {name}")
        return value

    @property
    def contacts(self) -> list[NameAddr]:
        """Every Contact; one with `uri` "*" stands for all."""
        return [NameAddr.parse(text) for text in self.all("Contact")]

    @property
    def expires(self) -> int | None:
        """Seconds of Expires; None where it is absent or unreadable."""
        return delta_seconds(self.get("Expires"))

    @property
    def max_forwards(self) -> int | None:
        """Max-Forwards, None where absent."""
        text = self.get("Max-Forwards")
        if text == "70":  # as nearly everybody begins
            return 70
        return None if text is None else parse_number(text, MAX_FORWARDS, "Max-Forwards")

    def options(self, name: str) -> frozenset[str]:
        """Option tags or methods of Supported, Require, Allow and their like; option tags in lower case."""
        values = self.all(name)
        return frozenset(values) if name == "Allow" else frozenset([value.lower() for value in values])

    def _encode(self, start: str) -> bytes:
        body = self.body
        lines = "\r\n".join([start, *map(": ".join, self.headers), f"Content-Length: {len(body)}\r\n\r\n"])
        ends = len(self.headers) + 3
        if not self.headers or lines.count("\n") != ends or lines.count("\r") != ends:
            raise LocalProtocolError("A header without a value's form, or a line end inside one")
        return lines.encode() + body


_READERS: dict[str, Callable[[Message], object]] = {
    "via": lambda message: Via.parse(message._need("Via")),
    "from_": lambda message: NameAddr.parse(message._need("From")),
    "to": lambda message: NameAddr.parse(message._need("To")),
    "cseq": lambda message: CSeq.parse(message._need("CSeq")),
    "call_id": lambda message: message._need("Call-ID"),
}


class Request(Message):
    """`uri` is the Request-URI as text."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: str, headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> None:
        self.method = method
        self.uri = uri
        self.headers = [] if headers is None else headers
        self.body = body
        self._indexed = -1

    def encode(self) -> bytes:
        """The bytes on the wire, Content-Length added. Raises LocalProtocolError for a line end inside a value."""
        return self._encode(f"{self.method} {self.uri} SIP/2.0")

    def copy(self) -> Request:
        """An independent copy; the body is shared, being bytes."""
        return Request(self.method, self.uri, list(self.headers), self.body)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri}>"


class Response(Message):
    """`status` 100..699."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str | None = None, headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> None:
        self.status = status
        self.reason = reason_of(status) if reason is None else reason
        self.headers = [] if headers is None else headers
        self.body = body
        self._indexed = -1

    def encode(self) -> bytes:
        """The bytes on the wire, Content-Length added. Raises LocalProtocolError for a line end inside a value."""
        return self._encode(f"SIP/2.0 {self.status} {self.reason}")

    def copy(self) -> Response:
        """An independent copy; the body is shared, being bytes."""
        return Response(self.status, self.reason, list(self.headers), self.body)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"


def parse(data: bytes) -> Request | Response:
    """One datagram. Raises RemoteProtocolError; its `message` is set where enough could be read to answer.

    Via (topmost), From, To, Call-ID and CSeq are there and sound in what is returned.
    """
    if len(data) > MAX_MESSAGE:
        raise RemoteProtocolError("Message too large", 513)
    if data[:2] == b"\r\n":  # RFC 3261 7.5: line ends before the start-line are passed over
        data = data.lstrip(b"\r\n")
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        raise RemoteProtocolError("No end of headers")
    try:
        text = head.decode()
    except UnicodeDecodeError:
        # Old phones send names in Latin-1. What is not UTF-8 is read as that, and leaves as UTF-8.
        text = head.decode("latin-1")
    message, length = _read_usual(text) or _read(text)
    if length == len(body) or length is None:
        message.body = body
    elif length < len(body):
        message.body = body[:length]  # RFC 3261 18.3
    else:
        raise RemoteProtocolError("Body shorter than Content-Length", message=message)
    try:
        _check(message)
    except RemoteProtocolError as error:
        error.message = message
        raise
    return message


def _read_usual(text: str) -> tuple[Request | Response, int] | None:
    """A message as most are, and its Content-Length, which comes last; nothing is folded. None for others."""
    head, _, digits = text.rpartition("\r\nContent-Length: ")
    if not 0 < len(digits) < 5 or not _DIGITS.issuperset(digits):
        return None
    headers = _LINES(head)
    ends = len(headers)
    if head.count("\n") != ends or head.count("\r") != ends or ends > MAX_HEADERS or len(head) > MAX_LINE:
        return None
    first = dict(reversed(headers))
    if not USUAL.issuperset(first):
        headers = [(canonical_name(name), value) for name, value in headers]
        first = dict(reversed(headers))
        if "" in first:  # Content-Length twice
            return None
    try:
        message = _start(head.partition("\r")[0], headers)
    except RemoteProtocolError:
        return None
    message._first = first
    message._indexed = ends
    return message, int(digits)


_LINES = re.compile(r"\r\n([A-Za-z-]+): (\S.*\S|\S)").findall
_DIGITS = frozenset("0123456789")


def _read(text: str) -> tuple[Request | Response, int | None]:
    """Start-line and headers of any message; the second is Content-Length, None where it is absent."""
    lines = text.split("\r\n")
    ends = len(lines) - 1
    # A lone CR or LF inside a value would become a header of its own at the next hop.
    if text.count("\n") != ends or text.count("\r") != ends:
        raise RemoteProtocolError("Bad line end")
    fault: RemoteProtocolError | None = None
    try:
        message = _start(lines[0], [])
    except RemoteProtocolError as error:
        method = lines[0].partition(" ")[0]
        if method not in METHODS:
            raise
        message, fault = Request(method, ""), error  # what follows says whom to tell (RFC 4475 3.1.2)
    if ends > MAX_HEADERS:
        raise RemoteProtocolError("Too many headers", 400)
    if len(text) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
        raise RemoteProtocolError("Line too long")
    length = None
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if name[:1] in (" ", "\t"):
            # RFC 3261 7.3.1: the line before goes on.
            return _read(text.replace("\r\n\t", " ").replace("\r\n ", " "))
        try:
            if not colon:
                raise RemoteProtocolError("Header without colon")
            canonical = canonical_name(name)
            if canonical:
                message.headers.append((canonical, value.strip()))
                continue
            number = parse_number(value.strip(), MAX_MESSAGE, "Content-Length")
            if length is not None and length != number:
                raise RemoteProtocolError("Content-Length twice")
            length = number
        except RemoteProtocolError as error:
            fault = fault or error
    if fault is not None:
        fault.message = message
        raise fault
    message._first = dict(reversed(message.headers))
    message._indexed = len(message.headers)
    return message, length


def _check(message: Request | Response) -> None:
    """What every message must have (RFC 3261 8.1.1); the views stay for later."""
    first = message._first
    try:
        via = first["Via"]
        message.from_ = NameAddr.parse(first["From"])
        message.to = NameAddr.parse(first["To"])
        message.cseq = sequence = CSeq.parse(first["CSeq"])
        message.call_id = call_id = first["Call-ID"]
    except KeyError as missing:
        raise RemoteProtocolError(f"Missing {missing.args[0]}") from None
    message.via = Via.parse(via)
    if not call_id:
        raise RemoteProtocolError("Missing Call-ID")
    if len(first) != len(message.headers):
        names = [name for name, _ in message.headers]
        for name in _SINGLE:
            if names.count(name) > 1:
                raise RemoteProtocolError(f"More than one {name}")
    if isinstance(message, Request):
        if sequence.method != message.method:
            raise RemoteProtocolError("CSeq method does not match")
        hops = first.get("Max-Forwards")
        if hops is not None and hops != "70":
            parse_number(hops, MAX_FORWARDS, "Max-Forwards")


def _start(line: str, headers: list[tuple[str, str]]) -> Request | Response:
    status, text, uri = _remembered_start(line) if len(line) <= MAX_REMEMBERED_LENGTH else _read_start(line)
    return Response(status, text, headers) if status else Request(text, uri, headers)


def _read_start(line: str) -> tuple[int, str, str]:
    """Status and reason of a response; 0, method and Request-URI of a request."""
    first, _, rest = line.partition(" ")
    if first == "SIP/2.0":
        code, _, reason = rest.partition(" ")
        if len(code) != 3 or not code.isascii() or not code.isdigit() or not "1" <= code[0] <= "6":
            raise RemoteProtocolError("Bad status code")
        return int(code), reason.strip(), ""
    uri, _, version = rest.rpartition(" ")
    if version != "SIP/2.0":
        if version.upper() == "SIP/2.0" and is_token(first):
            version = "SIP/2.0"
        elif version[:4].upper() == "SIP/" and is_token(first) and uri:
            raise RemoteProtocolError("Version not supported", 505)
        else:
            raise RemoteProtocolError("Bad start-line")
    if first not in METHODS and not is_token(first):
        raise RemoteProtocolError("Bad method")
    if not uri or " " in uri or "\t" in uri or uri[0] == "<" or ":" not in uri:
        raise RemoteProtocolError("Bad Request-URI")
    return 0, first, uri


#: The answers to a call begin with the same few lines, and so do its requests.
_remembered_start = lru_cache(maxsize=MAX_REMEMBERED_LINES)(_read_start)

_COPIED = frozenset(("Via", "From", "To", "Call-ID", "CSeq"))
_COPIED_TO_TRYING = _COPIED | {"Timestamp"}
_COPIED_TO_DIALOG = _COPIED | {"Record-Route"}


def response_to(request: Request, status: int, reason: str | None = None, to_tag: str | None = None) -> Response:
    """A response with what RFC 3261 8.2.6 copies: Via, From, To, Call-ID, CSeq, in their order.

    Record-Route is copied into what may begin a dialog (12.1.1). `to_tag` is added where To has none, never to a 100.
    A request with faults is answered with whatever of these it has.
    """
    copied = _COPIED if status >= 300 else _COPIED_TO_TRYING if status == 100 else _COPIED_TO_DIALOG
    headers = [pair for pair in request.headers if pair[0] in copied]
    if to_tag and status != 100:
        to = request.get("To")
        if to is not None and not _tagged(request, to):
            headers[headers.index(("To", to))] = ("To", f"{to};tag={to_tag}")
    return Response(status, reason, headers)


def _tagged(request: Request, text: str) -> bool:
    try:
        return bool(request.to.tag)
    except RemoteProtocolError:
        return "tag=" in text.lower()


class StreamParser:
    """Cuts a stream into messages by Content-Length (RFC 3261 18.3). One for each connection.

    Where Content-Length is missing the body counts as empty. A stream whose framing is lost stays useless: drop it.
    """

    __slots__ = ("_buffer", "_need", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._need = 0  # bytes of the whole message at the front, 0 while its head is not complete
        self._scanned = 0  # up to where the end of the head has been looked for

    def __len__(self) -> int:
        """Bytes that wait for the rest of their message."""
        return len(self._buffer)

    @property
    def partial(self) -> bool:
        """Whether a message has begun and its end has not come; a lone line end is none."""
        return len(self._buffer) > 3 or (bool(self._buffer) and not b"\r\n\r\n".startswith(self._buffer))

    def feed(self, data: bytes) -> list[bytes]:
        """Whole messages, each for `parse`; b"" stands for a keep-alive that wants CRLF back (RFC 5626 4.4.1).

        Raises RemoteProtocolError where no end of a message can be found: too long, or a bad Content-Length. What was
        whole before the fault is lost with it.
        """
        buffer = self._buffer
        buffer += data
        items: list[bytes] = []
        while buffer:
            if not self._need and not self._measure(items):
                break
            if len(buffer) < self._need:
                break
            items.append(bytes(buffer[: self._need]))
            del buffer[: self._need]
            self._need = self._scanned = 0
        return items

    def _measure(self, items: list[bytes]) -> bool:
        """Find how long the message at the front is; False while that cannot be told."""
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):
            if buffer.startswith(b"\r\n\r\n"):
                items.append(b"")
                del buffer[:4]
            elif len(buffer) > 2 and buffer[2:3] != b"\r":
                del buffer[:2]
            else:
                return False
        end = buffer.find(b"\r\n\r\n", max(0, self._scanned - 3))
        if end < 0:
            self._scanned = len(buffer)
            if len(buffer) > MAX_MESSAGE:
                raise RemoteProtocolError("Message too large", 513)
            return False
        length = _content_length(bytes(buffer[:end])) if end else 0
        self._need = end + 4 + length
        if self._need > MAX_MESSAGE:
            raise RemoteProtocolError("Message too large", 513)
        return True


def _content_length(head: bytes) -> int:
    lower = head.lower()
    found: int | None = None
    for line in lower.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon and name.rstrip(b" \t") in (b"content-length", b"l"):
            length = parse_number(value.strip().decode("latin-1"), MAX_MESSAGE, "Content-Length")
            if found is not None and found != length:
                raise RemoteProtocolError("Content-Length twice")
            found = length
    return found or 0
