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

    __slots__ = ("_guard", "_hosts", "_keep_alive", "_policy", "_timers", "_wakes")

    def __init__(self, policy: Policy, guard: Guard, keep_alive: KeepAlive, timers: Timers) -> None:
        self._policy = policy
        self._guard = guard
        self._keep_alive = keep_alive
        self._timers = timers
        self._hosts: dict[int, tuple[str, ...]] = {}
        self._wakes: dict[int, Timer] = {}

    def __len__(self) -> int:
        """How many endpoints are on line."""
        return len(self._hosts)

    def changed(self, endpoint: int, bindings: tuple[Binding, ...], now: float) -> None:
        """The endpoint's bindings as they now are."""
        for host in self._hosts.pop(endpoint, ()):
            self._guard.registered(host, -1)
        self._timers.cancel(self._wakes.pop(endpoint, None))
        live = tuple(binding for binding in bindings if binding.expires > now)
        if not live:
            return
        self._hosts[endpoint] = hosts = tuple(binding.flow.host for binding in live)
        for host in hosts:
            self._guard.registered(host, 1)
        earliest = min(binding.expires for binding in live)
        self._wakes[endpoint] = self._timers.at(earliest + _SLACK_SECONDS, self, endpoint)
        self._keep_alive.watch(endpoint, live, now)

    def on_timer(self, token: int, now: float) -> None:
        """A binding has run out, unless it was refreshed."""
        self._wakes.pop(token, None)
        self.changed(token, self._policy.bindings(token), now)
