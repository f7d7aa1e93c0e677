"""Telling a program elsewhere of an event: one signed HTTP POST, to nobody near unless that is allowed.

Law: the address that was looked at is the address that is connected to, so that a name cannot point elsewhere in between; no redirect
is followed; the whole exchange ends within its seconds, however slowly the other side speaks.
Source: RFC 2104 (HMAC), RFC 9110 (HTTP), IANA's registries of special-purpose addresses (by `ipaddress`).
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from appliance.clock import SystemClock
from appliance.errors import UserError

LONGEST_URL = 500
MOST_READ = 64 * 1024
PORTS = {"https": 443, "http": 80}


class Target(NamedTuple):
    """Where to: `path` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str


class NotTaken(Exception):
    """It did not arrive; the words say why."""


def target(url: str, *, near: bool = False, field: str = "url") -> Target:
    """An address as somebody typed it. UserError "webhook.url"; with `near` plain http is taken too."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port, parts = "", 0, urlsplit("")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    plain = (host + path).isascii() and (host + path).isprintable() and " " not in host + path
    schemes = ("https", "http") if near else ("https",)
    if parts.scheme not in schemes or not host or not port or parts.username or parts.fragment or not plain or len(url) > LONGEST_URL:
        raise UserError("webhook.url", field=field, url=url[:LONGEST_URL])
    return Target(parts.scheme, host, port, path)


def signature(secret: str, at_seconds: int, body: bytes) -> str:
    """What stands in the header: the moment, and HMAC-SHA256 over the moment, a full stop and the body, in hex."""
    digest = hmac.new(secret.encode(), f"{at_seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_seconds},v1={digest}"


def far(address: str) -> bool:
    """Whether an IP address is out in the world: not this computer, its network, nor anything reserved."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or far(str(mapped)))


def post(url: str, body: bytes, headers: dict[str, str], seconds: float, *, near: bool = False) -> int:
    """The status that was answered. NotTaken where none was, or it is no success. Blocks: for a thread."""
    where = target(url, near=near)
    until = SystemClock().monotonic() + seconds
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
        address = next((each for each in found if near or far(str(each[4][0]))), None)
        if address is None:
            raise NotTaken(f"{where.host} is an address of this computer or its network")
        status = _asked(where, str(address[4][0]), body, headers, until)
    except (OSError, http.client.HTTPException) as error:
        raise NotTaken(getattr(error, "strerror", None) or str(error) or type(error).__name__) from None
    if not 200 <= status < 300:
        raise NotTaken(f"HTTP {status}")
    return status


def _asked(where: Target, address: str, body: bytes, headers: dict[str, str], until: float) -> int:
    link = socket.create_connection((address, where.port), timeout=_left(until))
    with link:
        if where.scheme == "https":
            link.settimeout(_left(until))
            link = ssl.create_default_context().wrap_socket(link, server_hostname=where.host)
        host = f"[{where.host}]" if ":" in where.host else where.host
        named = host if where.port == PORTS[where.scheme] else f"{host}:{where.port}"
        lines = [f"POST {where.path} HTTP/1.1", f"Host: {named}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        link.settimeout(_left(until))
        link.sendall("\r\n".join((*lines, "", "")).encode("latin-1") + body)
        return _status(link, until)


def _status(link: socket.socket, until: float) -> int:
    """Of the answer's first line; what follows is left unread."""
    data = b""
    while b"\r\n" not in data and len(data) < MOST_READ:
        link.settimeout(_left(until))
        part = link.recv(4096)
        if not part:
            break
        data += part
    words = data.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise NotTaken("the answer is no HTTP")
    return int(words[1])


def _left(until: float) -> float:
    left = until - SystemClock().monotonic()
    if left <= 0:
        raise NotTaken("no answer in time")
    return left
