"""Server transactions (RFC 3261 17.2, 6026, 4320), and the resending of 2xx (13.3.1.4).

Law of this file: the tables are the RFC's figures 7 and 8 with the Accepted state of RFC 6026. What is not in a table
changes nothing. Actions run after the state has changed, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from appliance.sip.grammar import LocalProtocolError
from appliance.sip.message import Request, Response, response_to
from appliance.sip.policy import Flow
from appliance.sip.transaction_client import (
    ACCEPTED,
    COMPLETED,
    END,
    FINAL,
    GIVE_UP,
    PROCEEDING,
    PROVISIONAL,
    RETRY,
    SUCCESS,
    T1,
    T2,
    T4,
    TERMINATED,
    TRYING,
)
from appliance.sip.transaction_client import FAILURE as REFUSAL

if TYPE_CHECKING:
    from appliance.sip.timers import Timer
    from appliance.sip.transaction import TransactionLayer

TRYING_AFTER = 0.2  # seconds without an answer until 100 goes by itself (RFC 3261 17.2.1)

CONFIRMED = "confirmed"
REQUEST, ACK, ACKED = "request", "ack", "acked"  # events: a copy of the request; ACK of a refusal; of a 2xx


class ServerOwner(Protocol):
    """Who answers the request."""

    def on_cancel(self, transaction: ServerTransaction, cancel: Request, now: float) -> None:
        """The peer gives up this INVITE, which has no final response yet: answer it 487. CANCEL is answered already."""
        ...

    def on_no_ack(self, transaction: ServerTransaction, now: float) -> None:
        """64*T1 without ACK. After a 2xx (`status` says) the call must be ended with BYE (RFC 3261 13.3.1.4)."""
        ...


class ServerTransaction:
    """One request of a peer. `flow` is where it came from, `reply_flow` where answers go.

    `status`: the newest response sent, 0 before any. `to_tag`: the tag our responses carry. Set `owner` for INVITE.
    """

    __slots__ = (
        "_acknowledged",
        "_data",
        "_end",
        "_interval",
        "_layer",
        "_retry",
        "_table",
        "flow",
        "key",
        "merge_key",
        "owner",
        "reply_flow",
        "request",
        "state",
        "status",
        "to_tag",
    )

    def __init__(self, layer: TransactionLayer, request: Request, flow: Flow, reply_flow: Flow, key: str, to_tag: str) -> None:
        self._layer = layer
        self.request = request
        self.flow = flow
        self.reply_flow = reply_flow
        self.key = key
        self.merge_key: str | None = None
        self.owner: ServerOwner | None = None
        self.status = 0
        self.to_tag = to_tag
        invite = request.method == "INVITE"
        self.state = PROCEEDING if invite else TRYING
        self._table: Table = INVITE_TABLE if invite else OTHER_TABLE
        self._data = b""
        self._interval = T1
        self._retry: Timer | None = None
        self._end: Timer | None = None
        self._acknowledged = False

    @property
    def over(self) -> bool:
        """Whether nothing more will happen here."""
        return self.state is TERMINATED

    @property
    def answered(self) -> bool:
        """Whether a final response was given."""
        return self.status >= 200

    def respond(self, response: Response, now: float) -> None:
        """Send a response; copies of the request get it again, and finals of INVITE are resent until ACK.

        A 2xx to INVITE is resent too (RFC 3261 13.3.1.4): call `acked` when its ACK has come. After a final response
        further ones are dropped, but for more 2xx to INVITE. A 408 to what is no INVITE ends it in silence, and other
        provisional responses than 100 to it are our own fault (RFC 4320 4): LocalProtocolError.
        """
        status = response.status
        if self._table is INVITE_TABLE:
            event = PROVISIONAL if status < 200 else SUCCESS if status < 300 else REFUSAL
        elif status < 200:
            if status != 100:
                raise LocalProtocolError("No provisional response but 100 outside of INVITE")
            event = PROVISIONAL
        elif status == 408:
            self.abandon()
            return
        else:
            event = FINAL
        if (self.state, event) in self._table:
            self._data = response.encode()
            self.status = status
            self._fire(event, now)

    def reply(
        self,
        status: int,
        now: float,
        reason: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Response:
        """Make a response to the request with `to_tag`, send it, and give it back."""
        response = response_to(self.request, status, reason, self.to_tag)
        response.headers.extend(headers)
        response.body = body
        self.respond(response, now)
        return response

    def replace(self, response: Response, now: float) -> None:
        """Answer anew, in place of an answer that was never let out (its batch could not be recorded)."""
        if self.state is TERMINATED:
            self._layer.send(self.reply_flow, response.encode())
            return
        self.stop_timers()
        self.state = PROCEEDING if self._table is INVITE_TABLE else TRYING
        self.status = 0
        self._interval = T1
        self.respond(response, now)

    def acked(self) -> None:
        """The ACK of our 2xx has come: resend it no more."""
        self._acknowledged = True
        if self._retry is not None:
            self._layer.timers.cancel(self._retry)
            self._retry = None
        if self.state is ACCEPTED:
            # The owner was waiting for this alone, and the answer is sent no more.
            self.owner = None
            self._data = b""

    def answer_once(self, response: Response) -> None:
        """Send a response and forget the request: a copy of it is a new one, and an ACK nobody's (RFC 3261 8.2.7)."""
        self.status = response.status
        self._layer.send(self.reply_flow, response.encode())
        self.abandon()

    def abandon(self) -> None:
        """End without a further word."""
        self.state = TERMINATED
        self._layer.forget_server(self)

    def on_request(self, now: float) -> None:
        """A copy of the request came. Called by the layer."""
        self._fire(REQUEST, now)

    def on_ack(self, now: float) -> None:
        """The ACK of a refusal came. Called by the layer."""
        self._fire(ACK, now)

    def expect_answer(self, now: float) -> None:
        """Called by the layer once the request was handed up: what is not answered by now is watched."""
        if self.status >= 200 or self.state is TERMINATED:
            return
        timers = self._layer.timers
        if self._table is OTHER_TABLE:
            self._end = timers.at(now + GIVE_UP, self, END)
        elif not self.status:
            self._retry = timers.at(now + TRYING_AFTER, self, RETRY)

    def on_timer(self, token: str, now: float) -> None:
        """Called by the timers."""
        self._fire(token, now)

    def _fire(self, event: str, now: float) -> None:
        entry = self._table.get((self.state, event))
        if entry is None:
            return
        self.state, actions = entry
        for action in actions:
            action(self, now)
        if self.state is TERMINATED:
            self._layer.forget_server(self)

    def stop_timers(self) -> None:
        """Forget what was waited for."""
        timers = self._layer.timers
        if self._retry is not None:
            timers.cancel(self._retry)
            self._retry = None
        if self._end is not None:
            timers.cancel(self._end)
            self._end = None


