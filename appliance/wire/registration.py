"""How strangers may become a reseller's customers on its web pages (product.md S17)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class RegistrationGet(Request, frozen=True):
    """Whose rules; without `reseller` the asker's own."""

    reseller: Ref | None = None


class RegistrationSet(Request, frozen=True):
    """Changes of the rules; what is left out stays."""

    reseller: Ref | None = None
    policy: str | UnsetType = UNSET
    tariff: Ref | None | UnsetType = UNSET
    terms_version: str | UnsetType = UNSET
    terms_address: str | UnsetType = UNSET
    password_is_number: bool | UnsetType = UNSET
    least_seconds: int | UnsetType = UNSET
    welcome_credit: str | UnsetType = UNSET
    welcome_a_day: int | UnsetType = UNSET
    offers: list[str] | UnsetType = UNSET
    sites: list[str] | UnsetType = UNSET
    identity_countries: list[str] | UnsetType = UNSET


class RegistrationRules(View, frozen=True):
    """`policy`: off, by_hand (somebody enables the new customer) or open. `tariff`: null is the retail tariff.

    `terms_version`: "" asks for no agreement; `terms_address` is where they are read. `password_is_number`: the first web password is the
    number and has to be changed at the first sign-in (the phone's password is made all the same). A form that is sent sooner than
    `least_seconds` after it was shown was filled in by a program.

    `welcome_credit`: what a new customer is given, once a mailbox and telephone, to at most `welcome_a_day` of them; "0" is nothing.
    `offers`: tariffs that a link of the form may name. `sites`: the reseller's other sites ("https://shop.example.com"), whose pages may hold a
    sign-in form and lead back. `identity_countries`: two letters each; who lives there gives address and identity document.
    """

    policy: str = "off"
    tariff: str | None = None
    terms_version: str = ""
    terms_address: str = ""
    password_is_number: bool = False
    least_seconds: int = 3
    reseller: str = ""
    welcome_credit: str = "0"
    welcome_a_day: int = 20
    offers: list[str] = []
    sites: list[str] = []
    identity_countries: list[str] = []


class WaitingList(Request, frozen=True):
    """Who registered and waits for a decision, of a reseller or of all that the asker reaches."""

    reseller: Ref | None = None


class WaitingCustomer(View, frozen=True):
    """One who waits. `agreed`: the version of the terms, `agreed_at` when; "" and null where none was asked for."""

    id: int
    version: int
    reseller: str
    name: str
    email: str
    phone: str
    country: str
    number: str
    since: str
    agreed: str
    agreed_at: str | None


class Waiting(View, frozen=True):
    """Who waits longest comes first."""

    waiting: list[WaitingCustomer]


class WaitingApprove(Request, frozen=True):
    """Let customer `id` sign in and call; `tell`: the details go to its mailbox again, with word that the account is open."""

    id: int
    tell: bool = True


class WaitingRefuse(Request, frozen=True):
    """Customer `id` is archived with its endpoints and its web login. `reason` is kept in the audit log."""

    id: int
    reason: str = ""
