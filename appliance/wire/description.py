"""The description file of `apply` and `export`: a stable, versioned JSON format (operations.md).

Law: only natural keys are required. A field left out takes its default on creation and stays as it is on update,
null clears it, an unknown field is refused. Amounts and percentages are decimal strings.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from appliance.wire.description_shop import ShopEntry
from appliance.wire.endpoints import Forwarding
from appliance.wire.rates import RateFields
from appliance.wire.shapes import DialPlan, Request, View

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Digits = Annotated[str, Meta(pattern="^[0-9]{1,32}$")]
Count = Annotated[int, Meta(ge=0, le=2_000_000_000)]
MediaChoice = Literal["auto", "always", "never"]
Role = Literal["owner", "manager", "accountant", "supervisor", "clerk", "read-only"]
Scalar = str | int | float | bool | None


class Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of the file."""


class OperatorEntry(Entry, frozen=True, kw_only=True):
    """A person who signs in at the console. `login` is unique in the appliance; the role is held in this reseller."""

    login: Name
    password: str | None | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    name: str | None | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET


class ResellerEntry(Entry, frozen=True, kw_only=True):
    """One reseller; the one without a parent is the root. `tariff` is what it buys by, one of its parent's."""

    name: Name
    parent: Name | None | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    sip_domain: str | UnsetType = UNSET
    web_hosts: list[str] | None | UnsetType = UNSET
    number_range: str | UnsetType = UNSET
    retail_markup_percent: str | None | UnsetType = UNSET
    timezone: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    country: str | None | UnsetType = UNSET
    tariff: Name | None | UnsetType = UNSET
    credit_limit: str | None | UnsetType = UNSET
    opening_balance: str | None | UnsetType = UNSET
    call_shop_allowed: bool | None | UnsetType = UNSET
    may_have_resellers: bool | None | UnsetType = UNSET
    own_trunks_allowed: bool | None | UnsetType = UNSET
    max_calls: Count | None | UnsetType = UNSET
    caller_number: str | None | UnsetType = UNSET
    dial_plan: DialPlan | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET
    operators: list[OperatorEntry] | UnsetType = UNSET


class BandEntry(Entry, frozen=True, kw_only=True):
    """A weekly time band in the tariff's time zone: `weekdays` 1 (Monday) to 7, `starts` and `ends` as "08:00"; "24:00" ends a day."""

    name: Name
    weekdays: list[Annotated[int, Meta(ge=1, le=7)]]
    starts: Annotated[str, Meta(pattern="^[0-2][0-9]:[0-5][0-9]$")]
    ends: Annotated[str, Meta(pattern="^[0-2][0-9]:[0-5][0-9]$")]


class TierEntry(Entry, frozen=True, kw_only=True):
    """From `from_minutes` paid in a calendar month on, calls to the prefix ("": all) cost `discount_percent` less."""

    from_minutes: Count
    discount_percent: str
    prefix: str = ""


class BundleEntry(Entry, frozen=True, kw_only=True):
    """Minutes to numbers that begin with one of the prefixes, in each period; known by its name within the reseller."""

    name: Name
    reseller: Name | UnsetType = UNSET
    prefixes: list[Digits] | UnsetType = UNSET
    minutes: Count | UnsetType = UNSET
    period: Literal["once", "day", "week", "month"] | UnsetType = UNSET


class ExchangeRateEntry(Entry, frozen=True, kw_only=True):
    """One `base` is `rate` of `quote` from that day on (ISO date)."""

    base: str
    quote: str
    valid_on: str
    rate: str


class TariffEntry(Entry, frozen=True, kw_only=True):
    """A price list: `rates` where it is base, `overrides` where it is derived from `base`."""

    name: Name
    reseller: Name | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    base: Name | None | UnsetType = UNSET
    markup_percent: str | None | UnsetType = UNSET
    surcharge_per_minute: str | None | UnsetType = UNSET
    decimals: Annotated[int, Meta(ge=0, le=6)] | None | UnsetType = UNSET
    rounding: Literal["half-up", "up"] | None | UnsetType = UNSET
    price_rounding: str | None | UnsetType = UNSET
    duration_rounding: Literal["up", "down", "nearest"] | None | UnsetType = UNSET
    increment_style: Literal["first-next", "total"] | None | UnsetType = UNSET
    timezone: str | None | UnsetType = UNSET
    band_rule: Literal["start", "split"] | None | UnsetType = UNSET
    loss_guard: bool | None | UnsetType = UNSET
    on_net_price: str | None | UnsetType = UNSET
    bands: list[BandEntry] | None | UnsetType = UNSET
    tiers: list[TierEntry] | None | UnsetType = UNSET
    rates: list[RateFields] | UnsetType = UNSET
    overrides: list[RateFields] | UnsetType = UNSET


