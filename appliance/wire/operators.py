"""Operators: persons who sign in, and what they may do (product.md, Words; P9)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class GrantFields(Request, frozen=True):
    """A role in one reseller (and all below it), in one shop (a customer with the call shop option), or in a chain of shops."""

    role: str
    reseller: Ref | None = None
    shop: Ref | None = None
    chain: Ref | None = None


class OperatorCreate(Request, frozen=True):
    """A new operator. Without a password a one-time code is made, shown once."""

    login: str
    grants: list[GrantFields]
    name: str = ""
    email: str = ""
    password: str | None = None
    language: str = ""


class OperatorUpdate(Request, frozen=True):
    """Changes of an operator; what is left out stays. `grants` replaces all."""

    id: int
    version: int | None = None
    login: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    grants: list[GrantFields] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class OperatorReset(Request, frozen=True):
    """A one-time code for somebody who cannot sign in; ends second factor and sessions."""

    login: str


class Business(Request, frozen=True):
    """The root reseller of an appliance that has none yet."""

    name: str
    currency: str = "EUR"
    country: str = ""
    timezone: str = "UTC"
    language: str = "en"
    sip_domain: str | None = None
    retail_markup_percent: str = "25"


class OperatorRedeem(Request, frozen=True):
    """A set-up or one-time code and the password it is turned into.

    The set-up code makes the owner, and in an empty appliance the business, too.
    """

    code: str
    login: str
    password: str
    name: str = ""
    business: Business | None = None


class SignIn(Request, frozen=True):
    """A login and password, with the second factor's six digits, or a recovery code, where the operator has one.

    `stay`: the session ends after `operators.stay_days` without use, in the place of `operators.session_hours`.
    """

    login: str
    password: str
    totp: str = ""
    client: str = ""
    stay: bool = False


class OneTimeCode(View, frozen=True):
    """Shown once; good until `expires_at`, for one use."""

    login: str
    code: str
    expires_at: str


class GrantView(View, frozen=True):
    """A role and where it holds."""

    role: str
    reseller: str | None
    shop: str | None
    chain: str | None = None


class OperatorView(View, frozen=True):
    """One operator, never the password."""

    id: int
    version: int
    login: str
    name: str
    email: str
    language: str
    has_password: bool
    second_factor: bool
    must_change: bool
    disabled: bool
    grants: list[GrantView]
    code: str = ""
    """Only in the answer to a creation without a password: the one-time code."""


class OperatorPage(View, frozen=True):
    """All operators that the asker may see."""

    operators: list[OperatorView]


class Session(View, frozen=True):
    """A signed-in operator; `token` is shown once and sent back as a bearer token. `permissions` as in `session.view`."""

    token: str
    expires_at: str
    operator: OperatorView
    permissions: list[str] = []
