"""Calls with one side alone: those that we answer ourselves (the echo number), and what they share with those we place.

Law of this file: such a call is a `Call` like any other to the record keeper, with one leg; what is asked in its dialog
we answer ourselves.
"""

from __future__ import annotations

from appliance.sip.branch import Branch
from appliance.sip.call import Call
from appliance.sip.exchange import METHODS
from appliance.sip.facts import CallAnswered
from appliance.sip.leg import Leg
from appliance.sip.leg_events import Fail, Headers
from appliance.sip.message import Request, response_to
from appliance.sip.sdp_answer import CONTENT, one_voice_answer, own_offer
from appliance.sip.session_timer import REFRESHING, granting
from appliance.sip.transaction import ServerTransaction

ECHO = "echo"
_ANSWERED_HERE = frozenset(("INFO", "OPTIONS", "NOTIFY", "PRACK"))


class OneSided(Call):
    """A call with one leg; the relay sends its sound back."""

    __slots__ = ()

    def other(self, leg: Leg) -> Leg:
        """There is none across."""
        return leg

    def mirror(self, side: int) -> None:
        """That side hears itself from now on."""
        media = self.exchange.media
        if media is not None and self.sdp.sessions:
            media.echo(self.sdp.sessions[0].session, side)

    def early_request(self, branch: Branch, side: int, tx: ServerTransaction, request: Request, now: float) -> None:
        """Nobody is across to be asked before the answer (RFC 3311 5.1: later)."""
        tx.respond(response_to(request, 491, None, tx.to_tag), now)

    def dialog_request(self, leg: Leg, tx: ServerTransaction, request: Request, now: float) -> None:
        """Hold, resume and refreshes are granted; what means nothing without a second party is not allowed."""
        response = response_to(request, 200, None, tx.to_tag)
        if request.method in REFRESHING:
            body = self._described_again(leg, request)
            if body is None:
                tx.respond(response_to(request, 488, None, tx.to_tag), now)
                return
            leg.refresh(tx, request)
            if leg.timer is not None:
                leg.timer.heard(request, now)
            response.headers.append(("Contact", leg.contact))
            response.headers.extend(granting(leg.session))
            if body:
                response.headers.extend(CONTENT)
                response.body = body
        elif request.method not in _ANSWERED_HERE:
            response = response_to(request, 405, None, tx.to_tag)
            response.headers.append(("Allow", METHODS))
        tx.respond(response, now)
        if request.method == "INVITE":
            leg.await_ack(tx, None if request.body else self._learn_late)

    def _described_again(self, leg: Leg, request: Request) -> bytes | None:
        """Our side of a new offer; b"" where a refresh carries none, None where it cannot be taken."""
        number = self.id
        if not request.body:
            return self.sdp.passed_body(own_offer(number), CONTENT, 1 - leg.side) if request.method == "INVITE" else b""
        answer = one_voice_answer(request.body, number, request.cseq.number)
        if answer is None:
            return None
        self.sdp.passed(request, leg.side)
        return self.sdp.passed_body(answer, CONTENT, 1 - leg.side)

    def _learn_late(self, body: bytes, headers: Headers, now: float) -> None:
        """The ACK of an INVITE without offer says where the peer's sound is."""
        legs = self.legs
        if legs is not None:
            self.sdp.passed_body(body, headers, legs[0].side)


class ServiceCall(OneSided):
    """The caller speaks to us."""

    __slots__ = ()

    def start(self, now: float) -> None:
        """Answer as soon as the relay has ports."""
        try_ = self.try_
        assert try_ is not None
        if try_.body and one_voice_answer(try_.body, 0) is None:
            self._fail(Fail(488, "Not Acceptable Here"), now, by_server=True)
            return
        if self.exchange.media is None:
            self._fail(Fail(503, "Service Unavailable"), now, by_server=True)
            return
        self.sdp.relayed = True
        if self.sdp.v6 and not self.exchange.media.spans((True, True)):
            self._fail(self.unheard(now), now, by_server=True)
        elif self.sdp.open(try_):
            self._answer(now)
        else:
            self._wait_for_relay(now)

    def media_ready(self, now: float) -> None:
        """The relay has started."""
        self.exchange.timers.cancel(self.ring_timer)
        self.ring_timer = None
        self.start(now)

    def _answer(self, now: float) -> None:
        exchange, caller, try_ = self.exchange, self.caller, self.try_
        assert caller is not None and try_ is not None
        self.mirror(0)
        self.sdp.passed_body(try_.body, try_.headers, 0)
        described = (one_voice_answer(try_.body, self.id) if try_.body else None) or own_offer(self.id)
        body = self.sdp.passed_body(described, CONTENT, 1)
        dialog, session = caller.dialog(), caller.session()
        contact, trunk = caller.contact, caller.trunk
        tx, _ = caller.connect(200, "OK", body, CONTENT, dialog.local_tag, now)
        leg = Leg(exchange, self, 0, dialog, None, trunk, contact)
        self.legs = (leg,)
        leg.await_ack(tx, None if try_.body else self._learn_late)
        leg.watch(session, now)
        self.caller = None
        self.try_ = None
        exchange.news.append(CallAnswered(self.id, None, None, "", "", dialog.state(), None, now))
        if self.admitted.max_seconds > 0:
            self.talk_timer = exchange.timers.at(now + self.admitted.max_seconds, self, "talk")
        self.sdp.answered()
