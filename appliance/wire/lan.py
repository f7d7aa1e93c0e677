"""How a server is found on the LAN: DNS service discovery (RFC 6763) over multicast DNS (RFC 6762)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

SERVICE = "_tollhouse._tcp.local."
SCHEME, VERSION = "scheme", "version"
LONGEST_NAME = 60


class LanServer(NamedTuple):
    """A server that announces itself: what it calls itself, and where its API is."""

    name: str
    url: str


def instance(name: str) -> str:
    """The service's full name; RFC 6763 4.1.1 lets it be any text of at most 63 bytes without being cut inside a letter."""
    cut = name.encode()[:LONGEST_NAME].decode("utf-8", "ignore").replace(".", " ").strip() or "Tollhouse"
    return f"{cut}.{SERVICE}"


def server_of(full_name: str, addresses: Iterable[str], port: int | None, properties: Mapping[bytes, bytes | None]) -> LanServer | None:
    """What an announcement means; None where it says too little or something odd. Whatever it says is untrusted."""
    scheme = (properties.get(SCHEME.encode()) or b"http").decode("ascii", "replace")
    usable = sorted(addresses, key=lambda each: (":" in each, each))
    if scheme not in {"http", "https"} or not usable or not port or not full_name.endswith(SERVICE):
        return None
    name = "".join(sign for sign in full_name.removesuffix(SERVICE).rstrip(".") if sign.isprintable())[:LONGEST_NAME]
    host = f"[{usable[0]}]" if ":" in usable[0] else usable[0]
    return LanServer(name or host, f"{scheme}://{host}:{port}")
