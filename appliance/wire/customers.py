"""Customers and their web logins: what a client sends and sees (product.md S3, S5, S7)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.endpoints import EndpointView
from appliance.wire.shapes import DialPlan, Listing, Ref, Request, View


class NewCreditAccount(Request, frozen=True):
    """A credit account made with its customer. Without a currency it takes the reseller's.

    Without a tax point: on payment where it has no limit, else on usage.
    """

    name: str = ""
    currency: str | None = None
    credit_limit: str = "0"
    tax_point: str | None = None


class NewEndpoint(Request, frozen=True):
    """The SIP account of the customer's form: without a number the next free one, without a password a made one."""

    number: str | None = None
    password: str | None = None
    media: str = "auto"
    max_calls: int | None = None
    display_name: str = ""


class NewWebLogin(Request, frozen=True):
    """The web account of the customer's form: without a login it is the endpoint's number, with its password."""

    login: str | None = None
    password: str | None = None


class CustomerCreate(Request, frozen=True):
    """A new customer. `credit_account`: an existing account's id or name, or a new one."""

    name: str
    reseller: Ref | None = None
    tariff: Ref | None = None
    credit_account: NewCreditAccount | int | str | None = None
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    country: str = ""
    vat_number: str | None = None
    description: str = ""
    credit_description: str = ""
    timezone: str = ""
    language: str = ""
    currency: str = ""
    tax: str | None = None
    payment_terms_days: int = 14
    max_calls: int | None = None
    caller_number: str = ""
    dial_plan: DialPlan | None = None
    free_on_net: bool = True
    allow_302: bool = False
    call_shop: bool = False
    disabled: bool = False
    endpoint: NewEndpoint | None = None
    web_login: NewWebLogin | None = None
    send_details: bool = False


class CustomerUpdate(Request, frozen=True):
    """Changes of a customer; what is left out stays."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    tariff: Ref | UnsetType = UNSET
    credit_account: Ref | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    company: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    vat_number: str | None | UnsetType = UNSET
    description: str | UnsetType = UNSET
    credit_description: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    tax: str | None | UnsetType = UNSET
    payment_terms_days: int | UnsetType = UNSET
    max_calls: int | None | UnsetType = UNSET
    caller_number: str | UnsetType = UNSET
    dial_plan: DialPlan | None | UnsetType = UNSET
    free_on_net: bool | UnsetType = UNSET
    allow_302: bool | UnsetType = UNSET
    call_shop: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class WebLoginView(View, frozen=True):
    """A web login, never its password."""

    id: int
    login: str
    disabled: bool
    must_change: bool
    second_factor: bool = False


class CustomerView(View, frozen=True):
    """One customer as lists and its page show it; `balance` and `available` are its credit account's."""

    id: int
    version: int
    reseller: str
    name: str
    first_name: str
    last_name: str
    company: str
    phone: str
    email: str
    address: str
    country: str
    vat_number: str | None
    description: str
    credit_description: str
    timezone: str
    language: str
    currency: str
    tariff: str
    credit_account: str
    credit_account_id: int
    account_currency: str
    balance: str
    credit_limit: str
    tax: str | None
    payment_terms_days: int
    max_calls: int | None
    caller_number: str
    dial_plan: DialPlan | None
    free_on_net: bool
    call_shop: bool
    disabled: bool
    created_at: str
    archived_at: str | None
    endpoints: list[EndpointView] = []
    web_logins: list[WebLoginView] = []
    passwords: dict[str, str] = {}
    """Only in the answer to a creation: the made passwords by endpoint number or login, shown once."""
    allow_302: bool = False
    """Whether a phone of his may send a call elsewhere (SIP 302); he pays for the way on."""
    converted: dict[str, str] | None = None
    """The amounts by name in the currency that was asked for (`in_currency`), where a rate leads there."""
    moved_from: str = ""
    """The other system that he was moved in from (`customers.get` alone says it); his calls there are `old_calls.list`."""


class CustomerList(Listing, frozen=True):
    """By id. `in_currency`: balances in that currency as well, by today's rate."""

    in_currency: str = ""


class CustomerPage(View, frozen=True):
    """`next` is 0 on the last page."""

    customers: list[CustomerView]
    next: int = 0


class WebLoginSet(Request, frozen=True):
    """Creates a customer's web login, or changes it where the customer has it already. `end_second_factor`: for who lost the telephone."""

    customer: Ref
    login: str
    reseller: Ref | None = None
    password: str | None | UnsetType = UNSET
    must_change: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    end_second_factor: bool = False
