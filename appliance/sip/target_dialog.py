"""A REFER outside of any dialog that names the call it is about (RFC 4538): a phone, or a program beside it, has a call sent elsewhere.

Law of this file: only whoever proves to be the endpoint of the named side is heard; then it is a transfer like any other (`transfer`),
but for the news of it, which goes in the dialog that this REFER makes.
"""

from __future__ import annotations

from appliance.sip.branch import learn_peer
from appliance.sip.dialog import Dialog
from appliance.sip.leg import Leg
from appliance.sip.message import Request
from appliance.sip.nat import is_natted
from appliance.sip.policy import Flow
from appliance.sip.reception import auth_user
from appliance.sip.take_over import named
from appliance.sip.transaction import ServerTransaction
from appliance.sip.transfer import refer
from appliance.sip.uri import SipUri
from appliance.sip.who import Who

TARGET_TAGS = ("local-tag", "remote-tag")


def refer_to(who: Who, tx: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
    """Act on it: 403 where it comes from a trunk, a disabled endpoint or about somebody else's call, 481 where it names no call of ours,
    491 where nobody has answered yet; else as `refer` answers."""
    exchange = who.exchange
    policy, source = exchange.policy, SipUri.parse(request.from_.uri)
    if policy.trunk_of(flow, source.number, auth_user(request)) is not None:
        tx.reply(403, now)
        return
    known = who.endpoint(tx, request, flow, policy.realm(source.host, source.number), now)
    if known is None:
        return
    found = named(exchange, request.get("Target-Dialog") or "", TARGET_TAGS)
    call = found.call if isinstance(found, Leg) else None
    if found is not None and not isinstance(found, Leg):
        tx.reply(491, now)
    elif not isinstance(found, Leg) or call is None:
        tx.reply(481, now)
    elif known[0].disabled or call.endpoints[found.side] != known[0].endpoint:
        tx.reply(403, now)
    else:
        peer = request.from_
        dialog = Dialog(request.call_id, tx.to_tag, peer.tag, request.to.uri, peer.uri, flow, peer.uri)
        dialog.natted = is_natted(request, flow)
        dialog.remote_cseq = request.cseq.number
        learn_peer(dialog, request, flow, False, reverse=False)
        refer(call, found, tx, request, now, dialog)
