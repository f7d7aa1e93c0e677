"""MESSAGE outside of a dialog (RFC 3428): a text from one endpoint to another, put to all its bindings; the first that takes it counts.

Law of this file: nothing is kept. Whoever is not there gets no text, and the sender hears so.
"""

from __future__ import annotations

from appliance.sip.dialog import MAX_FORWARDS
from appliance.sip.exchange import METHODS, Exchange
from appliance.sip.grammar import RemoteProtocolError, quote
from appliance.sip.hunt import best_of
from appliance.sip.leg_events import Fail
from appliance.sip.message import Request, Response, response_to
from appliance.sip.passing import passing
from appliance.sip.policy import Flow, Target, Text
from appliance.sip.reception import auth_user
from appliance.sip.transaction import ClientTransaction, ServerTransaction
from appliance.sip.uri import SipUri, escape_user
from appliance.sip.who import Who


class Messages:
    """Takes texts in."""

    __slots__ = ("exchange", "who")

    def __init__(self, exchange: Exchange, who: Who) -> None:
        self.exchange = exchange
        self.who = who

    def message(self, tx: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        """Ask who it is, find whom it is for, pass it on."""
        exchange, policy = self.exchange, self.exchange.policy
        try:
            uri, source = SipUri.parse(request.uri), SipUri.parse(request.from_.uri)
        except RemoteProtocolError as error:
            tx.reply(error.status, now)
            return
        if policy.trunk_of(flow, source.number, auth_user(request)) is not None:
            tx.reply(405, now, None, (("Allow", METHODS),))
            return
        if not (exchange.addresses.is_ours(uri.host) or uri.host.lower() in policy.domains()):
            tx.reply(404, now)
            return
        known = self.who.endpoint(tx, request, flow, policy.realm(source.host, source.number), now)
        if known is None:
            return
        text = None if known[0].disabled else policy.text_to(known[0].endpoint, uri.number)
        if text is None:
            tx.reply(404, now)
        elif not text.targets:
            tx.reply(480, now)
        else:
            _Delivery(exchange, tx, text).send(now)


class _Delivery:
    """One text on its way."""

    __slots__ = ("exchange", "failures", "left", "text", "tx")

    def __init__(self, exchange: Exchange, tx: ServerTransaction, text: Text) -> None:
        self.exchange = exchange
        self.tx = tx
        self.text = text
        self.left = len(text.targets)
        self.failures: list[Fail] = []

    def send(self, now: float) -> None:
        """To every binding."""
        for target in self.text.targets:
            assert target.flow is not None
            self.exchange.layer.request(self._request(target), target.flow, now, self, target.natted)

    def _request(self, target: Target) -> Request:
        asked, text, exchange = self.tx.request, self.text, self.exchange
        forwards = asked.max_forwards
        caller, callee = escape_user(text.number), escape_user(text.dialled)
        display = f"{quote(text.display)} " if text.display else ""
        headers = [
            ("Max-Forwards", str(MAX_FORWARDS if forwards is None else max(forwards - 1, 0))),
            ("From", f"{display}<sip:{caller}@{text.domain}>;tag={exchange.tag()}"),
            ("To", f"<sip:{callee}@{text.domain}>"),
            ("Call-ID", exchange.call_id()),
            ("CSeq", "1 MESSAGE"),
            *(("Route", route) for route in target.path),
            ("User-Agent", exchange.product),
            *passing(asked),
        ]
        return Request("MESSAGE", target.uri, headers, asked.body)

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """The first that takes it answers for all."""
        if response.status < 200:
            return
        if response.status < 300:
            self._answer(response.status, response.reason, now)
        else:
            self._failed(Fail(response.status, response.reason), now)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """That phone is not there."""
        self._failed(Fail(408, "Request Timeout"), now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """That phone cannot be reached."""
        self._failed(Fail(480, "Temporarily Unavailable"), now)

    def _failed(self, failure: Fail, now: float) -> None:
        self.failures.append(failure)
        if len(self.failures) == self.left:
            best = best_of(self.failures)
            self._answer(best.status if best.status not in (401, 407) else 480, None, now)

    def _answer(self, status: int, reason: str | None, now: float) -> None:
        if not self.tx.answered and not self.tx.over:
            response = response_to(self.tx.request, status, reason, self.tx.to_tag)
            response.headers.append(("Server", self.exchange.product))
            self.tx.respond(response, now)
