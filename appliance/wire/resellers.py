"""Resellers: the tree (product.md S14)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.ledger import LedgerRow
from appliance.wire.shapes import DialPlan, Ref, Request, View


class ResellerCreate(Request, frozen=True):
    """A new reseller below `parent` (the root's only where the appliance is empty: leave `parent` out)."""

    name: str
    parent: Ref | None = None
    currency: str | None = None
    sip_domain: str | None = None
    web_hosts: list[str] = []
    number_range: str | None = None
    retail_markup_percent: str = "0"
    timezone: str = "UTC"
    language: str = "en"
    country: str = ""
    tariff: Ref | None = None
    credit_limit: str = "0"
    call_shop_allowed: bool = True
    may_have_resellers: bool = False
    own_trunks_allowed: bool = False
    max_calls: int | None = None
    caller_number: str = ""
    dial_plan: DialPlan = {}
    disabled: bool = False
    company: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    vat_number: str | None = None


class ResellerMove(Request, frozen=True):
    """Hangs a reseller with all below it under another `parent`. It must be settled with the old one, unless `carry_balance` takes what it
    has or owes over to its account with the new one. `tariff` is what it buys by from then on, one of the new parent's.
    """

    id: int
    parent: Ref
    tariff: Ref | None = None
    credit_limit: str | None = None
    carry_balance: bool = False
    request_id: str = ""


class ResellerUpdate(Request, frozen=True):
    """Changes of a reseller; what is left out stays. `tariff` is its buying tariff, one of its parent's."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    sip_domain: str | UnsetType = UNSET
    web_hosts: list[str] | UnsetType = UNSET
    number_range: str | UnsetType = UNSET
    retail_markup_percent: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    tariff: Ref | None | UnsetType = UNSET
    credit_limit: str | UnsetType = UNSET
    call_shop_allowed: bool | UnsetType = UNSET
    may_have_resellers: bool | UnsetType = UNSET
    own_trunks_allowed: bool | UnsetType = UNSET
    max_calls: int | None | UnsetType = UNSET
    caller_number: str | UnsetType = UNSET
    dial_plan: DialPlan | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    company: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    vat_number: str | None | UnsetType = UNSET


class ResellerView(View, frozen=True):
    """One reseller; `balance` is null for the root, which has no account with anybody."""

    id: int
    version: int
    name: str
    parent: str | None
    currency: str
    sip_domain: str
    old_sip_domains: list[str]
    web_hosts: list[str]
    number_range: str
    retail_markup_percent: str
    timezone: str
    language: str
    country: str
    tariff: str | None
    balance: str | None
    credit_limit: str | None
    call_shop_allowed: bool
    may_have_resellers: bool
    own_trunks_allowed: bool
    max_calls: int | None
    caller_number: str
    dial_plan: DialPlan
    disabled: bool
    archived_at: str | None
    company: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    vat_number: str | None = None
    """What stands on its papers; without a company name the reseller's own."""
    warnings: list[str] = []
    """What was noticed while writing: overlapping ranges, phones that a new SIP domain cuts off."""


class ResellerPage(View, frozen=True):
    """The whole tree below the asker, parents first."""

    resellers: list[ResellerView]


class OwnAccountRequest(Request, frozen=True):
    """Reseller `id`'s account with its parent; `after` is the last page's `next`."""

    id: int
    after: int = 0
    limit: int = 50


class OwnAccountView(View, frozen=True):
    """What a reseller has or owes at its parent, as itself may see it. `available` is balance and limit together.

    The root has no such account: `parent` is null, the amounts too, and there are no postings. Notes are the parent's own and left out.
    """

    id: int
    reseller: str
    parent: str | None
    currency: str
    balance: str | None
    credit_limit: str | None
    available: str | None
    tariff: str | None
    postings: list[LedgerRow]
    next: int = 0
