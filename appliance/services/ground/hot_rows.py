"""What the look-ups keep of each thing: parsed once, read at every call. Replaced whole when the thing changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

from appliance.billing.number import DialPlan, dial_plan
from appliance.billing.routing import Rewrite
from appliance.services.ground.forwarding import Forwarding, forwarding_of
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller
from appliance.store.trunks import Did, Trunk


class HotReseller(NamedTuple):
    """A reseller; `domains` are its SIP domain and the old ones, lower case, the present one first."""

    id: int
    parent_id: int | None
    name: str
    currency: str
    domains: tuple[str, ...]
    tariff_id: int | None
    account_id: int | None
    max_calls: int | None
    caller_number: str
    dial_plan: DialPlan | None
    country: str
    disabled: bool
    timezone: str = ""


class HotCustomer(NamedTuple):
    """A customer; `dial_plan` None: the reseller's."""

    id: int
    reseller_id: int
    name: str
    tariff_id: int
    account_id: int
    disabled: bool
    free_on_net: bool
    max_calls: int | None
    calls_per_second: int | None
    max_seconds: int | None
    caller_number: str
    dial_plan: DialPlan | None
    call_shop: bool = False
    booth_tariff_id: int | None = None
    allow_302: bool = False  # a phone of his may send a call elsewhere
    timezone: str = ""  # empty: the reseller's
    language: str = ""


class HotEndpoint(NamedTuple):
    """An endpoint; `disabled` is its own flag alone; from `addresses` it calls without a password: a gateway."""

    id: int
    customer_id: int
    number: str
    auth_name: str
    display_name: str
    media: str
    codecs: tuple[str, ...]
    max_calls: int | None
    max_bindings: int
    caller_number: str
    addresses: tuple[str, ...]
    emergency_address: str
    disabled: bool
    forwarding: Forwarding | None = None

    @property
    def is_reached_by_address(self) -> bool:
        """Whether it can be called without being registered: a gateway with an address of its own."""
        return any("/" not in text for text in self.addresses)


class HotTrunk(NamedTuple):
    """A trunk without its password. An archived one is a disabled one.

    `certificate` names what of ours its carrier is shown, another one after each change, "" for the server's own; it opens with store.seal.
    """

    id: int
    reseller_id: int
    name: str
    host: str
    port: int
    transport: str
    username: str
    register: bool
    addresses: tuple[str, ...]
    cost_tariff_id: int | None
    max_calls: int | None
    strip: int
    prepend: str
    media: str
    codecs: tuple[str, ...]
    main_number: str
    emergency: bool
    trusted: bool
    disabled: bool
    rules: tuple[Rewrite, ...] = ()
    caller_rules: tuple[Rewrite, ...] = ()
    hours: str = ""
    never_rests: bool = False
    tls_name: str = ""
    emergency_location: bool = False
    certificate: str = ""
    certificate_sealed: bytes | None = None


class HotDid(NamedTuple):
    """What an incoming number costs a minute (None: nothing), and which numbers are tried where its endpoint is not reached."""

    price_micros: int | None
    failover: tuple[str, ...]
    resold: Mapping[int, int] = MappingProxyType({})  # what resellers that have it of their parents pay a minute


class Login(NamedTuple):
    """What an authentication name and realm prove: HA1s in hex; `ends_at` set: an old realm, valid until then."""

    endpoint_id: int
    realm: str
    ha1_md5: str
    ha1_sha256: str
    ends_at: int | None


def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text != "[]" else ()


def _rewrites(text: str) -> tuple[Rewrite, ...]:
    return tuple(Rewrite(*each) for each in json.loads(text)) if text != "[]" else ()


def _plan(text: str | None) -> DialPlan | None:
    """A dial plan, None where nothing is set in it."""
    plan = json.loads(text) if text else None
    return dial_plan(plan) if plan else None


def reseller_of(row: Reseller) -> HotReseller:
    """From its row."""
    old = [domain.lower() for domain in _words(row.old_sip_domains)]
    domains = (row.sip_domain.lower(), *(domain for domain in old if domain != row.sip_domain.lower()))
    return HotReseller(
        row.id,
        row.parent_id,
        row.name,
        row.currency,
        domains,
        row.tariff_id,
        row.credit_account_id,
        row.max_calls,
        row.caller_number,
        _plan(row.dial_plan),
        row.country,
        bool(row.disabled),
        row.timezone,
    )


def customer_of(row: Customer) -> HotCustomer:
    """From its row."""
    return HotCustomer(
        row.id,
        row.reseller_id,
        row.name,
        row.tariff_id,
        row.credit_account_id,
        bool(row.disabled),
        bool(row.free_on_net),
        row.max_calls,
        row.calls_per_second,
        row.max_seconds,
        row.caller_number,
        _plan(row.dial_plan),
        bool(row.call_shop),
        row.booth_tariff_id,
        allow_302=bool(row.allow_302),
        timezone=row.timezone,
        language=row.language,
    )


def endpoint_of(row: Endpoint) -> HotEndpoint:
    """From its row."""
    return HotEndpoint(
        row.id,
        row.customer_id,
        row.number,
        row.auth_name,
        row.display_name,
        row.media,
        _words(row.codecs),
        row.max_calls,
        row.max_bindings,
        row.caller_number,
        _words(row.addresses),
        row.emergency_address,
        bool(row.disabled),
        forwarding_of(row.forwarding),
    )


def trunk_of(row: Trunk) -> HotTrunk:
    """From its row."""
    return HotTrunk(
        row.id,
        row.reseller_id,
        row.name,
        row.host,
        row.port,
        row.transport,
        row.username or "",
        bool(row.register),
        _words(row.addresses),
        row.cost_tariff_id,
        row.max_calls,
        row.strip,
        row.prepend,
        row.media,
        _words(row.codecs),
        row.main_number,
        bool(row.emergency),
        bool(row.trusted),
        bool(row.disabled) or row.archived_at is not None,
        _rewrites(row.rules),
        _rewrites(row.caller_rules),
        row.hours,
        bool(row.never_rests),
        row.tls_name,
        bool(row.emergency_location),
        "" if row.certificate_sealed is None else f"{row.id}:{crc32(row.certificate_sealed):08x}",
        row.certificate_sealed,
    )


def did_of(row: Did, resold: Mapping[int, int]) -> HotDid:
    """From its row, and what its resellers pay."""
    return HotDid(row.price_micros, _words(row.failover), resold)
