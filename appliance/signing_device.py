"""Asking a till's signing device: one HTTP POST with a JSON body to an address on this computer or its network.

Law: the whole exchange ends within the seconds given, however slowly the device speaks; nothing but its answer's body is taken
from it; no redirect is followed and no name but `localhost` is looked up.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from appliance.clock import SystemClock
from appliance.errors import UserError

LARGEST_ANSWER = 64 * 1024
LONGEST_ADDRESS = 200
USUAL_PORT = 80


class Device(NamedTuple):
    """Where a device listens."""

    host: str
    port: int
    path: str


class NoAnswer(Exception):
    """The device did not answer in time, or not at all."""


class WrongAnswer(Exception):
    """What it answered is not an answer of this protocol."""


def device(text: str, field: str = "signing_address") -> Device:
    """An address as the settings have it: http://HOST:PORT/PATH. UserError "signing.address": another scheme, a name, or no near address."""
    try:
        parts = urlsplit(text)
        port = parts.port or USUAL_PORT
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        near = ipaddress.ip_address(host)
    except ValueError:
        raise UserError("signing.address", field=field, address=text[:LONGEST_ADDRESS]) from None
    if parts.scheme != "http" or parts.username or len(text) > LONGEST_ADDRESS or not near.is_private or near.is_unspecified or near.is_multicast:
        raise UserError("signing.address", field=field, address=text[:LONGEST_ADDRESS])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise UserError("signing.address", field=field, address=text[:LONGEST_ADDRESS])
    return Device(host, port, path)


def ask(address: str, body: bytes, seconds: float) -> bytes:
    """The answer's body. NoAnswer, or WrongAnswer where it is no success. Blocks: for a thread."""
    where = device(address)
    until = SystemClock().monotonic() + seconds
    host = f"[{where.host}]" if ":" in where.host else where.host
    lines = (f"POST {where.path} HTTP/1.1", f"Host: {host}:{where.port}", "Content-Type: application/json", f"Content-Length: {len(body)}")
    head = "\r\n".join((*lines, "Connection: close", "", ""))
    try:
        with socket.create_connection((where.host, where.port), timeout=seconds) as link:
            link.settimeout(_left(until))
            link.sendall(head.encode("ascii") + body)
            return _body(_received(link, until))
    except OSError as error:
        raise NoAnswer(error.strerror or "timed out") from None


def _left(until: float) -> float:
    left = until - SystemClock().monotonic()
    if left <= 0:
        raise NoAnswer("timed out")
    return left


def _received(link: socket.socket, until: float) -> bytes:
    """All that comes: up to the length that is announced, or until the device hangs up."""
    data = bytearray()
    while True:
        link.settimeout(_left(until))
        part = link.recv(16 * 1024)
        data += part
        if len(data) > LARGEST_ANSWER:
            raise WrongAnswer("too long")
        if not part or _whole(data):
            return bytes(data)


def _whole(data: bytearray) -> bool:
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return value.strip().isdigit() and len(rest) >= int(value)
    return False


class _Received:
    """What was received, as the parser of answers reads a connection."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        """The bytes from the beginning."""
        return io.BytesIO(self._data)


def _body(data: bytes) -> bytes:
    answer = http.client.HTTPResponse(_Received(data))  # type: ignore[arg-type]
    try:
        answer.begin()
        body = answer.read(LARGEST_ANSWER)
    except (http.client.HTTPException, ValueError):
        raise WrongAnswer("no HTTP answer") from None
    if answer.status != http.client.OK:
        raise WrongAnswer(f"HTTP {answer.status}")
    return body
