"""What we are called: the address of ours that each peer is told, and whether a name means us.

Inside `sip.local_networks` a peer is told the LAN address, outside the public one (sip.md, Transports).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from appliance.sip.policy import Flow, ListenerAddress

MAX_REMEMBERED = 4096  # addresses whose network is remembered, and how many hosts what they are told of us


class Addresses:
    """Listeners of ours with their public faces. Change `listeners` with `replace` alone.

    `sent_by`: every `host:port` that a Via of ours may say.
    """

    def __init__(self, listeners: Sequence[ListenerAddress], local_networks: Iterable[str], aliases: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(text, strict=False) for text in local_networks]
        self._aliases = frozenset(alias.lower() for alias in aliases)
        self._remembered: dict[str, int] = {}
        self.replace(listeners)

    def replace(self, listeners: Sequence[ListenerAddress]) -> None:
        """The listeners as they now are (a changed public address)."""
        self.listeners = list(listeners)
        self._texts: dict[tuple[int, str], str] = {}  # what the peers at a host are told of a listener
        hosts = set(self._aliases)
        for listener in self.listeners:
            hosts.add(listener.host.lower())
            hosts.add(listener.public_host.lower())
            hosts.update(alias.lower() for alias in listener.aliases)
        hosts.discard("")
        self._hosts = frozenset(hosts)
        faces = [(listener.host, listener.port) for listener in self.listeners]
        faces += [(listener.public_host, listener.public_port or listener.port) for listener in self.listeners if listener.public_host]
        self.sent_by = frozenset(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in faces)

    def network_of(self, host: str) -> int:
        """Number of the local network that an address is in; -1: outside, or no address."""
        known = self._remembered.get(host)
        if known is not None:
            return known
        number = -1
        try:
            address = ip_address(host.strip("[]"))
        except ValueError:
            pass
        else:
            for place, network in enumerate(self._networks):
                if address.version == network.version and address in network:
                    number = place
                    break
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[host] = number
        return number

    def is_local(self, host: str) -> bool:
        """Whether the address is in one of our own networks."""
        return self.network_of(host) >= 0

    def is_ours(self, host: str) -> bool:
        """Whether a URI's host is this appliance: a listener's address, its public one, or an alias. The port does not matter."""
        return host.lower().strip("[]") in self._hosts

    def listener_for(self, transport: str, host: str = "") -> int:
        """The first listener of a transport, of `host`'s address family where there is one; the first of all where there is none."""
        found = -1
        for place, listener in enumerate(self.listeners):
            if listener.transport == transport:
                if not host or (":" in listener.host) == (":" in host):
                    return place
                found = place if found < 0 else found
        return max(found, 0)

    def stream_beside(self, listener: int) -> int | None:
        """The TCP listener at the same address as that one, else one of the same family; None where there is none."""
        own = self.listeners[listener]
        found = None
        for place, other in enumerate(self.listeners):
            if other.transport == "tcp" and (":" in other.host) == (":" in own.host):
                if other.host == own.host:
                    return place
                found = place if found is None else found
        return found

    def host_port(self, flow: Flow) -> tuple[str, int]:
        """What the peer of `flow` is told of us; an IPv6 address without brackets."""
        listener = self.listeners[flow.listener]
        if listener.public_host and not self.is_local(flow.host):
            return listener.public_host, listener.public_port or listener.port
        return listener.host, listener.port

    def host_of_family(self, flow: Flow, v6: bool) -> str:
        """What that peer is told of us where its sound is of the other family than its signalling: a listener's address of that family."""
        host = self.host_port(flow)[0]
        if (":" in host) is v6:
            return host
        outside = not self.is_local(flow.host)
        for listener in self.listeners:
            face = listener.public_host if outside and listener.public_host else listener.host
            if (":" in face) is v6:
                return face
        return host

    def host_port_text(self, flow: Flow) -> str:
        """The same as `host:port`, as Via's sent-by and URIs have it."""
        key = flow.listener, flow.host
        text = self._texts.get(key)
        if text is None:
            host, port = self.host_port(flow)
            if len(self._texts) >= MAX_REMEMBERED:
                self._texts.clear()
            text = self._texts[key] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return text

    def contact(self, flow: Flow, user: str = "") -> str:
        """Our Contact towards the peer of `flow`; `user` already escaped."""
        where = self.host_port_text(flow)
        if flow.transport != "udp":
            where = f"{where};transport={flow.transport}"
        return f"<sip:{user}@{where}>" if user else f"<sip:{where}>"
