"""Where customers' web logins are signed in, for the reseller's people: seen and ended (web.md, sessions)."""

from __future__ import annotations

from appliance.errors import NotFound
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.people.web_sign_in import KIND
from appliance.wire.web_sessions import WebSessionEnd, WebSessionList, WebSessions, WebSessionsEnded, WebSessionView

KEY_LENGTH = 16


class WebSessionLists:
    """A session is named by the beginning of its token's hash."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit

    def list(self, actor: Actor, request: WebSessionList) -> WebSessions:
        """Of all logins of the customer, the newest first."""
        customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.read", archived=True)
        now = self._room.clock.utcnow()
        found = [
            (
                row.created_at,
                WebSessionView(
                    row.token_hash[:KEY_LENGTH], login.login, stamp(row.created_at) or "", stamp(row.seen_at) or "", row.source, row.client
                ),
            )
            for login in self._store.web_logins.of(customer.id)
            for row in self._store.sessions.of(KIND, login.id)
            if row.expires_at > now
        ]
        return WebSessions([view for _at, view in sorted(found, key=lambda pair: pair[0], reverse=True)])

    def end(self, actor: Actor, request: WebSessionEnd) -> WebSessionsEnded:
        """Sign a login out; NotFound web_login.unknown, web_session.unknown."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
            login = next((each for each in self._store.web_logins.of(customer.id) if each.login == request.login.strip()), None)
            if login is None:
                raise NotFound("web_login.unknown", field="login", login=request.login[:100])
            rows = [row for row in self._store.sessions.of(KIND, login.id) if not request.key or row.token_hash[:KEY_LENGTH] == request.key]
            if request.key and not rows:
                raise NotFound("web_session.unknown", field="key")
            for row in rows:
                self._store.sessions.end(row.token_hash)
            self._audit.noted(actor, "web_sessions.end", KIND, login.id, login=login.login, count=len(rows))
            self._room.changes.note("web_login", login.id)
            return WebSessionsEnded(len(rows))
