"""Amounts in the viewer's currency beside their own (product.md S22): by the rate that was recorded, else by the dated one of the day.

For display alone: nothing that is shown so is ever posted. Where no rate leads from one to the other nothing is shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.money import Exchange, check_currency, currency_decimals, exchange, format_amount, parse_amount
from appliance.services.ground.hot_prices import HotPrices


class ShownIn:
    """One viewer's currency, for one page of a list."""

    def __init__(self, prices: HotPrices, currency: str) -> None:
        """UserError for what is no currency; "" shows nothing."""
        self.currency = check_currency(currency, "in_currency") if currency else ""
        self._prices = prices
        self._known: dict[tuple[str, int], Exchange | None] = {}

    def __bool__(self) -> bool:
        return bool(self.currency)

    def amounts(self, named: Mapping[str, tuple[str | None, str | None]], at: int, recorded: Exchange | None = None) -> dict[str, str] | None:
        """{name: amount} of {name: (amount, its currency)} at a moment (UTC ms); None where nothing can be shown."""
        found = {}
        for name, (amount, currency) in named.items():
            shown = None if amount is None or not currency else self._shown(amount, currency, at, recorded)
            if shown is not None:
                found[name] = shown
        return found or None

    def _shown(self, amount: str, currency: str, at: int, recorded: Exchange | None) -> str | None:
        if currency == self.currency:
            return amount
        rate = _fitting(recorded, currency, self.currency) or self._rate(currency, at)
        if rate is None:
            return None
        decimals = max(currency_decimals(self.currency), 4 if "." in amount and len(amount.partition(".")[2]) > 2 else 0)
        return format_amount(rate.convert(parse_amount(amount), decimals), currency_decimals(self.currency))

    def _rate(self, currency: str, at: int) -> Exchange | None:
        key = (currency, at // 86_400_000)
        if key not in self._known:
            self._known[key] = self._prices.exchange(currency, self.currency, at)
        return self._known[key]


def _fitting(recorded: Exchange | None, base: str, quote: str) -> Exchange | None:
    if recorded is None:
        return None
    if (recorded.base, recorded.quote) == (base, quote):
        return recorded
    return recorded.inverse() if (recorded.base, recorded.quote) == (quote, base) else None


def same(currency: str) -> Exchange:
    """The rate of a currency to itself."""
    return exchange(currency, currency, "1")
