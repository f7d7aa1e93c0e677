"""Finding a shop's things through their shop: what is another shop's is not there (NotFound)."""

from __future__ import annotations

import json
from typing import NamedTuple

from appliance.billing.shop import Books
from appliance.errors import Conflict, NotFound
from appliance.money import UNITS, currency_decimals
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.store.bills import Bill
from appliance.store.booths import Session
from appliance.store.booths import Shop as Settings
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller
from appliance.store.shifts import Shift
from appliance.store.tills import Till
from appliance.wire.shapes import Ref

DECADES = 5
READ, USE, APPROVE, WRITE, FIGURES, COSTS = "shop.read", "till.use", "till.approve", "shop.write", "shop.figures", "costs.read"


class Place(NamedTuple):
    """A shop as whoever works in it needs it."""

    shop: Customer
    reseller: Reseller
    settings: Settings
    currency: str
    decimals: int

    @property
    def id(self) -> int:
        """The customer's."""
        return self.shop.id

    @property
    def books(self) -> Books:
        """Whose accounts its money goes through."""
        return Books(self.reseller.id, self.shop.id, self.currency)

    @property
    def denominations(self) -> list[int]:
        """Micros of its coins and notes, the largest first; 1, 2 and 5 of each decimal place where it has not said which there are."""
        said: list[int] = json.loads(self.settings.denominations)
        if said:
            return said
        smallest = UNITS[self.decimals]
        usual = [step * smallest * 10**decade for decade in range(DECADES) for step in (1, 2, 5)]
        return [each for each in reversed(usual) if each >= self.settings.rounding_micros]

    @property
    def timezone(self) -> str:
        """Where its days begin."""
        return self.shop.timezone or self.reseller.timezone

    @property
    def language(self) -> str:
        """What its papers speak where nobody says otherwise."""
        return self.shop.language or self.reseller.language


class Places:
    """Each method checks the permission for what it gives."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._store = room.store
        self._access = access
        self._lookups = lookups

    def shop(self, actor: Actor, ref: Ref, permission: str, field: str = "shop") -> Place:
        """By id, or by name. NotFound "shop.unknown"; Conflict "shop.off" where the customer is no shop."""
        try:
            row = self._lookups.customer(actor, ref, None, permission, field)
        except NotFound:
            raise NotFound("shop.unknown", field=field, shop=ref) from None
        if not row.call_shop:
            raise Conflict("shop.off", field=field, shop=row.name)
        return self._place(row)

    def shops(self, actor: Actor, permission: str) -> list[Place]:
        """All within reach, by name."""
        reach, single = self._access.reach(actor, permission), self._access.shops(actor, permission)
        rows = [row for row in self._store.customers.list() if row.call_shop and (reach is None or row.reseller_id in reach or row.id in single)]
        return [self._place(row) for row in sorted(rows, key=lambda row: (row.name.lower(), row.id))]

    def booth(self, actor: Actor, endpoint_id: int, permission: str, field: str = "booth") -> tuple[Place, Endpoint]:
        """A shop's endpoint."""
        row = self._store.endpoints.get(endpoint_id)
        if row is None or row.archived_at is not None:
            raise NotFound("booth.unknown", field=field, booth=endpoint_id)
        return self._within(actor, row.customer_id, permission, "booth", field), row

    def session(self, actor: Actor, session_id: int, permission: str, field: str = "id", *, closed: bool = False) -> tuple[Place, Session]:
        """Conflict "session.closed" where it is over, unless that is welcome."""
        row = self._store.booths.session(session_id)
        if row is None:
            raise NotFound("session.unknown", field=field, session=session_id)
        place = self._within(actor, row.shop_id, permission, "session", field)
        if row.closed_at is not None and not closed:
            raise Conflict("session.closed", field=field, session=session_id)
        return place, row

    def bill(self, actor: Actor, bill_id: int, permission: str, field: str = "id", *, settled: bool = False) -> tuple[Place, Bill]:
        """Conflict "bill.settled" where it is not open any more, unless that is welcome."""
        row = self._store.bills.get(bill_id)
        if row is None:
            raise NotFound("bill.unknown", field=field, bill=bill_id)
        place = self._within(actor, row.shop_id, permission, "bill", field)
        if row.state != "open" and not settled:
            raise Conflict("bill.settled", field=field, bill=bill_id, state=row.state)
        return place, row

    def till(self, actor: Actor, till_id: int, permission: str, field: str = "till", *, archived: bool = False) -> tuple[Place, Till]:
        """A till in use."""
        row = self._store.tills.get(till_id)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("till.unknown", field=field, till=till_id)
        return self._within(actor, row.shop_id, permission, "till", field), row

    def shift(self, actor: Actor, shift_id: int, permission: str, field: str = "id", *, closed: bool = False) -> tuple[Place, Shift]:
        """Conflict "shift.closed" where it is over, unless that is welcome."""
        row = self._store.shifts.get(shift_id)
        if row is None:
            raise NotFound("shift.unknown", field=field, shift=shift_id)
        place = self._within(actor, row.shop_id, permission, "shift", field)
        if row.closed_at is not None and not closed:
            raise Conflict("shift.closed", field=field, shift=shift_id)
        return place, row

    def working_shift(self, actor: Actor, till_id: int, place: Place, field: str = "till") -> tuple[Till, Shift]:
        """The shift that is open at a till of this shop: no money without one (Conflict "shift.none")."""
        its, till = self.till(actor, till_id, USE, field)
        if its.id != place.id:
            raise NotFound("till.unknown", field=field, till=till_id)
        shift = self._store.shifts.open_at(till.id)
        if shift is None:
            raise Conflict("shift.none", field=field, till=till.name)
        if shift.operator_id != actor.operator_id and not self.may(actor, APPROVE, place):
            raise Conflict("shift.not_yours", field=field, clerk=shift.clerk)
        return till, shift

    def of(self, shop_id: int) -> Place:
        """A shop by its id, whoever asks: for work that was allowed already."""
        row = self._store.customers.get(shop_id)
        assert row is not None  # foreign keys
        return self._place(row)

    def sees_costs(self, actor: Actor, place: Place) -> bool:
        """Whether what the shop itself pays is the actor's business."""
        return self._access.may(actor, COSTS, place.reseller.id, place.id)

    def may(self, actor: Actor, permission: str, place: Place) -> bool:
        """Whether the actor has that permission in this shop."""
        return self._access.may(actor, permission, place.reseller.id, place.id)

    def _within(self, actor: Actor, shop_id: int, permission: str, what: str, field: str) -> Place:
        row = self._store.customers.get(shop_id)
        assert row is not None  # foreign keys
        self._access.need(actor, permission, row.reseller_id, row.id, what=what)
        if not row.call_shop and what == "booth":
            raise NotFound("booth.unknown", field=field)
        return self._place(row)

    def _place(self, row: Customer) -> Place:
        reseller = self._store.resellers.get(row.reseller_id)
        account = self._store.accounts.get(row.credit_account_id)
        assert reseller is not None and account is not None  # foreign keys
        return Place(row, reseller, self._store.booths.shop(row.id), account.currency, currency_decimals(account.currency))
