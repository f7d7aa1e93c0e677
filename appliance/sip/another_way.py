"""Another connection to a peer whose own is gone in the middle of a dialog (RFC 3261 12.2.1.2, 18.1.1, RFC 5626 5.3).

Law of this file: requests go where a binding of the same endpoint is now, or to the peer's own host, and nowhere else.
"""

from __future__ import annotations

from appliance.sip.dialog import Dialog
from appliance.sip.exchange import Exchange
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.nat import listening_flow
from appliance.sip.policy import Binding
from appliance.sip.uri import SipUri


def turn(exchange: Exchange, dialog: Dialog, endpoint: int | None) -> bool:
    """Have the dialog's requests go another way; False where there is none, as for datagrams.

    `endpoint`: whose phone the peer is; None for trunks.
    """
    flow = dialog.flow
    if flow.transport == "udp":
        return False
    found = None if endpoint is None else _registered(exchange.policy.bindings(endpoint), dialog)
    other = found.flow if found is not None else listening_flow(dialog.remote_target, flow, dialog.natted)
    if other is None or other == flow:
        return False
    dialog.flow = other
    return True


def _registered(bindings: tuple[Binding, ...], dialog: Dialog) -> Binding | None:
    """The phone that the dialog is with, as it has registered since: by its contact, or as the only one there is."""
    left = [binding for binding in bindings if binding.flow != dialog.flow]
    for binding in sorted(left, key=lambda binding: -binding.refreshed):
        if _same(binding.contact, dialog.remote_target):
            return binding
    return left[0] if left and len(bindings) == 1 else None


def _same(one: str, other: str) -> bool:
    try:
        return SipUri.parse(one).same(SipUri.parse(other))
    except RemoteProtocolError:
        return False
