"""Two transaction layers in memory: virtual time, datagrams that are lost, doubled and reordered by a seeded chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from appliance.sip.message import Message, Request, Response, parse
from appliance.sip.policy import Flow
from appliance.sip.timers import Timers
from appliance.sip.transaction import ClientTransaction, ServerTransaction, TransactionLayer


class Peer:
    """One layer and what its user and owners heard. `answer` is called for each new request."""

    def __init__(self, network: Network, name: str, seed: int) -> None:
        self.network = network
        self.name = name
        self.timers = Timers()
        self.layer = TransactionLayer(self.timers, self._send, self, lambda flow: f"{name}:5060", random.Random(seed))
        self.answer: Callable[[ServerTransaction, float], None] = lambda transaction, now: None
        self.requests: list[ServerTransaction] = []
        self.acks: list[Request] = []
        self.strays: list[Response] = []
        self.responses: list[int] = []
        self.finals: list[Response] = []
        self.timeouts: list[float] = []
        self.errors: list[float] = []
        self.cancels: list[float] = []
        self.no_acks: list[float] = []
        self.sent: list[tuple[float, bytes]] = []
        self.ack_2xx = True

    def _send(self, flow: Flow, data: bytes) -> None:
        self.sent.append((self.network.now, data))
        self.network.carry(self, flow, data)

    # the layer's user

    def on_request(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        self.requests.append(transaction)
        transaction.owner = self
        self.answer(transaction, now)

    def on_ack(self, request: Request, flow: Flow, now: float) -> None:
        self.acks.append(request)
        for transaction in self.requests:
            if transaction.request.call_id == request.call_id and transaction.request.cseq.number == request.cseq.number:
                transaction.acked()

    def on_stray_response(self, response: Response, flow: Flow, now: float) -> None:
        self.strays.append(response)

    # owners

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        self.responses.append(response.status)
        if response.status >= 200:
            self.finals.append(response)
        if transaction.request.method == "INVITE" and 200 <= response.status < 300 and self.ack_2xx:
            self.layer.send_ack(request("ACK", cseq=transaction.request.cseq.number), transaction.flow)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        self.timeouts.append(now)

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        self.errors.append(now)

    def on_cancel(self, transaction: ServerTransaction, cancel: Request, now: float) -> None:
        self.cancels.append(now)
        transaction.reply(487, now)

    def on_no_ack(self, transaction: ServerTransaction, now: float) -> None:
        self.no_acks.append(now)

    # what tests look at

    def messages(self, start: str) -> list[float]:
        """When messages whose first line begins so were sent."""
        return [moment for moment, data in self.sent if data.startswith(start.encode())]


class Network:
    """`loss`, `double`: chances of one; `delay`, `jitter`: seconds. `drop(data)` True: that one is lost."""

    def __init__(self, seed: int = 1, loss: float = 0.0, double: float = 0.0, delay: float = 0.01, jitter: float = 0.0) -> None:
        self.rng = random.Random(seed)
        self.loss, self.double, self.delay, self.jitter = loss, double, delay, jitter
        self.drop: Callable[[bytes], bool] = lambda data: False
        self.now = 0.0
        self.transport = "udp"
        self._number = count()
        self._wire: list[tuple[float, int, Peer, Flow, bytes]] = []
        self.alice = Peer(self, "192.0.2.1", seed * 2 + 1)
        self.bob = Peer(self, "192.0.2.2", seed * 2 + 2)

    def flow_to(self, peer: Peer) -> Flow:
        return Flow(self.transport, 0, peer.name, 5060, 0 if self.transport == "udp" else 1)

    def carry(self, sender: Peer, flow: Flow, data: bytes) -> None:
        receiver = self.bob if sender is self.alice else self.alice
        assert flow.host == receiver.name
        if self.drop(data):
            return
        for _ in range(1 + (self.rng.random() < self.double)):
            if self.rng.random() >= self.loss:
                moment = self.now + self.delay + self.rng.random() * self.jitter
                heappush(self._wire, (moment, next(self._number), receiver, self.flow_to(sender), data))

    def run(self, until: float) -> None:
        """Let time pass."""
        while True:
            moments = [moment for moment in (self.alice.timers.next(), self.bob.timers.next()) if moment is not None]
            if self._wire:
                moments.append(self._wire[0][0])
            if not moments or min(moments) > until:
                self.now = until
                return
            self.now = min(moments)
            while self._wire and self._wire[0][0] <= self.now:
                _, _, receiver, flow, data = heappop(self._wire)
                receiver.layer.receive(parse(data), flow, self.now)
            self.alice.timers.run(self.now)
            self.bob.timers.run(self.now)

    def invite(self) -> ClientTransaction:
        return self.alice.layer.request(request("INVITE"), self.flow_to(self.bob), self.now, self.alice)

    def ask(self, method: str = "OPTIONS") -> ClientTransaction:
        return self.alice.layer.request(request(method), self.flow_to(self.bob), self.now, self.alice)

    def assert_empty(self) -> None:
        """Nothing is left of anything."""
        for peer in (self.alice, self.bob):
            assert len(peer.layer) == 0
            assert not peer.layer._merged
            assert not peer.layer._merged_answers
            assert len(peer.timers) == 0


def request(method: str, cseq: int = 1, to_tag: str = "", call_id: str = "call@192.0.2.1") -> Request:
    """A request without Via."""
    to = "<sip:bob@192.0.2.2>" + (f";tag={to_tag}" if to_tag else "")
    return Request(
        method,
        "sip:bob@192.0.2.2",
        [
            ("Max-Forwards", "70"),
            ("From", "<sip:alice@192.0.2.1>;tag=from1"),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", "<sip:alice@192.0.2.1>"),
        ],
    )


def only(message: Message, name: str) -> str:
    """The one value of a header."""
    values = message.all(name)
    assert len(values) == 1
    return values[0]
