"""Packets that keep the NAT in front of a phone open (RFC 5626 4.4, sip.md Registrar).

Law of this file: one timer for each endpoint with a natted binding, ended by the first turn that finds none. Where the
bindings are is asked of the policy each time.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.sip.grammar import Rng
from appliance.sip.policy import Binding, Flow, Policy
from appliance.sip.timers import Timers

DATAGRAM_SECONDS = 25.0  # common NATs forget a silent UDP mapping after 30
STREAM_SECONDS = 110.0  # and a silent connection after two minutes at the earliest
SPREAD = 0.2  # part of the interval that chance takes off
PING = b"\r\n\r\n"


class KeepAlive:
    """Sends four bytes to every natted binding again and again. `send(flow, bytes)` takes the packet."""

    __slots__ = ("_policy", "_rng", "_send", "_timers", "_watched")

    def __init__(self, policy: Policy, timers: Timers, send: Callable[[Flow, bytes], None], rng: Rng) -> None:
        self._policy = policy
        self._timers = timers
        self._send = send
        self._rng = rng
        self._watched: set[int] = set()

    def __len__(self) -> int:
        """How many endpoints are watched."""
        return len(self._watched)

    def watch(self, endpoint: int, bindings: tuple[Binding, ...], now: float) -> None:
        """Begin where any of the bindings is behind NAT; call it after each registration and once at the start."""
        if endpoint not in self._watched and any(binding.natted for binding in bindings):
            self._watched.add(endpoint)
            self._arm(endpoint, bindings, now)

    def on_timer(self, token: int, now: float) -> None:
        """Called by the timers."""
        natted = tuple(binding for binding in self._policy.bindings(token) if binding.natted and binding.expires > now)
        if not natted:
            self._watched.discard(token)
            return
        for flow in {binding.flow for binding in natted}:
            self._send(flow, PING)
        self._arm(token, natted, now)

    def _arm(self, endpoint: int, bindings: tuple[Binding, ...], now: float) -> None:
        datagram = any(binding.natted and binding.flow.transport == "udp" for binding in bindings)
        interval = DATAGRAM_SECONDS if datagram else STREAM_SECONDS
        part = self._rng.getrandbits(16) / 65536
        self._timers.at(now + interval * (1 - SPREAD * part), self, endpoint)
