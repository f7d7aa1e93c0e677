"""Shops: customers with the call shop option, their settings, prices for guests and figures (callshop.md)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.guard import FuseView
from appliance.wire.shapes import Ref, Request, View


class ShopList(Request, frozen=True):
    """The shops within reach, by name."""

    reseller: Ref | None = None
    search: str = ""


class ShopUpdate(Request, frozen=True):
    """Settings of a shop; what is left out stays. `id` is the customer's.

    `booth_tariff`: a tariff of the shop's reseller, what guests pay. `booth_markup_percent` makes a tariff so much above
    what the shop pays instead (or changes the one made so). `rounding`: cash is rounded to whole such units ("0.05"; "0"
    none). `currencies`: {currency: what one of it is taken for, in the shop's}. `denominations`: coins and notes, for
    change and counts. `forgive_seconds`, `forgive_amount`: calls shorter than that may be forgiven by a clerk, up to that
    sum a shift. `pin_everything`: walk-outs want a supervisor's PIN, too. `blocked`: prefixes that no booth may call.
    """

    id: int
    version: int | None = None
    booth_tariff: Ref | UnsetType = UNSET
    booth_markup_percent: str | UnsetType = UNSET
    receipt_name: str | UnsetType = UNSET
    receipt_head: str | UnsetType = UNSET
    receipt_foot: str | UnsetType = UNSET
    tax_number: str | UnsetType = UNSET
    tax_percent: str | UnsetType = UNSET
    rounding: str | UnsetType = UNSET
    denominations: list[str] | UnsetType = UNSET
    currencies: dict[str, str] | UnsetType = UNSET
    forgive_seconds: int | UnsetType = UNSET
    forgive_amount: str | UnsetType = UNSET
    warn_seconds: int | UnsetType = UNSET
    blocked: list[str] | UnsetType = UNSET
    pin_everything: bool | UnsetType = UNSET


class Approver(View, frozen=True):
    """Somebody whose PIN approves what a clerk may not do alone."""

    login: str
    name: str
    has_pin: bool


class ShopView(View, frozen=True):
    """One shop. `available` is what its own account can still pay, `available_minutes` that in minutes at the price of its
    latest calls, null where that is not known. `open_sessions` and `open_shifts` stand against turning the option off.
    `fiscal_notice`: the country's rules for tills are not met by this program; a receipt claims nothing more;
    `fiscal_countries` (of one shop) are all of which that is known. `fuse`: what stops the shop's calls now, until it is released."""

    id: int
    version: int
    name: str
    reseller: str
    chain: str | None
    currency: str
    decimals: int
    country: str
    language: str
    booth_tariff: str | None
    booth_markup_percent: str | None
    receipt_name: str
    receipt_head: str
    receipt_foot: str
    tax_number: str
    tax_percent: str
    rounding: str
    denominations: list[str]
    currencies: dict[str, str]
    forgive_seconds: int
    forgive_amount: str
    warn_seconds: int
    blocked: list[str]
    pin_everything: bool
    available: str
    available_minutes: int | None
    open_sessions: int
    open_shifts: int
    approvers: list[Approver] = []
    fiscal_notice: bool = False
    fiscal_countries: list[str] = []
    fuse: FuseView | None = None


class ShopPage(View, frozen=True):
    """All of them: there are few."""

    shops: list[ShopView]


class GuestPriceRequest(Request, frozen=True):
    """What a call costs a guest: `search` is a number (as it is dialled), or part of a country's or destination's name.

    `seconds`: the length whose cost is told; `amount`: how long that lasts is told.
    """

    id: int
    search: str
    seconds: int = 60
    amount: str | None = None
    limit: int = 30


class GuestPrice(View, frozen=True):
    """One destination at the guest's price. `blocked`: it may not be called from booths. `cost` is of `seconds` of talk;
    `lasts_seconds` how long the amount asked for lasts, null for longer than a month or where none was asked for."""

    prefix: str
    destination: str
    country: str
    price_per_minute: str
    connection_fee: str
    first_increment: int
    next_increment: int
    blocked: bool
    cost: str
    lasts_seconds: int | None = None


class GuestPrices(View, frozen=True):
    """`normalised` where the search was a number; `why`: "", no_rate or blocked."""

    currency: str
    normalised: str
    why: str
    prices: list[GuestPrice]


class ShopStatisticsRequest(Request, frozen=True):
    """Figures of settled bills and of calls, of one shop or of all within reach (a chain, where it is named).

    `by`: day, clerk, destination, booth, shop or goods. `since`, `until` (not included): RFC 3339 or ISO dates.
    """

    shop: Ref | None = None
    chain: Ref | None = None
    by: str = "day"
    since: str | None = None
    until: str | None = None
    limit: int = 1000


class ShopFigures(View, frozen=True):
    """One line. `key` is the day, the clerk's login, the destination's, booth's, shop's or goods' name. Sales are gross;
    `cost` and `margin` (sales less tax, less what the shop paid) are null where the asker may not know them."""

    key: str
    shop: str
    currency: str
    bills: int
    calls: int
    seconds: int
    sales_calls: str
    sales_goods: str
    discounts: str
    lost: str
    tax: str
    cost: str | None
    margin: str | None


class ShopStatistics(View, frozen=True):
    """Lines, and their sum by currency (`key` empty)."""

    lines: list[ShopFigures]
    totals: list[ShopFigures]


class ExceptionsRequest(Request, frozen=True):
    """What an owner wants to know of: events at tills, newest first. `clerk`: a login."""

    shop: Ref
    clerk: str = ""
    kind: str = ""
    shift: int | None = None
    since: str | None = None
    until: str | None = None
    after: int = 0
    limit: int = 100


class TillEvent(View, frozen=True):
    """`kind`: drawer, reprint, cancel, discount, manual_price, refund, closed_booth_call, deleted_line, walk_out, complaint,
    forgiven, recount, forced_close, not_signed."""

    id: int
    at: str
    kind: str
    clerk: str
    approved_by: str
    till: str
    shift: int | None
    bill: int | None
    session: int | None
    amount: str
    currency: str
    reason: str


class EventTotal(View, frozen=True):
    """How often, and how much, one clerk did one kind of thing."""

    clerk: str
    kind: str
    count: int
    amount: str
    currency: str


class Exceptions(View, frozen=True):
    """One page, and the totals of all that the filter finds. `next` is 0 on the last page."""

    events: list[TillEvent]
    totals: list[EventTotal]
    next: int = 0


class ChainSet(Request, frozen=True):
    """A chain of shops of one reseller, made or changed: exactly these shops belong to it then."""

    name: str
    shops: list[Ref]
    reseller: Ref | None = None


class ChainView(View, frozen=True):
    """A chain: whoever has a role in it has it in each of its shops."""

    id: int
    name: str
    reseller: str
    shops: list[str]


class ChainPage(View, frozen=True):
    """All within reach."""

    chains: list[ChainView]


class PinSet(Request, frozen=True):
    """The PIN by which a supervisor approves what a clerk may not do alone: 4 to 12 digits; null takes it away.

    Without a login, or with the asker's, it is the asker's own, and needs the password or a `code` that a supervisor gave out.
    """

    pin: str | None
    login: str | None = None
    password: str = ""
    code: str = ""


class PinCode(Request, frozen=True):
    """A one-time code by which somebody who works in a shop sets a new PIN; the PIN that was there is void at once."""

    shop: Ref
    login: str
