"""Transfers (RFC 3515, 5589): a phone sends whom it speaks with to somebody else, with or without having asked there first.

Law of this file: whoever transfers goes on paying. So the transfer is made here and never passed on: the call that is left
behind lives on without its transferor, beside the one that leads on; when one of them ends, so does the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from appliance.sip.branch import Branch
from appliance.sip.call import Call
from appliance.sip.caller_leg import CallerLeg
from appliance.sip.dialog import MAX_FORWARDS, Dialog
from appliance.sip.facts import CallAnswered
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.headers import NameAddr
from appliance.sip.leg import Leg
from appliance.sip.leg_events import Connect, Headers, Ring, Try
from appliance.sip.message import Request, Response, response_to
from appliance.sip.policy import Admitted, CallRequest, Refused
from appliance.sip.reoffer import Reoffer
from appliance.sip.sdp_answer import CONTENT, resumed
from appliance.sip.take_over import named_in_uri
from appliance.sip.transaction import ClientTransaction, ServerTransaction
from appliance.sip.uri import SipUri

if TYPE_CHECKING:
    from appliance.sip.callee_leg import CalleeLeg

TRANSFERRED = 'SIP;cause=200;text="Transferred"'


class Transfer:
    """One REFER of a phone and the subscription that it makes (RFC 3515 2.4.4). `leg` is the phone that asks, `dialog` where it is told."""

    __slots__ = ("call", "dialog", "leg", "onward", "silent", "stopped", "told")

    def __init__(self, call: Call, leg: Leg, silent: bool, dialog: Dialog) -> None:
        self.call = call
        self.leg = leg
        self.dialog = dialog
        self.silent = silent  # RFC 4488: no news wanted
        self.onward: Call | None = None
        self.stopped = False  # the call ends by itself
        self.told = 0

    # -- news for whoever asked

    def tell(self, status: int, reason: str, now: float, last: bool = False) -> None:
        """A NOTIFY with what became of it so far; an old piece of news is not told twice."""
        leg, dialog = self.leg, self.dialog
        gone = dialog is leg.dialog and (leg.ending is not None or leg.call is None)
        if self.silent or gone or (status == self.told and not last):
            return
        self.told = status
        request = dialog.request("NOTIFY")
        state = "terminated;reason=noresource" if last else "active;expires=180"
        request.headers += [
            ("Contact", leg.contact), ("Event", "refer"), ("Subscription-State", state), ("Content-Type", "message/sipfrag;version=2.0"),
        ]  # fmt: skip
        request.body = f"SIP/2.0 {status} {reason}\r\n".encode()
        leg.exchange.layer.request(request, dialog.flow, now, self)

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Whether the news was welcome changes nothing."""

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """The dialog's own watch finds out whether the phone is gone."""

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """As above."""

    # -- what becomes of it

    def failed(self, status: int, reason: str, now: float) -> None:
        """It led nowhere: the phone has its call back, or, if it has hung up meanwhile, the call is over."""
        self.tell(status, reason, now, last=True)
        call = self.call
        if call.transfer is self:
            call.transfer = None
        if self.leg.call is None and not self.stopped and not call.over:
            call.end("normal", "caller" if self.leg.side == 0 else "callee", "", now)

    def parted(self, leg: Leg, now: float) -> bool:
        """One side of the call hung up meanwhile; whether the call goes on without it."""
        if leg is self.leg and self.onward is not None and not self.onward.over:
            self.call.legs = (self.call.other(leg),)
            return True
        self.stop(now)
        return False

    def stop(self, now: float) -> None:
        """The call is over: nobody is left to be sent anywhere."""
        self.call.transfer = None
        self.stopped = True
        onward, self.onward = self.onward, None
        if onward is not None and not onward.over and onward.legs is None:
            onward.caller_gave_up("cancelled", (), now)