Action = Callable[[ServerTransaction, float], None]
Table = dict[tuple[str, str], tuple[str, tuple[Action, ...]]]


def _transmit(tx: ServerTransaction, _now: float) -> None:
    if tx._data:
        tx._layer.send(tx.reply_flow, tx._data)


def _trying(tx: ServerTransaction, _now: float) -> None:
    """100 by itself where the answer takes long."""
    tx._retry = None
    if not tx.status:
        tx.status = 100
        tx._data = response_to(tx.request, 100).encode()
        tx._layer.send(tx.reply_flow, tx._data)


def _stop(tx: ServerTransaction, _now: float) -> None:
    tx.stop_timers()


def _resend(tx: ServerTransaction, now: float) -> None:
    """Timer G, and the resending of 2xx: doubling up to T2."""
    tx._layer.send(tx.reply_flow, tx._data)
    tx._interval = min(tx._interval * 2, T2)
    tx._retry = tx._layer.timers.at(now + tx._interval, tx, RETRY)


def _await_ack(tx: ServerTransaction, now: float) -> None:
    """Timers G and H; G for datagrams alone (17.2.1)."""
    timers = tx._layer.timers
    tx._end = timers.at(now + GIVE_UP, tx, END)
    if tx.flow.transport == "udp":
        tx._retry = timers.at(now + T1, tx, RETRY)


def _await_dialog_ack(tx: ServerTransaction, now: float) -> None:
    """Timer L, and resending over streams too, since some hop behind may be a datagram's (13.3.1.4)."""
    timers = tx._layer.timers
    tx._end = timers.at(now + GIVE_UP, tx, END)
    tx._retry = timers.at(now + T1, tx, RETRY)


def _linger(tx: ServerTransaction, now: float) -> None:
    """Timer I; none for streams."""
    if tx.flow.transport != "udp":
        tx.state = TERMINATED
        return
    tx._end = tx._layer.timers.about(now + T4, tx, END)


def _leave_answer(tx: ServerTransaction, now: float) -> None:
    """Timer J; none for streams. The layer keeps the answer for copies of the request, and this machine goes."""
    if tx.flow.transport != "udp":
        tx.state = TERMINATED
        return
    tx._layer.keep_answer(tx, tx._data, now)


def _no_ack(tx: ServerTransaction, now: float) -> None:
    if tx.owner is not None and not tx._acknowledged:
        tx.owner.on_no_ack(tx, now)


def _let_go(tx: ServerTransaction, _now: float) -> None:
    tx.owner = None


INVITE_TABLE: Table = {
    (PROCEEDING, REQUEST): (PROCEEDING, (_transmit,)),
    (PROCEEDING, RETRY): (PROCEEDING, (_trying,)),
    (PROCEEDING, PROVISIONAL): (PROCEEDING, (_stop, _transmit)),
    (PROCEEDING, SUCCESS): (ACCEPTED, (_stop, _transmit, _await_dialog_ack)),
    (PROCEEDING, REFUSAL): (COMPLETED, (_stop, _transmit, _await_ack)),
    (ACCEPTED, SUCCESS): (ACCEPTED, (_transmit,)),
    (ACCEPTED, RETRY): (ACCEPTED, (_resend,)),
    (ACCEPTED, END): (TERMINATED, (_no_ack,)),
    (COMPLETED, REQUEST): (COMPLETED, (_transmit,)),
    (COMPLETED, RETRY): (COMPLETED, (_resend,)),
    (COMPLETED, ACK): (CONFIRMED, (_stop, _let_go, _linger)),
    (COMPLETED, END): (TERMINATED, (_no_ack,)),
    (CONFIRMED, END): (TERMINATED, ()),
}

OTHER_TABLE: Table = {
    (TRYING, PROVISIONAL): (PROCEEDING, (_transmit,)),
    (TRYING, FINAL): (COMPLETED, (_stop, _transmit, _let_go, _leave_answer)),
    (TRYING, END): (TERMINATED, ()),
    (PROCEEDING, REQUEST): (PROCEEDING, (_transmit,)),
    (PROCEEDING, PROVISIONAL): (PROCEEDING, (_transmit,)),
    (PROCEEDING, FINAL): (COMPLETED, (_stop, _transmit, _let_go, _leave_answer)),
    (PROCEEDING, END): (TERMINATED, ()),
}
