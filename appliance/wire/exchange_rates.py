"""Exchange rates: dated rows, typed or imported (money.md, Amounts)."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class ExchangeRateSet(Request, frozen=True):
    """One `base` is `rate` of `quote` from that day on, until a later row; today where no day is given."""

    base: str
    quote: str
    rate: str
    valid_on: str | None = None


class ExchangeRateView(View, frozen=True):
    """One dated rate; `source` says where it came from."""

    base: str
    quote: str
    rate: str
    valid_on: str
    source: str


class ExchangeRatePage(View, frozen=True):
    """All rates, newest first."""

    rates: list[ExchangeRateView]
