"""A one-time code by which a customer without e-mail chooses a new password on the web pages."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class WebCodeMake(Request, frozen=True):
    """For a customer's web login; an earlier code or link of it ends. What it signs in with now goes on until the code is used."""

    customer: Ref
    login: str
    reseller: Ref | None = None


class WebCode(View, frozen=True):
    """Shown once; good until `expires_at`, for one use. `address` is the page where it is typed and `link` the same with the code in it,
    both "" where the reseller has no web pages."""

    business: str
    login: str
    code: str
    address: str
    link: str
    expires_at: str
