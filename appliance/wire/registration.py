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


class RegistrationRules(View, frozen=True):
    """`policy`: off, by_hand (somebody enables the new customer) or open. `tariff`: null is the retail tariff.

    `terms_version`: "" asks for no agreement; `terms_address` is where they are read. `password_is_number`: the first web password is the
    number and has to be changed at the first sign-in (the phone's password is made all the same). A form that is sent sooner than
    `least_seconds` after it was shown was filled in by a program.
    """

    policy: str = "off"
    tariff: str | None = None
    terms_version: str = ""
    terms_address: str = ""
    password_is_number: bool = False
    least_seconds: int = 3
    reseller: str = ""
