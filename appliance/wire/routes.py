"""Routes: which trunks serve a prefix, in which order."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class RouteSet(Request, frozen=True):
    """Creates or replaces the route of a prefix ("" serves what no other does). `order`: priority or cost."""

    prefix: str
    trunks: list[Ref] | UnsetType = UNSET
    order: str | UnsetType = UNSET
    reseller: Ref | None = None
    weights: list[int] | UnsetType = UNSET


class RouteView(View, frozen=True):
    """One route; trunks by name, first tried first."""

    id: int
    version: int
    reseller: str
    prefix: str
    order: str
    trunks: list[str]
    weights: list[int]


class RoutePage(View, frozen=True):
    """All routes that the asker may see."""

    routes: list[RouteView]
