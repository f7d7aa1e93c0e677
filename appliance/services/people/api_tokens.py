"""Programs' tokens: made by an operator for one reseller, with named permissions, shown once, revoked at will.

Law: a token may do what its scopes say, as long as the operator who made it may do it there. Only its hash is kept.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from appliance.errors import Forbidden, NotFound, UserError
from appliance.services.ground.access import PERMISSIONS, Access, Actor, Grant
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import token_hash
from appliance.services.ground.room import Room
from appliance.services.people.operators import Operators
from appliance.store.sessions import ApiToken
from appliance.wire.api_tokens import ApiTokenCreate, ApiTokenCreated, ApiTokenPage, ApiTokenView
from appliance.wire.changes import Change
from appliance.wire.shapes import ById, Done, Listing

PREFIX = "th_"
"""What every program's token begins with, so that one that leaked is known for what it is."""

TOKEN_BYTES = 32
TOUCH_MS = 60_000
LONGEST_NAME = 100
MOST_KNOWN = 1000
SCOPES = frozenset().union(*PERMISSIONS.values())
_ROLE = "program"
_WAYS_IN = frozenset({"operator", "reseller", "api_token"})


class ApiTokens:
    """Tokens in use are known in memory until an operator, a reseller or a token changes."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, operators: Operators) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._operators = operators
        self._known: dict[str, tuple[Actor, ApiToken]] = {}
        self._used: dict[int, int] = {}
        room.changes.listen(self._changed, *_WAYS_IN)
        room.changes.on_undo(self._used.clear)

    def actor_of(self, token: str, *, prolong: bool = True) -> Actor | None:
        """The program that sends this token; None where it is none of ours, or revoked. Its use is noted where `prolong` is said."""
        if not token.startswith(PREFIX):
            return None
        hidden = token_hash(token)
        known = self._known.get(hidden)
        if known is None:
            known = self._look_up(hidden)
            if known is None:
                return None
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[hidden] = known
        actor, row = known
        now = self._room.clock.utcnow()
        if prolong and now - self._used.get(row.id, row.used_at or 0) >= TOUCH_MS:
            self._used[row.id] = now
            with self._room.changes.unit():
                self._store.sessions.touch_token(row.id, now)
        return actor

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> ApiTokenPage:
        """Tokens of the resellers where the actor may look, the newest first."""
        reach = self._access.reach(actor, "operators.read")
        named = None if request.reseller is None else self._lookups.reseller(actor, request.reseller, "operators.read").id
        rows: list[ApiToken] = []
        for reseller in self._store.resellers.list():
            if (reach is None or reseller.id in reach) and named in (None, reseller.id):
                rows += [row for row in self._store.sessions.tokens(reseller.id) if request.archived or row.revoked_at is None]
        return ApiTokenPage([self._view(row) for row in sorted(rows, key=lambda row: -row.id)])

    def create(self, actor: Actor, request: ApiTokenCreate) -> ApiTokenCreated:
        """A new token, shown in the reply and never again."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "operators.write")
            name = request.name.strip()
            if not name or len(name) > LONGEST_NAME:
                raise UserError("field.wrong_name", field="name", longest=LONGEST_NAME)
            self._check(actor, request.scopes, reseller.id)
            token = PREFIX + base64.urlsafe_b64encode(self._room.random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
            scopes = json.dumps(sorted(set(request.scopes)))
            now = self._room.clock.utcnow()
            row_id = self._store.sessions.insert_token(token_hash(token), actor.operator_id, reseller.id, name, scopes, now)
            self._audit.made(actor, "api_tokens.create", "api_token", row_id, {"name": name, "reseller": reseller.name, "scopes": scopes})
            self._room.changes.note("api_token", row_id)
            return ApiTokenCreated(token, self._view(self._row(row_id)))

    def revoke(self, actor: Actor, request: ById) -> Done:
        """The token is good for nothing from here on."""
        with self._room.changes.unit():
            row = self._row(request.id)
            self._access.need(actor, "operators.write", row.reseller_id, what="api_token")
            if row.revoked_at is None:
                self._store.sessions.revoke_token(row.id, self._room.clock.utcnow())
                self._audit.noted(actor, "api_tokens.revoke", "api_token", row.id, name=row.name)
                self._room.changes.note("api_token", row.id)
            return Done(row.id)

    # parts -----------------------------------------------------------------------------------------------------------
    def _check(self, actor: Actor, scopes: Sequence[str], reseller_id: int) -> None:
        if not scopes:
            raise UserError("api_token.no_scope", field="scopes")
        for at, scope in enumerate(scopes):
            if scope not in SCOPES:
                raise UserError("api_token.unknown_scope", field=f"scopes[{at}]", scope=scope[:64])
            if not self._access.may(actor, scope, reseller_id):
                raise Forbidden("access.forbidden", field=f"scopes[{at}]", permission=scope)

    def _look_up(self, hidden: str) -> tuple[Actor, ApiToken] | None:
        row = self._store.sessions.find_token(hidden)
        if row is None:
            return None
        scopes = frozenset(json.loads(row.scopes))
        if row.operator_id is not None:
            maker = self._store.operators.get(row.operator_id)
            if maker is None or maker.disabled:
                return None
            behind = self._operators.actor(maker)
            scopes = frozenset(scope for scope in scopes if self._access.may(behind, scope, row.reseller_id))
        return Actor(f"program {row.name}", row.operator_id, (Grant(_ROLE, reseller_id=row.reseller_id, scopes=scopes),)), row

    def _changed(self, changes: Sequence[Change]) -> None:
        self._known.clear()

    def _row(self, row_id: int) -> ApiToken:
        row = self._store.sessions.token(row_id)
        if row is None:
            raise NotFound("api_token.unknown", field="id")
        return row

    def _view(self, row: ApiToken) -> ApiTokenView:
        reseller = self._store.resellers.get(row.reseller_id)
        operator = None if row.operator_id is None else self._store.operators.get(row.operator_id)
        return ApiTokenView(
            id=row.id,
            name=row.name,
            reseller="" if reseller is None else reseller.name,
            scopes=json.loads(row.scopes),
            operator=None if operator is None else operator.login,
            created_at=stamp(row.created_at) or "",
            used_at=stamp(self._used.get(row.id, row.used_at)),
            revoked_at=stamp(row.revoked_at),
        )
