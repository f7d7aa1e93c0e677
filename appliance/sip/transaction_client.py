"""Client transactions (RFC 3261 17.1, 6026, CANCEL of 9.1).

Law of this file: the tables are the RFC's figures 5 and 6 with the Accepted state of RFC 6026. What is not in a table
changes nothing. Actions run after the state has changed, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from appliance.sip.large import LARGEST, WAIT, LargeRequests
from appliance.sip.message import Request, Response
from appliance.sip.policy import Flow

if TYPE_CHECKING:
    from appliance.sip.timers import Timer
    from appliance.sip.transaction import TransactionLayer

T1 = 0.5  # seconds: estimate of the round trip (RFC 3261 17.1.1.1)
T2 = 4.0  # longest interval between two copies of a non-INVITE request or an INVITE answer
T4 = 5.0  # longest time a message stays in the network
GIVE_UP = 64 * T1  # timers B, F, H, J, L, M, and D for datagrams

CALLING, TRYING, PROCEEDING, ACCEPTED, COMPLETED, TERMINATED = (
    "calling",
    "trying",
    "proceeding",
    "accepted",
    "completed",
    "terminated",
)
RETRY, END, FAILED = "retry", "end", "failed"  # events: timer A or E; B, D, F, K or M; the transport
PROVISIONAL, SUCCESS, FAILURE, FINAL = "1xx", "2xx", "3xx-6xx", "2xx-6xx"


class ClientOwner(Protocol):
    """Who sent the request."""

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """A response. A 2xx to INVITE comes again with each copy the peer sends: send its ACK again."""
        ...

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """No final answer came (timers B and F, or 64*T1 after CANCEL): as if 408 had come. The transaction is over."""
        ...

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """The request cannot be delivered: as if 503 had come. The transaction is over."""
        ...


class ClientTransaction:
    """One request of ours. `state` is one of the words above; `owner` is let go when it is over.

    `received`: whether any response has come yet.
    """

    __slots__ = (
        "_canceled",
        "_data",
        "_datagram",
        "_give_up",
        "_interval",
        "_layer",
        "_table",
        "_timer",
        "flow",
        "key",
        "owner",
        "received",
        "request",
        "state",
    )

    def __init__(self, layer: TransactionLayer, request: Request, flow: Flow, owner: ClientOwner | None, key: tuple[str, str]) -> None:
        self._layer = layer
        self.request = request
        self.flow = flow
        self.owner = owner
        self.key = key
        self.received = False
        invite = request.method == "INVITE"
        self.state = CALLING if invite else TRYING
        self._table: Table = INVITE_TABLE if invite else OTHER_TABLE
        self._data = b""
        self._interval = T1
        self._give_up = 0.0
        self._timer: Timer | None = None  # one alone: for the next copy, or for the end
        self._canceled: tuple[tuple[str, str], ...] | None = None
        self._datagram: Flow | None = None  # the way it takes where the stream is refused

    def start(self, now: float, large: LargeRequests | None = None) -> None:
        """Send the request for the first time. Called by the layer."""
        self._data = self.request.encode()
        self._give_up = now + GIVE_UP
        if self.flow.transport != "udp":
            self._wait(GIVE_UP, now)
        elif large is not None and len(self._data) > LARGEST and self._by_stream(large, now):
            return
        else:
            self._wait(T1, now)
        self._layer.send(self.flow, self._data)

    def _wait(self, seconds: float, now: float) -> None:
        """For the moment of the next copy, or for the end where that is before it."""
        due = now + seconds
        if due < self._give_up:
            self._timer = self._layer.timers.at(due, self, RETRY)
        else:
            self._timer = self._layer.timers.at(self._give_up, self, END)

    def _by_stream(self, large: LargeRequests, now: float) -> bool:
        """Send it by TCP where there is such a way (RFC 3261 18.1.1)."""
        stream = large.way(self.flow, now)
        if stream is None:
            return False
        layer = self._layer
        self._datagram, self.flow = self.flow, stream
        layer.set_way(self.request, stream)
        self._data = self.request.encode()
        self._wait(WAIT, now)
        layer.send(stream, self._data)
        return True

    def _by_datagram(self, flow: Flow, now: float) -> None:
        """Nobody takes it by TCP: as a datagram, however long it is."""
        layer = self._layer
        self.stop_timers()
        if layer.large is not None:
            layer.large.refused(flow, now)
        self._datagram, self.flow = None, flow
        layer.set_way(self.request, flow)
        self._data = self.request.encode()
        self._wait(T1, now)
        layer.send(flow, self._data)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen here."""
        return self.state is TERMINATED

    def cancel(self, now: float, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Ask the peer to give up an INVITE (RFC 3261 9.1): at once, or when its first provisional response comes.

        `headers` go into the CANCEL, such as ("Reason", …). The final response, 487 as a rule, comes to the owner;
        so does a 2xx that crossed it. After a final response, or a second time, nothing happens.
        """
        if self._canceled is not None or self.request.method != "INVITE":
            return
        self._canceled = headers
        if self.state is PROCEEDING:
            _send_cancel(self, None, now)

    @property
    def canceled(self) -> bool:
        """Whether `cancel` was called."""
        return self._canceled is not None

    def on_response(self, response: Response, now: float) -> None:
        """Called by the layer."""
        status = response.status
        if self._datagram is not None and not self.received:
            self._stream_taken(self._datagram, now)
        self.received = True
        if status < 200:
            self._fire(PROVISIONAL, response, now)
        elif self._table is OTHER_TABLE:
            self._fire(FINAL, response, now)
        else:
            self._fire(SUCCESS if status < 300 else FAILURE, response, now)

    def _stream_taken(self, datagram: Flow, now: float) -> None:
        self.stop_timers()
        self._wait(GIVE_UP, now)
        if self._layer.large is not None:
            self._layer.large.taken(datagram)

    def on_timer(self, token: str, now: float) -> None:
        """Called by the timers."""
        if token is RETRY and self._datagram is not None:
            self._by_datagram(self._datagram, now)
        else:
            self._fire(token, None, now)

    def fail(self, now: float) -> None:
        """The transport could not deliver. Called by the layer."""
        if self._datagram is not None and not self.received:
            self._by_datagram(self._datagram, now)
        else:
            self._fire(FAILED, None, now)

    def abandon(self) -> None:
        """End without a word to anybody, for a request that was never let out."""
        self.state = TERMINATED
        self._layer.forget_client(self)

    def _fire(self, event: str, response: Response | None, now: float) -> None:
        entry = self._table.get((self.state, event))
        if entry is None:
            return
        self.state, actions = entry
        for action in actions:
            action(self, response, now)
        if self.state is TERMINATED:
            self._layer.forget_client(self)

    def stop_timers(self) -> None:
        """Forget what was waited for."""
        if self._timer is not None:
            self._layer.timers.cancel(self._timer)
            self._timer = None


Action = Callable[[ClientTransaction, Response | None, float], None]
Table = dict[tuple[str, str], tuple[str, tuple[Action, ...]]]


def _resend_invite(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    """Timer A doubles without a bound (17.1.1.2)."""
    tx._layer.send(tx.flow, tx._data)
    tx._interval *= 2
    tx._wait(tx._interval, now)


def _resend_other(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    """Timer E doubles up to T2, and is T2 once a provisional response has come (17.1.2.2)."""
    tx._layer.send(tx.flow, tx._data)
    tx._interval = T2 if tx.state is PROCEEDING else min(tx._interval * 2, T2)
    tx._wait(tx._interval, now)


def _pass(tx: ClientTransaction, response: Response | None, now: float) -> None:
    if tx.owner is not None and response is not None:
        tx.owner.on_response(tx, response, now)


def _timed_out(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    if tx.owner is not None:
        tx.owner.on_timeout(tx, now)


def _undelivered(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    if tx.owner is not None:
        tx.owner.on_transport_error(tx, now)


def _stop(tx: ClientTransaction, _response: Response | None, _now: float) -> None:
    tx.stop_timers()


def _acknowledge(tx: ClientTransaction, response: Response | None, _now: float) -> None:
    """The ACK of a refusal belongs to the transaction (17.1.1.3)."""
    if response is not None:
        tx._layer.send(tx.flow, ack_of(tx.request, response).encode())


def _linger_accepted(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    """Timer M: further copies of the 2xx, and 2xx of other branches of a fork, still come (RFC 6026 8.4)."""
    tx._data = b""
    tx._timer = tx._layer.timers.about(now + GIVE_UP, tx, END)


def _linger(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    """Timers D and K; none for streams."""
    tx._data = b""
    if tx.flow.transport != "udp":
        tx.state = TERMINATED
        return
    tx._timer = tx._layer.timers.about(now + (T4 if tx._table is OTHER_TABLE else GIVE_UP), tx, END)


def _send_cancel(tx: ClientTransaction, _response: Response | None, now: float) -> None:
    if tx._canceled is None:
        return
    if tx._timer is None:
        # 64*T1 after the CANCEL the INVITE counts as given up (9.1).
        tx._timer = tx._layer.timers.at(now + GIVE_UP, tx, END)
        tx._layer.start_cancel(tx, tx._canceled, now)


INVITE_TABLE: Table = {
    (CALLING, RETRY): (CALLING, (_resend_invite,)),
    (CALLING, END): (TERMINATED, (_timed_out,)),
    (CALLING, FAILED): (TERMINATED, (_undelivered,)),
    (CALLING, PROVISIONAL): (PROCEEDING, (_stop, _send_cancel, _pass)),
    (CALLING, SUCCESS): (ACCEPTED, (_stop, _linger_accepted, _pass)),
    (CALLING, FAILURE): (COMPLETED, (_stop, _acknowledge, _linger, _pass)),
    (PROCEEDING, PROVISIONAL): (PROCEEDING, (_pass,)),
    (PROCEEDING, SUCCESS): (ACCEPTED, (_stop, _linger_accepted, _pass)),
    (PROCEEDING, FAILURE): (COMPLETED, (_stop, _acknowledge, _linger, _pass)),
    (PROCEEDING, END): (TERMINATED, (_timed_out,)),
    (PROCEEDING, FAILED): (TERMINATED, (_undelivered,)),
    (COMPLETED, FAILURE): (COMPLETED, (_acknowledge,)),
    (COMPLETED, END): (TERMINATED, ()),
    (COMPLETED, FAILED): (TERMINATED, ()),
    (ACCEPTED, SUCCESS): (ACCEPTED, (_pass,)),
    (ACCEPTED, END): (TERMINATED, ()),
}

OTHER_TABLE: Table = {
    (TRYING, RETRY): (TRYING, (_resend_other,)),
    (TRYING, END): (TERMINATED, (_timed_out,)),
    (TRYING, FAILED): (TERMINATED, (_undelivered,)),
    (TRYING, PROVISIONAL): (PROCEEDING, (_pass,)),
    (TRYING, FINAL): (COMPLETED, (_stop, _linger, _pass)),
    (PROCEEDING, RETRY): (PROCEEDING, (_resend_other,)),
    (PROCEEDING, END): (TERMINATED, (_timed_out,)),
    (PROCEEDING, FAILED): (TERMINATED, (_undelivered,)),
    (PROCEEDING, PROVISIONAL): (PROCEEDING, (_pass,)),
    (PROCEEDING, FINAL): (COMPLETED, (_stop, _linger, _pass)),
    (COMPLETED, END): (TERMINATED, ()),
    (COMPLETED, FAILED): (TERMINATED, ()),
}


def ack_of(request: Request, response: Response) -> Request:
    """The ACK of a response of 300 to 699 (RFC 3261 17.1.1.3): the INVITE's top Via, the response's To."""
    headers = _taken(request)
    to = response.get("To")
    if to is not None:
        headers = [(name, to if name == "To" else value) for name, value in headers]
    headers.append(("CSeq", f"{request.cseq.number} ACK"))
    return Request("ACK", request.uri, headers)


def cancel_of(request: Request, extra: tuple[tuple[str, str], ...] = ()) -> Request:
    """The CANCEL of an INVITE (RFC 3261 9.1)."""
    headers = _taken(request)
    headers.append(("CSeq", f"{request.cseq.number} CANCEL"))
    headers.extend(extra)
    return Request("CANCEL", request.uri, headers)


def _taken(request: Request) -> list[tuple[str, str]]:
    headers = [pair for pair in request.headers if pair[0] in _TAKEN]
    headers.append(("Max-Forwards", "70"))
    return headers


_TAKEN = frozenset(("Via", "Route", "From", "To", "Call-ID"))
