"""The services of prices and of charges put right, wired together; `Nouns.pricing` is this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.services.calls.number_answers import NumberAnswers
from appliance.services.ground.room import Room
from appliance.services.money.commissions import Commissions
from appliance.services.people.reseller_moves import ResellerMoves
from appliance.services.prices.bundles import Bundles
from appliance.services.prices.call_refunds import CallRefunds
from appliance.services.prices.dispute_papers import DisputePapers
from appliance.services.prices.disputes import Disputes
from appliance.services.prices.margins import MarginRadar
from appliance.services.prices.price_changes import PriceChanges
from appliance.services.prices.recosting import Recostings
from appliance.services.prices.reratings import Reratings
from appliance.services.prices.special_rates import SpecialRateBook
from appliance.services.prices.tariff_parts import TariffParts
from appliance.services.prices.what_if import WhatIfs

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class PriceNouns:
    """One attribute a noun."""

    def __init__(self, room: Room, nouns: Nouns) -> None:
        access, lookups, audit, once = nouns.access, nouns.lookups, nouns.audit, nouns.once
        self.parts = TariffParts(room, access, lookups, audit, nouns.tariffs)
        self.special_rates = SpecialRateBook(room, access, lookups, audit, nouns.rates)
        self.bundles = Bundles(room, access, lookups, audit)
        self.price_desk = nouns.decks.desk
        self.price_changes = PriceChanges(room, access, lookups, nouns.decks.desk, nouns.decks.writing)
        self.margins = MarginRadar(room, access, lookups, audit)
        self.what_ifs = WhatIfs(room, access, lookups, nouns.rates)
        self.answers = NumberAnswers(room, access, lookups)
        self.refunds = CallRefunds(room, access, audit, once, nouns.money.approvals)
        self.reratings = Reratings(room, access, lookups, audit, nouns.cdrs, nouns.money.approvals)
        self.recostings = Recostings(room, access, lookups, audit, nouns.cdrs)
        self.refunds.propose = self.reratings.propose = nouns.money.credit_notes.propose
        self.disputes = Disputes(room, access, lookups, audit, once, nouns.cdrs, self.refunds)
        self.dispute_papers = DisputePapers(room, self.disputes, nouns.messages)
        self.commissions = Commissions(room, lookups, audit, once)
        self.moves = ResellerMoves(room, access, lookups, audit, once, nouns.resellers, nouns.credit_accounts)
