"""One's own account: what one may do here, another password, the second factor. Nobody needs a permission for it."""

from __future__ import annotations

from appliance.errors import Forbidden, UserError
from appliance.services.ground.access import PERMISSIONS, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import SHORTEST, hasher, matches, token_hash
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.people.operators import Operators
from appliance.services.people.second_factor import SecondFactors, uri_of
from appliance.services.people.web_logins import check_sign_in
from appliance.store.operators import Operator
from appliance.wire.operations import Nothing
from appliance.wire.session import OwnPassword, RecoveryCodes, SecondFactorConfirm, SecondFactorEnd, SecondFactorOffer, SessionView
from appliance.wire.shapes import Done

ISSUER = "Tollhouse"
EVERYTHING = frozenset().union(*PERMISSIONS.values())


def permissions_of(actor: Actor) -> list[str]:
    """Every permission that some grant of the actor carries, sorted."""
    if actor.owner_of_folder:
        return sorted(EVERYTHING)
    return sorted(permission for permission in EVERYTHING if any(grant.allows(permission) for grant in actor.grants))


class OwnAccount:
    """Costly hashes are steps for another thread (services/ground/stepwise.py)."""

    def __init__(self, room: Room, operators: Operators, factors: SecondFactors, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._operators = operators
        self._factors = factors
        self._audit = audit

    def view(self, actor: Actor, token: str) -> SessionView:
        """Who asks, and what that one may do."""
        row = self._person(actor)
        session = self._store.sessions.find(token_hash(token)) if token else None
        return SessionView(
            permissions_of(actor),
            None if row is None else self._operators.view(row),
            None if session is None else stamp(session.expires_at),
        )

    def set_password(self, actor: Actor, request: OwnPassword, token: str) -> Steps[Done]:
        """Another password; every other session of the person ends. Forbidden own_account.wrong_password."""
        check_sign_in(request.new_password, shortest=SHORTEST, field="new_password")
        row = self._own(actor)
        right = yield lambda: matches(row.password_hash, request.password)
        if not right:
            raise Forbidden("own_account.wrong_password", field="password")
        hashed = yield lambda: hasher().hash(request.new_password)
        with self._room.changes.unit():
            self._store.operators.update(row.id, {"password_hash": hashed, "must_change": 0})
            self._store.sessions.end_all("operator", row.id, keep=token_hash(token))
            self._audit.noted(actor, "session.set_password", "operator", row.id, password_hash=hashed)
            self._room.changes.note("operator", row.id)
        return Done(row.id)

    def offer(self, actor: Actor, request: Nothing) -> SecondFactorOffer:
        """A secret for the authenticator; nothing is kept before its code came back."""
        row = self._own(actor)
        secret = self._factors.make_secret()
        root = self._store.resellers.root()
        return SecondFactorOffer(secret, uri_of(secret, ISSUER if root is None else f"{ISSUER} {root.name}", row.login))

    def confirm(self, actor: Actor, request: SecondFactorConfirm) -> Steps[RecoveryCodes]:
        """The second factor from now on, and fresh recovery codes. UserError second_factor.wrong at `code`."""
        row = self._own(actor)
        if self._factors.right_step(request.secret, request.code) is None:
            raise UserError("second_factor.wrong", field="code")
        yield from self._checked(row, request.password)
        with self._room.changes.unit():
            self._store.operators.update(row.id, {"totp_sealed": self._factors.seal(row, request.secret)})
            codes = self._factors.new_recovery_codes(row)
            self._audit.noted(actor, "second_factor.confirm", "operator", row.id)
            self._room.changes.note("operator", row.id)
        return RecoveryCodes(codes)

    def end(self, actor: Actor, request: SecondFactorEnd) -> Steps[Done]:
        """No second factor any more."""
        row = self._own(actor)
        yield from self._checked(row, request.password)
        with self._room.changes.unit():
            self._store.operators.update(row.id, {"totp_sealed": None})
            self._factors.forget(row)
            self._audit.noted(actor, "second_factor.end", "operator", row.id)
            self._room.changes.note("operator", row.id)
        return Done(row.id)

    def _checked(self, row: Operator, password: str) -> Steps[None]:
        right = yield lambda: matches(row.password_hash, password)
        if not right:
            raise Forbidden("own_account.wrong_password", field="password")

    def _own(self, actor: Actor) -> Operator:
        row = self._person(actor)
        if row is None:
            raise Forbidden("own_account.none")
        return row

    def _person(self, actor: Actor) -> Operator | None:
        """The operator himself: a program acts for one and is none."""
        is_program = any(grant.scopes is not None for grant in actor.grants)
        return None if actor.operator_id is None or is_program else self._store.operators.get(actor.operator_id)