class NumberSaleEntry(Entry, frozen=True, kw_only=True):
    """A sub-reseller that has an incoming number of its parent, and what it pays for it. Applying a file takes no `setup_fee`."""

    reseller: Name
    setup_fee: str | None | UnsetType = UNSET
    monthly_fee: str | None | UnsetType = UNSET
    price_per_minute: str | None | UnsetType = UNSET


class TrunkNumberEntry(Entry, frozen=True, kw_only=True):
    """An incoming number and the endpoint it rings. Applying a file takes no `setup_fee`: it counts from then on.

    `sold`: who has it, from the trunk's reseller down; the endpoint is then a customer's of the last.
    """

    did: Digits
    endpoint: Digits | None | UnsetType = UNSET
    failover: list[str] | UnsetType = UNSET
    price_per_minute: str | None | UnsetType = UNSET
    monthly_fee: str | None | UnsetType = UNSET
    setup_fee: str | None | UnsetType = UNSET
    sold: list[NumberSaleEntry] | UnsetType = UNSET


class NumberRuleEntry(Entry, frozen=True, kw_only=True):
    """How numbers of one prefix are written for a trunk."""

    prefix: str
    strip: Count = 0
    prepend: str = ""


class TrunkEntry(Entry, frozen=True, kw_only=True):
    """A carrier or gateway. `addresses`: IP, IP:port or network; left out, the host alone. `certificate`: PEM, with its chain and key."""

    name: Name
    reseller: Name | UnsetType = UNSET
    host: Name | UnsetType = UNSET
    port: Annotated[int, Meta(ge=0, le=65535)] | None | UnsetType = UNSET
    transport: Literal["udp", "tcp", "tls"] | None | UnsetType = UNSET
    username: str | None | UnsetType = UNSET
    password: str | None | UnsetType = UNSET
    register: bool | None | UnsetType = UNSET
    addresses: list[str] | None | UnsetType = UNSET
    cost_tariff: Name | None | UnsetType = UNSET
    max_calls: Count | None | UnsetType = UNSET
    strip: Count | None | UnsetType = UNSET
    prepend: str | None | UnsetType = UNSET
    media: MediaChoice | None | UnsetType = UNSET
    codecs: list[str] | None | UnsetType = UNSET
    main_number: str | None | UnsetType = UNSET
    emergency: bool | None | UnsetType = UNSET
    trusted: bool | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET
    numbers: list[TrunkNumberEntry] | UnsetType = UNSET
    rules: list[NumberRuleEntry] | None | UnsetType = UNSET
    caller_rules: list[NumberRuleEntry] | None | UnsetType = UNSET
    hours: str | None | UnsetType = UNSET
    never_rests: bool | None | UnsetType = UNSET
    tls_name: str | None | UnsetType = UNSET
    emergency_location: bool | None | UnsetType = UNSET
    certificate: str | None | UnsetType = UNSET


class RouteEntry(Entry, frozen=True, kw_only=True):
    """Which trunks serve a prefix, first tried first; "" serves what no other does."""

    prefix: str
    reseller: Name | UnsetType = UNSET
    trunks: list[Name] | UnsetType = UNSET
    order: Literal["priority", "cost", "weight"] | None | UnsetType = UNSET
    weights: list[Count] | UnsetType = UNSET


class CreditAccountEntry(Entry, frozen=True, kw_only=True):
    """Where a customer's money is taken from. Several customers may name one; limit and opening are given once."""

    name: Name
    currency: str | UnsetType = UNSET
    credit_limit: str | None | UnsetType = UNSET
    opening_balance: str | None | UnsetType = UNSET
    tax_point: Literal["payment", "usage"] | None | UnsetType = UNSET


