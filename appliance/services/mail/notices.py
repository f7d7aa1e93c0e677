"""E-mails that the business sends by itself: a fee that waits, an invoice that is overdue. Nobody without an address is told."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.errors import UserError
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import check_address, filled
from appliance.services.mail.messages import Messages
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller


class Notices:
    """Puts them into the outbox in the open unit of work."""

    def __init__(self, room: Room, messages: Messages) -> None:
        self._room = room
        self._messages = messages

    def language_of(self, customer: Customer | None, reseller: Reseller) -> str:
        """The one that the person reads."""
        return self._messages.language_of(customer, reseller)

    def tell(
        self, template: str, reseller: Reseller, person_id: int, values: Mapping[str, str], customer: Customer | None = None, attachment: str = ""
    ) -> int | None:
        """One e-mail by a template of the reseller's, with a paper (`Outbox.put`); its id, None where the person has no address that works."""
        person = self._room.store.people.get(person_id)
        try:
            address = check_address("" if person is None else person.email, "email")
        except UserError:
            return None
        assert person is not None  # it has an address
        spoken = self.language_of(customer, reseller)
        brand = brand_of(self._room, reseller)
        said = {
            "customer": person.company or f"{person.first_name} {person.last_name}".strip() or person.name,
            "first_name": person.first_name,
            "brand": brand.name,
            "brand_phone": brand.phone,
            "brand_email": brand.email,
            "web_address": brand.web_address,
            **values,
        }
        content = filled(self._messages.template_of(reseller.id, template, spoken), said, spoken, brand.name)
        return self._messages.outbox.put(
            template,
            address,
            content,
            sender=self._messages.outbox.sender_of(brand.mail_from, reseller.sip_domain),
            sender_name=brand.name,
            language=spoken,
            customer_id=None if customer is None else customer.id,
            reseller_id=reseller.id,
            attachment=attachment,
        )
