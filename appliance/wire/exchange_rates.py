"""Exchange rates: dated rows, typed or imported (money.md, Amounts)."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class ExchangeRateSet(Request, frozen=True):
    """One `base` is `rate` of `quote` from that day on, until a later row; today where no day is given."""

    base: str
    quote: str
    rate: str
    valid_on: str | None = None


class ExchangeRatesImport(Request, frozen=True):
    """A file of the European Central Bank: its daily rates (XML or CSV), or the last ninety days (XML). `content` is base64 in JSON.

    Only these `currencies`, where some are named.
    """

    content: bytes
    currencies: list[str] = []


class ExchangeRatesImported(View, frozen=True):
    """What the file held; `unchanged` rates were there already."""

    days: list[str]
    written: int
    unchanged: int


class Convert(Request, frozen=True):
    """An amount in another currency, at the rate of a day (today): for looking at, never for charging."""

    amount: str
    base: str
    quote: str
    on: str | None = None


class Converted(View, frozen=True):
    """Rounded to the decimals of the currency; `rate` is exact and says of which day and from whom it is."""

    amount: str
    currency: str
    rate: str
    valid_on: str
    source: str


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
