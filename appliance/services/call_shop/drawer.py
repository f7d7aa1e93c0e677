"""Cash at a till: every entry that touches a drawer has its movement in the shift, in the same unit of work.

Law: the movements of a shift's drawer are its postings with the other sign, currency by currency; what a till's account
says is what should lie in the drawer.
"""

from __future__ import annotations

import json

from appliance.billing.ledger import Entry
from appliance.billing.shop import DRAWER
from appliance.errors import UserError
from appliance.money import check_currency, parse_amount
from appliance.services.call_shop.places import Place
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.store.shifts import Shift
from appliance.wire.shifts import Counted

MOST_PIECES = 1_000_000


class Drawer:
    """Used inside units of work of those who call."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store

    def post(
        self, actor: Actor, shift: Shift | None, entry: Entry, kind: str, *, bill_id: int | None = None, reason: str = "", reference: str = ""
    ) -> int:
        """Post an entry, and note what it does to the drawer; the entry's id."""
        now = self._room.clock.utcnow()
        entry_id = books.post(self._room.ledger, now, entry, reference=reference, operator_id=actor.operator_id)
        for side in entry.sides:
            if side.kind == DRAWER:
                assert shift is not None  # no cash without a shift
                self._store.shifts.move(
                    shift_id=shift.id,
                    at=now,
                    kind=kind,
                    amount_micros=-side.amount_micros,
                    currency=side.currency,
                    entry_id=entry_id,
                    bill_id=bill_id,
                    operator_id=actor.operator_id,
                    reason=reason,
                )
                self._room.changes.note("shift", shift.id)
        return entry_id


def counted(place: Place, pieces: Counted, field: str = "counted") -> dict[str, int]:
    """What counted coins and notes come to, by currency: of the shop's, and of those that it takes. UserError "denomination.invalid"."""
    taken = {place.currency, *json.loads(place.settings.currencies)}
    sums = {place.currency: 0}
    for currency, each in pieces.items():
        check_currency(currency, f"{field}.{currency}")
        if currency not in taken:
            raise UserError("tender.currency", field=f"{field}.{currency}", currency=currency)
        for value, number in each.items():
            where = f"{field}.{currency}.{value}"
            try:
                micros = parse_amount(value, where)
            except UserError:
                raise UserError("denomination.invalid", field=where, text=value[:32]) from None
            if micros <= 0 or isinstance(number, bool) or not 0 <= number <= MOST_PIECES:
                raise UserError("denomination.invalid", field=where, text=value[:32])
            sums[currency] = sums.get(currency, 0) + micros * number
    return sums
