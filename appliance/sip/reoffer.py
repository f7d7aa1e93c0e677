"""A re-INVITE of our own: a side of a call is told where its sound goes from now on (RFC 3261 14.1, 3264 8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from appliance.sip.branch import refresh_target
from appliance.sip.challenge import answered, with_credentials
from appliance.sip.message import Request, Response
from appliance.sip.passing import passing
from appliance.sip.sdp_answer import CONTENT
from appliance.sip.session_timer import renewing
from appliance.sip.transaction import ClientTransaction

if TYPE_CHECKING:
    from appliance.sip.call import Call
    from appliance.sip.leg import Leg

GLARE_SECONDS = 2.1  # RFC 3261 14.1: who made the Call-ID waits 2.1 to 4 s
MOST_TRIES = 4


class Reoffer:
    """`then` gets the answer as the other side is to be told it. Refused, the call ends, or goes on by `otherwise`."""

    __slots__ = ("ack", "body", "call", "leg", "otherwise", "then", "tried", "tries", "turned")

    def __init__(
        self,
        call: Call,
        leg: Leg,
        body: bytes,
        then: Callable[[bytes, float], None] | None = None,
        otherwise: Callable[[float], None] | None = None,
    ) -> None:
        self.call = call
        self.leg = leg
        self.body = body
        self.then = then
        self.otherwise = otherwise
        self.tries = 0
        self.tried = False  # credentials were given
        self.turned = False  # it went by another connection already
        self.ack: bytes | None = None

    def send(self, now: float) -> None:
        """Now, or, while another INVITE is under way in the dialog, a little later."""
        leg = self.leg
        if leg.call is not self.call:
            if self.otherwise is not None:
                self.otherwise(now)
            return
        self.tries += 1
        if leg.inviting or leg.invited is not None or leg.unacked is not None:
            self._again(now)
            return
        request = leg.dialog.request("INVITE")
        request.headers += [("Contact", leg.contact), ("User-Agent", leg.exchange.product), *CONTENT]
        request.headers.extend(renewing(leg.session, leg.exchange.settings.session_minimum))
        request.body = self.body
        leg.inviting = True
        self._request(request, now)

    def _request(self, request: Request, now: float) -> None:
        self.leg.exchange.layer.request(request, self.leg.dialog.flow, now, self, self.leg.dialog.natted)

    def _again(self, now: float) -> None:
        if self.tries < MOST_TRIES:
            wait = GLARE_SECONDS + self.leg.exchange.rng.getrandbits(10) / 1024
            self.leg.exchange.timers.at(now + wait, self, "again")
        else:
            self._given_up(now)

    def on_timer(self, token: str, now: float) -> None:
        """The dialog may be free now."""
        self.send(now)

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """The side's answer; a repeated one gets its ACK again."""
        leg, status = self.leg, response.status
        if status < 200:
            return
        if self.ack is not None:
            leg.exchange.layer.send(leg.dialog.flow, self.ack)
            return
        if status in (401, 407) and not self.tried:
            self.tried = True
            header = answered(leg.account, response, tx.request, False)
            if header is not None:
                leg.dialog.local_cseq += 1
                self._request(with_credentials(tx.request, header, leg.dialog.local_cseq), now)
                return
        leg.inviting = False
        if status < 300:
            self._accepted(tx, response, now)
        elif status == 491 and leg.call is self.call:
            self._again(now)
        elif status in (408, 481):
            self._lost(now)
        else:
            self._given_up(now)

    def _accepted(self, tx: ClientTransaction, response: Response, now: float) -> None:
        leg = self.leg
        ack = leg.dialog.request("ACK", cseq=tx.request.cseq.number)
        refresh_target(leg.dialog, response, tx.flow, leg.trunk)
        self.ack = leg.exchange.layer.send_ack(ack, leg.dialog.flow)
        if leg.call is not self.call or self.call.over:
            if self.otherwise is not None:
                self.otherwise(now)
            return
        if leg.timer is not None:
            leg.timer.heard(response, now)
        answer = self.call.sdp.passed_body(response.body, passing(response), leg.side)
        if self.then is not None:
            self.then(answer, now)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """Nobody answers any more."""
        self._lost(now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """It cannot be delivered."""
        if not self.turned and self.leg.turn():
            self.turned = True
            self._request(tx.request.copy(), now)
        else:
            self._lost(now)

    def _lost(self, now: float) -> None:
        self.leg.inviting = False
        if self.otherwise is not None:
            self.otherwise(now)
        self.call.lost(self.leg.side, now)

    def _given_up(self, now: float) -> None:
        """The two cannot hear each other."""
        if self.otherwise is not None:
            self.otherwise(now)
        elif self.leg.call is self.call and not self.call.over:
            self.call.end("refused", "server", 'SIP;cause=488;text="Not acceptable"', now)
