"""Web logins: a name and password for the customer's web page, unique in the reseller (product.md, Words)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.errors import Conflict, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Sql, differing
from appliance.services.ground.columns import name as natural_name
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.passwords import LONGEST, SHORTEST, Hashes, make_password
from appliance.services.ground.room import Room
from appliance.services.people.second_factor import SecondFactors
from appliance.store.web_logins import WebLogin
from appliance.wire.customers import WebLoginSet, WebLoginView


class WebLogins:
    """`put` is the rule for every door; passwords are kept as Argon2id."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit

    def made(self) -> str:
        """A new random password."""
        return make_password(self._room.random_bytes)

    def put(
        self,
        actor: Actor,
        customer_id: int,
        reseller_id: int,
        login: str,
        password: str | None | UnsetType,
        *,
        must_change: bool | None | UnsetType = UNSET,
        disabled: bool | None | UnsetType = UNSET,
        hashes: Hashes | None = None,
    ) -> tuple[str, bool]:
        """Make the login, or change it where it is this customer's; ("created" | "changed" | "", whether it is new).

        A null password takes signing in away. Conflict "web_login.taken" where it is another customer's.
        """
        name = str(natural_name(login, "login"))
        row = self._store.web_logins.find(reseller_id, name)
        if row is not None and row.customer_id != customer_id:
            raise Conflict("web_login.taken", field="login", login=name)
        kept = None if row is None else row.password_hash
        values = self._password_values(kept, password, hashes or Hashes())
        if must_change is not UNSET:
            values["must_change"] = int(bool(must_change))
        if disabled is not UNSET:
            values["disabled"] = int(bool(disabled))
        if row is None:
            row_id = self._store.web_logins.insert(
                customer_id=customer_id, reseller_id=reseller_id, login=name, created_at=self._room.clock.utcnow(), **values
            )
            self._audit.made(actor, "customers.set_web_login", "web_login", row_id, {"login": name, **values})
            self._room.changes.note("web_login", row_id)
            return "created", True
        return ("changed" if self._change(actor, row, values) else ""), False

    def set(self, actor: Actor, request: WebLoginSet) -> WebLoginView:
        """A customer's login, made or changed."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
            self.put(
                actor, customer.id, customer.reseller_id, request.login, request.password, must_change=request.must_change, disabled=request.disabled
            )
            row = self._store.web_logins.find(customer.reseller_id, request.login.strip())
            assert row is not None
            if request.end_second_factor and row.totp_sealed is not None:
                self._store.web_logins.update(row.id, {"totp_sealed": None})
                SecondFactors(self._room, "web_login").forget(row)
                self._audit.noted(actor, "web.end_second_factor", "web_login", row.id)
                self._room.changes.note("web_login", row.id)
            return view(row)

    def of(self, customer_id: int) -> list[WebLoginView]:
        """A customer's logins."""
        return [view(row) for row in self._store.web_logins.of(customer_id)]

    def _change(self, actor: Actor, row: WebLogin, values: dict[str, Sql]) -> bool:
        changed = differing(values, row)
        if not changed:
            return False
        self._store.web_logins.update(row.id, changed)
        if "password_hash" in changed or changed.get("disabled"):
            self._store.sessions.end_all("web_login", row.id)
        self._audit.changed(actor, "customers.set_web_login", "web_login", row.id, row._asdict(), changed)
        self._room.changes.note("web_login", row.id)
        return True

    def _password_values(self, kept: str | None, password: str | None | UnsetType, hashes: Hashes) -> dict[str, Sql]:
        if password is UNSET or (password is not None and hashes.same(kept, password)):
            return {}
        return {"password_hash": None if password is None else hashes.fresh(check_sign_in(password))}


def check_sign_in(password: str, field: str = "password", shortest: int = 1) -> str:
    """A password that a person signs in with; `shortest` is SHORTEST where a person chooses it."""
    if not shortest <= len(password) <= LONGEST:
        raise UserError("password.wrong", field=field, shortest=max(shortest, 1), longest=LONGEST)
    return password


def view(row: WebLogin) -> WebLoginView:
    """The row without its hash."""
    return WebLoginView(row.id, row.login, bool(row.disabled), bool(row.must_change), row.totp_sealed is not None)


__all__ = ["SHORTEST", "WebLogins", "check_sign_in", "view"]
