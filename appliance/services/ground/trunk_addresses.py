"""Whose request is it, by its source address: IP, IP:port or network of a trunk, or of a gateway (sip.md, Calls, Who; product.md P5).

A request from a trunk's own port is the trunk's whatever it says of itself; from another port of its address it is
the trunk's where it names no endpoint of ours (one machine may be carrier and phone).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_REMEMBERED = 20_000
"""Sources whose answer is kept; past it all are forgotten and found again."""


class Known(Protocol):
    """Who is known by address: a trunk, or a gateway, which is an endpoint."""

    @property
    def id(self) -> int: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class Gateway(NamedTuple):
    """An endpoint that is known by address, without a password. `port` 0: only one that is typed with an address is its own."""

    id: int
    addresses: tuple[str, ...]
    host: str = ""
    port: int = 0


class Owner(NamedTuple):
    """A trunk or gateway, and whether the source is its own port."""

    trunk_id: int
    own_port: bool


class _Rule(NamedTuple):
    trunk_id: int
    network: Network
    port: int  # the port that the address names; 0: any
    trunk_port: int


def split_port(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port` or bare v6 into host and port (0 where none is named)."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:]) if rest[:1] == ":" and rest[1:].isdigit() else 0
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, int(port) if port.isdigit() else 0
    return text, 0


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


class TrunkAddresses:
    """Built anew when a trunk changes or a name leads elsewhere. `looked_up` gives the addresses of host names, which
    match nothing until they are known; `names` are those that want looking up."""

    def __init__(self, trunks: Iterable[Known], looked_up: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> None:
        self.names: set[str] = set()
        self._rules: list[_Rule] = []
        self._known: dict[tuple[str, int], Owner | None] = {}
        for trunk in trunks:
            for text in trunk.addresses or (trunk.host,):
                host, port = split_port(text)
                network = _network(host)
                if network is not None:
                    self._rules.append(_Rule(trunk.id, network, port, trunk.port))
                    continue
                self.names.add(host.lower())
                for address in looked_up.get(host.lower(), ()):
                    found = _network(address)
                    if found is not None:
                        self._rules.append(_Rule(trunk.id, found, port, trunk.port))

    def find(self, host: str, port: int) -> Owner | None:
        """The trunk that this source belongs to, its own port preferred; None where it is nobody's."""
        key = (host, port)
        if key in self._known:
            return self._known[key]
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        owner = self._known[key] = self._match(host, port)
        return owner

    def _match(self, host: str, port: int) -> Owner | None:
        if not self._rules:
            return None
        try:
            address: Address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return None
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        found: Owner | None = None
        for rule in self._rules:
            if rule.network.version != address.version or address not in rule.network or rule.port not in (0, port):
                continue
            if port and port in (rule.port, rule.trunk_port):
                return Owner(rule.trunk_id, True)
            found = found or Owner(rule.trunk_id, False)
        return found
