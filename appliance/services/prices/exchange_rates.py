"""Exchange rates: typed rows by day. None is ever changed: a correction of the same day is a further row, and counts."""

from __future__ import annotations

from datetime import UTC, datetime

from appliance.billing import ecb
from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.money import check_currency, currency_decimals, exchange, format_amount, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.moments import day
from appliance.services.ground.room import Room
from appliance.store.exchange_rates import ExchangeRate
from appliance.wire.exchange_rates import (
    Convert,
    Converted,
    ExchangeRatePage,
    ExchangeRateSet,
    ExchangeRatesImport,
    ExchangeRatesImported,
    ExchangeRateView,
)  # fmt: skip
from appliance.wire.shapes import Listing

TYPED = "typed"
ECB = "ECB"


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

    def take_file(self, actor: Actor, request: ExchangeRatesImport) -> ExchangeRatesImported:
        """Rates of a file of the European Central Bank; what is there already stays, another rate of the same day is a further row."""
        self._access.need(actor, "settings.write", None)
        wanted = {check_currency(each, f"currencies[{index}]") for index, each in enumerate(request.currencies)}
        rates = [each for each in ecb.read(request.content) if not wanted or each.quote in wanted]
        with self._room.changes.unit():
            known: dict[tuple[str, str, str], str] = {}
            sources: set[tuple[str, str, str]] = set()
            for row in self._store.exchange_rates.list():
                known[row.base, row.quote, row.valid_on] = row.rate
                sources.add((row.quote, row.valid_on, row.source))
            written = 0
            for each in rates:
                before = known.get((ecb.BASE, each.quote, each.valid_on))
                if before is not None and exchange(ecb.BASE, each.quote, before)[2:4] == exchange(ecb.BASE, each.quote, each.rate)[2:4]:
                    continue
                number, source = 1, ECB
                while (each.quote, each.valid_on, source) in sources:
                    number += 1
                    source = f"{ECB} {number}"
                row_id = self._store.exchange_rates.insert(
                    base=ecb.BASE, quote=each.quote, valid_on=each.valid_on, rate=each.rate, source=source, created_at=self._room.clock.utcnow()
                )
                written += 1
                self._room.changes.note("exchange_rate", row_id)
            days = sorted({each.valid_on for each in rates})
            self._audit.noted(actor, "exchange_rates.import", "exchange_rate", 0, days=", ".join(days[-3:]), written=written)
        return ExchangeRatesImported(days, written, len(rates) - written)

    def convert(self, actor: Actor, request: Convert) -> Converted:
        """UserError exchange.no_rate where nothing leads from one to the other."""
        base, quote = check_currency(request.base, "base"), check_currency(request.quote, "quote")
        micros = parse_amount(request.amount, "amount")
        on = rfc3339(self._room.clock.utcnow())[:10] if request.on is None else day(request.on, "on")
        at = int(datetime.fromisoformat(on).replace(tzinfo=UTC).timestamp() * 1000)
        rate = exchange(base, base, "1", on) if base == quote else self._room.hot.prices.exchange(base, quote, at)
        if rate is None:
            raise UserError("exchange.no_rate", field="quote", base=base, quote=quote, on=on)
        decimals = currency_decimals(quote)
        return Converted(format_amount(rate.convert(micros, decimals), decimals), quote, rate.text(), rate.valid_on, rate.source)

    def list(self, actor: Actor, request: Listing) -> ExchangeRatePage:
        """All, newest first."""
        self._access.need(actor, "settings.read", None)
        return ExchangeRatePage([_view(row) for row in reversed(list(self._store.exchange_rates.list()))])


def _view(row: ExchangeRate) -> ExchangeRateView:
    return ExchangeRateView(row.base, row.quote, row.rate, row.valid_on, row.source)
