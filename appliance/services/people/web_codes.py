"""New passwords for customers without e-mail: a one-time code that somebody hands over on paper (console.md)."""

from __future__ import annotations

from appliance.errors import NotFound
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.people.web_sign_in import INVITED_MS, WebSignIns
from appliance.wire.web_codes import WebCode, WebCodeMake


class WebCodes:
    """Audited like a new password."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit, sign_ins: WebSignIns) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._sign_ins = sign_ins

    def make(self, actor: Actor, request: WebCodeMake) -> WebCode:
        """A code of a customer's login; NotFound web_login.unknown."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
            row = self._store.web_logins.find(customer.reseller_id, request.login.strip())
            seller = self._store.resellers.get(customer.reseller_id)
            assert seller is not None  # foreign key
            if row is None or row.customer_id != customer.id:
                raise NotFound("web_login.unknown", field="login", login=request.login[:100])
            code = self._sign_ins.invite(row)
            self._audit.noted(actor, "customers.web_code", "web_login", row.id, login=row.login)
            self._room.changes.note("web_login", row.id)
        brand = brand_of(self._room, seller)
        address = f"{brand.web_address}new-password" if brand.web_address else ""
        until = self._room.clock.utcnow() + INVITED_MS
        return WebCode(brand.name, row.login, code, address, f"{address}?code={code}" if address else "", stamp(until) or "")
