"""Settings sheets of endpoints, as paper with a QR code (product.md S21). Showing the password is audited like revealing it."""

from __future__ import annotations

from collections.abc import Callable

from appliance.documents.settings_sheet import Sheet
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import SipSecrets
from appliance.services.mail.brand import brand_of, phone_settings
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.wire.documents import SheetPrint
from appliance.wire.shapes import Binary
from appliance.words import words


class Sheets:
    """One sheet an endpoint."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, secrets: SipSecrets, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._secrets = secrets
        self._messages = messages

    def pdf(self, actor: Actor, request: SheetPrint) -> Callable[[], Binary]:
        """Draws the sheet of an endpoint when called, and may be called in a thread."""
        paper = checked_paper(self._room, request.paper, "documents.paper")
        with self._room.changes.unit():
            endpoint, customer = self._lookups.endpoint(actor, request.id, "endpoints.read", "id")
            password = ""
            if request.with_password:
                self._access.need(actor, "endpoints.reveal", customer.reseller_id, customer.id, what="endpoint")
                password = self._secrets.reveal(endpoint) or ""
                self._audit.noted(actor, "endpoints.sheet", "endpoint", endpoint.id, number=endpoint.number, with_password=bool(password))
            seller = self._store.resellers.get(customer.reseller_id)
            person = self._store.people.get(customer.person_id)
            assert seller is not None and person is not None  # foreign keys
            spoken = words(self._messages.language_of(customer, seller, request.language))
            phone = phone_settings(self._room, endpoint, seller, password)
            content = Sheet(
                sender=brand_of(self._room, seller),
                customer=person.name,
                number=phone.number,
                display_name=endpoint.display_name,
                server=phone.server,
                port=phone.port,
                transport=phone.transport,
                realm=phone.realm,
                user=phone.user,
                password=phone.password,
                codecs=phone.codecs,
                uri=phone.uri,
                emergency_calls=self._room.hot.takes_emergency_calls(),
            )
        return lambda: Binary(f"phone-{phone.number}.pdf", PDF, drawn(self._room, content, spoken.language, paper))
