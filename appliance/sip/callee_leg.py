"""One place being rung: our INVITE to a binding or a trunk, until it is answered or given up (RFC 3261 13.2).

Law of this file: it ends in one event to the call, unless the call let it go before; what still arrives then (a 200 that
crossed our CANCEL, the 200 of another fork) is acknowledged and said BYE to. It owns its INVITE's transaction and dies with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from appliance.sip.branch import MAX_BRANCHES, Branch, learn_peer
from appliance.sip.challenge import Account, answered, with_credentials
from appliance.sip.dialog import Dialog
from appliance.sip.exchange import Exchange
from appliance.sip.farewell import say_bye
from appliance.sip.grammar import RemoteProtocolError, parse_number, quote
from appliance.sip.hunt import SILENT, UNREACHABLE
from appliance.sip.invitation import Invitation
from appliance.sip.leg_events import Connect, Fail, Headers, Ring
from appliance.sip.locate import Place
from appliance.sip.message import Request, Response, response_to
from appliance.sip.nat import listening_flow
from appliance.sip.passing import offering_prack, passing, without_prack
from appliance.sip.pidf import enclosed
from appliance.sip.policy import Flow, Target
from appliance.sip.session_timer import UNWATCHED, Session, agreed_with_callee, longer
from appliance.sip.transaction import ClientTransaction, ServerTransaction
from appliance.sip.uri import SipUri

if TYPE_CHECKING:
    from appliance.sip.call import Call

MAX_CHALLENGES = 2  # of one INVITE: the first, and one more where the nonce was stale


class CalleeLeg(Struct, eq=False):
    """`call` is None once the call has let it go; `others`: further ways to try, each where the one before fails."""

    exchange: Exchange
    call: Call | None
    target: Target
    dialog: Dialog
    account: Account | None
    trunk: bool
    contact: str
    made: Invitation | None
    others: list[Flow]
    branches: dict[str, Branch] = {}
    acks: dict[str, bytes | None] = {}
    challenges: int = 0
    heard: bool = False
    pracked: dict[str, int] | None = None  # the newest RSeq that we have acknowledged ourselves, by the tag of the branch
    request: Request | None = None
    session: Session = UNWATCHED
    prepared: tuple[bytes, int] | None = None
    tx: ClientTransaction | None = None

    @classmethod
    def at(cls, exchange: Exchange, call: Call, target: Target, flow: Flow, account: Account | None, trunk: bool, made: Invitation) -> CalleeLeg:
        """One that is to be rung over `flow`, with a dialog of its own."""
        tag, call_id, number = exchange.tag(), exchange.call_id(), exchange.rng.getrandbits(16)
        dialog = Dialog(call_id, tag, "", made.local, made.remote, flow, target.uri, number, target.path)
        others = list(target.others)
        if target.flow is not None and flow.transport != "udp":
            listening = listening_flow(target.uri, flow, target.natted)
            if listening is not None and listening != flow:
                others.append(listening)
        return cls(exchange, call, target, dialog, account, trunk, made.contact, made, others)

    @property
    def flow(self) -> Flow:
        """Where the INVITE went."""
        return self.dialog.flow

    def prepare(self, body: bytes, max_forwards: int) -> None:
        """Have the INVITE ready until it is known where the name of the target leads."""
        self.prepared = (body, max_forwards)

    def located(self, places: list[Place], now: float) -> None:
        """The name led here; further places are tried where the first fails (RFC 3263 4.3)."""
        if self.call is None or self.prepared is None:
            return
        if not places:
            call = self.call
            self._forget()
            call.place_failed(self, Fail(UNREACHABLE, ""), now)
            return
        listener_for, ours = self.exchange.addresses.listener_for, {each.transport for each in self.exchange.addresses.listeners}
        places = [place for place in places if place.transport in ours] or places
        shown = self.target.certificate
        self.others = [Flow(place.transport, listener_for(place.transport, place.host), place.host, place.port, 0, shown) for place in places]
        self._aim(self.others.pop(0))
        body: bytes | None
        body, forwards = self.prepared
        if ":" in self.flow.host and self.prepared[0]:
            body = self.call.led_to(self)
        if body is None:
            call = self.call
            self._forget()
            call.place_failed(self, call.unheard(now), now)
            return
        self.invite(body, forwards, now)

    def _aim(self, flow: Flow) -> None:
        """Send there from now on; our Contact is what that side reaches us at."""
        before, self.dialog.flow = self.dialog.flow, flow
        if (before.listener, before.transport) == (flow.listener, flow.transport):
            return
        user, at, _ = self.contact[len("<sip:") :].partition("@")
        self.contact = self.exchange.addresses.contact(flow, user if at else "")
        if self.made is not None:
            self.made.headers[0] = ("Contact", self.contact)
        if self.request is not None:
            self.request.set("Contact", self.contact)

    def elsewhere(self, now: float) -> bool:
        """Try the same INVITE at the next place the name led to, nobody having answered here; False where there is none."""
        if self.request is None or self.call is None:
            return False
        flow, tx = self.dialog.flow, self.tx
        if self.target.flow is None:
            self.exchange.locator.avoid(Place(flow.transport, flow.host, flow.port), now)
        if not self._next_place(now):
            return False
        if tx is not None:
            tx.cancel(now)
        return True

    def _next_place(self, now: float) -> bool:
        if not self.others or self.request is None:
            return False
        self._aim(self.others.pop(0))
        self._send(self.request.copy(), now)
        return True

    def invite(self, body: bytes, max_forwards: int, now: float) -> None:
        """Send the INVITE."""
        made, call = self.made, self.call
        assert made is not None
        self.made = None
        request = self.dialog.request("INVITE", max_forwards)
        if made.display:
            request.headers[1] = ("From", f"{quote(made.display)} {request.headers[1][1]}")
        headers = made.headers
        if made.location:
            headers, body = enclosed(headers, body, made.location, self.exchange.tag())
        request.headers.extend(headers)
        request.body = body
        self._send(request, now)
        if call is not None:
            self.exchange.trace.join(call.id, self.dialog.call_id)

    def _send(self, request: Request, now: float) -> None:
        self.request = request
        self.exchange.owners[self.dialog.local_tag] = self
        self.tx = self.exchange.layer.request(request, self.dialog.flow, now, self, self.target.natted)

    def let_go(self, reason: str, now: float) -> None:
        """The call needs this place no more: CANCEL, with `reason` as its Reason header (RFC 3261 9.1, 3326)."""
        self._forget()
        if self.tx is not None:
            self.tx.cancel(now, (("Reason", reason),) if reason else ())

    def drop(self) -> None:
        """Forget the INVITE, which never left us."""
        self._forget()
        if self.tx is not None:
            self.tx.abandon()

    def _forget(self) -> None:
        self.call = None
        self.branches = {}
        self.request = None
        self.exchange.owners.pop(self.dialog.local_tag, None)

    def owns(self, request: Request) -> bool:
        return request.call_id == self.dialog.call_id

    # -- from the transaction

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Any response to our INVITE, repeated 2xx included."""
        status = response.status
        if 200 <= status < 300:
            self._on_success(response, now)
            return
        call = self.call
        if call is None or tx is not self.tx:
            return
        if not self.heard:
            self.heard = True
            call.heard(self, now)
        if status == 100:
            return
        if status < 200:
            branch = self._branch(response)
            if branch is not None:
                number, said = 0, response.get("RSeq")
                if said is not None:
                    number = parse_number(said, 2**32 - 1, "RSeq")
                    if call.caller is None or not call.caller.acknowledges():
                        if not self._acknowledged(branch, number, now):
                            return
                        number = 0
                headers = passing(response)
                if said is not None:
                    headers = without_prack(headers)  # the caller is asked anew, with a number of that side's own
                call.ringing(self, branch, Ring(status, response.reason, response.body, headers, branch.caller.local_tag, number), now)
        elif self._asked_again(response, now):
            return
        else:
            self._forget()
            headers = passing(response)
            if 300 <= status < 400 and not self.trunk:
                headers += _contact(response)
            call.place_failed(self, Fail(status, response.reason, headers), now)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """Timer B, or a cancelled INVITE that nobody ended: as 408 (RFC 3261 8.1.3.1)."""
        self._gone(tx, SILENT, now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """ICMP, or a connection that failed."""
        self._gone(tx, UNREACHABLE, now)

    def _gone(self, tx: ClientTransaction, status: int, now: float) -> None:
        call = self.call
        if call is not None and tx is self.tx and not self.elsewhere(now):
            self._forget()
            call.place_failed(self, Fail(status, ""), now)

    def _asked_again(self, response: Response, now: float) -> bool:
        """Whether the INVITE is worth another try at once, and has been sent."""
        status = response.status
        if status in (401, 407):
            return self._try_again(response, now)
        if status == 422:
            return self._longer(response, now)
        if status == 421:
            return self._with_prack(response, now)
        return status == 503 and self.target.flow is None and self._next_place(now)

    def _try_again(self, response: Response, now: float) -> bool:
        """Answer the trunk's challenge; False where we cannot, or our credentials were refused."""
        if self.account is None or self.request is None or self.challenges >= MAX_CHALLENGES:
            return False
        header = answered(self.account, response, self.request, self.challenges > 0)
        if header is None:
            return False
        self.challenges += 1
        self.dialog.local_cseq += 1
        self._send(with_credentials(self.request, header, self.dialog.local_cseq), now)
        return True

    def _longer(self, response: Response, now: float) -> bool:
        """Ask once more with the interval the other side wants at least (RFC 4028 7.3)."""
        again = longer(self.request, response, self.dialog.local_cseq + 1) if self.request is not None else None
        if again is None:
            return False
        self.dialog.local_cseq += 1
        self._send(again, now)
        return True

    def _with_prack(self, response: Response, now: float) -> bool:
        """Ask once more, ready to acknowledge its provisional answers ourselves (RFC 3261 21.4.16, 3262 4).

        Not where the caller made no offer: the callee's could come in such an answer, and only the caller knows what to say to it.
        """
        request = self.request
        if request is None or not request.body or "100rel" in request.options("Supported") or "100rel" not in response.options("Require"):
            return False
        again = request.copy()
        again.headers = offering_prack(again.headers)
        self.dialog.local_cseq += 1
        again.set("CSeq", f"{self.dialog.local_cseq} INVITE")
        self._send(again, now)
        return True

    def _acknowledged(self, branch: Branch, number: int, now: float) -> bool:
        """PRACK for a caller that cannot (RFC 3262 4); False where the response has come before."""
        told = self.pracked
        if told is None:
            told = self.pracked = {}
        before = told.get(branch.callee.remote_tag)
        if before is not None and number != before + 1:
            return False
        told[branch.callee.remote_tag] = number
        request = branch.callee.request("PRACK")
        request.headers.append(("RAck", f"{number} {self.dialog.local_cseq} INVITE"))
        self.exchange.layer.request(request, branch.callee.flow, now, _Prack(self.exchange, branch.callee, self.account))
        return True

    def _branch(self, response: Response) -> Branch | None:
        """The branch of the response's tag, made when it is first heard of."""
        tag = response.to.tag
        known = self.branches.get(tag)
        if known is not None:
            return known
        call = self.call
        caller = call.caller if call is not None else None
        if caller is None or len(self.branches) >= MAX_BRANCHES:
            return None
        made = Branch(caller.dialog(), self._callee_dialog(response))
        self.branches[tag] = made
        caller.add(made)
        return made

    def _callee_dialog(self, response: Response) -> Dialog:
        own = self.dialog
        dialog = Dialog(own.call_id, own.local_tag, response.to.tag, own.local, own.remote, own.flow, own.remote_target, own.local_cseq)
        dialog.natted = self.target.natted
        learn_peer(dialog, response, own.flow, self.trunk, reverse=True)
        return dialog

    def _on_success(self, response: Response, now: float) -> None:
        tag = response.to.tag
        if tag in self.acks:
            ack = self.acks[tag]
            if ack is not None:
                self.exchange.layer.send(self._flow_of(tag), ack)
            return
        call = self.call
        branch = self._branch(response)
        if call is None or branch is None:
            if len(self.acks) < MAX_BRANCHES:
                dialog = self._callee_dialog(response)
                self.acknowledge(dialog, b"", (), now)
                say_bye(self.exchange, dialog, self.account, 'SIP;cause=487;text="Request Terminated"', now)
            return
        self.acks[tag] = None
        if not self.heard:
            self.heard = True
            call.heard(self, now)
        self.exchange.owners.pop(self.dialog.local_tag, None)
        self.session = agreed_with_callee(response, self.exchange.settings.session_expires)
        self.call = None
        self.branches = {tag: branch}
        self.request = None
        call.connected(
            self,
            branch,
            Connect(
                response.status,
                response.reason,
                response.body,
                passing(response),
                branch.caller.local_tag,
            ),
            now,
        )

    def _flow_of(self, tag: str) -> Flow:
        branch = self.branches.get(tag)
        return branch.callee.flow if branch is not None else self.dialog.flow

    def acknowledge(self, dialog: Dialog, body: bytes, headers: Headers, now: float) -> None:
        """ACK the 2xx that made `dialog`; kept to answer repeated ones (RFC 3261 13.2.2.4)."""
        ack = dialog.request("ACK", cseq=self.dialog.local_cseq)
        ack.headers.extend(headers)
        ack.body = body
        self.acks[dialog.remote_tag] = self.exchange.layer.send_ack(ack, dialog.flow)

    # -- from the dialogs that are not confirmed yet

    def on_request(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """UPDATE, INFO and their like of the callee before it answered."""
        call, branch = self.call, self.branches.get(request.from_.tag)
        if call is None or branch is None or request.method == "BYE":
            tx.respond(response_to(request, 481), now)
        else:
            call.early_request(branch, 1, tx, request, now)

    def on_ack(self, request: Request, now: float) -> None:
        """We sent no 2xx here."""


class _Prack:
    """A PRACK of ours: nothing hangs on its answer, but a trunk may want credentials first."""

    __slots__ = ("account", "dialog", "exchange")

    def __init__(self, exchange: Exchange, dialog: Dialog, account: Account | None) -> None:
        self.exchange = exchange
        self.dialog = dialog
        self.account = account

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Once more, with credentials."""
        account, self.account = self.account, None
        header = answered(account, response, tx.request, False) if response.status in (401, 407) else None
        if header is not None:
            self.dialog.local_cseq += 1
            self.exchange.layer.request(with_credentials(tx.request, header, self.dialog.local_cseq), self.dialog.flow, now, self)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """The callee repeats what it has no PRACK for, or refuses."""

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """As above."""


def _contact(response: Response) -> list[tuple[str, str]]:
    """Whom a phone names in its 3xx (RFC 3261 21.3), by number alone: the way there is ours to choose."""
    try:
        return [("Contact", SipUri.parse(response.contacts[0].uri).number)]
    except (RemoteProtocolError, IndexError):
        return []
