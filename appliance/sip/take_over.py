"""An INVITE with Replaces (RFC 3891): another phone of the same endpoint takes a call over, and the one that had it is let go.

Law of this file: the call stays the call that it was, with its record and its payer; one side of it changes hands.
"""

from __future__ import annotations

from urllib.parse import unquote

from appliance.sip.caller_leg import CallerLeg
from appliance.sip.exchange import Exchange
from appliance.sip.leg import Leg
from appliance.sip.nat import is_natted
from appliance.sip.policy import Flow
from appliance.sip.reoffer import Reoffer
from appliance.sip.sdp_answer import CONTENT, resumed
from appliance.sip.transaction import ServerTransaction

REPLACED = 'SIP;cause=200;text="Replaced"'


def named(exchange: Exchange, value: str, names: tuple[str, str] = ("to-tag", "from-tag")) -> object | None:
    """Whoever owns the dialog of ours that a Replaces names, or another header with tags of those `names`; either may be ours (phones disagree)."""
    call_id, *parameters = value.split(";")
    tags = {name.strip().lower(): tag.strip() for name, _, tag in (each.partition("=") for each in parameters)}
    for ours in (tags.get(names[0], ""), tags.get(names[1], "")):
        found = exchange.owners.get(ours)
        if isinstance(found, Leg) and found.dialog.call_id == call_id.strip():
            return found
        if isinstance(found, CallerLeg) and found.request.call_id == call_id.strip():
            return found
    return None


def named_in_uri(exchange: Exchange, headers: str) -> object | None:
    """The same of the header part of a Refer-To's URI."""
    value = next((part.partition("=")[2] for part in headers.split("&") if part.lower().startswith("replaces=")), "")
    return named(exchange, unquote(value))


def take_over(exchange: Exchange, tx: ServerTransaction, flow: Flow, endpoint: int | None, now: float) -> None:
    """Put the caller in the place of the leg that its Replaces names: 481 where there is none, 603 where it is another's."""
    request = tx.request
    value = request.get("Replaces") or ""
    found = named(exchange, value)
    call = found.call if isinstance(found, Leg) else None
    if not isinstance(found, Leg) or call is None:
        tx.reply(481, now)
        return
    if endpoint is None or call.endpoints[found.side] != endpoint:
        tx.reply(603, now)
        return
    if "early-only" in value.lower():
        tx.reply(486, now)
        return
    other = call.other(found)
    if other is found or call.transfer is not None or other.inviting or other.invited is not None:
        tx.reply(491, now)
        return
    if not request.body:
        tx.reply(488, now)
        return
    _Taking(exchange, tx, flow, found).ask(now)


class _Taking:
    """The far side is told of the new phone first; then the new phone has its answer, and the old one its BYE."""

    __slots__ = ("before", "caller", "leg")

    def __init__(self, exchange: Exchange, tx: ServerTransaction, flow: Flow, leg: Leg) -> None:
        self.leg = leg
        self.caller = CallerLeg(exchange, tx, flow, False, is_natted(tx.request, flow), "")
        self.before = b""

    def ask(self, now: float) -> None:
        """Offer the new phone's description to the far side."""
        leg, caller, call = self.leg, self.caller, self.leg.call
        assert call is not None
        caller.exchange.trace.join(call.id, caller.request.call_id)
        caller.trying(now)
        self.before = call.sdp.said[leg.side]
        call.sdp.rejoin(leg.side, caller.flow, caller.natted, caller.request.body)
        Reoffer(call, call.other(leg), resumed(call.sdp.described(leg.side)), self.taken, self.refused).send(now)

    def taken(self, answer: bytes, now: float) -> None:
        """The far side has agreed."""
        leg, caller, call = self.leg, self.caller, self.leg.call
        if call is None or call.over:
            caller.fail(481, "Call Does Not Exist", (), now)
            return
        far = call.other(leg)
        dialog, session, contact = caller.dialog(), caller.session(), caller.contact
        tx, _ = caller.connect(200, "OK", answer, CONTENT, dialog.local_tag, now)
        new = Leg(caller.exchange, call, leg.side, dialog, None, False, contact)
        call.legs = (new, far) if leg.side == 0 else (far, new)
        new.await_ack(tx, None)
        new.watch(session, now)
        leg.end(REPLACED, now)

    def refused(self, now: float) -> None:
        """The far side wants no change: the call stays where it was."""
        call = self.leg.call
        self.caller.fail(488, "Not Acceptable Here", (), now)
        if call is not None and not call.over:
            call.sdp.rejoin(self.leg.side, self.leg.dialog.flow, self.leg.dialog.natted, self.before)
            call.sdp.described(self.leg.side)
