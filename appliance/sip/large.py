"""Requests too large for a datagram go by TCP where the peer takes TCP (RFC 3261 18.1.1).

Law of this file: it only says which way, and remembers peers that do not take that way. A phone behind NAT has no such
way: nobody outside can connect to it.
"""

from __future__ import annotations

from appliance.sip.addresses import Addresses
from appliance.sip.policy import Flow

LARGEST = 1300  # bytes of a request by datagram where the path's MTU is not known
WAIT = 1.5  # seconds without a word by TCP until the datagram goes after all: a firewall that drops says nothing
REMEMBERED_SECONDS = 600.0  # that a peer refused; then it is asked again
MAX_REMEMBERED = 4096


class LargeRequests:
    """`way` before such a request is sent; `refused` and `taken` when it is seen what became of it."""

    __slots__ = ("_addresses", "_refused", "_taken")

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._refused: dict[tuple[str, int], float] = {}  # when it will be asked again
        self._taken: set[tuple[str, int]] = set()

    def way(self, flow: Flow, now: float) -> Flow | None:
        """The same peer by TCP, from the listener of ours that lies beside the datagrams'; None: there is no such way."""
        peer = (flow.host, flow.port)
        again = self._refused.get(peer)
        if again is not None:
            if now < again:
                return None
            del self._refused[peer]
        listener = self._addresses.stream_beside(flow.listener)
        return None if listener is None else Flow("tcp", listener, flow.host, flow.port)

    def known_way(self, flow: Flow) -> Flow | None:
        """As `way`, for what nobody would send again (the ACK of a 2xx): only where the peer has taken TCP before."""
        if (flow.host, flow.port) not in self._taken:
            return None
        listener = self._addresses.stream_beside(flow.listener)
        return None if listener is None else Flow("tcp", listener, flow.host, flow.port)

    def refused(self, flow: Flow, now: float) -> None:
        """Nobody answered there."""
        peer = (flow.host, flow.port)
        self._taken.discard(peer)
        if len(self._refused) >= MAX_REMEMBERED:
            self._refused.clear()
        self._refused[peer] = now + REMEMBERED_SECONDS

    def taken(self, flow: Flow) -> None:
        """An answer came."""
        if len(self._taken) >= MAX_REMEMBERED:
            self._taken.clear()
        self._taken.add((flow.host, flow.port))
