"""The services of the ways in: phones' links, brands, who waits to become a customer, web sessions, webhooks, the daily summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.services.daily_summary import DailySummaries
from appliance.services.ground.room import Room
from appliance.services.people.brands import Brands
from appliance.services.people.provisioning import Provisioning
from appliance.services.people.registration_queue import RegistrationQueue
from appliance.services.people.web_codes import WebCodes
from appliance.services.people.web_session_list import WebSessionLists
from appliance.services.trunks.trunk_outages import TrunkOutages
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
        self.web_codes = WebCodes(room, nouns.lookups, nouns.audit, nouns.web_sign_ins)
        self.trunk_outages = TrunkOutages(room)  # before the webhooks, which tell what it wrote
        self.webhooks = WebhookSet(room, nouns.access, nouns.lookups, nouns.audit)
        self.summaries = DailySummaries(room, nouns.access, nouns.lookups, nouns.audit, nouns.operators, nouns.messages)
        self.summaries.carriers = nouns.money.carriers.accounts

        def copy_fault() -> str | None:
            return nouns.alerts.copy_fault()

        self.summaries.copy_fault = copy_fault  # the alerts' own is set by the server later
