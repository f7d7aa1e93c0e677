"""One's own session and account: who one is, what one may do, the password and the second factor (product.md S1)."""

from __future__ import annotations

from appliance.wire.operators import OperatorView
from appliance.wire.shapes import Request, View


class SessionView(View, frozen=True):
    """Who asks. `permissions` are those that are held anywhere, sorted; where one holds, each answer says.

    `operator` is null for a program and for the folder's owner, `expires_at` for whoever has no session that ends.
    """

    permissions: list[str]
    operator: OperatorView | None = None
    expires_at: str | None = None


class OwnPassword(Request, frozen=True):
    """Another password for oneself; all other sessions of the person end."""

    password: str
    new_password: str


class SecondFactorOffer(View, frozen=True):
    """A secret made for an authenticator, kept nowhere until it is confirmed. `uri` is what its QR code says (otpauth://)."""

    secret: str
    uri: str


class SecondFactorConfirm(Request, frozen=True):
    """The offered secret, and the six digits that the authenticator makes of it now; `password` is the person's own."""

    password: str
    secret: str
    code: str


class SecondFactorEnd(Request, frozen=True):
    """Signing in without a second factor from now on."""

    password: str


class RecoveryCodes(View, frozen=True):
    """Each signs in once in the place of the six digits. Shown this once; only their hashes are kept."""

    codes: list[str]
