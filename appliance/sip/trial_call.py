"""A test call over one trunk: placed by us, without a caller, to see what the carrier does with it.

Law of this file: it hunts, proves itself and is recorded as every call; what is told besides (`TrialHeard`) is the carrier's
own word, which callers never see.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.sip.branch import Branch
from appliance.sip.callee_leg import CalleeLeg
from appliance.sip.caller_leg import CallerLeg
from appliance.sip.dialog import MAX_FORWARDS, Dialog
from appliance.sip.exchange import Exchange
from appliance.sip.facts import CallAnswered, TrialHeard
from appliance.sip.leg import Leg
from appliance.sip.leg_events import Connect, Fail, Ring, Try
from appliance.sip.message import Request
from appliance.sip.policy import Admitted, Flow, Route, Target
from appliance.sip.sdp_answer import CONTENT, own_offer
from appliance.sip.service_call import OneSided


class TrialOrder(NamedTuple):
    """What is to be tried. `call`: the id of its record; seconds: the longest wait for an answer, and the stay after it."""

    call: int
    route: Route
    number: str
    ring_seconds: float
    talk_seconds: float


class Nobody(CallerLeg):
    """Stands where a call has its caller: nothing is sent to it, and it has made one offer."""

    __slots__ = ("offer",)

    def __init__(self, exchange: Exchange, order: TrialOrder) -> None:
        self.exchange = exchange
        self.tx = None
        self.flow = Flow("udp", 0, "127.0.0.1", 9)
        self.trunk = False
        self.natted = False
        self.tag = exchange.tag()
        self.contact = ""
        self.branches = {}
        self.call = None
        self.request = Request("INVITE", f"sip:{order.call}@localhost", [("Call-ID", exchange.tag())])
        self.offer = own_offer(order.call)
        self.request.body = self.offer

    def remembered(self) -> Try:
        return Try(self.offer, list(CONTENT), MAX_FORWARDS)

    def dialog(self) -> Dialog:
        return Dialog(self.request.call_id, self.exchange.tag(), "", "", "", self.flow)

    def add(self, branch: Branch) -> None:
        """Nobody asks in it."""


class TrialCall(OneSided):
    """Side 1 alone."""

    __slots__ = ("order",)

    def __init__(self, exchange: Exchange, order: TrialOrder, now: float) -> None:
        self.order = order
        admitted = Admitted(order.call, (order.route,), media="always", ring_seconds=order.ring_seconds)
        super().__init__(exchange, Nobody(exchange, order), admitted, order.number, now)

    def _ring_target(self, route: Route, target: Target, now: float) -> None:
        self.mirror(1)
        super()._ring_target(route, target, now)

    def heard(self, place: CalleeLeg, now: float) -> None:
        """The carrier is there."""
        self._tell(100, "", False, now)
        super().heard(place, now)

    def ringing(self, place: CalleeLeg, branch: Branch, event: Ring, now: float) -> None:
        """It rings, or plays something."""
        self._tell(event.status, event.reason, bool(event.body), now)
        super().ringing(place, branch, event, now)

    def place_failed(self, place: CalleeLeg, failure: Fail, now: float) -> None:
        """The carrier's refusal, as it said it."""
        self._tell(failure.status, failure.reason, False, now)
        super().place_failed(place, failure, now)

    def connected(self, place: CalleeLeg, branch: Branch, event: Connect, now: float) -> None:
        """Answered: stay for a while, then hang up."""
        exchange = self.exchange
        self._stop_timers()
        for other in self.places:
            if other is not place:
                other.let_go("", now)
        self.places = []
        self.trunk_call_id = branch.callee.call_id
        flow = place.flow
        self.callee = f"{flow.host}:{flow.port}/{flow.transport}"
        place.acknowledge(branch.callee, b"", (), now)
        self.sdp.passed_body(event.body, event.headers, 1)
        leg = Leg(exchange, self, 1, branch.callee, place.account, True, place.contact)
        self.legs = (leg,)
        leg.watch(place.session, now)
        self.caller = None
        self.try_ = None
        self._tell(event.status, event.reason, False, now)
        state = branch.callee.state()
        exchange.news.append(CallAnswered(self.id, self.trunk, None, self.callee, self.trunk_call_id, state, None, now))
        self.talk_timer = exchange.timers.at(now + self.order.talk_seconds, self, "enough")
        self.sdp.answered()

    def on_timer(self, token: str, now: float) -> None:
        """The stay is over, or what every call waits for."""
        if token == "enough":
            self.end("normal", "server", 'Q.850;cause=16;text="Test call over"', now)
        else:
            super().on_timer(token, now)

    def _tell(self, status: int, reason: str, early_media: bool, now: float) -> None:
        self.exchange.news.append(TrialHeard(self.id, status, reason, early_media, now))
