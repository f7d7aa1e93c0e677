"""What a tariff has beside its rates (time bands, volume tiers), and customers beside their tariff (special rates, bundles)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.description import BandEntry
from appliance.wire.rates import RateFields
from appliance.wire.shapes import Ref, Request, View


class TariffRef(Request, frozen=True):
    """Names a tariff."""

    tariff: Ref
    reseller: Ref | None = None


class BandsSet(TariffRef, frozen=True, kw_only=True):
    """Replaces the weekly time bands of a base tariff. `band_rule`: a call pays by the band of its start, or is split."""

    bands: list[BandEntry]
    band_rule: str | UnsetType = UNSET


class BandsView(View, frozen=True):
    """Weekly time bands in the tariff's time zone; what lies in none is the band without a name. `now` is the band that holds."""

    tariff: str
    timezone: str
    band_rule: str
    bands: list[BandEntry]
    now: str


class TierFields(Request, frozen=True):
    """From `from_minutes` paid in a calendar month on, calls to the prefix cost `discount_percent` less a minute."""

    from_minutes: int
    discount_percent: str
    prefix: str = ""


class TiersSet(TariffRef, frozen=True, kw_only=True):
    """Replaces a tariff's volume tiers; the tier that is reached when a call starts holds for the whole call."""

    tiers: list[TierFields]


class TiersView(View, frozen=True):
    """A tariff's volume tiers."""

    tariff: str
    tiers: list[TierFields]


class CustomerRef(Request, frozen=True):
    """Names a customer."""

    customer: Ref
    reseller: Ref | None = None


class SpecialRatesSet(CustomerRef, frozen=True, kw_only=True):
    """What one customer pays otherwise than its tariff says; fields left out follow the tariff."""

    rates: list[RateFields]


class SpecialRatesRemove(CustomerRef, frozen=True, kw_only=True):
    """These prefixes follow the customer's tariff again."""

    prefixes: list[str]


class SpecialRate(View, frozen=True):
    """A special rate as it is valid now, and what the tariff says."""

    prefix: str
    destination: str
    price_per_minute: str
    blocked: bool
    usual_price: str | None


class SpecialRates(View, frozen=True):
    """A customer's special rates over `tariff`; `special_tariff` is the derived tariff that holds them (rates.* take it too)."""

    customer: str
    tariff: str
    special_tariff: int | None
    currency: str
    rates: list[SpecialRate]


class BundleCreate(Request, frozen=True):
    """Minutes to numbers that begin with one of the prefixes, in each period: once, day, week, month."""

    name: str
    prefixes: list[str]
    minutes: int
    period: str = "month"
    reseller: Ref | None = None


class BundleUpdate(Request, frozen=True):
    """Changes of a bundle; they count for calls that start after that."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    prefixes: list[str] | UnsetType = UNSET
    minutes: int | UnsetType = UNSET
    period: str | UnsetType = UNSET


class BundleView(View, frozen=True):
    """One bundle."""

    id: int
    version: int
    reseller: str
    name: str
    prefixes: list[str]
    minutes: int
    period: str
    archived_at: str | None


class BundlePage(View, frozen=True):
    """A reseller's bundles."""

    bundles: list[BundleView]


class BundleGive(CustomerRef, frozen=True, kw_only=True):
    """A customer has the bundle from `since` (now) until `until` (until it is taken away)."""

    bundle: Ref
    since: str | None = None
    until: str | None = None


class BundleTake(Request, frozen=True):
    """A customer's bundle: ended now (calls that run keep it), or given again."""

    id: int


class HeldBundle(View, frozen=True):
    """A customer's bundle and what is left of it in the present period, running calls not counted."""

    id: int
    bundle: str
    prefixes: list[str]
    minutes: int
    period: str
    used_seconds: int
    left_seconds: int
    period_began: str
    since: str
    until: str | None


class HeldBundles(View, frozen=True):
    """What a customer has, in the order in which it is used."""

    customer: str
    bundles: list[HeldBundle]
