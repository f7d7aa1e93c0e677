"""Provisional answers of ours that the caller acknowledges by PRACK (RFC 3262), in one early dialog of its INVITE.

Law of this file: one waits at a time, the numbers rise by one, and no 2xx leaves while one of ours waits. What the callee
sent reliably is its own to repeat; what it did not, we repeat until the PRACK comes; an emergency call goes on without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.sip.grammar import RemoteProtocolError, parse_number
from appliance.sip.message import Request, Response, response_to
from appliance.sip.timers import Timer
from appliance.sip.transaction import ServerTransaction
from appliance.sip.transaction_client import GIVE_UP, T1

if TYPE_CHECKING:
    from appliance.sip.caller_leg import CallerLeg
    from appliance.sip.leg import Leg

MOST_WAITING = 8  # provisional answers behind the one that waits: a phone that rings sends no more in 32 s
_RSEQ = 2**32 - 1


class Assured:
    """`waiting`: the answer that has no PRACK yet, `theirs` its number at the callee, 0 where the callee sent it unreliably.

    `said`: the newest description that went out reliably. `leg`: set when the callee has answered and the 2xx waits here.
    """

    __slots__ = ("_caller", "_end", "_final", "_interval", "_newest", "_queue", "_retry", "_tx", "leg", "number", "said", "theirs", "waiting")

    def __init__(self, caller: CallerLeg, tx: ServerTransaction) -> None:
        self._caller = caller
        self._tx = tx
        self._queue: list[tuple[Response, int]] = []
        self._retry: Timer | None = None
        self._end: Timer | None = None
        self._interval = T1
        self._final: Response | None = None
        self._newest = 0  # of the callee's numbers
        self.leg: Leg | None = None
        self.number = 0
        self.said = b""
        self.theirs = 0
        self.waiting: Response | None = None

    def send(self, response: Response, theirs: int, now: float) -> None:
        """Send it with the next number, once what went before is acknowledged."""
        if self.waiting is not None:
            if theirs and theirs == self.theirs:
                self._tx.respond(self.waiting, now)  # the callee's repetition
            elif len(self._queue) < MOST_WAITING and all(theirs != other for _, other in self._queue if other):
                self._queue.append((response, theirs))
            return
        if theirs and theirs <= self._newest:
            return  # acknowledged already: the PRACK is on its way to the callee
        first = theirs or self._caller.exchange.rng.getrandbits(16) + 1
        self.number = self.number + 1 if self.number else first
        self.waiting, self.theirs, self._newest = response, theirs, max(theirs, self._newest)
        response.headers += [("Require", "100rel"), ("RSeq", str(self.number))]
        self.said = response.body or self.said
        self._tx.respond(response, now)
        if not theirs:
            timers = self._caller.exchange.timers
            self._interval = T1
            self._retry = timers.at(now + T1, self, "retry")
            self._end = timers.at(now + GIVE_UP, self, "end")

    def acknowledged(self, request: Request, now: float) -> int | None:
        """Whether a PRACK names the answer that waits (RFC 3262 3): the number it has at the callee, 0 for none; None where it does not."""
        words = (request.get("RAck") or "").split()
        try:
            named = len(words) == 3 and words[2] == "INVITE" and parse_number(words[0], _RSEQ, "RAck") == self.number
            named = named and parse_number(words[1], _RSEQ, "RAck") == self._tx.request.cseq.number
        except RemoteProtocolError:
            named = False
        if not named or self.waiting is None:
            return None
        self._stop_timers()
        self.waiting = None
        return self.theirs

    def proceed(self, now: float) -> None:
        """The PRACK is answered: what waited behind it may go out."""
        final, self._final = self._final, None
        if final is not None:
            self.stop()
            self._tx.respond(final, now)
        elif self._queue and self.waiting is None:
            self.send(*self._queue.pop(0), now)

    def hold(self, final: Response) -> bool:
        """Whether the 2xx has to wait for a PRACK; it is then kept, and what else waited is of no use any more."""
        self._queue = []
        if self.waiting is None or self.theirs:
            return False
        self._final = final
        return True

    def answer(self, tx: ServerTransaction, request: Request, now: float) -> bool:
        """A PRACK that is ours alone to answer: whether it was one."""
        if self.acknowledged(request, now) is None:
            return False
        # RFC 3262 5: a new offer in it would be for a callee that cannot be asked before it has answered.
        tx.respond(response_to(request, 488 if request.body else 200, None, tx.to_tag), now)
        self.proceed(now)
        return True

    def on_timer(self, token: str, now: float) -> None:
        """Once more, or no more (RFC 3262 3)."""
        if token == "retry" and self.waiting is not None:
            self._interval *= 2
            self._tx.respond(self.waiting, now)
            self._retry = self._caller.exchange.timers.at(now + self._interval, self, "retry")
        elif token == "end":
            leg = self.leg
            call = leg.call if leg is not None else self._caller.call
            if call is not None and call.admitted.emergency:
                # Whoever calls for help is not turned away for want of a PRACK.
                self._stop_timers()
                self.waiting = None
                self.proceed(now)
                return
            self.stop()
            if leg is not None:
                leg.withdraw(self._tx, 504, "timeout", now)
            else:
                self._caller.not_acknowledged(now)

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self._stop_timers()
        self._queue = []
        self.waiting = self._final = None
        leg, self.leg = self.leg, None
        if leg is not None:
            leg.assured = None

    def _stop_timers(self) -> None:
        timers = self._caller.exchange.timers
        timers.cancel(self._retry)
        timers.cancel(self._end)
        self._retry = self._end = None
