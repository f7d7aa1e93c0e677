"""How a reseller shows itself: on its customers' pages, on papers and in e-mails."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View

LARGEST_LOGO = 2_000_000
"""Bytes of a picture that is sent in."""


class BrandGet(Request, frozen=True):
    """Whose brand; without `reseller` the asker's own."""

    reseller: Ref | None = None


class BrandSet(Request, frozen=True):
    """Changes of the brand; what is left out stays.

    `logo` is a picture (PNG, JPEG, WebP or GIF; in JSON base64), null for none; it is drawn anew, so that nothing but the picture stays
    of it. `accent` is a colour such as #1f5fbf, "" for the usual one. `languages` are those that the pages offer; empty: all.
    """

    reseller: Ref | None = None
    name: str | UnsetType = UNSET
    accent: str | UnsetType = UNSET
    logo: bytes | None | UnsetType = UNSET
    help_email: str | UnsetType = UNSET
    help_phone: str | UnsetType = UNSET
    sender_email: str | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET
    web_hosts: list[str] | UnsetType = UNSET


class BrandView(View, frozen=True):
    """The brand. `name`, `help_email`, … are "" where the reseller's own details stand in their place (`shown_name` is what is seen).

    `accent_light` and `accent_dark` are what the pages use of the colour on light and dark ground: moved as far as it can be read by
    (4.5:1, WCAG AA); `moved` says whether they differ from it. `logo` is a PNG, "" (empty) for none. `address` is where the pages are.
    """

    reseller: str
    shown_name: str
    name: str
    accent: str
    accent_light: str
    accent_dark: str
    moved: bool
    logo: bytes
    logo_width: int
    logo_height: int
    help_email: str
    help_phone: str
    sender_email: str
    languages: list[str]
    web_hosts: list[str]
    address: str
