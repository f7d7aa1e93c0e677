"""The relay's ports: sessions bound ahead of time, and those of ended calls, which rest before another call gets them.

A call's sockets are kept for a later call, since making and ending four of them is half of what a call costs the relay beside its
packets. They are waited for all the while: what comes to a port that nobody has is read and thrown away, and begins its rest anew,
so that a phone that sends on is not taken for the next party.

Part of the relay process: imports next to nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from appliance.sip.media_session import Half
from appliance.sip.media_sockets import bound, empty, set_free

REST_SECONDS = 5.0  # between two calls, as long as there are other ports
KEPT_SECONDS = 20.0  # that nobody needed; then it is given back
MOST_RESTING = 640  # sessions: those of 100 calls a second
GIVEN_BACK_AT_ONCE = 32  # of a tick
SOCKETS = 4  # of a session


class Poller(Protocol):
    """What waits for packets. `many`: for thousands of sockets as readily as for few."""

    many: bool

    def add(self, fd: int) -> None: ...
    def drop(self, fd: int) -> None: ...


class Ports:
    """Every socket of the relay that has a port; `table` has them by descriptor."""

    def __init__(self, table: dict[int, Half], poller: Poller) -> None:
        self._table = table
        self._poller = poller
        self.pool: dict[tuple[int, int], list[Half]] = {}
        self.resting: deque[tuple[float, list[Half]]] = deque()
        self._held: set[int] = set()  # first ports of the pairs that are ours
        self.host = "0.0.0.0"
        self._first, self._last = 20_000, 29_998
        self._next = 20_000
        self._most_resting = MOST_RESTING

    def configure(self, host: str, first: int, last: int, most_sockets: int) -> None:
        """`most_sockets`: of this process. Ports of another host or range are not used again."""
        first += first % 2
        if (host, first, last) != (self.host, self._first, self._last):
            while self.resting:
                self._end(self.resting.popleft()[1])
            self._next = first
        self.host, self._first, self._last = host, first, last
        self._most_resting = min(MOST_RESTING, (last - first + 1) // (2 * SOCKETS), most_sockets // (2 * SOCKETS))

    def add(self, now: float) -> tuple[int, int] | None:
        """One more session into the pool: its ports; None where none is left."""
        halves = self._rested(now - REST_SECONDS) or self._bind_next() or self._rested(now)
        if halves is None:
            return None
        ports = halves[0].port, halves[1].port
        self.pool[ports] = halves
        return ports

    def take(self, ports: tuple[int, int]) -> list[Half] | None:
        """The halves of a session on these ports, of the pool or, after another relay, bound now; None where they are taken."""
        halves = self.pool.pop(ports, None) or self._bind_both(*ports)
        if halves is not None:
            empty(halves)
            for half in halves:
                half.reset()
                if not self._poller.many:
                    self._poller.add(half.socket.fileno())
        return halves

    def give_back(self, halves: list[Half], now: float) -> None:
        """After a call: they rest, or are closed where enough others do."""
        if not self._poller.many or len(self.resting) >= self._most_resting or not all(self.set_free(half) for half in halves if half.settled):
            self._end(halves)
            return
        for half in halves:
            half.rest(now)
        self.resting.append((now, halves))

    def set_free(self, half: Half) -> bool:
        """A settled half hears everybody again; False where its port is lost over it."""
        free = set_free(half)
        try:
            self._poller.add(half.socket.fileno())
        except OSError:
            return False  # there was no other socket to be had; the one before is waited for still
        return free

    def tidy(self, now: float) -> None:
        """Gives back what nobody needed for long."""
        for _ in range(GIVEN_BACK_AT_ONCE):
            if not self.resting or self.resting[0][0] > now - KEPT_SECONDS:
                return
            self._end(self.resting.popleft()[1])

    def close(self) -> None:
        """All of them but those of running calls."""
        for halves in [*self.pool.values(), *(halves for _, halves in self.resting)]:
            self._end(halves)
        self.pool.clear()
        self.resting.clear()

    def _rested(self, since: float) -> list[Half] | None:
        """The session that has rested longest, if since then; one that somebody still sent to goes to the end."""
        for _ in range(len(self.resting)):
            began, halves = self.resting[0]
            if began > since:
                return None
            self.resting.popleft()
            newest = max(half.since for half in halves)
            if newest <= since:
                return halves
            self.resting.append((newest, halves))
        return None

    def _bind_next(self) -> list[Half] | None:
        one = self._next_pair()
        two = self._next_pair() if one is not None else None
        if one is None or two is None:
            self._end(one or [])
            return None
        return [one[0], two[0], one[1], two[1]]

    def _next_pair(self) -> list[Half] | None:
        """The next free pair of the range, going round."""
        for _ in range((self._last - self._first) // 2 + 1):
            port = self._next
            self._next = port + 2 if port + 3 <= self._last else self._first
            pair = self._bind(port) if port not in self._held else None
            if pair is not None:
                return pair
        return None

    def _bind_both(self, port_one: int, port_two: int) -> list[Half] | None:
        one = self._bind(port_one)
        two = self._bind(port_two) if one is not None else None
        if one is None or two is None:
            self._end(one or [])
            return None
        return [one[0], two[0], one[1], two[1]]

    def _bind(self, port: int) -> list[Half] | None:
        """RTP on `port` and RTCP on the next one; None where either is taken."""
        rtp = bound(self.host, port)
        rtcp = bound(self.host, port + 1) if rtp is not None else None
        if rtp is None or rtcp is None:
            if rtp is not None:
                rtp.close()
            return None
        pair = [Half(rtp, port, True, self.host), Half(rtcp, port + 1, False, self.host)]
        for half in pair:
            half.rest(0.0)
            self._table[half.socket.fileno()] = half
            if self._poller.many:
                self._poller.add(half.socket.fileno())
        self._held.add(port)
        return pair

    def _end(self, halves: list[Half]) -> None:
        for half in halves:
            self._held.discard(half.port)
            self._poller.drop(half.socket.fileno())
            del self._table[half.socket.fileno()]
            half.socket.close()
            half.part()
