"""The services of the ways in: phones' links, brands, who waits to become a customer, web sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.services.ground.room import Room
from appliance.services.people.brands import Brands
from appliance.services.people.provisioning import Provisioning
from appliance.services.people.registration_queue import RegistrationQueue
from appliance.services.people.web_session_list import WebSessionLists
from appliance.services.webhooks import WebhookSet

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class DoorNouns:
    """One attribute a noun."""

    def __init__(self, room: Room, nouns: Nouns) -> None:
        self.provisioning = Provisioning(room, nouns.lookups, nouns.audit, nouns.secrets)
        self.brands = Brands(room, nouns.lookups, nouns.audit, nouns.resellers)
        self.registration_queue = RegistrationQueue(room, nouns.access, nouns.lookups, nouns.audit, nouns.customers, nouns.messages)
        self.web_sessions = WebSessionLists(room, nouns.lookups, nouns.audit)
        self.webhooks = WebhookSet(room, nouns.access, nouns.lookups, nouns.audit)
