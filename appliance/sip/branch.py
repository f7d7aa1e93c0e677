"""Two dialogs that belong together: what the caller sees of one place that rings, and that place itself.

Each place that answers with a tag of its own (a fork of ours, or one made beyond a trunk) is a branch, and the caller is
shown it as a dialog of its own, as a forking proxy would show it (RFC 3261 12.1, 13.2.2.4). So early media, PRACK and
UPDATE of several ringing places never mix.
"""

from __future__ import annotations

from msgspec import Struct

from appliance.sip.dialog import MAX_ROUTES, Dialog
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import Message
from appliance.sip.nat import is_private, is_unreachable_name, target_flow
from appliance.sip.policy import Flow
from appliance.sip.uri import SipUri

MAX_BRANCHES = 16  # of one INVITE of ours: more places than that do not ring behind one trunk


class Branch(Struct, eq=False, gc=False):
    """Our dialogs with the two sides."""

    caller: Dialog
    callee: Dialog

    def facing(self, side: int) -> Dialog:
        """The dialog of side 0 (caller) or 1 (callee)."""
        return self.callee if side else self.caller


def learn_peer(dialog: Dialog, message: Message, flow: Flow, trunk: bool, reverse: bool) -> None:
    """Take route set and target from the message that makes the dialog; a response's route is read backwards (12.1)."""
    if message.get("Record-Route") is not None:
        routes = message.all("Record-Route")[:MAX_ROUTES]
        dialog.route_set = tuple(reversed(routes) if reverse else routes)
    refresh_target(dialog, message, flow, trunk)


def refresh_target(dialog: Dialog, message: Message, flow: Flow, trunk: bool) -> None:
    """The peer's Contact is where requests are addressed from now on (12.2.1.2); `flow` is where the message came from."""
    contact = message.get("Contact")
    if contact is not None:
        try:
            uri = message.contacts[0].uri
            host = SipUri.parse(uri).host
        except (RemoteProtocolError, IndexError):
            dialog.flow = flow
            return
        dialog.remote_target = uri
    else:
        uri, host = dialog.remote_target, ""
    if trunk and not dialog.natted and not (is_private(host) and not is_private(flow.host)) and not is_unreachable_name(host):
        dialog.aim(flow, follow=True)
    else:
        # RFC 3261 12.2.1.1 would follow the route; a phone is reached where it was heard.
        dialog.flow = target_flow(uri, flow, dialog.natted or bool(dialog.route_set))
