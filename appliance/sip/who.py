"""Who sends a request that is no trunk's: the digest question, its answer, and the news of wrong guesses (sip.md, Calls, Who)."""

from __future__ import annotations

from appliance.sip.authenticate import Authenticator
from appliance.sip.exchange import Exchange
from appliance.sip.facts import AuthenticationFailed
from appliance.sip.guard import PLACE
from appliance.sip.message import Request, Response
from appliance.sip.policy import Credential, Flow
from appliance.sip.transaction import ServerTransaction
from appliance.sip.uri import SipUri

MAX_GUESSES_TOLD = 50  # of one batch; the guard counts them all


class Who:
    """Asks endpoints who they are."""

    __slots__ = ("authenticator", "exchange", "told")

    def __init__(self, exchange: Exchange, authenticator: Authenticator) -> None:
        self.exchange = exchange
        self.authenticator = authenticator
        self.told = 0  # guesses of this batch

    def endpoint(
        self, tx: ServerTransaction, request: Request, flow: Flow, realm: str, now: float, urgent: bool = False
    ) -> tuple[Credential, str] | None:
        """The endpoint behind the request and the name it used; None where it has been challenged or refused instead.

        Where its phone may not be it is answered as a wrong password is; a call that is `urgent` may come from anywhere.
        """
        verdict = self.authenticator.check(request, realm, now, tx.to_tag)
        credential = verdict.credential
        if credential is not None:
            policy = self.exchange.policy
            if policy.may_be_at(credential.endpoint, flow.host) or urgent or self._is_urgent(request, credential):
                return credential, verdict.username
            refused = self.authenticator.challenge(request, realm, now, tx.to_tag)
            verdict = verdict._replace(credential=None, response=refused, guess=True)
        if verdict.guess:
            self._tell(request, flow, verdict.username, verdict.unknown_user, now, "" if credential is None else PLACE)
        if verdict.response is not None:
            verdict.response.headers.append(("Server", self.exchange.product))
            delay = self.exchange.guard.challenge_delay(verdict.username, now) if verdict.username else 0.0
            if verdict.stateless:
                tx.answer_once(verdict.response)
            elif delay:
                self.exchange.timers.at(now + delay, self, (tx, verdict.response))
            else:
                tx.respond(verdict.response, now)
        return None

    def _is_urgent(self, request: Request, credential: Credential) -> bool:
        """An emergency number of that endpoint's own country."""
        return request.method == "INVITE" and self.exchange.policy.is_emergency(SipUri.parse(request.uri).number, credential.endpoint)

    def on_timer(self, token: tuple[ServerTransaction, Response], now: float) -> None:
        """A challenge that was held back: many addresses have guessed at this name."""
        tx, response = token
        if not tx.over and not tx.answered:
            tx.respond(response, now)

    def _tell(self, request: Request, flow: Flow, username: str, unknown: bool, now: float, reason: str) -> None:
        self.exchange.guard.guessed(flow, username, unknown, now, request.get("User-Agent") or "", reason)
        self.exchange.trace.judge(request.call_id, "place" if reason else "unknown" if unknown else "password")
        self.told += 1
        if self.told <= MAX_GUESSES_TOLD:
            source = f"{flow.host}:{flow.port}/{flow.transport}"
            self.exchange.news.append(AuthenticationFailed(username[:64], source, request.method, unknown, now))
