"""The door for new calls: whose the call is, who makes it, and whether it may go on (sip.md, Calls, Whose and Who).

Emergency numbers are looked at before everything else: for them the domain, drain, a full table and a stalled record never
refuse; an unknown phone is challenged all the same, and a trunk is a trunk.
"""

from __future__ import annotations

from appliance.sip.announced import announced
from appliance.sip.call import Call
from appliance.sip.caller_leg import CallerLeg
from appliance.sip.exchange import Exchange
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.message import Request, response_to
from appliance.sip.nat import is_natted
from appliance.sip.policy import Admitted, CallRequest, Flow, Refused
from appliance.sip.service_call import ServiceCall
from appliance.sip.session_timer import too_small
from appliance.sip.take_over import take_over
from appliance.sip.transaction import ServerTransaction
from appliance.sip.uri import SipUri, escape_user
from appliance.sip.who import Who

RETRY_AFTER_SECONDS = "30"  # in a 503 of ours


class Reception:
    """`draining`: no new calls any more."""

    __slots__ = ("draining", "exchange", "who")

    def __init__(self, exchange: Exchange, who: Who) -> None:
        self.exchange = exchange
        self.who = who
        self.draining = False

    def invite(self, tx: ServerTransaction, request: Request, flow: Flow, now: float, stalled: bool) -> Call | None:
        """An INVITE outside of any dialog. Gives the call that began, if one did."""
        exchange = self.exchange
        policy = exchange.policy
        try:
            uri = SipUri.parse(request.uri)
            source = SipUri.parse(request.from_.uri)
        except RemoteProtocolError as error:
            tx.reply(error.status, now)
            return None
        dialled, caller = uri.number, source.number
        if too_small(request, exchange.settings.session_minimum):
            tx.reply(422, now, None, (("Min-SE", str(exchange.settings.session_minimum)),))
            return None
        urgent = policy.is_emergency(dialled, None)
        named = auth_user(request)
        trunk = policy.trunk_of(flow, caller, named)
        endpoint = policy.gateway_of(flow, caller, named) if trunk is None else None
        if not urgent and not self._addressed_to_us(tx, uri, source, trunk is not None or endpoint is not None, now):
            return None
        if trunk is None and endpoint is None:
            known = self.who.endpoint(tx, request, flow, policy.realm(source.host, caller), now, urgent)
            if known is None:
                return None
            endpoint = known[0].endpoint
        if endpoint is not None:
            if request.get("Replaces") is not None:
                take_over(exchange, tx, flow, endpoint, now)
                return None
            urgent = policy.is_emergency(dialled, endpoint)
        if not urgent and (stalled or self.draining or len(exchange.calls) >= exchange.settings.max_calls):
            tx.reply(503, now, None, (("Retry-After", RETRY_AFTER_SECONDS),))
            return None
        return self._admit(tx, request, flow, dialled, source, endpoint, trunk, urgent, now)

    def _addressed_to_us(self, tx: ServerTransaction, uri: SipUri, source: SipUri, known: bool, now: float) -> bool:
        """`sip.check_uri`: the Request-URI's domain must be ours, and From's of whoever is not `known` by his address."""
        if not self.exchange.settings.check_uri or uri.scheme == "tel":
            return True
        if not self._is_ours(uri.host):
            tx.reply(404, now)
            return False
        host = source.host
        if not known and host != uri.host and source.scheme != "tel" and not host.endswith(".invalid") and not self._is_ours(host):
            tx.reply(403, now)
            return False
        return True

    def _is_ours(self, host: str) -> bool:
        return self.exchange.addresses.is_ours(host) or host.lower() in self.exchange.policy.domains()

    def _admit(
        self,
        tx: ServerTransaction,
        request: Request,
        flow: Flow,
        dialled: str,
        source: SipUri,
        endpoint: int | None,
        trunk: int | None,
        urgent: bool,
        now: float,
    ) -> Call | None:
        exchange = self.exchange
        privacy = request.get("Privacy")
        answer = exchange.policy.admit(
            CallRequest(
                call_id=request.call_id,
                dialled=dialled,
                from_number=source.number,
                from_display=request.from_.display,
                anonymous=source.host.endswith(".invalid") or (privacy is not None and privacy.lower() != "none"),
                flow=flow,
                user_agent=request.get("User-Agent") or "",
                endpoint=endpoint,
                trunk=trunk,
                emergency=urgent,
                to_number="" if trunk is None else SipUri.parse(request.to.uri).number,
                headers=request.headers,
            ),
            now,
        )
        if isinstance(answer, Refused):
            if answer.call is not None:
                exchange.trace.join(answer.call, request.call_id)
            if answer.announcement is not None:
                leg = CallerLeg(exchange, tx, flow, trunk is not None, is_natted(request, flow), escape_user(dialled))
                return announced(exchange, leg, answer, dialled, now)
            response = response_to(request, answer.status, answer.reason, tx.to_tag)
            response.headers.append(("Server", exchange.product))
            response.headers.extend(answer.headers)
            tx.respond(response, now)
            return None
        return self._begin(tx, request, flow, dialled, trunk is not None, endpoint, answer, now)

    def _begin(
        self, tx: ServerTransaction, request: Request, flow: Flow, dialled: str, trunk: bool, endpoint: int | None, admitted: Admitted, now: float
    ) -> Call:
        leg = CallerLeg(self.exchange, tx, flow, trunk, is_natted(request, flow), escape_user(dialled))
        kind = ServiceCall if admitted.service else Call
        call = kind(self.exchange, leg, admitted, dialled, now)
        call.endpoints = (endpoint, None)
        call.start(now)
        return call


def auth_user(request: Request) -> str:
    """The user name in the request's credentials, "" for none."""
    value = request.get("Proxy-Authorization") or request.get("Authorization")
    if value is None:
        return ""
    start = value.find('username="')
    if start < 0:
        return ""
    return value[start + 10 : value.find('"', start + 10)]
