"""Rates: one prefix's price in a tariff (money.md, A rate), and what a call would cost."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class RateFields(Request, frozen=True):
    """One rate. In a derived tariff every field may be left out or null: it then follows the base."""

    prefix: str
    destination: str | None | UnsetType = UNSET
    price_per_minute: str | None | UnsetType = UNSET
    connection_fee: str | None | UnsetType = UNSET
    first_increment: int | None | UnsetType = UNSET
    next_increment: int | None | UnsetType = UNSET
    minimum_seconds: int | None | UnsetType = UNSET
    free_below_seconds: int | None | UnsetType = UNSET
    free_seconds: int | None | UnsetType = UNSET
    minimum_charge: str | None | UnsetType = UNSET
    maximum_charge: str | None | UnsetType = UNSET
    blocked: bool | None | UnsetType = UNSET
    band: str | UnsetType = UNSET
    valid_from: str | None | UnsetType = UNSET
    valid_until: str | None | UnsetType = UNSET


class RatesSet(Request, frozen=True):
    """New versions of rates: the ones they replace end at once. Fields left out stay as they are."""

    tariff: Ref
    rates: list[RateFields]
    reseller: Ref | None = None


class RatesRemove(Request, frozen=True):
    """Ends rates from now on, all at once; in a derived tariff the prefix follows the base again. rates.undo_import takes it back."""

    tariff: Ref
    prefixes: list[str]
    reseller: Ref | None = None


class RatesList(Request, frozen=True):
    """A tariff's rates by prefix, from `after` on; `search` is a prefix, a number or part of a destination."""

    tariff: Ref
    reseller: Ref | None = None
    search: str = ""
    after: str = ""
    limit: int = 500


class RateView(View, frozen=True):
    """One rate as it is valid now; `overridden` where a derived tariff says otherwise than its base."""

    prefix: str
    destination: str
    price_per_minute: str
    connection_fee: str
    first_increment: int
    next_increment: int
    minimum_seconds: int
    free_below_seconds: int
    free_seconds: int
    minimum_charge: str
    maximum_charge: str | None
    blocked: bool
    band: str
    valid_from: str | None
    valid_until: str | None
    overridden: bool = False


class RatePage(View, frozen=True):
    """`next` is empty on the last page."""

    rates: list[RateView]
    next: str = ""


class RatesChanged(View, frozen=True):
    """How many versions were written, ended or found to be so already. `import_id` is what rates.undo_import takes back, null where it takes none."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    import_id: int | None = None


class PriceRequest(Request, frozen=True):
    """Price a call without making it: by a tariff, or as a customer would pay it. `seconds` of talk."""

    number: str
    seconds: int
    at: str | None = None
    tariff: Ref | None = None
    customer: Ref | None = None
    reseller: Ref | None = None


class PriceView(View, frozen=True):
    """A priced call; `explanation` is data: tariff, prefix, increments, rounding at each step."""

    number: str
    normalised: str
    prefix: str
    destination: str
    billed_seconds: int
    amount: str
    currency: str
    explanation: dict[str, object]


class NoPrice(View, frozen=True):
    """`error` is "no_rate" or "blocked"."""

    error: str


class GridRequest(Request, frozen=True):
    """A page of a tariff's price grid by prefix, from `after` on. `search` is a prefix, a number or part of a destination.

    `only`: "" all, "overridden" what a derived tariff says itself, "loss" what is sold below cost, "thin" what has less than
    `thin_percent` of margin.
    """

    tariff: Ref
    reseller: Ref | None = None
    search: str = ""
    only: str = ""
    thin_percent: str = "10"
    after: str = ""
    limit: int = 200


class GridRow(View, frozen=True):
    """A prefix as it is sold now, beside what it costs.

    `inherited_price`: what it would be without the override, null where there is none. `cost` per minute in the
    tariff's currency is the dearest that this price must carry: `cost_prefix` in the tariff `cost_by`. It is null where nobody
    sells it to us, or where buying prices are not the asker's business. `margin_percent` is of the price.
    """

    prefix: str
    destination: str
    price_per_minute: str
    connection_fee: str
    first_increment: int
    next_increment: int
    minimum_seconds: int
    band: str
    blocked: bool
    valid_from: str | None
    overridden: bool
    inherited_price: str | None
    cost: str | None
    cost_by: str | None
    cost_prefix: str | None
    margin: str | None
    margin_percent: str | None
    loss: bool
    coming_price: str | None = None
    coming_at: str | None = None


class GridPage(View, frozen=True):
    """`total` fitting prefixes, null where counting them would take long; a page may be short while `next` is not empty: go on there."""

    rates: list[GridRow]
    currency: str
    next: str = ""
    total: int | None = None
