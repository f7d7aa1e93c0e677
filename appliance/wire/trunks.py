"""Trunks: carriers and gateways that calls go out to or come in from."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class TrunkNumber(Request, frozen=True):
    """An incoming number and the endpoint it rings; a null endpoint rings nowhere."""

    did: str
    endpoint: str | None | UnsetType = UNSET


class TrunkCreate(Request, frozen=True):
    """A trunk. `addresses` are where its calls come from: IP, IP:port or network (the host where left out)."""

    name: str
    host: str
    reseller: Ref | None = None
    port: int = 5060
    transport: str = "udp"
    username: str | None = None
    password: str | None = None
    register: bool = False
    addresses: list[str] | None = None
    cost_tariff: Ref | None = None
    max_calls: int | None = None
    strip: int = 0
    prepend: str = ""
    media: str = "auto"
    codecs: list[str] = []
    main_number: str = ""
    emergency: bool = False
    trusted: bool = False
    disabled: bool = False
    numbers: list[TrunkNumber] = []


class TrunkUpdate(Request, frozen=True):
    """Changes of a trunk; what is left out stays. Numbers not named stay."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    host: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    transport: str | UnsetType = UNSET
    username: str | None | UnsetType = UNSET
    password: str | None | UnsetType = UNSET
    register: bool | UnsetType = UNSET
    addresses: list[str] | UnsetType = UNSET
    cost_tariff: Ref | None | UnsetType = UNSET
    max_calls: int | None | UnsetType = UNSET
    strip: int | UnsetType = UNSET
    prepend: str | UnsetType = UNSET
    media: str | UnsetType = UNSET
    codecs: list[str] | UnsetType = UNSET
    main_number: str | UnsetType = UNSET
    emergency: bool | UnsetType = UNSET
    trusted: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    numbers: list[TrunkNumber] | UnsetType = UNSET


class TrunkNumberRemove(Request, frozen=True):
    """Takes an incoming number off the trunk that has it."""

    did: str


class TrunkNumberView(View, frozen=True):
    """An incoming number and the endpoint it rings."""

    did: str
    endpoint: str | None


class TrunkView(View, frozen=True):
    """One trunk, never its password. `registered` is null where we do not register or nothing was heard yet; `reason` says
    why not, `since` since when it has been so; `calls` run over it now."""

    id: int
    version: int
    reseller: str
    name: str
    host: str
    port: int
    transport: str
    username: str | None
    has_password: bool
    register: bool
    addresses: list[str]
    cost_tariff: str | None
    max_calls: int | None
    strip: int
    prepend: str
    media: str
    codecs: list[str]
    main_number: str
    emergency: bool
    trusted: bool
    disabled: bool
    numbers: list[TrunkNumberView]
    archived_at: str | None
    registered: bool | None = None
    reason: str = ""
    since: str | None = None
    calls: int = 0


class TrunkPage(View, frozen=True):
    """All trunks that the asker may see."""

    trunks: list[TrunkView]
