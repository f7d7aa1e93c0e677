"""A refusal that is spoken first: early media of ours, then the status (sip.md, Calls, Service numbers).

Law of this file: the refusal is recorded already, so that no fact is told of it; a phone that takes neither G.711 nor G.729 (where
that has been made), a relay that has no port at once, or too many announcements at a time, and the refusal comes without a word.
"""

from __future__ import annotations

from appliance.sip.branch import Branch
from appliance.sip.caller_leg import CallerLeg
from appliance.sip.exchange import Exchange
from appliance.sip.leg_events import Headers
from appliance.sip.policy import Admitted, Refused
from appliance.sip.sdp import Sdp
from appliance.sip.sdp_answer import CONTENT, one_voice_answer
from appliance.sip.service_call import OneSided

MOST_AT_ONCE = 50
G711, G729 = frozenset(("pcmu", "pcma")), frozenset(("g729",))
G729_NUMBER = 18  # RFC 3551 6
AFTERWARDS_SECONDS = 0.2


def announced(exchange: Exchange, leg: CallerLeg, refusal: Refused, dialled: str, now: float) -> OneSided | None:
    """Begin it; None where the refusal has gone out at once."""
    spoken, offer = refusal.announcement, leg.request.body
    answer = one_voice_answer(offer, 0, only=G711) if offer else None
    if answer is None and offer and spoken is not None and spoken.g729:
        answer = one_voice_answer(offer, 0, only=G729)
    if answer is None or exchange.media is None or sum(call < 0 for call in exchange.calls) >= MOST_AT_ONCE:
        leg.fail(refusal.status, refusal.reason, refusal.headers, now)
        return None
    call = AnnouncedRefusal(exchange, leg, refusal, dialled, now)
    call.begin(answer, now)
    return call


def _payload_type(answer: bytes) -> int:
    """In which the answer speaks: 0 for mu-law under whatever number, 8 for A-law, else the number of G.729."""
    voice = next(section for section in Sdp.parse(answer).media if not section.rejected).codecs()[0]
    number = int(voice.payload) if voice.payload.isdecimal() else 0
    return {"pcmu": 0, "pcma": 8}.get(voice.name, number if 8 < number < 128 else G729_NUMBER)


class AnnouncedRefusal(OneSided):
    """Known by a number below zero: no call of the record has one."""

    __slots__ = ("refusal",)

    def __init__(self, exchange: Exchange, leg: CallerLeg, refusal: Refused, dialled: str, now: float) -> None:
        self.refusal = refusal
        super().__init__(exchange, leg, Admitted(-1 - exchange.rng.getrandbits(48), ()), dialled, now)

    def begin(self, answer: bytes, now: float) -> None:
        """183 with sound, as far as the relay has a port."""
        caller, try_, media, announcement = self.caller, self.try_, self.exchange.media, self.refusal.announcement
        assert caller is not None and try_ is not None and media is not None and announcement is not None
        self.sdp.relayed = True
        if (self.sdp.v6 and not media.spans((True, True))) or not self.sdp.open(try_) or not self.sdp.sessions:
            self._refuse(now)
            return
        self.sdp.passed_body(try_.body, try_.headers, 0)
        if caller.acknowledges():
            dialog = caller.dialog()
            caller.add(Branch(dialog, dialog))  # where its PRACK comes
        caller.ring(183, "Session Progress", self.sdp.passed_body(answer, CONTENT, 1), CONTENT, caller.tag, now)
        media.announce(self.sdp.sessions[0].session, 0, announcement.file, _payload_type(answer))
        self.ring_timer = self.exchange.timers.at(now + announcement.seconds + AFTERWARDS_SECONDS, self, "said")

    def on_timer(self, token: str, now: float) -> None:
        """It has been said."""
        self._refuse(now)

    def media_ready(self, now: float) -> None:
        """Nothing waits for it here."""

    def _refuse(self, now: float) -> None:
        headers: Headers = self.refusal.headers
        if self.caller is not None:
            self.caller.fail(self.refusal.status, self.refusal.reason, headers, now)
        self._finish_quietly()

    def _finish(self, status: int, cause: str, ended_by: str, now: float) -> None:
        """The record knows nothing of this."""
        self._finish_quietly()