class EndpointEntry(Entry, frozen=True, kw_only=True):
    """One SIP identity. Without a password a new one gets a made one, which `apply` reports."""

    number: Digits
    password: str | None | UnsetType = UNSET
    auth_name: str | None | UnsetType = UNSET
    display_name: str | None | UnsetType = UNSET
    media: MediaChoice | None | UnsetType = UNSET
    codecs: list[str] | None | UnsetType = UNSET
    max_calls: Count | None | UnsetType = UNSET
    max_bindings: Annotated[int, Meta(ge=1, le=100)] | None | UnsetType = UNSET
    caller_number: str | None | UnsetType = UNSET
    addresses: list[str] | None | UnsetType = UNSET
    emergency_address: str | None | UnsetType = UNSET
    forwarding: Forwarding | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET


class WebLoginEntry(Entry, frozen=True, kw_only=True):
    """A login for the web page, unique in the reseller."""

    login: Name
    password: str | None | UnsetType = UNSET
    must_change: bool | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET


class MonthlyFeeEntry(Entry, frozen=True, kw_only=True):
    """An amount taken each month. Dates are ISO (2026-01-31); the first month is from today where left out."""

    name: Name
    amount: str
    endpoint: Digits | None | UnsetType = UNSET
    starts_on: str | None | UnsetType = UNSET
    ends_on: str | None | UnsetType = UNSET
    day: Annotated[int, Meta(ge=1, le=28)] | None | UnsetType = UNSET
    policy: Literal["take", "wait"] | None | UnsetType = UNSET


class HeldBundleEntry(Entry, frozen=True, kw_only=True):
    """A bundle that a customer has, from `since` (left out: from now, where it has none of that name) until `until`."""

    bundle: Name
    since: str | UnsetType = UNSET
    until: str | None | UnsetType = UNSET


class CustomerEntry(Entry, frozen=True, kw_only=True):
    """One customer, known by its name within the reseller. `currency` is for display only."""

    name: Name
    reseller: Name | UnsetType = UNSET
    first_name: str | None | UnsetType = UNSET
    last_name: str | None | UnsetType = UNSET
    tariff: Name | UnsetType = UNSET
    credit_account: CreditAccountEntry | UnsetType = UNSET
    call_shop: bool | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    phone: str | None | UnsetType = UNSET
    country: str | None | UnsetType = UNSET
    timezone: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    currency: str | None | UnsetType = UNSET
    company: str | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    credit_description: str | None | UnsetType = UNSET
    address: str | None | UnsetType = UNSET
    vat_number: str | None | UnsetType = UNSET
    tax: str | None | UnsetType = UNSET
    payment_terms_days: Count | None | UnsetType = UNSET
    max_calls: Count | None | UnsetType = UNSET
    caller_number: str | None | UnsetType = UNSET
    dial_plan: DialPlan | None | UnsetType = UNSET
    free_on_net: bool | None | UnsetType = UNSET
    allow_302: bool | None | UnsetType = UNSET
    special_rates: list[RateFields] | UnsetType = UNSET
    bundles: list[HeldBundleEntry] | UnsetType = UNSET
    monthly_fees: list[MonthlyFeeEntry] | UnsetType = UNSET
    endpoints: list[EndpointEntry] | UnsetType = UNSET
    web_logins: list[WebLoginEntry] | UnsetType = UNSET
    shop: ShopEntry | UnsetType = UNSET


class Description(Entry, frozen=True, kw_only=True):
    """The whole file. `settings` sets "section.key" to a value; null sets it back to its default."""

    tollhouse: Literal[1]
    exchange_rates: list[ExchangeRateEntry] | UnsetType = UNSET
    resellers: list[ResellerEntry] | UnsetType = UNSET
    tariffs: list[TariffEntry] | UnsetType = UNSET
    trunks: list[TrunkEntry] | UnsetType = UNSET
    routes: list[RouteEntry] | UnsetType = UNSET
    bundles: list[BundleEntry] | UnsetType = UNSET
    customers: list[CustomerEntry] | UnsetType = UNSET
    settings: dict[str, Scalar | list[Scalar]] | UnsetType = UNSET


class DescriptionText(View, frozen=True):
    """A description file as text, as `export` gives it and `description.apply` takes it."""

    text: str


class ExportRequest(Request, frozen=True):
    """What to leave out: rates are by far the largest part."""

    rates: bool = True


class Applied(View, frozen=True):
    """What `apply` did. `passwords` are those made for new endpoints and web logins: shown once."""

    created: dict[str, int]
    changed: dict[str, int]
    unchanged: int
    passwords: dict[str, str]
    warnings: list[str]
