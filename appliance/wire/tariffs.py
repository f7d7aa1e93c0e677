"""Tariffs: price lists, base or derived (product.md S9)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class TariffCreate(Request, frozen=True):
    """A base tariff, or a derived one where `base` names one of the reseller's own or its buying tariff."""

    name: str
    reseller: Ref | None = None
    currency: str | None = None
    base: Ref | None = None
    markup_percent: str = "0"
    surcharge_per_minute: str = "0"
    decimals: int | None = None
    rounding: str | None = None
    price_rounding: str | None = None
    duration_rounding: str | None = None
    increment_style: str | None = None
    timezone: str | None = None
    band_rule: str | None = None
    loss_guard: bool = False
    on_net_price: str | None = None


class TariffUpdate(Request, frozen=True):
    """Changes of a tariff; what is left out stays. A null base makes it a base tariff."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    base: Ref | None | UnsetType = UNSET
    markup_percent: str | UnsetType = UNSET
    surcharge_per_minute: str | UnsetType = UNSET
    decimals: int | UnsetType = UNSET
    rounding: str | UnsetType = UNSET
    price_rounding: str | UnsetType = UNSET
    duration_rounding: str | UnsetType = UNSET
    increment_style: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    band_rule: str | UnsetType = UNSET
    loss_guard: bool | UnsetType = UNSET
    on_net_price: str | None | UnsetType = UNSET


class TariffView(View, frozen=True):
    """One tariff; `rates` counts its own versions now valid (of a derived one: its overrides)."""

    id: int
    version: int
    reseller: str
    name: str
    currency: str
    decimals: int
    rounding: str
    price_rounding: str
    duration_rounding: str
    increment_style: str
    timezone: str
    band_rule: str
    base: str | None
    markup_percent: str
    surcharge_per_minute: str
    loss_guard: bool
    on_net_price: str | None
    rates: int
    archived_at: str | None


class TariffPage(View, frozen=True):
    """All tariffs that the asker may see."""

    tariffs: list[TariffView]
