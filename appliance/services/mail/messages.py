"""E-mail to people: the details of a new endpoint, a test, and what became of each message (product.md S3, S13)."""

from __future__ import annotations

from typing import NamedTuple

from appliance import i18n
from appliance.errors import NotFound, UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import SipSecrets
from appliance.services.mail.brand import brand_of, phone_settings
from appliance.services.mail.email_templates import EmailTemplates, checked_language
from appliance.services.mail.email_text import Template, check_address, fields_of, filled
from appliance.services.mail.outbox import Outbox, state_of
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.outbox import Message
from appliance.store.people import Person
from appliance.store.resellers import Reseller
from appliance.wire.messages import (
    MailTest,
    MessageList,
    MessagePage,
    MessagePreview,
    MessageView,
    SendDetails,
    TemplatePreview,
)
from appliance.wire.shapes import ById, Done

STATES = ("", "waiting", "sent", "failed")


class Fresh(NamedTuple):
    """Passwords that were made just now and may be shown this once: of the endpoint, and of the web login."""

    password: str = ""
    login: str = ""
    web_password: str = ""


class Messages:
    """`details` is the rule for every door that makes an endpoint."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, secrets: SipSecrets, templates: EmailTemplates) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._secrets = secrets
        self._templates = templates
        self.outbox = Outbox(room)

    # rules ---------------------------------------------------------------------------------------------------------
    def details(
        self,
        actor: Actor,
        customer: Customer,
        endpoint: Endpoint | None,
        fresh: Fresh,
        *,
        recipient: str = "",
        language: str = "",
        field: str = "email",
    ) -> int:
        """The registration e-mail of an endpoint (or of a web login alone), put into the outbox; the message's id.

        UserError email.missing where neither `recipient` nor the customer has an address.
        """
        reseller, person = self._reseller(customer.reseller_id), self._person(customer)
        address = check_address(recipient or person.email, field)
        spoken = self.language_of(customer, reseller, language)
        brand = brand_of(self._room, reseller)
        values = self._values(reseller, person, endpoint, fresh)
        content = filled(self._templates.of(reseller.id, "details", spoken), values, spoken, brand.name)
        message_id = self.outbox.put(
            "details",
            address,
            content,
            sender=self.outbox.sender_of(brand.mail_from, reseller.sip_domain),
            sender_name=brand.name,
            language=spoken,
            customer_id=customer.id,
            reseller_id=reseller.id,
        )
        self._audit.noted(
            actor,
            "messages.send_details",
            "customer",
            customer.id,
            message_id=message_id,
            number=endpoint.number if endpoint is not None else "",
            with_password=bool(fresh.password or fresh.web_password),
        )
        return message_id

    def template_of(self, reseller_id: int, name: str, language: str) -> Template:
        """The reseller's own wording of an e-mail, else the built-in one."""
        return self._templates.of(reseller_id, name, language)

    def language_of(self, customer: Customer | None, reseller: Reseller, wanted: str = "") -> str:
        """The language named, else the customer's, else the reseller's; English where there is no catalogue."""
        if wanted:
            return checked_language(wanted)
        return i18n.known((customer.language if customer is not None else "") or reseller.language)

    # requests ------------------------------------------------------------------------------------------------------
    def send_details(self, actor: Actor, request: SendDetails) -> MessageView:
        """What a phone is set up with, by e-mail; with its password where that may be revealed."""
        with self._room.changes.unit():
            endpoint, customer = self._lookups.endpoint(actor, request.endpoint, "messages.send")
            fresh = Fresh()
            if request.with_password:
                self._access.need(actor, "endpoints.reveal", customer.reseller_id, customer.id, what="endpoint")
                fresh = Fresh(password=self._secrets.reveal(endpoint) or "")
            whom = request.recipient
            message_id = self.details(actor, customer, endpoint, fresh, recipient=whom, language=request.language, field="recipient")
            return self._view(self._row(message_id))

    def test(self, actor: Actor, request: MailTest) -> MessageView:
        """A message that shows whether e-mail works; only the folder's root may ask, since the mail server is everybody's."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, None, "settings.write")
            self._access.need(actor, "settings.write", None)
            address = check_address(request.recipient, "recipient")
            language = self.language_of(None, reseller, request.language)
            brand = brand_of(self._room, reseller)
            values = {"brand": brand.name, "server_name": self._room.settings.get("mail.host", "")}
            message_id = self.outbox.put(
                "test",
                address,
                filled(self._templates.of(reseller.id, "test", language), values, language, brand.name),
                sender=self.outbox.sender_of(brand.mail_from, reseller.sip_domain),
                sender_name=brand.name,
                language=language,
                reseller_id=reseller.id,
            )
            self._audit.noted(actor, "messages.test", "reseller", reseller.id, message_id=message_id)
            return self._view(self._row(message_id))

    def preview(self, actor: Actor, request: TemplatePreview) -> MessagePreview:
        """A template filled in with an endpoint's data, else with an example's, as are sums and dates; a password is never shown."""
        reseller = self._lookups.reseller(actor, request.reseller, "templates.read")
        fields_of(request.name)
        wording = self._templates.wording(reseller, request.name, request.language, Template(request.subject, request.text, request.html))
        brand = brand_of(self._room, reseller)
        values = {**self._values(reseller, None, None, Fresh("k7pm2xwq9tzedn", "1000001", "k7pm2xwq9tzedn")), **_EXAMPLE}
        if request.endpoint is not None:
            endpoint, customer = self._lookups.endpoint(actor, request.endpoint, "endpoints.read")
            values |= self._values(
                self._reseller(customer.reseller_id), self._person(customer), endpoint, Fresh("••••••••", endpoint.number, "••••••••")
            )
        values |= {"server_name": self._room.settings.get("mail.host", "") or "smtp.example.net"}
        return MessagePreview(*filled(wording, values, request.language, brand.name))

    def list(self, actor: Actor, request: MessageList) -> MessagePage:
        """E-mail of the actor's customers and resellers, newest first."""
        if request.state not in STATES:
            raise UserError("field.not_a_choice", field="state", choices=", ".join(STATES[1:]))
        limit = max(1, min(request.limit, 1000))
        customer_id = None
        reach = self._access.reach(actor, "messages.read")
        if request.customer is not None:
            customer_id = self._lookups.customer(actor, request.customer, request.reseller, "messages.read", archived=True).id
        elif request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "messages.read").id})
        found: list[Message] = []
        for row in self.outbox.newest(request.state, customer_id, request.after or None):
            if customer_id is None and reach is not None and row.reseller_id not in reach:
                continue
            found.append(row)
            if len(found) > limit:
                break
        return MessagePage([self._view(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def get(self, actor: Actor, request: ById) -> MessageView:
        """What became of one message."""
        return self._view(self._reached(actor, request.id, "messages.read"))

    def retry(self, actor: Actor, request: ById) -> Done:
        """Try a message now that waits or was given up."""
        with self._room.changes.unit():
            row = self._reached(actor, request.id, "messages.send")
            if row.sent_at is not None:
                raise UserError("message.sent_already", field="id")
            self.outbox.again(row.id)
            return Done(row.id)

    # parts ---------------------------------------------------------------------------------------------------------
    def _values(self, reseller: Reseller, person: Person | None, endpoint: Endpoint | None, fresh: Fresh) -> dict[str, str]:
        brand = brand_of(self._room, reseller)
        values = dict.fromkeys(fields_of("details"), "")
        values |= {"brand": brand.name, "brand_phone": brand.phone, "brand_email": brand.email, "web_address": brand.web_address}
        values |= {"login": fresh.login, "web_password": fresh.web_password}
        if person is not None:
            values |= {"customer": person.name, "first_name": person.first_name, "last_name": person.last_name, "company": person.company}
        if endpoint is not None:
            phone = phone_settings(self._room, endpoint, reseller, fresh.password)
            values |= {"number": phone.number, "user": phone.user, "password": phone.password, "server": phone.server}
            values |= {"port": str(phone.port), "transport": phone.transport.upper(), "realm": phone.realm}
        return values

    def _view(self, row: Message) -> MessageView:
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        reseller = None if row.reseller_id is None else self._store.resellers.get(row.reseller_id)
        return MessageView(
            id=row.id,
            made_at=stamp(row.made_at) or "",
            kind=row.kind,
            recipient=row.recipient,
            customer=None if customer is None else customer.name,
            reseller=None if reseller is None else reseller.name,
            state=state_of(row),
            tries=row.tries,
            next_try_at=stamp(row.next_try_at),
            sent_at=stamp(row.sent_at),
            error=row.error,
        )

    def _reached(self, actor: Actor, message_id: int, permission: str) -> Message:
        row = self._store.outbox.get(message_id)
        if row is None:
            raise NotFound("message.unknown", field="id")
        self._access.need(actor, permission, row.reseller_id, row.customer_id, what="message")
        return row

    def _row(self, message_id: int) -> Message:
        row = self._store.outbox.get(message_id)
        assert row is not None  # written just now
        return row

    def _person(self, customer: Customer) -> Person:
        person = self._store.people.get(customer.person_id)
        assert person is not None  # foreign key
        return person

    def _reseller(self, reseller_id: int) -> Reseller:
        row = self._store.resellers.get(reseller_id)
        assert row is not None  # foreign key
        return row


_EXAMPLE = {
    "customer": "Alice Shop",
    "first_name": "Alice",
    "last_name": "Shop",
    "company": "Alice & Co",
    "number": "1000001",
    "user": "1000001",
    "password": "k7pm2xwq9tzedn",
    "server": "sip.example.net",
    "port": "5060",
    "transport": "UDP",
    "realm": "sip.example.net",
    "balance": "EUR 1.50",
    "threshold": "EUR 5.00",
    "tariff": "Retail",
    "from": "2027-01-01",
    "count": "1",
    "prices": "Ghana (+233): EUR 0.20, EUR 0.22",
    "currency": "EUR",
    "reference": "RF86C1",
    "bank_name": "Example Bank",
    "iban": "NL91ABNA0417164300",
    "bic": "ABNANL2A",
    "vouchers": "[…]",
}
"""Somebody whom a template is tried on where there is no customer yet, and what an endpoint does not say of itself."""
