"""The caller's side of a call until it is answered: our answers to the INVITE (RFC 3261 13.3).

Law of this file: one final answer, and it is given once; after it the INVITE and everything read from it is let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.sip.assured import Assured
from appliance.sip.branch import Branch, learn_peer
from appliance.sip.dialog import MAX_FORWARDS, Dialog
from appliance.sip.exchange import METHODS, Exchange
from appliance.sip.leg_events import Headers, Try
from appliance.sip.message import Request, Response, response_to
from appliance.sip.passing import offering_prack, passing
from appliance.sip.policy import Flow
from appliance.sip.session_timer import Session, agreed_with_caller, granting
from appliance.sip.transaction import ServerTransaction

if TYPE_CHECKING:
    from appliance.sip.call import Call


class CallerLeg:
    """The UAS of an INVITE. `flow` is where it came from, `trunk` whether a trunk sent it, `user` our Contact's user part."""

    __slots__ = ("_session", "assured", "branches", "call", "contact", "exchange", "flow", "heads", "natted", "request", "tag", "trunk", "tx")

    def __init__(self, exchange: Exchange, tx: ServerTransaction, flow: Flow, trunk: bool, natted: bool, user: str) -> None:
        self.exchange = exchange
        self.tx: ServerTransaction | None = tx
        self.request: Request = tx.request
        self.flow = flow
        self.trunk = trunk
        self.natted = natted
        self.contact = exchange.addresses.contact(flow, user)
        self.tag = tx.to_tag
        self.heads: dict[str, tuple[tuple[str, str], ...]] = {}  # what each answer in a branch begins with, by its tag
        self.branches: dict[str, Branch] = {}
        self.assured: dict[str, Assured] | None = None  # by the tag of the branch, where PRACK is spoken
        self.call: Call | None = None
        self._session: Session | None = None
        tx.owner = self

    def remembered(self) -> Try:
        """What each route is tried with."""
        request = self.request
        forwards = request.max_forwards
        headers = passing(request)
        return Try(request.body, offering_prack(headers) if self.insists() else headers, MAX_FORWARDS if forwards is None else forwards)

    def dialog(self) -> Dialog:
        """A dialog for one more branch, with a tag of its own, found by it from now on."""
        request = self.request
        peer = request.from_
        tag = self.tag if not self.branches else self.exchange.tag()
        dialog = Dialog(request.call_id, tag, peer.tag, request.to.uri, peer.uri, self.flow, peer.uri)
        dialog.natted = self.natted
        dialog.remote_cseq = request.cseq.number
        learn_peer(dialog, request, self.flow, self.trunk, reverse=False)
        return dialog

    def add(self, branch: Branch) -> None:
        """Make the branch known to requests of the caller."""
        tag = branch.caller.local_tag
        self.branches[tag] = branch
        self.exchange.owners[tag] = self

    def owns(self, request: Request) -> bool:
        return request.call_id == self.request.call_id and request.from_.tag == self.request.from_.tag

    def trying(self, now: float) -> None:
        """100 at once, so that the caller stops repeating while we ask and wait."""
        if self.tx is not None:
            self.tx.respond(response_to(self.request, 100), now)

    def acknowledges(self) -> bool:
        """Whether the caller takes reliable provisional answers (RFC 3262)."""
        return "100rel" in self.request.options("Supported") or self.insists()

    def insists(self) -> bool:
        """Whether it takes no others."""
        return self.request.get("Require") is not None and "100rel" in self.request.options("Require")

    def ring(self, status: int, reason: str, body: bytes, headers: Headers, tag: str, now: float, theirs: int = 0) -> None:
        """A provisional answer in the dialog of `tag`; `theirs`: the number under which the callee sent it reliably, 0 where it did not.

        Who requires PRACK gets every answer so, who only can gets those so that are worth it: with a description.
        """
        tx = self.tx
        if tx is None:
            return
        if theirs or self.insists() or (body and self.acknowledges()):
            if not theirs and not self.request.body:
                # The callee's unreliable description is no offer (RFC 3261 13.2.1), and ours would be one.
                body, headers = b"", [pair for pair in headers if pair[0] != "Content-Type"]
            known = self.assured = self.assured or {}
            assured = known.get(tag)
            if assured is None:
                assured = known[tag] = Assured(self, tx)
            assured.send(self._answer(status, reason, body, headers, tag), theirs, now)
        else:
            tx.respond(self._answer(status, reason, body, headers, tag), now)

    def not_acknowledged(self, now: float) -> None:
        """A reliable answer was never acknowledged: the call is refused (RFC 3262 3)."""
        call = self.call
        self.fail(504, "Server Time-out", (), now)
        if call is not None:
            call.caller_gave_up("timeout", (), now, 504)

    def connect(self, status: int, reason: str, body: bytes, headers: Headers, tag: str, now: float) -> tuple[ServerTransaction, Assured | None]:
        """2xx. The transaction is handed over: it repeats the answer until its ACK comes. Beside it whoever holds the answer back
        until the caller's PRACK has come."""
        tx = self.tx
        assert tx is not None
        assured = self.assured.pop(tag, None) if self.assured is not None else None
        if assured is not None and body and body == assured.said:
            # What was answered reliably is not answered again (RFC 3262 5).
            body, headers = b"", [pair for pair in headers if pair[0] != "Content-Type"]
        response = self._answer(status, reason, body, headers, tag)
        if assured is not None and assured.hold(response):
            self._close(keep=tag)
            return tx, assured
        tx.respond(response, now)
        self._close(keep=tag)
        return tx, None

    def session(self) -> Session:
        """What is agreed on refreshing if the call is answered now."""
        if self._session is None:
            self._session = agreed_with_caller(self.request, self.exchange.settings.session_expires)
        return self._session

    def fail(self, status: int, reason: str, headers: Headers, now: float) -> None:
        """The final refusal."""
        tx = self.tx
        if tx is None:
            return
        response = response_to(self.request, status, reason, self.tag)
        response.headers.append(("Server", self.exchange.product))
        response.headers.extend(headers)
        tx.respond(response, now)
        self._close()

    def _answer(self, status: int, reason: str, body: bytes, headers: Headers, tag: str) -> Response:
        head = self.heads.get(tag)
        if head is None:
            copied = response_to(self.request, status, reason, tag).headers
            head = self.heads[tag] = (*copied, ("Contact", self.contact), ("Server", self.exchange.product))
        out = [*head, *headers]
        if status >= 200:
            if "Allow" not in dict(headers):
                out.append(("Allow", METHODS))
            out.append(("Supported", "replaces, tdialog"))
            out += granting(self.session())
        return Response(status, reason, out, body)

    def _close(self, keep: str = "") -> None:
        owners = self.exchange.owners
        for tag in self.branches:
            if tag != keep:
                owners.pop(tag, None)
        self.branches = {}
        self.heads = {}
        if self.assured is not None:
            for assured in self.assured.values():
                assured.stop()
            self.assured = None
        self.tx = None
        self.call = None

    # -- from the transaction

    def on_cancel(self, tx: ServerTransaction, cancel: Request, now: float) -> None:
        """CANCEL for our INVITE; its own 200 is the transaction layer's (RFC 3261 9.2)."""
        if self.call is not None and self.tx is not None:
            self.call.caller_gave_up("cancelled", cancel.all("Reason"), now)

    def on_no_ack(self, tx: ServerTransaction, now: float) -> None:
        """A refusal that nobody acknowledged: the caller is gone, and so is the call."""

    def on_transport_error(self, tx: ServerTransaction, now: float) -> None:
        """The caller cannot be reached any more."""
        if self.call is not None and self.tx is not None:
            self.call.caller_gave_up("timeout", (), now)

    def on_request(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """A request of the caller in an early dialog: PRACK, UPDATE, INFO; BYE counts as giving up (RFC 3261 15)."""
        call, branch = self.call, self.branches.get(request.to.tag)
        if call is None or branch is None:
            tx.respond(response_to(request, 481), now)
        elif request.method == "BYE":
            tx.respond(response_to(request, 200), now)
            call.caller_gave_up("cancelled", request.all("Reason"), now)
        elif request.method == "PRACK":
            self._on_prack(call, branch, tx, request, now)
        else:
            call.early_request(branch, 0, tx, request, now)

    def _on_prack(self, call: Call, branch: Branch, tx: ServerTransaction, request: Request, now: float) -> None:
        """RFC 3262 3: what the callee has numbered is acknowledged to it, what we have to us; all else is 481."""
        assured = self.assured.get(request.to.tag) if self.assured is not None else None
        if not branch.caller.in_order(request.cseq.number):
            tx.respond(response_to(request, 500), now)
        elif assured is None or (assured.theirs == 0 and not assured.answer(tx, request, now)):
            tx.respond(response_to(request, 481), now)
        elif assured.theirs and not tx.answered:
            theirs = assured.acknowledged(request, now)
            if theirs is None:
                tx.respond(response_to(request, 481), now)
                return
            request.set("RAck", f"{theirs} {request.cseq.number} INVITE")
            call.early_request(branch, 0, tx, request, now)
            assured.proceed(now)

    def on_ack(self, request: Request, now: float) -> None:
        """No 2xx has been sent in an early dialog, so its ACK is a stray."""