class _Sent(CallerLeg):
    """Stands where the onward call has its caller: whoever is being sent, who hears nothing until somebody answers."""

    __slots__ = ("offer", "transfer")

    def __init__(self, transfer: Transfer, other: Leg, call_id: str, offer: bytes) -> None:
        exchange = other.exchange
        self.exchange = exchange
        self.transfer = transfer
        self.offer = offer
        self.tx = None
        self.flow = other.dialog.flow
        self.trunk = other.trunk
        self.natted = other.dialog.natted
        self.contact = other.contact
        self.tag = exchange.tag()
        self.branches = {}
        self.call = None
        self.request = Request("INVITE", other.dialog.remote_target, [("Call-ID", call_id)], offer)

    def remembered(self) -> Try:
        return Try(self.offer, list(CONTENT), MAX_FORWARDS)

    def dialog(self) -> Dialog:
        return Dialog(self.request.call_id, self.exchange.tag(), "", "", "", self.flow)

    def add(self, branch: Branch) -> None:
        """Nobody asks in it."""

    def ring(self, status: int, reason: str, body: bytes, headers: Headers, tag: str, now: float, theirs: int = 0) -> None:
        self.transfer.tell(status, reason, now)

    def fail(self, status: int, reason: str, headers: Headers, now: float) -> None:
        self.transfer.failed(status, reason, now)


class Onward(Call):
    """The call that leads on. Its caller's side is the leg that was sent, once somebody has answered."""

    __slots__ = ("other_leg", "transfer_of")

    def __init__(self, transfer: Transfer, other: Leg, caller: _Sent, admitted: Admitted, dialled: str, now: float) -> None:
        self.transfer_of = transfer
        self.other_leg = other
        super().__init__(other.exchange, caller, admitted, dialled, now)

    def ringing(self, place: CalleeLeg, branch: Branch, event: Ring, now: float) -> None:
        """Told to whoever asked; early media has nobody to hear it."""
        super().ringing(place, branch, replace(event, body=b""), now)
        self.sdp_passed = False

    def early_request(self, branch: Branch, side: int, tx: ServerTransaction, request: Request, now: float) -> None:
        """Whoever is sent is not joined yet (RFC 3311 5.1: later)."""
        tx.respond(response_to(request, 491, None, tx.to_tag), now)

    def connected(self, place: CalleeLeg, branch: Branch, event: Connect, now: float) -> None:
        """Somebody took the call: the two are joined."""
        exchange, transfer, other = self.exchange, self.transfer_of, self.other_leg
        self._stop_timers()
        for rung in self.places:
            if rung is not place:
                rung.let_go("", now)
        self.places = []
        route = self.admitted.routes[self.position]
        self.trunk_call_id = branch.callee.call_id
        flow = place.flow
        self.callee = f"{flow.host}:{flow.port}/{flow.transport}"
        place.acknowledge(branch.callee, b"", (), now)
        body = resumed(self.sdp.passed_body(event.body, event.headers, 1))
        there = Leg(exchange, self, 1, branch.callee, place.account, route.trunk is not None, place.contact)
        there.watch(place.session, now)
        transfer.tell(200, "OK", now, last=True)
        exchange.news.append(
            CallAnswered(
                self.id,
                route.trunk,
                place.target.endpoint,
                self.callee,
                self.trunk_call_id,
                other.dialog.state(),
                branch.callee.state(),
                now,
            )
        )
        self.caller = None
        self.try_ = None
        self.endpoints = (transfer.call.endpoints[other.side], place.target.endpoint)
        left = transfer.call
        left.transfer = None
        leave(left, transfer.leg, now)
        other.side, other.call = 0, self
        self.legs = (other, there)
        link(left, self)
        self.sdp.answered()
        Reoffer(self, other, body).send(now)

    def abandon(self) -> None:
        """The batch that began it was never recorded."""
        self.transfer_of.call.transfer = None
        super().abandon()


