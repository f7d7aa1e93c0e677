"""The second factor of customers' web logins: asked for after the right password, by a ticket that dies with a few wrong codes.

Law: a code is good once (`second_factor`); whoever guesses needs the password again every few tries, and shuts nobody else out.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import OrderedDict

from appliance.errors import EnvironmentFault, Forbidden, UserError
from appliance.services.access import Actor
from appliance.services.audit import Audit
from appliance.services.passwords import Hashes, token_hash
from appliance.services.room import Room
from appliance.services.second_factor import SecondFactors, uri_of
from appliance.services.web_sign_in import KIND, Visitor
from appliance.store.web_logins import WebLogin

TICKET_MS = 5 * 60_000
MOST_WRONG = 5
"""Wrong codes that one ticket takes."""
MOST_TICKETS = 10_000
_TICKET_ID = 12


class WebSecondFactors:
    """Tickets are sealed and kept nowhere; how often a code was wrong is kept in memory, as long as the ticket is good."""

    def __init__(self, room: Room, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._factors = SecondFactors(room, KIND)
        self._wrong: OrderedDict[str, int] = OrderedDict()

    # at the sign-in ------------------------------------------------------------------------------------------------
    def ticket(self, row: WebLogin) -> str:
        """Says that this login's password was right just now."""
        number = base64.b16encode(self._room.random_bytes(_TICKET_ID)).decode()
        text = json.dumps([row.id, self._room.clock.utcnow(), number, _password_mark(row)])
        return base64.urlsafe_b64encode(self._room.sealer.seal(text, "web sign-in")).decode()

    def take(self, reseller_id: int, ticket: str, code: str) -> WebLogin:
        """Spend a code for a ticket; the login. Forbidden sign_in.ticket_old: the password is asked for again;
        sign_in.second_factor_wrong at `code`."""
        row, number = self._of(reseller_id, ticket)
        with self._room.changes.unit():
            right = self._factors.take(row, code)
        if not right:
            self._wrong[number] = self._wrong.get(number, 0) + 1
            while len(self._wrong) > MOST_TICKETS:
                self._wrong.popitem(last=False)
            raise Forbidden("sign_in.second_factor_wrong", field="code")
        self._wrong[number] = MOST_WRONG  # a ticket is good for one sign-in
        return row

    def _of(self, reseller_id: int, ticket: str) -> tuple[WebLogin, str]:
        try:
            login_id, at, number, mark = json.loads(self._room.sealer.open(base64.urlsafe_b64decode(ticket), "web sign-in"))
        except (binascii.Error, ValueError, EnvironmentFault) as error:
            raise Forbidden("sign_in.ticket_old") from error
        row = self._store.web_logins.get(login_id)
        if (
            row is None
            or row.reseller_id != reseller_id
            or row.disabled
            or _password_mark(row) != mark
            or self._room.clock.utcnow() - at > TICKET_MS
            or self._wrong.get(number, 0) >= MOST_WRONG
        ):
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


def _password_mark(row: WebLogin) -> str:
    return token_hash(row.password_hash or "")[:16]
