"""A dialog of ours with one peer (RFC 3261 12): the ids, the sequence numbers, and the way to the other side.

Early dialogs are dialogs too: what differs is who may send what in them, and that is a leg's affair.
"""

from __future__ import annotations

from msgspec import Struct

from appliance.sip.facts import DialogState
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import Request
from appliance.sip.policy import Flow
from appliance.sip.uri import SipUri

MAX_ROUTES = 20  # of a route set; more is nobody's honest network
MAX_FORWARDS = 70


class Dialog(Struct, eq=False, gc=False):
    """`local` and `remote` are the URIs of the two sides without brackets and tags; `flow` is where requests go, `remote_target` the
    URI they name (the peer's Contact; its `remote` where it gave none)."""

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    flow: Flow
    remote_target: str = ""
    local_cseq: int = 0
    route_set: tuple[str, ...] = ()
    natted: bool = False
    remote_cseq: int = -1  # RFC 3261 12.1.2: empty until the peer's first request

    def request(self, method: str, max_forwards: int = MAX_FORWARDS, cseq: int | None = None) -> Request:
        """A request within the dialog (12.2.1.1), numbered on; ACK takes the number of its INVITE and CANCEL none here."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        headers = [
            ("Max-Forwards", str(max_forwards)),
            ("From", f"<{self.local}>;tag={self.local_tag}"),
            ("To", f"<{self.remote}>;tag={self.remote_tag}" if self.remote_tag else f"<{self.remote}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
        uri = self.remote_target
        routes = self.route_set
        if routes:
            if ";lr" not in routes[0].lower():
                # 12.2.1.1: a strict router takes the Request-URI's place, and the target goes to the end of the route.
                uri = _bare(routes[0])
                routes = (*routes[1:], f"<{self.remote_target}>")
            headers += [("Route", route) for route in routes]
        return Request(method, uri, headers)

    def in_order(self, number: int) -> bool:
        """Take note of the peer's CSeq; False where it is lower than one seen before (12.2.2: 500)."""
        if number < self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def aim(self, flow: Flow, follow: bool) -> None:
        """Where requests go: back along `flow`, or, where the peer's word may be followed, to the next hop it names.

        Only addresses are followed, never names: a look-up inside a dialog would have to wait.
        """
        self.flow = flow
        if not follow or flow.transport != "udp":
            return
        hop = _bare(self.route_set[0]) if self.route_set else self.remote_target
        try:
            uri = SipUri.parse(hop)
        except RemoteProtocolError:
            return
        if uri.scheme == "sip" and is_address(uri.host):
            self.flow = Flow("udp", flow.listener, uri.host, uri.port or 5060, 0)

    def state(self) -> DialogState:
        """What the record keeper stores, so that BYE can be said after a crash."""
        return DialogState(
            self.call_id,
            self.local_tag,
            self.remote_tag,
            self.local,
            self.remote,
            self.remote_target,
            self.local_cseq,
            self.route_set,
            self.flow,
        )


def from_state(state: DialogState) -> Dialog:
    """The other way."""
    return Dialog(
        state.call_id,
        state.local_tag,
        state.remote_tag,
        state.local_uri,
        state.remote_uri,
        state.flow,
        state.remote_target,
        state.local_cseq,
        tuple(state.route_set),
    )


def is_address(host: str) -> bool:
    """Whether this is an address and not a name, by its look alone."""
    if ":" in host:
        return True
    last = host.rpartition(".")[2]
    return last.isdigit()


def _bare(value: str) -> str:
    """The URI of a name-addr without the angle brackets."""
    start = value.find("<")
    if start < 0:
        return value
    return value[start + 1 : value.find(">", start)]
