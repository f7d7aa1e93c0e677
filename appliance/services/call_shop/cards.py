"""Booths and sessions as screens see them."""

from __future__ import annotations

import json

from appliance.clock import rfc3339
from appliance.money import format_amount
from appliance.services.call_shop.meters import Figures, Meters
from appliance.services.call_shop.places import Place
from appliance.services.calls.call_record import LiveCall
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.bills import Line
from appliance.store.booths import Session
from appliance.store.endpoints import Endpoint
from appliance.wire.booths import BoothView, SessionPart, SessionView

STATES = {"open": "open", "paused": "paused", "locked": "to_pay"}


class Cards:
    """Reads alone."""

    def __init__(self, room: Room, meters: Meters) -> None:
        self._room = room
        self._store = room.store
        self.meters = meters

    def login(self, operator_id: int | None) -> str:
        """Who an operator is; "" for nobody."""
        row = None if operator_id is None else self._store.operators.get(operator_id)
        return "" if row is None else row.login

    def booth_name(self, endpoint_id: int) -> str:
        """As the shop calls it, else the phone's display name or number."""
        named = self._store.booths.booth(endpoint_id).name
        if named:
            return named
        row = self._store.endpoints.get(endpoint_id)
        return "" if row is None else row.display_name or row.number

    def booth(
        self,
        place: Place,
        endpoint: Endpoint,
        running: dict[int, LiveCall] | None = None,
        at: int | None = None,
        places: dict[int, int] | None = None,
    ) -> BoothView:
        """One card. `running`: calls by session, `places`: numbers by endpoint, where many cards are made at once."""
        settings = self._store.booths.booth(endpoint.id)
        session = self._store.booths.open_in(endpoint.id)
        live = None if session is None else (self.meters.by_session() if running is None else running).get(session.id)
        figures = None if live is None else self.meters.figures(live)
        state = "out_of_order" if settings.out_of_order else "closed"
        if session is not None:
            state = "in_call" if figures is not None and session.state == "open" else STATES[session.state]
        return BoothView(
            id=endpoint.id,
            version=settings.version,
            shop_id=place.id,
            shop=place.shop.name,
            name=settings.name or endpoint.display_name or endpoint.number,
            position=settings.position or (self._store.booths.positions(place.id) if places is None else places).get(endpoint.id, 0),
            number=endpoint.number,
            state=state,
            reason=settings.reason,
            registered=endpoint.addresses != "[]" or bool(self._store.bindings.of(endpoint.id, self._room.clock.utcnow() if at is None else at)),
            disabled=bool(endpoint.disabled),
            blocked=json.loads(settings.blocked),
            desk=bool(settings.desk),
            session=None if session is None else self.session(session, figures),
            call=None if figures is None else figures.view,
        )

    def session(self, row: Session, figures: Figures | None = None, warnings: list[str] | None = None) -> SessionView:
        """One session; `figures` of its running call."""
        bill = self._store.bills.get(row.bill_id)
        assert bill is not None  # foreign key
        if figures is None and row.closed_at is None:
            live = self.meters.call_of(row)
            figures = None if live is None else self.meters.figures(live)
        lines = self._store.bills.lines(bill.id)
        if row.closed_at is not None:  # the bill may be another's by now
            lines = [line for line in lines if line.session_id in (row.id, None)]
        total = sum(line.amount_micros for line in lines) + (figures.money_micros if figures is not None else 0)
        family = self._store.bills.joined(bill.id) if row.closed_at is None else [bill.id]
        deposit = sum(each.value_micros for each in self._store.bills.payments(family) if each.kind == "deposit")
        left: int | None = None
        if row.closed_at is None and (row.mode == "deposit" or row.money_limit_micros is not None):
            left = sum(self._room.ledger.funds(bill.account_id)) - (figures.money_micros if figures is not None else 0)
        seconds = None
        if figures is not None and figures.left_ms is not None:
            seconds = figures.left_ms // 1000
        elif row.time_limit_seconds is not None:
            seconds = max(row.time_limit_seconds - row.talked_ms // 1000 - (figures.seconds if figures is not None else 0), 0)
        return SessionView(
            id=row.id,
            version=row.version,
            booth=row.endpoint_id,
            booth_name=self.booth_name(row.endpoint_id),
            shop_id=row.shop_id,
            bill=row.bill_id,
            state=row.state,
            mode=row.mode,
            note=self._store.booths.guest(row.id),
            language=bill.language,
            currency=bill.currency,
            opened_at=rfc3339(row.opened_at),
            opened_by=self.login(row.opened_by),
            locked_at=stamp(row.locked_at),
            closed_at=stamp(row.closed_at),
            outcome=row.outcome,
            money_limit=None if row.money_limit_micros is None else format_amount(row.money_limit_micros),
            time_limit_seconds=row.time_limit_seconds,
            talked_seconds=row.talked_ms // 1000 + (figures.seconds if figures is not None else 0),
            calls=sum(1 for line in lines if line.kind == "call"),
            total=format_amount(total),
            deposit=format_amount(deposit),
            left=None if left is None else format_amount(left),
            left_seconds=seconds,
            warnings=warnings or [],
            parts=[] if row.closed_at is not None or len(family) == 1 else self._parts(row, lines),
        )

    def _parts(self, row: Session, lines: list[Line]) -> list[SessionPart]:
        """What each session brought to a joined bill, this one first; lines of nobody's are this one's."""
        found = []
        for session_id in dict.fromkeys([row.id, *(line.session_id or row.id for line in lines)]):
            session = self._store.booths.session(session_id)
            if session is not None:
                own = [line for line in lines if (line.session_id or row.id) == session_id]
                calls, amount = sum(1 for line in own if line.kind == "call"), sum(line.amount_micros for line in own)
                note = self._store.booths.guest(session_id)
                found.append(SessionPart(session_id, self.booth_name(session.endpoint_id), note, calls, format_amount(amount)))
        return found
