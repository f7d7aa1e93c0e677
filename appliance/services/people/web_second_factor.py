"""The second factor of customers' web logins: asked for after the right password, by a ticket that dies with a few wrong codes.

Law: a code is good once (`second_factor`); whoever guesses needs the password again every few tries, and shuts nobody else out.
"""

from __future__ import annotations

from appliance.errors import Forbidden, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.people.second_factor import SecondFactors, uri_of
from appliance.services.people.sign_in_tickets import Tickets, mark_of
from appliance.services.people.web_sign_in import KIND, Visitor
from appliance.store.web_logins import WebLogin


class WebSecondFactors:
    """Of customers; operators have `own_account`."""

    def __init__(self, room: Room, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._factors = SecondFactors(room, KIND)
        self._tickets = Tickets(room, "web sign-in")

    # at the sign-in ------------------------------------------------------------------------------------------------
    def ticket(self, row: WebLogin) -> str:
        """Says that this login's password was right just now."""
        return self._tickets.make(row.id, row.password_hash)

    def take(self, reseller_id: int, ticket: str, code: str) -> WebLogin:
        """Spend a code for a ticket; the login. Forbidden sign_in.ticket_old: the password is asked for again;
        sign_in.second_factor_wrong at `code`."""
        row, number = self._of(reseller_id, ticket)
        with self._room.changes.unit():
            right = self._factors.take(row, code)
        if not right:
            self._tickets.missed(number)
            raise Forbidden("sign_in.second_factor_wrong", field="code")
        self._tickets.spend(number)
        return row

    def _of(self, reseller_id: int, ticket: str) -> tuple[WebLogin, str]:
        login_id, number, mark = self._tickets.read(ticket)
        row = self._store.web_logins.get(login_id)
        if row is None or row.reseller_id != reseller_id or row.disabled or mark_of(row.password_hash) != mark:
            raise Forbidden("sign_in.ticket_old")
        return row, number

    # one's own -----------------------------------------------------------------------------------------------------
    def on(self, visitor: Visitor) -> bool:
        """Whether a code is asked for."""
        return self._row(visitor).totp_sealed is not None

    def offer(self, visitor: Visitor, brand: str, secret: str = "") -> tuple[str, str]:
        """A secret for the authenticator (or the one offered before) and its address for a QR code; nothing is kept yet."""
        chosen = secret or self._factors.make_secret()
        return chosen, uri_of(chosen, brand.replace(":", " "), visitor.login)

    def confirm(self, visitor: Visitor, secret: str, code: str, password: str, hashes: Hashes) -> list[str]:
        """The second factor from now on; its recovery codes. UserError second_factor.wrong, Forbidden own_account.wrong_password."""
        row = self._proved(visitor, password, hashes)
        if self._factors.right_step(secret, code) is None:
            raise UserError("second_factor.wrong", field="code")
        with self._room.changes.unit():
            self._store.web_logins.update(row.id, {"totp_sealed": self._factors.seal(row, secret)})
            codes = self._factors.new_recovery_codes(row)
            self._audit.noted(Actor(f"web:{row.login}"), "web.second_factor", KIND, row.id)
            self._room.changes.note("web_login", row.id)
        return codes

    def end(self, visitor: Visitor, password: str, hashes: Hashes) -> None:
        """No second factor any more; Forbidden own_account.wrong_password."""
        row = self._proved(visitor, password, hashes)
        with self._room.changes.unit():
            self._store.web_logins.update(row.id, {"totp_sealed": None})
            self._factors.forget(row)
            self._audit.noted(Actor(f"web:{row.login}"), "web.end_second_factor", KIND, row.id)
            self._room.changes.note("web_login", row.id)

    def _proved(self, visitor: Visitor, password: str, hashes: Hashes) -> WebLogin:
        row = self._row(visitor)
        if not hashes.same(row.password_hash, password):
            raise Forbidden("own_account.wrong_password", field="password")
        return row

    def _row(self, visitor: Visitor) -> WebLogin:
        row = self._store.web_logins.get(visitor.login_id)
        assert row is not None  # the session is of this login
        return row
