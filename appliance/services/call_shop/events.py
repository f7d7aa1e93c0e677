"""What an owner wants to know of: each with clerk, shift, reason and figures."""

from __future__ import annotations

from itertools import islice

from appliance.clock import rfc3339
from appliance.money import format_amount
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.places import FIGURES, Place, Places
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.store.shifts import Shift
from appliance.store.till_documents import Event
from appliance.wire.shops import EventTotal, Exceptions, ExceptionsRequest, TillEvent

MOST = 500


class Events:
    """`note` is for services, inside the unit of work of what it is about."""

    def __init__(self, room: Room, places: Places, cards: Cards) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._cards = cards

    def note(
        self,
        actor: Actor,
        place: Place,
        kind: str,
        *,
        shift: Shift | None = None,
        amount: int = 0,
        bill_id: int | None = None,
        session_id: int | None = None,
        document_id: int | None = None,
        approved_by: int | None = None,
        reason: str = "",
        currency: str = "",
    ) -> None:
        """Without a shift it is the clerk's own open one, or the only one that is open in the shop."""
        at = shift or self._shift_of(actor, place)
        self._store.till_documents.note(
            shop_id=place.id,
            at=self._room.clock.utcnow(),
            kind=kind,
            till_id=None if at is None else at.till_id,
            shift_id=None if at is None else at.id,
            operator_id=actor.operator_id,
            approved_by=approved_by,
            bill_id=bill_id,
            session_id=session_id,
            document_id=document_id,
            amount_micros=amount,
            currency=currency or place.currency,
            reason=reason,
        )

    def _shift_of(self, actor: Actor, place: Place) -> Shift | None:
        shifts = self._store.shifts.open_in(place.id)
        own = [each for each in shifts if each.operator_id == actor.operator_id]
        return own[-1] if own else shifts[0] if len(shifts) == 1 else None

    def list(self, actor: Actor, request: ExceptionsRequest) -> Exceptions:
        """Newest first, with the totals of all that the filter finds."""
        place = self._places.shop(actor, request.shop, FIGURES)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        limit = max(1, min(request.limit, MOST))
        rows = [
            row
            for row in self._store.till_documents.events(place.id, since=since, until=until, kind=request.kind, shift_id=request.shift)
            if not request.clerk or self._cards.login(row.operator_id) == request.clerk
        ]
        page = list(islice((row for row in rows if not request.after or row.id < request.after), limit + 1))
        sums: dict[tuple[str, str, str], list[int]] = {}
        for row in rows:
            of = sums.setdefault((self._cards.login(row.operator_id), row.kind, row.currency), [0, 0])
            of[0] += 1
            of[1] += row.amount_micros
        totals = [
            EventTotal(clerk, kind, count, format_amount(amount), currency) for (clerk, kind, currency), (count, amount) in sorted(sums.items())
        ]
        return Exceptions([self._view(row) for row in page[:limit]], totals, page[limit - 1].id if len(page) > limit else 0)

    def _view(self, row: Event) -> TillEvent:
        till = None if row.till_id is None else self._store.tills.get(row.till_id)
        return TillEvent(
            id=row.id,
            at=rfc3339(row.at),
            kind=row.kind,
            clerk=self._cards.login(row.operator_id),
            approved_by=self._cards.login(row.approved_by),
            till="" if till is None else till.name,
            shift=row.shift_id,
            bill=row.bill_id,
            session=row.session_id,
            amount=format_amount(row.amount_micros),
            currency=row.currency,
            reason=row.reason,
        )
