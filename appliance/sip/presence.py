"""Which endpoints are on line where: for the guard, which spares their addresses, and to keep NATs open (sip.md Guard, Registrar).

Law of this file: it remembers only what it told the guard; the bindings themselves are asked of the policy.
"""

from __future__ import annotations

from appliance.sip.guard import Guard
from appliance.sip.keep_alive import KeepAlive
from appliance.sip.policy import Binding, Policy
from appliance.sip.timers import Timer, Timers

_SLACK_SECONDS = 0.5  # after an expiry, so that the policy sees it as past too


class Presence:
    """Told of each change of an endpoint's bindings, and by its own timer of those that ran out."""

    __slots__ = ("_guard", "_keep_alive", "_live", "_policy", "_timers")

    def __init__(self, policy: Policy, guard: Guard, keep_alive: KeepAlive, timers: Timers) -> None:
        self._policy = policy
        self._guard = guard
        self._keep_alive = keep_alive
        self._timers = timers
        self._live: dict[int, tuple[tuple[str, ...], Timer]] = {}  # by endpoint: what the guard was told, and when to look again

    def __len__(self) -> int:
        """How many endpoints are on line."""
        return len(self._live)

    def changed(self, endpoint: int, bindings: tuple[Binding, ...], now: float) -> None:
        """The endpoint's bindings as they now are."""
        known = self._live.get(endpoint)
        hosts = tuple([binding.flow.host for binding in bindings if binding.expires > now])
        if known is None or known[0] != hosts:
            for host in known[0] if known is not None else ():
                self._guard.registered(host, -1)
            for host in hosts:
                self._guard.registered(host, 1)
        if not hosts:
            if known is not None:
                self._timers.cancel(known[1])
                del self._live[endpoint]
            return
        earliest = min([binding.expires for binding in bindings if binding.expires > now]) + _SLACK_SECONDS
        # One that is due before it need be is left to look for nothing: most are put off with each refresh.
        if known is None or known[1][2] is None or earliest < known[1][0]:
            if known is not None:
                self._timers.cancel(known[1])
            self._live[endpoint] = hosts, self._timers.at(earliest, self, endpoint)
        elif known[0] != hosts:
            self._live[endpoint] = hosts, known[1]
        self._keep_alive.watch(endpoint, bindings, now)

    def on_timer(self, token: int, now: float) -> None:
        """A binding has run out, unless it was refreshed."""
        self.changed(token, self._policy.bindings(token), now)
