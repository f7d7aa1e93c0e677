"""A request within the call on its way from one leg to the other, and its answer on the way back.

re-INVITE, UPDATE, PRACK, INFO, MESSAGE, OPTIONS, REFER, NOTIFY and methods nobody has heard of all pass alike: each leg
has its own numbers, Contact and route (sip.md, Calls, "Within the call").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.sip.branch import refresh_target
from appliance.sip.challenge import Account, answered, with_credentials
from appliance.sip.dialog import MAX_FORWARDS, Dialog
from appliance.sip.leg_events import Headers
from appliance.sip.message import Request, Response, response_to
from appliance.sip.passing import passing, without_prack
from appliance.sip.session_timer import REFRESHING, granting, longer, renewing
from appliance.sip.transaction import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from appliance.sip.call import Call
    from appliance.sip.leg import Leg

#: These say anew where the peer is (RFC 3261 12.2, 3311, 3515, 6665).
TARGET_REFRESH = frozenset(("INVITE", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY"))
#: What a trunk answers about our credentials is not the other side's business.
_OURS_ALONE = frozenset((401, 402, 403, 407))


class Relayed:
    """One request under way. `side` is where it came from. `source` and `target` are the legs, None before the answer."""

    __slots__ = (
        "account",
        "ack",
        "ack_flow",
        "call",
        "client",
        "contact_back",
        "dialog",
        "method",
        "number",
        "offered",
        "side",
        "source",
        "target",
        "tried",
        "trunk",
        "turned",
        "tx",
    )

    def __init__(
        self,
        call: Call,
        side: int,
        tx: ServerTransaction,
        dialog: Dialog,
        account: Account | None,
        trunk: bool,
        contact_back: str,
        legs: tuple[Leg, ...] | None,
    ) -> None:
        self.call = call
        self.side = side
        self.tx = tx
        self.dialog = dialog
        self.account = account
        self.trunk = trunk
        self.contact_back = contact_back
        self.source: Leg | None = legs[side] if legs else None
        self.target: Leg | None = legs[1 - side] if legs else None
        self.method = tx.request.method
        self.offered = bool(tx.request.body)
        self.tried = self.turned = False
        self.number = 0
        self.client: ClientTransaction | None = None
        self.ack: bytes | None = None
        self.ack_flow = dialog.flow

    def send(self, contact: str, extra: Headers, now: float) -> None:
        """Make the other leg's request of ours and send it."""
        call, asked = self.call, self.tx.request
        forwards = asked.max_forwards
        request = self.dialog.request(self.method, MAX_FORWARDS if forwards is None else max(forwards - 1, 0))
        if self.method in TARGET_REFRESH:
            request.headers.append(("Contact", contact))
        request.headers.append(("User-Agent", call.exchange.product))
        request.headers.extend(without_prack(passing(asked)))
        request.headers.extend(extra)
        if self.method in REFRESHING and self.target is not None:
            request.headers.extend(renewing(self.target.session, call.exchange.settings.session_minimum))
        request.body = call.sdp.passed(asked, self.side)
        if self.method == "INVITE":
            self.tx.owner = self
            self._mark(True)
        self._send(request, now)

    def _send(self, request: Request, now: float) -> None:
        self.number = self.dialog.local_cseq
        self.client = self.call.exchange.layer.request(request, self.dialog.flow, now, self, self.dialog.natted)

    def _mark(self, under_way: bool) -> None:
        if self.source is not None and self.target is not None:
            self.source.invited = self if under_way else None
            self.target.inviting = under_way

    # -- the other side answers

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Pass it back; a repeated 2xx gets its ACK again."""
        status = response.status
        if status == 100 or tx is not self.client:
            return
        if status < 200:
            if self.method == "INVITE":
                self.tx.respond(self._back(response), now)
            return
        if self.ack is not None:
            self.call.exchange.layer.send(self.ack_flow, self.ack)
            return
        if status in (401, 407) and not self.tried:
            self.tried = True
            header = answered(self.account, response, tx.request, False)
            if header is not None:
                self.dialog.local_cseq += 1
                again = with_credentials(tx.request, header, self.dialog.local_cseq)
                self._send(again, now)
                return
        if status == 422 and (more := longer(tx.request, response, self.dialog.local_cseq + 1)) is not None:
            self.dialog.local_cseq += 1
            self._send(more, now)
            return
        if self.method == "INVITE":
            self._mark(False)
        if status < 300:
            self._accepted(tx, response, now)
        else:
            self._refused(response, now)

    def _accepted(self, tx: ClientTransaction, response: Response, now: float) -> None:
        if self.method in TARGET_REFRESH:
            refresh_target(self.dialog, response, tx.flow, self.trunk)
            if self.source is not None:
                self.source.refresh(self.tx, self.tx.request)
        if self.method in REFRESHING and self.source is not None and self.target is not None:
            if self.source.timer is not None:
                self.source.timer.heard(self.tx.request, now)
            if self.target.timer is not None:
                self.target.timer.heard(response, now)
        if self.method != "INVITE":
            self.tx.respond(self._back(response), now)
            return
        if self.call.over or self.source is None:
            # The call ended meanwhile: the peer gets its ACK (and has its BYE), the asker its 487.
            self._acknowledge(b"", ())
            self.tx.respond(response_to(self.tx.request, 487), now)
            return
        if self.offered:
            self._acknowledge(b"", ())
        self.tx.respond(self._back(response), now)
        self.source.await_ack(self.tx, None if self.offered else self._late)

    def _late(self, body: bytes, headers: Headers, now: float) -> None:
        """The asker's ACK brings its answer to the other side's offer."""
        self._acknowledge(self.call.sdp.passed_body(body, headers, self.side), headers)

    def _acknowledge(self, body: bytes, headers: Headers) -> None:
        ack = self.dialog.request("ACK", cseq=self.number)
        ack.headers.extend(headers)
        ack.body = body
        self.ack_flow = self.dialog.flow
        self.ack = self.call.exchange.layer.send_ack(ack, self.dialog.flow)

    def _refused(self, response: Response, now: float) -> None:
        status = response.status
        if self.trunk and status in _OURS_ALONE:
            self.tx.respond(response_to(self.tx.request, 503), now)
        else:
            self.tx.respond(self._back(response), now)
        if status == 481 and self.method != "PRACK":
            # RFC 3261 12.2.1.2: that side knows nothing of the call any more.
            self.call.lost(1 - self.side, now)

    def _back(self, response: Response) -> Response:
        """The answer as the asker's own leg has it."""
        back = response_to(self.tx.request, response.status, response.reason, self.tx.to_tag)
        out = back.headers
        if self.method in TARGET_REFRESH and response.status < 300:
            out.append(("Contact", self.contact_back))
        out.append(("Server", self.call.exchange.product))
        out.extend(passing(response))
        if self.method in REFRESHING and 200 <= response.status < 300 and self.source is not None:
            out.extend(granting(self.source.session))
        rseq = response.get("RSeq")
        if rseq is not None and response.status < 200:
            out.append(("RSeq", rseq))
        back.body = self.call.sdp.passed(response, 1 - self.side)
        return back

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """Nobody answers any more (12.2.1.2: as 408, which ends the dialog)."""
        if self.method == "INVITE":
            self._mark(False)
        self.tx.respond(response_to(self.tx.request, 408), now)
        self.call.lost(1 - self.side, now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """It cannot be delivered, unless the peer has another connection by now."""
        if not self.turned and self.target is not None and self.target.turn():
            self.turned = True
            self._send(tx.request.copy(), now)
            return
        if self.method == "INVITE":
            self._mark(False)
        self.tx.respond(response_to(self.tx.request, 503), now)

    def give_up(self, now: float) -> None:
        """The call is over (RFC 3261 15.1.2): the asker gets 487, the other side a CANCEL if it has not answered."""
        self._mark(False)
        self.tx.respond(response_to(self.tx.request, 487), now)
        if self.client is not None:
            self.client.cancel(now)

    # -- the asker, of a re-INVITE

    def on_cancel(self, tx: ServerTransaction, cancel: Request, now: float) -> None:
        """Pass it on; what the other side then answers, 487 or 200, is the answer to both."""
        if self.client is not None:
            self.client.cancel(now, tuple(("Reason", reason) for reason in cancel.all("Reason")))

    def on_no_ack(self, tx: ServerTransaction, now: float) -> None:
        """A refused re-INVITE leaves the call as it was."""
