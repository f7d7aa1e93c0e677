"""What the reseller pages need beside the nouns: who may work there, what the business brings, the account with the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.services.call_figures import CallFigures
from appliance.services.ground.room import Room
from appliance.services.people.own_reseller import OwnReseller
from appliance.services.people.reseller_sign_in import ResellerSignIns

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class ResellerNouns:
    """One attribute a noun."""

    def __init__(self, room: Room, nouns: Nouns) -> None:
        self.sign_ins = ResellerSignIns(room, nouns.access, nouns.operators, nouns.sign_ins)
        self.figures = CallFigures(room, nouns.access, nouns.lookups, nouns.statistics.book)
        self.own = OwnReseller(room, nouns.access, nouns.lookups)
