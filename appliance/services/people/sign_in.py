"""Signing in and out of operators: sessions by random tokens, of which only the hash is kept (product.md S1)."""

from __future__ import annotations

import base64
from functools import cache

from appliance.errors import Forbidden
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import Hashes, hasher, token_hash
from appliance.services.ground.room import Room
from appliance.services.people.operators import Operators
from appliance.services.people.own_account import permissions_of
from appliance.services.people.second_factor import SecondFactors
from appliance.store.operators import Operator
from appliance.wire.operators import Session, SignIn
from appliance.wire.shapes import Done

TOKEN_BYTES = 32
DAY_MS = 86_400_000
TOUCH_MS = 60_000  # a session that is used is written down at most once a minute


class SignIns:
    """Unknown login and wrong password look and last alike from outside."""

    def __init__(self, room: Room, operators: Operators, audit: Audit, factors: SecondFactors) -> None:
        self._room = room
        self._store = room.store
        self._operators = operators
        self._audit = audit
        self._factors = factors

    def ahead(self, request: SignIn) -> Hashes:
        """The costly part, for a thread of its own: it reads by a connection of its own."""
        hashes = Hashes()
        with self._room.store.reader() as tables:
            hashes.prepare([(request.password, _kept(tables.operators.find(request.login)))])
        return hashes

    def sign_in(self, request: SignIn, source: str = "", hashes: Hashes | None = None) -> Session:
        """A new session. Forbidden "sign_in.wrong" for anything that is wrong; where all but the second factor is right
        "sign_in.second_factor" without one, "sign_in.second_factor_wrong" with a wrong one."""
        row = self.check(request.login, request.password, hashes)
        if row.totp_sealed is not None and not request.totp.strip():
            raise Forbidden("sign_in.second_factor", field="totp")
        return self.begin(row, request.totp, source, request.client, stay=request.stay)

    def check(self, login: str, password: str, hashes: Hashes | None = None) -> Operator:
        """Whose password that is. Forbidden "sign_in.wrong" for anything that is wrong."""
        row = self._store.operators.find(login)
        right = (hashes or Hashes()).same(_kept(row), password)  # asked of an unknown login, too: it takes as long
        if row is None or row.password_hash is None or row.disabled or not right:
            raise Forbidden("sign_in.wrong", field="password")
        return row

    def begin(self, row: Operator, totp: str, source: str, client: str, *, stay: bool = False) -> Session:
        """The session of whose password was right; the second factor is spent, where there is one. Forbidden sign_in.second_factor_wrong."""
        now = self._room.clock.utcnow()
        until = now + self._unused_ms()
        if stay:
            until = max(until, now + self._room.settings.get("operators.stay_days", 30) * DAY_MS)
        token = base64.urlsafe_b64encode(self._room.random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
        with self._room.changes.unit():
            if not self._factors.take(row, totp):
                raise Forbidden("sign_in.second_factor_wrong", field="totp")
            self._store.sessions.insert(
                token_hash=token_hash(token),
                kind="operator",
                subject_id=row.id,
                created_at=now,
                seen_at=now,
                expires_at=until,
                source=source,
                client=client[:200],
            )
            self._audit.noted(Actor(row.login, row.id), "operators.sign_in", "operator", row.id, source=source)
        return Session(token, stamp(until) or "", self._operators.view(row), permissions_of(self._operators.actor(row)))

    def actor_of(self, token: str, *, prolong: bool = True) -> Actor | None:
        """Who sends this token; None where nobody does any more. A used session is prolonged where `prolong` is said."""
        hidden = token_hash(token)
        found = self._store.sessions.find(hidden)
        now = self._room.clock.utcnow()
        if found is None or found.kind != "operator" or found.expires_at <= now:
            return None
        row = self._store.operators.get(found.subject_id)
        if row is None or row.disabled:
            return None
        if prolong and now - found.seen_at >= TOUCH_MS:
            with self._room.changes.unit():
                self._store.sessions.touch(hidden, now, now + max(self._unused_ms(), found.expires_at - found.seen_at))
        return self._operators.actor(row)

    def _unused_ms(self) -> int:
        return int(self._room.settings.get("operators.session_hours", 12)) * 3_600_000

    def sign_out(self, token: str) -> Done:
        """The session ends on the server."""
        with self._room.changes.unit():
            self._store.sessions.end(token_hash(token))
        return Done()


def _kept(row: Operator | None) -> str:
    return _nobody() if row is None or row.password_hash is None else row.password_hash


@cache
def _nobody() -> str:
    """A hash that no password is of, so that an unknown login costs as much time as a known one."""
    return hasher().hash("nobody has this password")
