"""What customers' own pages need beside the nouns: spending, first page, letters, payments at a provider; wired together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.services.calls.call_paper import CallPapers
from appliance.services.ground.room import Room
from appliance.services.mail.letters import Letters
from appliance.services.mail.price_rises import PriceRises
from appliance.services.money.online_payments import OnlinePayments
from appliance.services.money.payments_page import PaymentsPages
from appliance.services.money.purse import Purse
from appliance.services.people.customer_overview import CustomerOverview

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class WebNouns:
    """One attribute a noun."""

    def __init__(self, room: Room, nouns: Nouns) -> None:
        self.purse = Purse(room, nouns.lookups, nouns.audit, nouns.messages)
        self.letters = Letters(room, nouns.access, nouns.lookups, nouns.audit, nouns.once, nouns.messages)
        self.overview = CustomerOverview(room, nouns.lookups, self.purse, nouns.customers, nouns.cdrs, self.letters)
        self.price_rises = PriceRises(room, self.letters, nouns.messages)
        self.online = OnlinePayments(room, nouns.lookups, nouns.audit, nouns.payments)
        self.call_papers = CallPapers(room, nouns.lookups, nouns.messages, nouns.cdrs)
        self.payments_pages = PaymentsPages(room, nouns.messages)
