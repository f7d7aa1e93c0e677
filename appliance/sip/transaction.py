"""The transaction layer: finds the machine a message belongs to, and makes new ones (RFC 3261 17, 18.2, 8.2.2.2).

Law of this file: it owns the two tables of machines, and what is left of those that are over but for copies of their
request. Every machine has a timer that ends it, but for an INVITE that rings, which its owner ends. It asks `user` about
requests that are new, and `owner`s about the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from appliance.sip import nat
from appliance.sip.grammar import MAGIC_COOKIE, RemoteProtocolError, Rng
from appliance.sip.large import LARGEST, LargeRequests
from appliance.sip.message import Message, Request, Response, response_to
from appliance.sip.policy import Flow
from appliance.sip.timers import Timers
from appliance.sip.transaction_client import (
    FAILED,
    GIVE_UP,
    PROCEEDING,
    T1,
    T2,
    T4,
    ClientOwner,
    ClientTransaction,
    cancel_of,
)
from appliance.sip.transaction_server import ServerOwner, ServerTransaction

MAX_SERVER_TRANSACTIONS = 50_000
MAX_CLIENT_TRANSACTIONS = 50_000
RETRY_AFTER_FULL = "10"  # seconds, in the 503 of a full table

Send = Callable[[Flow, bytes], None]


class TransactionUser(Protocol):
    """Who is asked about what no machine knows yet."""

    def on_request(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        """A new request other than ACK and CANCEL. Set `transaction.owner` for INVITE; answer at once or later."""
        ...

    def on_ack(self, request: Request, flow: Flow, now: float) -> None:
        """The ACK of a 2xx, which belongs to a dialog: find it there and call `ServerTransaction.acked`."""
        ...

    def on_stray_response(self, response: Response, flow: Flow, now: float) -> None:
        """A response to no request of ours that is still known; a late 2xx to INVITE may want ACK and BYE."""
        ...


class TransactionLayer:
    """All transactions of one engine.

    `send(flow, bytes)` takes a packet; `sent_by(flow)` gives the `host:port` of ours that Via shall say there;
    `rng` makes branches and tags; `large`: which large requests go by TCP, None: none do.
    """

    __slots__ = (
        "_answers", "_clients", "_kept", "_kept_until", "_merged", "_merged_answers", "_rng", "_sent_by", "_servers",
        "large", "send", "timers", "user",
    )  # fmt: skip

    def __init__(
        self,
        timers: Timers,
        send: Send,
        user: TransactionUser,
        sent_by: Callable[[Flow], str],
        rng: Rng,
        large: LargeRequests | None = None,
    ) -> None:
        self.timers = timers
        self.send = send
        self.user = user
        self._sent_by = sent_by
        self._rng = rng
        self.large = large
        self._servers: dict[str, ServerTransaction] = {}
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        # From tag, Call-ID, CSeq number and method of requests without a To tag (RFC 3261 8.2.2.2).
        self._merged: dict[str, ServerTransaction] = {}
        # Of requests that were answered for good only the answer is kept: where it went, and its bytes.
        self._answers: dict[str, tuple[Flow, bytes]] = {}
        self._merged_answers: set[str] = set()
        self._kept: list[str] = []  # what the second in hand put into those two tables
        self._kept_until = 0.0

    def __len__(self) -> int:
        """How many transactions live."""
        return len(self._servers) + len(self._answers) + len(self._clients)

    def new_tag(self) -> str:
        """A tag for From or To (RFC 3261 19.3), 64 random bits."""
        return f"{self._rng.getrandbits(64):016x}"

    def receive(self, message: Request | Response, flow: Flow, now: float) -> None:
        """Hand a parsed message to its machine, or to `user`. A request that has answers is stamped with its source first."""
        if isinstance(message, Response):
            self._receive_response(message, flow, now)
            return
        method = message.method
        if method == "ACK":  # which nobody answers
            transaction = self._servers.get(_server_key(message, "INVITE"))
            if transaction is not None and transaction.status >= 300:
                transaction.on_ack(now)
            else:
                self.user.on_ack(message, flow, now)
            return
        nat.stamp(message, flow)
        key = _server_key(message, method)
        transaction = self._servers.get(key)
        if transaction is not None:
            transaction.on_request(now)
            return
        if method != "INVITE":
            answer = self._answers.get(key)
            if answer is not None:
                self.send(*answer)
                return
        if len(self._servers) + len(self._answers) >= MAX_SERVER_TRANSACTIONS:
            self.answer(message, flow, 503, headers=(("Retry-After", RETRY_AFTER_FULL),))
            return
        if method == "CANCEL":
            self._receive_cancel(message, flow, key, now)
            return
        self._receive_request(message, flow, key, now)

    def _receive_request(self, request: Request, flow: Flow, key: str, now: float) -> None:
        tag = request.to.tag
        transaction = ServerTransaction(self, request, flow, nat.reply_flow(request, flow), key, tag or self.new_tag())
        if not tag:
            merge_key = f"{request.from_.tag}\n{request.call_id}\n{request.cseq.number}\n{request.method}"
            other = self._merged.get(merge_key)
            # Some phones answer a challenge under the same CSeq; that is no fork's other way to us.
            if other.status not in (401, 407) if other is not None else merge_key in self._merged_answers:
                self.answer(request, flow, 482)
                return
            transaction.merge_key = merge_key
            self._merged[merge_key] = transaction
        self._servers[key] = transaction
        try:
            self.user.on_request(transaction, request, flow, now)
        except RemoteProtocolError as error:
            if not transaction.answered:
                transaction.reply(error.status, now, error.reason)
        except BaseException:
            # A fault of our own ends this one request; it goes on to whoever reports faults.
            if not transaction.answered:
                transaction.reply(500, now)
            raise
        transaction.expect_answer(now)

    def _receive_cancel(self, request: Request, flow: Flow, key: str, now: float) -> None:
        """RFC 3261 9.2. The answer to CANCEL says only that the INVITE is known."""
        transaction = ServerTransaction(self, request, flow, nat.reply_flow(request, flow), key, request.to.tag or self.new_tag())
        self._servers[key] = transaction
        invite = self._servers.get(_server_key(request, "INVITE"))
        if invite is None:
            transaction.reply(481, now)
            return
        transaction.to_tag = invite.to_tag
        transaction.reply(200, now)
        if invite.state is PROCEEDING:
            if invite.owner is not None:
                invite.owner.on_cancel(invite, request, now)
            else:
                invite.reply(487, now)

    def _receive_response(self, response: Response, flow: Flow, now: float) -> None:
        transaction = self._clients.get((response.via.branch, response.cseq.method))
        # RFC 3261 8.1.3.3: a response with further Via values has lost its way.
        if len(response.all("Via")) > 1:
            return
        if transaction is None:
            self.user.on_stray_response(response, flow, now)
        else:
            transaction.on_response(response, now)

    def answer(self, request: Request, flow: Flow, status: int, reason: str | None = None, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Answer without a transaction, as a stateless server (RFC 3261 8.2.7). Never an ACK."""
        if request.method == "ACK":
            return
        response = response_to(request, status, reason, self.new_tag())
        for name, value in headers:
            response.add(name, value)
        self.send(nat.reply_flow(request, flow), response.encode())

    def request(self, request: Request, flow: Flow, now: float, owner: ClientOwner | None, natted: bool = False) -> ClientTransaction:
        """Send a request in a new transaction. Its Via is made here, in place of any it has.

        A large one goes by TCP where the peer takes it, unless the peer is `natted`, and by datagram where not.
        Where the table is full `owner.on_transport_error` comes with the next timers.
        """
        branch = self._put_via(request, flow)
        transaction = ClientTransaction(self, request, flow, owner, (branch, request.method))
        if len(self._clients) >= MAX_CLIENT_TRANSACTIONS:
            self.timers.at(now, transaction, FAILED)
            return transaction
        self._clients[transaction.key] = transaction
        transaction.start(now, None if natted else self.large)
        return transaction

    def start_cancel(self, invite: ClientTransaction, headers: tuple[tuple[str, str], ...], now: float) -> None:
        """Send the CANCEL of an INVITE under the INVITE's own branch. Called by the machine."""
        request = cancel_of(invite.request, headers)
        transaction = ClientTransaction(self, request, invite.flow, None, (invite.key[0], "CANCEL"))
        self._clients[transaction.key] = transaction
        transaction.start(now)

    def send_ack(self, request: Request, flow: Flow) -> bytes:
        """Send the ACK of a 2xx, which is no transaction (RFC 3261 13.2.2.4). Gives the bytes, to send them again."""
        self._put_via(request, flow)
        data = request.encode()
        if len(data) > LARGEST and flow.transport == "udp" and self.large is not None:
            stream = self.large.known_way(flow)
            if stream is not None:
                self.set_way(request, stream)
                flow, data = stream, request.encode()
        self.send(flow, data)
        return data

    def set_way(self, request: Request, flow: Flow) -> None:
        """Have the top Via name another transport of ours; its branch stays (RFC 3261 18.1.1)."""
        branch = request.via.branch
        request.remove("Via")
        request.insert_first("Via", f"SIP/2.0/{flow.transport.upper()} {self._sent_by(flow)};rport;branch={branch}")

    def _put_via(self, request: Request, flow: Flow) -> str:
        if "Via" in dict(request.headers):
            request.remove("Via")
        branch = f"{MAGIC_COOKIE}{self._rng.getrandbits(64):016x}"
        request.insert_first("Via", f"SIP/2.0/{flow.transport.upper()} {self._sent_by(flow)};rport;branch={branch}")
        return branch

    def transport_failed(self, flow: Flow, now: float) -> None:
        """A connection was lost, or ICMP says that nobody listens there: every request on that way has failed.

        Streams are matched by connection, datagrams by listener, host and port.
        """
        for transaction in [found for found in self._clients.values() if found.flow == flow]:
            transaction.fail(now)

    def forget_client(self, transaction: ClientTransaction) -> None:
        """Called by a machine that is over."""
        transaction.stop_timers()
        transaction.owner = None
        self._clients.pop(transaction.key, None)

    def keep_answer(self, transaction: ServerTransaction, data: bytes, now: float) -> None:
        """Called by a machine that was answered for good and waits only for copies of its request (Timer J): the answer
        takes its place. The request and all that hangs on it would be ten times as much, for half a minute."""
        self._servers.pop(transaction.key, None)
        if now >= self._kept_until:
            self._kept_until = now + 1.0
            self._kept = []
            self.timers.at(now + 1.0 + GIVE_UP, self, self._kept)
        self._answers[transaction.key] = transaction.reply_flow, data
        self._kept.append(transaction.key)
        merge_key = transaction.merge_key
        if merge_key is not None and self._merged.get(merge_key) is transaction:
            del self._merged[merge_key]
            if transaction.status not in (401, 407):
                self._merged_answers.add(merge_key)
                self._kept.append(merge_key)

    def on_timer(self, token: list[str], now: float) -> None:
        """Called by the timers: what one second put there has been kept for long enough."""
        for key in token:
            self._answers.pop(key, None)
            self._merged_answers.discard(key)

    def forget_server(self, transaction: ServerTransaction) -> None:
        """Called by a machine that is over."""
        transaction.stop_timers()
        transaction.owner = None
        self._servers.pop(transaction.key, None)
        merge_key = transaction.merge_key
        if merge_key is not None and self._merged.get(merge_key) is transaction:
            del self._merged[merge_key]


def _server_key(request: Message, method: str) -> str:
    """What makes two requests the same (RFC 3261 17.2.3). No part of a message that was read has a line end inside."""
    via = request.via
    branch = via.branch
    if branch.startswith(MAGIC_COOKIE) and branch != MAGIC_COOKIE:
        return f"{branch}\n{via.host}\n{via.port}\n{method}"
    # A peer of RFC 2543: no branch to go by.
    parts = ("2543", branch, via.host, via.port, request.from_.tag, request.call_id, request.cseq.number, method)
    return "\n".join(map(str, parts))


__all__ = [
    "GIVE_UP",
    "MAX_CLIENT_TRANSACTIONS",
    "MAX_SERVER_TRANSACTIONS",
    "T1",
    "T2",
    "T4",
    "ClientOwner",
    "ClientTransaction",
    "Send",
    "ServerOwner",
    "ServerTransaction",
    "TransactionLayer",
    "TransactionUser",
]
