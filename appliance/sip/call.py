"""A call: the back-to-back user agent between its caller and whoever answers.

Law of this file: it speaks with its legs in leg events and never touches a transaction; every call ends in exactly one
CallEnded, and after it holds nothing and is held by nobody.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from appliance.sip.branch import Branch
from appliance.sip.callee_leg import CalleeLeg
from appliance.sip.caller_leg import CallerLeg
from appliance.sip.challenge import Account
from appliance.sip.endings import ELSEWHERE, ENDED, ENDINGS
from appliance.sip.exchange import Exchange
from appliance.sip.facts import CallAnswered, CallEnded, CallRinging, RouteFailed, Unbridged
from appliance.sip.hunt import SILENT, best_of, cause_of, seen_by_caller, tries_next
from appliance.sip.in_dialog import Relayed
from appliance.sip.invitation import invitation
from appliance.sip.leg import Leg
from appliance.sip.leg_events import Connect, Fail, Headers, Ring, Try
from appliance.sip.media_sdp import CallMedia
from appliance.sip.message import Request, response_to
from appliance.sip.policy import Admitted, Flow, Route, Target
from appliance.sip.timers import Timer
from appliance.sip.transaction import ServerTransaction

if TYPE_CHECKING:
    from appliance.sip.transfer import Transfer

_SIDES = ("caller", "callee")
_NO_ROUTE = Fail(503, "No Route")


class Call:
    """One call. `legs` is None until it is answered; `over` once CallEnded is told."""

    __slots__ = (
        "admitted",
        "call_ids",
        "callee",
        "caller",
        "dialled",
        "endpoints",
        "exchange",
        "failures",
        "id",
        "lapses_at",
        "legs",
        "linked",
        "over",
        "places",
        "position",
        "ring_timer",
        "ringing_told",
        "sdp",
        "sdp_passed",
        "silent_timer",
        "talk_timer",
        "total_at",
        "transfer",
        "trunk",
        "trunk_call_id",
        "try_",
    )

    def __init__(self, exchange: Exchange, caller: CallerLeg, admitted: Admitted, dialled: str, now: float) -> None:
        self.exchange = exchange
        self.caller: CallerLeg | None = caller
        self.admitted = admitted
        self.id = admitted.call
        self.dialled = dialled
        self.try_: Try | None = caller.remembered()
        self.sdp = CallMedia(exchange, self.id, caller.flow, caller.natted)
        self.legs: tuple[Leg, ...] | None = None  # caller's and callee's; one alone where we are the other side
        self.places: list[CalleeLeg] = []
        self.failures: list[Fail] = []
        self.position = -1  # of the route being tried
        lapse = None if admitted.emergency else caller.request.expires
        self.lapses_at = inf if lapse is None else now + lapse  # the caller himself waits no longer (RFC 3261 13.3.1)
        self.total_at = min(now + admitted.ring_seconds, self.lapses_at)
        self.ring_timer: Timer | None = None
        self.silent_timer: Timer | None = None
        self.talk_timer: Timer | None = None
        self.ringing_told = False
        self.sdp_passed = False
        self.trunk: int | None = None
        self.trunk_call_id = ""
        self.callee = ""
        self.over = False
        self.endpoints: tuple[int | None, int | None] = (None, None)  # whose phones the two sides are
        self.transfer: Transfer | None = None  # a side is being sent elsewhere
        self.linked: tuple[Call, ...] = ()  # calls that end with this one
        caller.call = self
        exchange.calls[self.id] = self
        exchange.trace.join(self.id, caller.request.call_id)
        self.call_ids: list[str] = []  # of an emergency call's legs
        if admitted.emergency:
            self.call_ids.append(caller.request.call_id)
            exchange.emergencies.update(self.call_ids)

    # -- hunting

    def start(self, now: float) -> None:
        """Try the first route."""
        self._next_route(_NO_ROUTE, now)

    def _next_route(self, last: Fail, now: float) -> None:
        """Ring the next route's places; without one the search ends with `last`."""
        routes = self.admitted.routes
        while True:
            self.position += 1
            if self.position >= len(routes):
                self._fail(last, now)
                return
            route = routes[self.position]
            if not route.targets:
                continue
            relayed = self.sdp.wanted(self.admitted, route, self.try_)
            if self.admitted.emergency or any(map(self.sdp.hears, self.sdp.needed)):
                break
            last = self.unheard(now)
        if relayed and not self.sdp.open(self.try_):
            self.position -= 1
            self._wait_for_relay(now)
            return
        self.failures = []
        self.sdp_passed = False
        self.trunk = route.trunk
        timers = self.exchange.timers
        self.silent_timer = timers.at(now + route.silent_seconds, self, "silent")
        self.ring_timer = timers.at(min(now + route.ring_seconds, self.total_at), self, "ring")
        for target in route.targets:
            self._ring_target(route, target, now)
        if not self.places:
            self._route_failed(Fail(488, "Not Acceptable Here"), now)

    def unheard(self, now: float) -> Fail:
        """The two sides speak different kinds of IP, and no relay of ours stands between them (RFC 3261 20.43)."""
        self.exchange.news.append(Unbridged(self.id, now))
        return Fail(488, "Not Acceptable Here", (("Warning", '301 tollhouse "Incompatible network address formats"'),))

    def led_to(self, place: CalleeLeg) -> bytes | None:
        """The offer for a place whose name has led to IPv6, which was not known when the first was written; None where it cannot be heard."""
        if self.try_ is None or not (self.sdp.led_to(place.flow) or self.admitted.emergency):
            return None
        return self.sdp.offered(self.admitted, self.admitted.routes[self.position], self.try_, place.flow)

    def _ring_target(self, route: Route, target: Target, now: float) -> None:
        exchange, try_ = self.exchange, self.try_
        assert try_ is not None
        flow = target.flow
        if flow is None:
            transport = target.transport or "udp"
            listener = exchange.addresses.listener_for(transport, target.host)
            flow = Flow(transport, listener, target.host, target.port or 5060, 0, target.certificate)
        if not self.sdp.hears(":" in flow.host) and not self.admitted.emergency:
            exchange.news.append(Unbridged(self.id, now))
            return
        body = self.sdp.offered(self.admitted, route, try_, flow)
        if body is None:
            return
        made = invitation(exchange, route, target, flow, self.dialled, try_)
        account = Account(route.username, route.password, exchange.rng) if route.username else None
        place = CalleeLeg.at(exchange, self, target, flow, account, route.trunk is not None, made)
        self.places.append(place)
        if self.admitted.emergency:
            self.call_ids.append(place.dialog.call_id)
            exchange.emergencies.add(place.dialog.call_id)
        if target.flow is None:
            place.prepare(body, try_.max_forwards - 1)
            exchange.locator.find(target.host, target.port, target.transport, place, now)
        else:
            place.invite(body, try_.max_forwards - 1, now)

    def _wait_for_relay(self, now: float) -> None:
        """The relay is starting: 100 to the caller, and a limit to the wait."""
        exchange = self.exchange
        if self.id not in exchange.waiting and self.caller is not None:
            exchange.waiting[self.id] = self
            self.caller.trying(now)
            self.ring_timer = exchange.timers.at(now + exchange.settings.media_wait, self, "relay")

    def media_ready(self, now: float) -> None:
        """The relay has started."""
        self.exchange.timers.cancel(self.ring_timer)
        self._next_route(_NO_ROUTE, now)

    def on_timer(self, token: str, now: float) -> None:
        """Silence, ringing out, a relay that does not start, or the longest talk."""
        if token == "talk":
            self.end("limit", "server", "", now)
        elif token == "relay":
            self.exchange.waiting.pop(self.id, None)
            self._fail(Fail(503, "Service Unavailable"), now, by_server=True)
        elif token == "silent":
            silent = [place for place in self.places if not place.heard and not place.elsewhere(now)]
            if any(not place.heard and place not in silent for place in self.places):
                self.silent_timer = self.exchange.timers.at(now + self.admitted.routes[self.position].silent_seconds, self, "silent")
            for place in silent:
                place.let_go("", now)
                self.place_failed(place, Fail(SILENT, ""), now)
        else:
            self._rang_out(now)

    def _rang_out(self, now: float) -> None:
        """Nobody took the call on this route in time."""
        for place in self.places:
            place.let_go('SIP;cause=408;text="No answer"', now)
        self.places = []
        self.exchange.timers.cancel(self.silent_timer)
        self.silent_timer = self.ring_timer = None
        self.exchange.news.append(RouteFailed(self.id, self.trunk, 408, now))
        if now >= self.lapses_at:
            self.caller_gave_up("cancelled", (), now)
            return
        unanswered = Fail(480, "Temporarily Unavailable")
        if not (self.admitted.forwards and self._sent_on(unanswered, now)):
            self._fail(unanswered, now, by_server=True)

    def _sent_on(self, failure: Fail, now: float) -> bool:
        """Whether whoever did not take the call has it go elsewhere; the search then begins again there."""
        contact = next((value for name, value in failure.headers if name == "Contact"), "")
        admitted = self.exchange.policy.not_taken(self.id, failure.status, contact, now)
        if admitted is None:
            return False
        self.exchange.led_on(self)
        self.admitted = admitted
        self.position = -1
        self.total_at = min(now + admitted.ring_seconds, self.lapses_at)
        self._next_route(failure, now)
        return True

    # -- what the places say

    def heard(self, place: CalleeLeg, now: float) -> None:
        """The first reply of a place."""
        if self.silent_timer is not None and all(other.heard for other in self.places):
            self.exchange.timers.cancel(self.silent_timer)
            self.silent_timer = None

    def ringing(self, place: CalleeLeg, branch: Branch, event: Ring, now: float) -> None:
        """A provisional answer of a place goes to the caller in the dialog of its branch."""
        if self.caller is None:
            return
        if event.body:
            self.sdp_passed = True
        self.sdp.facing(place.dialog.flow)
        body = self.sdp.passed_body(event.body, event.headers, 1)
        self.caller.ring(event.status, event.reason, body, event.headers, event.branch, now, event.number)
        if not self.ringing_told:
            self.ringing_told = True
            self.exchange.news.append(CallRinging(self.id, now))

    def place_failed(self, place: CalleeLeg, failure: Fail, now: float) -> None:
        """One place refused, was silent or could not be reached."""
        if place in self.places:
            self.places.remove(place)
        self.failures.append(failure)
        if failure.status >= 600:
            # RFC 3261 16.7: a 6xx speaks for everybody.
            for other in self.places:
                other.let_go("", now)
            self.places = []
        if not self.places:
            self._route_failed(best_of(self.failures), now)

    def _route_failed(self, failure: Fail, now: float) -> None:
        timers = self.exchange.timers
        timers.cancel(self.silent_timer)
        timers.cancel(self.ring_timer)
        self.silent_timer = self.ring_timer = None
        self.exchange.news.append(RouteFailed(self.id, self.trunk, failure.status, now))
        if self.admitted.forwards and self._sent_on(failure, now):
            return
        if not self.sdp_passed and tries_next(failure.status, self.admitted.emergency) and now < self.total_at:
            self._next_route(failure, now)
        else:
            self._fail(failure, now)

    def connected(self, place: CalleeLeg, branch: Branch, event: Connect, now: float) -> None:
        """The first answer wins; the record is told before anybody else is."""
        exchange, caller = self.exchange, self.caller
        assert caller is not None
        self._stop_timers()
        for other in self.places:
            if other is not place:
                other.let_go(ELSEWHERE, now)
        self.places = []
        route = self.admitted.routes[self.position]
        self.trunk_call_id = branch.callee.call_id
        flow = place.dialog.flow
        self.callee = f"{flow.host}:{flow.port}/{flow.transport}"
        offered = bool(caller.request.body)
        late = None
        if offered or not event.body:
            place.acknowledge(branch.callee, b"", (), now)
        else:
            late = _Late(self, place, branch)
        self.sdp.facing(flow)
        body = self.sdp.passed_body(event.body, event.headers, 1)
        tx, assured = caller.connect(event.status, event.reason, body, event.headers, event.branch, now)
        here = Leg(exchange, self, 0, branch.caller, None, caller.trunk, caller.contact)
        there = Leg(exchange, self, 1, branch.callee, place.account, place.trunk, place.contact)
        self.legs = here, there
        here.await_ack(tx, late, assured)
        here.watch(caller.session(), now)
        there.watch(place.session, now)
        self.caller = None
        self.try_ = None
        self.failures = []
        self.endpoints = (self.endpoints[0], place.target.endpoint)
        ours, theirs = branch.caller.state(), branch.callee.state()
        exchange.news.append(CallAnswered(self.id, route.trunk, place.target.endpoint, self.callee, self.trunk_call_id, ours, theirs, now))
        if self.admitted.max_seconds > 0 and not self.admitted.emergency:
            self.talk_timer = exchange.timers.at(now + self.admitted.max_seconds, self, "talk")
        self.sdp.answered()

    # -- within the call

    def other(self, leg: Leg) -> Leg:
        """The leg across; the leg itself where it is alone for now, since whoever sent it elsewhere has gone."""
        legs = self.legs
        assert legs is not None
        return legs[1 - leg.side] if len(legs) > 1 else leg

    def dialog_request(self, leg: Leg, tx: ServerTransaction, request: Request, now: float) -> None:
        """A request in an answered call passes to the other side."""
        assert self.legs is not None
        if request.method == "REFER":
            self.exchange.refer(self, leg, tx, request, now)
            return
        target = self.other(leg)
        if target is leg:
            tx.respond(response_to(request, 491), now)
            return
        rack, invited = request.get("RAck"), leg.invited
        # Of a re-INVITE's provisional answer: its number over there is another (RFC 3262 7.2).
        extra: Headers = (("RAck", f"{rack.split(' ', 1)[0]} {invited.number} INVITE"),) if rack is not None and invited is not None else ()
        Relayed(self, leg.side, tx, target.dialog, target.account, target.trunk, leg.contact, self.legs).send(target.contact, extra, now)

    def early_request(self, branch: Branch, side: int, tx: ServerTransaction, request: Request, now: float) -> None:
        """A request in an early dialog: PRACK (RFC 3262), UPDATE (3311), INFO."""
        caller = self.caller
        if caller is None or request.method == "INVITE":
            tx.respond(response_to(request, 491 if caller is not None else 481), now)
            return
        if not branch.facing(side).in_order(request.cseq.number):
            tx.respond(response_to(request, 500), now)
            return
        place = next((found for found in self.places if found.dialog.call_id == branch.callee.call_id), None)
        if place is None:
            tx.respond(response_to(request, 481), now)
            return
        extra: list[tuple[str, str]] = []
        rack = request.get("RAck")
        if rack is not None:
            # "rseq cseq method": the number of the INVITE is the other leg's (RFC 3262 7.2).
            extra.append(("RAck", f"{rack.split(' ', 1)[0]} {place.dialog.local_cseq} INVITE"))
        ours, theirs = (place.contact, caller.contact) if side == 0 else (caller.contact, place.contact)
        account = place.account if side == 0 else None
        trunk = place.trunk if side == 0 else caller.trunk
        Relayed(self, side, tx, branch.facing(1 - side), account, trunk, theirs, None).send(ours, extra, now)

    # -- endings

    def on_bye(self, leg: Leg, reasons: list[str], now: float) -> None:
        """One side hung up; it has its 200 already."""
        if self.transfer is not None and self.transfer.parted(leg, now):
            return
        self._finish(200, "normal", _SIDES[leg.side], now)
        self._part(", ".join(reasons), now, gone=leg)

    def lost(self, side: int, now: float) -> None:
        """One side answers no more, or denies the dialog."""
        if self.legs is not None:
            self.end("timeout", _SIDES[side], "", now)

    def caller_gave_up(self, cause: str, reasons: Headers | tuple[str, ...] | list[str], now: float, status: int = 487) -> None:
        """CANCEL, a BYE before the answer, or a caller who cannot be reached or answers a reliable response no more (504)."""
        caller = self.caller
        if caller is None or self.over:
            return
        reason = next((text for text in reasons if isinstance(text, str)), "")
        self._let_places_go(reason, now)
        caller.fail(487, "Request Terminated", (), now)
        self._finish(status, cause, "caller", now)

    def end(self, cause: str, ended_by: str, reason: str, now: float) -> None:
        """End it from our side, answered or not. `reason`: a Reason header in place of the cause's own."""
        if self.over:
            return
        status, phrase, own = ENDINGS.get(cause, ENDED)
        if self.legs is None:
            self._let_places_go(reason or own, now)
            if self.caller is not None:
                self.caller.fail(status, phrase, (), now)
            self._finish(status, cause, ended_by, now)
        else:
            self._finish(200, cause, ended_by, now)
            self._part(reason or own, now)

    def _fail(self, failure: Fail, now: float, by_server: bool = False) -> None:
        """The search is over without an answer."""
        status, reason = seen_by_caller(failure, self.trunk is not None)
        headers = failure.headers if status == failure.status else ()
        self._let_places_go("", now)
        if self.caller is not None:
            self.caller.fail(status, reason, headers, now)
        self._finish(status, cause_of(status), "server" if by_server or failure.status <= 0 else "callee", now)

    def abandon(self) -> None:
        """The batch that began it was never recorded: nothing of it has left us, and nothing is to be told."""
        for place in self.places:
            place.drop()
        self.places = []
        self._finish_quietly()

    def unasked(self, now: float) -> None:
        """The batch that led it on was never recorded: whom it was to ring was never asked, and it ends."""
        for place in self.places:
            place.drop()
        self.places = []
        self.end("refused", "server", "", now)

    def _let_places_go(self, reason: str, now: float) -> None:
        for place in self.places:
            place.let_go(reason, now)
        self.places = []

    def _part(self, reason: str, now: float, gone: Leg | None = None) -> None:
        """BYE to both legs, or to the one across from the leg that is gone."""
        legs, self.legs = self.legs, None
        if legs is not None:
            for leg in legs:
                if leg is not gone:
                    leg.end(reason, now)

    def _finish(self, status: int, cause: str, ended_by: str, now: float) -> None:
        """The one CallEnded."""
        counters = self.sdp.counted()
        self.exchange.news.append(
            CallEnded(
                self.id,
                status,
                cause,
                ended_by,
                self.trunk,
                self.trunk_call_id,
                self.callee,
                counters,
                now,
            )
        )
        self._finish_quietly()
        if self.transfer is not None:
            self.transfer.stop(now)
        if self.linked:
            linked, self.linked = self.linked, ()
            for other in linked:
                other.end(cause, ended_by, "", now)

    def _finish_quietly(self) -> None:
        exchange = self.exchange
        self.over = True
        self._stop_timers()
        self.sdp.close()
        exchange.calls.pop(self.id, None)
        exchange.waiting.pop(self.id, None)
        if self.call_ids:
            exchange.emergencies.difference_update(self.call_ids)
        self.caller = None
        self.try_ = None

    def _stop_timers(self) -> None:
        timers = self.exchange.timers
        if self.silent_timer is not None:
            timers.cancel(self.silent_timer)
        if self.ring_timer is not None:
            timers.cancel(self.ring_timer)
        if self.talk_timer is not None:
            timers.cancel(self.talk_timer)
        self.silent_timer = self.ring_timer = self.talk_timer = None


class _Late:
    """Takes the ACK of a caller who made no offer to the callee that did (RFC 3261 13.2.1)."""

    __slots__ = ("branch", "call", "place")

    def __init__(self, call: Call, place: CalleeLeg, branch: Branch) -> None:
        self.call = call
        self.place = place
        self.branch = branch

    def __call__(self, body: bytes, headers: Headers, now: float) -> None:
        self.place.acknowledge(self.branch.callee, self.call.sdp.passed_body(body, headers, 0), headers, now)
