"""Operators at the reseller pages: who may work there, and for which reseller (web.md, Reseller pages).

Law: an operator works for one reseller at a time, and nothing outside that one's branch is there for him, whatever else he is
granted. He may work at the pages of his own reseller and of those above it (a sub-reseller without host names of its own), and
at those of the resellers below his. Whoever has roles in shops alone works at the console.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.errors import Forbidden, UserError
from appliance.services.ground.access import Access, Actor, Grant
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import Hashes, token_hash
from appliance.services.ground.room import Room
from appliance.services.people.operators import Operators
from appliance.services.people.own_account import EVERYTHING
from appliance.services.people.sign_in import SignIns
from appliance.services.people.sign_in_tickets import Tickets, mark_of
from appliance.services.people.web_sign_in import WebSession
from appliance.store.operators import Operator
from appliance.store.resellers import Reseller
from appliance.wire.operators import OperatorRedeem, SignIn

KIND = "operator"


class Colleague(NamedTuple):
    """An operator at work: `actor` reaches `reseller` and what is below it; `allowed` is what he may do there."""

    actor: Actor
    operator_id: int
    login: str
    reseller: Reseller
    allowed: frozenset[str]
    must_change: bool
    language: str
    second_factor: bool


class ResellerSignIns:
    """The same accounts, passwords, sessions and second factors as the console's."""

    def __init__(self, room: Room, access: Access, operators: Operators, sign_ins: SignIns) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._operators = operators
        self._sign_ins = sign_ins
        self._tickets = Tickets(room, "reseller sign-in")

    def ahead(self, login: str, password: str) -> Hashes:
        """The costly part, for a thread of its own."""
        return self._sign_ins.ahead(SignIn(login, password))

    def check(self, host: Reseller, login: str, password: str, hashes: Hashes) -> Operator:
        """Whose password that is, at the pages of `host`. Forbidden sign_in.wrong; sign_in.not_here where he has no work there."""
        row = self._sign_ins.check(login.strip(), password, hashes)
        if self.workplace(self._operators.actor(row), host) is None:
            raise Forbidden("sign_in.not_here")
        return row

    def ticket(self, row: Operator) -> str:
        """For the second page of the sign-in."""
        return self._tickets.make(row.id, row.password_hash)

    def begin(self, row: Operator, source: str, client: str) -> str:
        """A new session's token, where no second factor is asked for."""
        return self._sign_ins.begin(row, "", source, client).token

    def take(self, host: Reseller, ticket: str, code: str, source: str, client: str) -> str:
        """A new session's token for a ticket and its code. Forbidden sign_in.ticket_old; sign_in.second_factor_wrong at `code`."""
        row_id, number, mark = self._tickets.read(ticket)
        row = self._store.operators.get(row_id)
        if row is None or row.disabled or mark_of(row.password_hash) != mark or self.workplace(self._operators.actor(row), host) is None:
            raise Forbidden("sign_in.ticket_old")
        try:
            session = self._sign_ins.begin(row, code, source, client)
        except Forbidden:
            self._tickets.missed(number)
            raise Forbidden("sign_in.second_factor_wrong", field="code") from None
        self._tickets.spend(number)
        return session.token

    def redeem(self, request: OperatorRedeem, hashes: Hashes) -> None:
        """Spend a one-time code for a password. UserError operator.code_wrong; the set-up code is none of these pages'."""
        if request.business is not None or self._store.operators.find(request.login) is None:
            raise UserError("operator.code_wrong", field="code")
        self._operators.redeem(request, hashes)

    def sign_out(self, token: str) -> None:
        """The session ends on the server."""
        self._sign_ins.sign_out(token)

    def colleague(self, token: str, host: Reseller) -> Colleague | None:
        """Who sends this token to the pages of `host`; None where nobody does any more."""
        actor = self._sign_ins.actor_of(token) if token else None
        row = None if actor is None or actor.operator_id is None else self._store.operators.get(actor.operator_id)
        reseller = None if actor is None else self.workplace(actor, host)
        if actor is None or row is None or reseller is None:
            return None
        bounded = self._bounded(actor, reseller)
        allowed = frozenset(each for each in EVERYTHING if self._access.may(bounded, each, reseller.id))
        return Colleague(bounded, row.id, row.login, reseller, allowed, bool(row.must_change), row.language, row.totp_sealed is not None)

    def workplace(self, actor: Actor, host: Reseller) -> Reseller | None:
        """The reseller that somebody works for at these pages: the host's where he is granted it, else the first of his below it."""
        if any(grant.reseller_id in self._line(host) for grant in actor.grants if grant.reseller_id is not None):
            return host
        for grant in actor.grants:
            row = None if grant.reseller_id is None else self._store.resellers.get(grant.reseller_id)
            if row is not None and row.archived_at is None and host.id in self._line(row):
                return row
        return None

    def sessions(self, who: Colleague, token: str) -> list[WebSession]:
        """Where the operator is signed in, console and programs of the same account too, the newest first."""
        own, now = token_hash(token), self._room.clock.utcnow()
        rows = [each for each in self._store.sessions.of(KIND, who.operator_id) if each.expires_at > now]
        return [WebSession(stamp(row.created_at) or "", stamp(row.seen_at) or "", row.source, row.client, row.token_hash == own) for row in rows]

    def end_others(self, who: Colleague, token: str) -> int:
        """Sign out everywhere but here; how many."""
        with self._room.changes.unit():
            return self._store.sessions.end_all(KIND, who.operator_id, token_hash(token))

    def _bounded(self, actor: Actor, reseller: Reseller) -> Actor:
        """The actor with grants in the workplace and below it alone; one from above holds there as it is."""
        line, grants = self._line(reseller), []
        for grant in actor.grants:
            if grant.reseller_id in line:
                grants.append(Grant(grant.role, reseller.id))
        for grant in actor.grants:
            row = None if grant.reseller_id is None else self._store.resellers.get(grant.reseller_id)
            if row is not None and row.id != reseller.id and reseller.id in self._line(row):
                grants.append(Grant(grant.role, row.id))
        return Actor(actor.name, actor.operator_id, tuple(dict.fromkeys(grants)), language=actor.language)

    def _line(self, reseller: Reseller) -> set[int]:
        """The reseller and all above it."""
        found: set[int] = set()
        at: Reseller | None = reseller
        while at is not None and at.id not in found:
            found.add(at.id)
            at = None if at.parent_id is None else self._store.resellers.get(at.parent_id)
        return found
