"""What runs in booths now: figures from the credit book's own meters, and whether a session may be closed.

Law: whether a call of a session runs is asked of its rows, which neither a crash nor a restart forgets; figures come from
memory alone.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.clock import rfc3339
from appliance.money import format_amount
from appliance.services.calls.booth_calls import GUEST_LEVEL
from appliance.services.calls.call_record import LiveCall, from_text
from appliance.services.calls.calls import Calls, axis
from appliance.services.ground.room import Room
from appliance.store.booths import Session
from appliance.store.owners import Owner
from appliance.wire.booths import BoothCall, BoothMeter


class Figures(NamedTuple):
    """A running call as its guest pays for it."""

    view: BoothCall
    money_micros: int
    seconds: int
    left_ms: int | None


class MeterRow(NamedTuple):
    """A booth's running call for readers; `owner` is its shop's."""

    owner: Owner
    view: BoothMeter
    key: tuple[object, ...]  # differs where a screen has something new to show, beside seconds that it counts itself


class Meters:
    """`calls` is set where calls can run; without it none does."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store
        self.calls: Calls | None = None
        self._countries: dict[str, str] = {}

    def runs(self, session: Session) -> bool:
        """Whether a call of the session runs, or is still to be charged after a crash."""
        return any(from_text(record).session == session.id for record in self._store.booths.running(session.endpoint_id))

    def call_of(self, session: Session) -> LiveCall | None:
        """Its running call."""
        return self.by_session().get(session.id)

    def by_session(self) -> dict[int, LiveCall]:
        """Running calls by their sessions."""
        if self.calls is None:
            return {}
        return {live.record.session: live for live in self.calls.running.values() if live.record.session is not None}

    def figures(self, live: LiveCall) -> Figures:
        """What the call has come to."""
        assert self.calls is not None  # it runs
        now, wall = axis(self._room.clock.monotonic()), self._room.clock.utcnow()
        book, record = self.calls.book, live.record
        known = book.has(live.call)
        money = book.consumed(live.call, GUEST_LEVEL, now) if known else 0
        ends = book.runs_out_at(live.call, now) if known else None
        seconds = max(now - axis(live.answered), 0) // 1000 if live.answered is not None else 0
        terms = next((meter.terms for meter in live.meters if meter.level == GUEST_LEVEL), None)
        price = terms.price if terms is not None else None
        view = BoothCall(
            id=live.call,
            state=live.state,
            number=record.dialled,
            destination=(price.destination if price is not None else "") or record.destination or "",
            country=self.country(record.normalised) if record.direction == "out" else "",
            started_at=rfc3339(record.started_at),
            answered_at=None if record.answered_at is None else rfc3339(record.answered_at),
            seconds=seconds,
            money=format_amount(money),
            price_per_minute=format_amount(price.price_micros) if price is not None else "0.00",
            connection_fee=format_amount(price.connection_fee_micros) if price is not None else "0.00",
            first_increment=price.first_increment if price is not None else 1,
            next_increment=price.next_increment if price is not None else 1,
            runs_out_at=None if ends is None else rfc3339((wall + ends - now + 500) // 1000 * 1000),
        )
        return Figures(view, money, seconds, None if ends is None else max(ends - now, 0))

    def rows(self) -> dict[int, MeterRow]:
        """Running calls of all booths, by booth."""
        found: dict[int, MeterRow] = {}
        for session_id, live in self.by_session().items():
            session = self._store.booths.session(session_id)
            bill = None if session is None else self._store.bills.get(session.bill_id)
            if session is None or bill is None:
                continue
            figures = self.figures(live)
            balance, limit = self._room.ledger.funds(bill.account_id)
            total = self._store.bills.sum(bill.id) + figures.money_micros
            limited = session.mode == "deposit" or session.money_limit_micros is not None
            left = balance + limit - figures.money_micros if limited else None
            warn_ms = self._store.booths.shop(session.shop_id).warn_seconds * 1000
            view = BoothMeter(
                booth=session.endpoint_id,
                session=session_id,
                call=figures.view,
                total=format_amount(total),
                left=None if left is None else format_amount(left),
                left_seconds=None if figures.left_ms is None else figures.left_ms // 1000,
                warn=figures.left_ms is not None and figures.left_ms <= warn_ms,
            )
            found[session.endpoint_id] = MeterRow((live.record.reseller, session.shop_id), view, _key(view))
        return found

    def country(self, number: str) -> str:
        """The ISO 3166 code that a number's country code (E.164) belongs to; "" for none."""
        for length in (3, 2, 1):
            code = number[:length]
            if len(code) == length and self._region(code):
                return self._region(code)
        return ""

    def _region(self, code: str) -> str:
        found = self._countries.get(code)
        if found is None:
            from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

            regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code.isdigit() else ()
            found = self._countries[code] = regions[0] if regions and regions[0].isalpha() else ""
        return found


def _key(view: BoothMeter) -> tuple[object, ...]:
    call = view.call
    return (view.session, call.id, call.state, call.answered_at, call.money, call.runs_out_at, view.total, view.left, view.warn)
