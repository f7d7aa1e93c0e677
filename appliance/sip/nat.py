"""Whom a packet really came from, and where its answer goes (RFC 3261 18.2, RFC 3581, sip.md Guard).

Law of this file: an answer goes to the source address and nowhere else; what a message names decides at most the port.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import Request
from appliance.sip.policy import Flow
from appliance.sip.uri import SipUri

MAX_REMEMBERED_ADDRESSES = 4096  # parsed literals kept

#: Loopback, link-local, private and carrier-grade NAT ranges (RFC 1918, 6598, 4193).
PRIVATE = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"]


@lru_cache(maxsize=MAX_REMEMBERED_ADDRESSES)
def address(host: str) -> IPv4Address | IPv6Address | None:
    """The literal, or None for a name. An IPv4 address in IPv6 dress counts as IPv4; a zone is dropped."""
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


class Networks:
    """A set of networks to ask addresses against, as `sip.local_networks` is."""

    __slots__ = ("_known", "_networks")

    def __init__(self, networks: list[str] | tuple[str, ...] = tuple(PRIVATE)) -> None:
        """Raises ValueError for what is no network."""
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(text, strict=False) for text in networks]
        self._known: dict[str, bool] = {}

    def __contains__(self, host: str) -> bool:
        """Whether the literal `host` lies in one of them; a name never does."""
        known = self._known.get(host)
        if known is None:
            literal = address(host)
            known = literal is not None and any(literal.version == network.version and literal in network for network in self._networks)
            if len(self._known) >= MAX_REMEMBERED_ADDRESSES:
                self._known.clear()
            self._known[host] = known
        return known


_PRIVATE = Networks()


def is_private(host: str) -> bool:
    """Whether `host` is a literal that nobody outside its own network can reach."""
    return host in _PRIVATE


def same_host(one: str, other: str) -> bool:
    """Whether two texts are the same address; names are compared without case."""
    if one == other:
        return True
    first, second = address(one), address(other)
    return first == second if first is not None and second is not None else one.lower() == other.lower()


def stamp(request: Request, flow: Flow) -> None:
    """Note in the top Via where the request came from (RFC 3261 18.2.1, RFC 3581 4)."""
    via = request.via
    params = via.params
    if "rport" in params:
        params["rport"] = str(flow.port)
        params["received"] = flow.host
    elif via.host != flow.host and not same_host(via.host, flow.host):
        params["received"] = flow.host
    elif "received" in params or "maddr" in params:
        # Neither may name where our answers go.
        params["received"] = flow.host
    else:
        return
    request.set_top_via(via)


def reply_flow(request: Request, flow: Flow) -> Flow:
    """Where the answers to `request` go, it having come over `flow` and been stamped.

    The same connection for streams. For datagrams the source address: at its source port where rport is asked for or
    the sender is behind NAT, else at the port Via says (RFC 3261 18.2.2). `maddr` and names are never followed.
    """
    if flow.transport != "udp":
        return flow
    via = request.via
    # Another literal in Via than the source's is NAT; a name says nothing, and its port is believed.
    if "rport" in via.params or (via.host != flow.host and address(via.host) is not None and not same_host(via.host, flow.host)):
        return flow
    port = via.port or 5060
    return flow if port == flow.port else flow._replace(port=port)


def is_natted(request: Request, flow: Flow) -> bool:
    """Whether the sender sees itself under another address than we do.

    Judged by Via and, where it is there, the first Contact: another literal than the source. Another port alone is
    NAT only if the sender asks for rport (it is symmetric then) and its Contact names the port its Via does; else it
    is a phone that sends from one port and listens at another.
    """
    via = request.via
    if address(via.host) is not None and not same_host(via.host, flow.host):
        return True
    contact = request.get("Contact")
    if contact is None or contact == "*":
        return False
    try:
        uri = SipUri.parse(request.contacts[0].uri)
    except (RemoteProtocolError, IndexError):
        return False
    if address(uri.host) is None:
        return is_unreachable_name(uri.host)
    if not same_host(uri.host, flow.host):
        # A contact elsewhere that is public is another machine on purpose; a private one is ours to mend.
        return is_private(uri.host)
    port = uri.port or 5060
    return flow.transport == "udp" and via.wants_rport and port == (via.port or 5060) != flow.port


def is_unreachable_name(host: str) -> bool:
    """Names that no one can look up: browsers and some phones put these into Contact (RFC 2606, 7118)."""
    return host.lower().endswith((".invalid", ".local")) or host == "localhost"


def target_flow(contact: str, flow: Flow, natted: bool) -> Flow:
    """Where requests to `contact` go, heard of over `flow`: never away from the host it was heard from.

    Streams and peers behind NAT: the same flow. Else the contact's own port, where its host is the source.
    """
    if natted or flow.transport != "udp":
        return flow
    try:
        uri = SipUri.parse(contact)
    except RemoteProtocolError:
        return flow
    if not same_host(uri.host, flow.host) or (uri.transport or "udp") != "udp":
        return flow
    port = uri.port or 5060
    return flow if port == flow.port else flow._replace(port=port)


def listening_flow(contact: str, flow: Flow, natted: bool) -> Flow | None:
    """Where a peer whose connection `flow` is gone takes new ones: at its contact's port (RFC 3261 18.2.2), never at another host.

    None for datagrams, for peers behind NAT, whom nobody can connect to, and where the contact names another host.
    """
    if natted or flow.transport == "udp":
        return None
    try:
        uri = SipUri.parse(contact)
    except RemoteProtocolError:
        return None
    if not same_host(uri.host, flow.host) or (uri.transport or flow.transport) != flow.transport:
        return None
    return flow._replace(port=uri.port or (5061 if flow.transport == "tls" else 5060), connection=0)
