"""Exchange rates: typed rows by day. None is ever changed: a correction of the same day is a further row, and counts."""

from __future__ import annotations

from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.money import check_currency, exchange
from appliance.services.access import Access, Actor
from appliance.services.audit import Audit
from appliance.services.moments import day
from appliance.services.room import Room
from appliance.store.exchange_rates import ExchangeRate
from appliance.wire.exchange_rates import ExchangeRatePage, ExchangeRateSet, ExchangeRateView
from appliance.wire.shapes import Listing

TYPED = "typed"


class ExchangeRates:
    """`put` is the rule for every door; rates are the appliance's, so the root's to set."""

    def __init__(self, room: Room, access: Access, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._audit = audit

    def put(self, actor: Actor, request: ExchangeRateSet) -> str:
        """The rate of a day: "created", "changed" where the day had another, or ""."""
        base, quote = check_currency(request.base, "base"), check_currency(request.quote, "quote")
        if base == quote:
            raise UserError("exchange.same_currency", field="quote")
        wanted = exchange(base, quote, request.rate)
        on = rfc3339(self._room.clock.utcnow())[:10] if request.valid_on is None else day(request.valid_on, "valid_on")
        before = self._store.exchange_rates.find(base, quote, on)
        same_day = before is not None and before.valid_on == on
        if before is not None and same_day and exchange(base, quote, before.rate)[2:4] == wanted[2:4]:
            return ""
        rows = sum((row.base, row.quote, row.valid_on) == (base, quote, on) for row in self._store.exchange_rates.list())
        row_id = self._store.exchange_rates.insert(
            base=base,
            quote=quote,
            valid_on=on,
            rate=request.rate,
            source=f"{TYPED} {rows + 1}" if rows else TYPED,
            created_at=self._room.clock.utcnow(),
        )
        self._audit.made(actor, "exchange_rates.set", "exchange_rate", row_id, {"base": base, "quote": quote, "valid_on": on, "rate": request.rate})
        self._room.changes.note("exchange_rate", row_id)
        return "changed" if same_day else "created"

    def set(self, actor: Actor, request: ExchangeRateSet) -> ExchangeRateView:
        """One rate; calls that start from then on are converted by it."""
        self._access.need(actor, "settings.write", None)
        with self._room.changes.unit():
            self.put(actor, request)
            on = rfc3339(self._room.clock.utcnow())[:10] if request.valid_on is None else request.valid_on
            row = self._store.exchange_rates.find(request.base, request.quote, on)
            assert row is not None  # just written, or there before
            return _view(row)

    def list(self, actor: Actor, request: Listing) -> ExchangeRatePage:
        """All, newest first."""
        self._access.need(actor, "settings.read", None)
        return ExchangeRatePage([_view(row) for row in reversed(list(self._store.exchange_rates.list()))])


def _view(row: ExchangeRate) -> ExchangeRateView:
    return ExchangeRateView(row.base, row.quote, row.rate, row.valid_on, row.source)