def refer(call: Call, leg: Leg, tx: ServerTransaction, request: Request, now: float, dialog: Dialog | None = None) -> None:
    """A REFER in an answered call, or about it in a `dialog` of its own. Only a phone of ours may ask, and only for itself to pay."""
    endpoint = call.endpoints[leg.side]
    other = call.other(leg)
    if endpoint is None or other is leg or call.admitted.emergency:
        tx.reply(603, now)
        return
    try:
        target = SipUri.parse(NameAddr.parse(request.get("Refer-To") or "").uri)
    except RemoteProtocolError:
        tx.reply(400, now)
        return
    method = (target.params.get("method") or "INVITE").upper()
    if method != "INVITE" or not target.user or call.exchange.policy.is_emergency(target.number, endpoint):
        tx.reply(603, now)
        return
    if call.transfer is not None or other.inviting or other.invited is not None:
        tx.reply(491, now)
        return
    silent = (request.get("Refer-Sub") or "").strip().lower() == "false"
    transfer = Transfer(call, leg, silent, dialog or leg.dialog)
    replaced = _replaced(call, leg, target.headers)
    if dialog is None:
        leg.refresh(tx, request)
    tx.reply(202, now, None, (("Contact", leg.contact), *((("Refer-Sub", "false"),) if silent else ())))
    if isinstance(replaced, Leg):
        transfer.tell(200, "OK", now, last=True)
        _join(call, leg, replaced, now)
    elif replaced is not None and replaced.endpoints[0] == endpoint:
        # Asked for while it still rings there: the ringing is begun anew, for whoever is sent.
        number = replaced.dialled
        replaced.end("normal", "caller", "", now)
        _send(transfer, tx, other, endpoint, number, now)
    elif "replaces=" in target.headers.lower():
        transfer.tell(481, "Call Does Not Exist", now, last=True)
    else:
        _send(transfer, tx, other, endpoint, target.number, now)


def _replaced(call: Call, leg: Leg, headers: str) -> Leg | Call | None:
    """The asker's leg of another call that the URI names (RFC 3891), or that call where it still rings."""
    found = named_in_uri(leg.exchange, headers)
    if isinstance(found, CallerLeg):
        return found.call
    there = found.call if isinstance(found, Leg) else None
    if not isinstance(found, Leg) or there is None or there is call or there.admitted.emergency or there.transfer is not None:
        return None
    same = there.endpoints[found.side] == call.endpoints[leg.side]
    return found if same and there.other(found) is not found else None


def _send(transfer: Transfer, tx: ServerTransaction, other: Leg, endpoint: int, number: str, now: float) -> None:
    """Without having asked there: a call of the asker's own, for whoever is sent."""
    exchange, call, leg = other.exchange, transfer.call, transfer.leg
    call_id = exchange.call_id()
    flow = leg.dialog.flow
    asker = SipUri.parse(leg.dialog.remote).number
    asked = CallRequest(call_id, number, asker, "", False, flow, "", endpoint)
    answer = exchange.policy.admit(asked, now)
    if isinstance(answer, Refused):
        transfer.tell(answer.status, answer.reason, now, last=True)
        return
    transfer.tell(100, "Trying", now)
    call.transfer = transfer
    onward = Onward(transfer, other, _Sent(transfer, other, call_id, resumed(call.sdp.said[other.side])), answer, number, now)
    transfer.onward = onward
    exchange.begun(tx, onward)
    onward.start(now)


def _join(call: Call, leg: Leg, replaced: Leg, now: float) -> None:
    """Having asked there: the two that the asker speaks with are joined in the second call, and he leaves both."""
    there = replaced.call
    assert there is not None
    far, other = there.other(replaced), call.other(leg)
    side = replaced.side
    said = call.sdp.said[other.side]
    endpoint = call.endpoints[other.side]
    leave(call, leg, now)
    other.side, other.call = side, there
    there.legs = (other, far) if side == 0 else (far, other)
    there.endpoints = (endpoint, there.endpoints[1]) if side == 0 else (there.endpoints[0], endpoint)
    replaced.call = None
    replaced.end(TRANSFERRED, now)
    link(call, there)
    there.sdp.rejoin(side, other.dialog.flow, other.dialog.natted, said)
    far_offer = resumed(there.sdp.described(far.side))

    def resume(answer: bytes, when: float) -> None:
        if not there.over and answer:
            Reoffer(there, far, resumed(answer)).send(when)

    Reoffer(there, other, far_offer, resume).send(now)


def leave(call: Call, leg: Leg, now: float) -> None:
    """The call goes on without the leg that asked, and without sound of its own."""
    call.legs = ()
    call.sdp.leave()
    if leg.call is not None:
        leg.end(TRANSFERRED, now)


def link(one: Call, other: Call) -> None:
    """When any of these calls ends, so do all others."""
    group = {one, other, *one.linked, *other.linked}
    for each in group:
        each.linked = tuple(group - {each})
