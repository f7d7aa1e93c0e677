"""The brand of a reseller: name, logo, colour, addresses, host names and languages, for its pages, papers and e-mails (web.md).

Law: a colour is used only as far as it can be read by; a logo is only ever what we drew of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from msgspec import UNSET

from appliance import i18n
from appliance.contrast import contrast, is_colour, readable
from appliance.errors import UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.ground.web_address import address_of
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import check_address
from appliance.services.people.logo import Logo, drawn_anew
from appliance.services.people.resellers import Resellers
from appliance.store.brands import Brand
from appliance.store.resellers import Reseller
from appliance.wire.brands import BrandGet, BrandSet, BrandView
from appliance.wire.resellers import ResellerUpdate

LIGHT, DARK = ("#ffffff", "#f5f6f8"), ("#15181d", "#1c2027")
"""The grounds of the pages (resources/brand/tokens.toml)."""

USUAL_LIGHT, USUAL_DARK = "#1f5fbf", "#7fb0ff"
INK = "#0d1520"
LONGEST_NAME = 80


class Look(NamedTuple):
    """What the pages show. `key` changes with it: files under it may be kept for ever; "" where nothing but the name differs."""

    name: str
    key: str
    logo: bytes
    logo_width: int
    logo_height: int
    style: str
    languages: tuple[str, ...]
    help_email: str
    help_phone: str


class Brands:
    """`look` is for the pages, the others are operations."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit, resellers: Resellers) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._resellers = resellers

    def get(self, actor: Actor, request: BrandGet) -> BrandView:
        """How a reseller shows itself."""
        return self._view(self._lookups.reseller(actor, request.reseller, "resellers.read"))

    def set(self, actor: Actor, request: BrandSet) -> Steps[BrandView]:
        """What was sent is changed; pages show it at once. The logo is drawn in a thread."""
        reseller = self._lookups.reseller(actor, request.reseller, "resellers.write")
        logo: Logo | None = None
        if isinstance(request.logo, bytes):
            data = request.logo
            drawn = yield lambda: drawn_anew(data)
            assert isinstance(drawn, Logo)
            logo = drawn
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, reseller.id, "resellers.write")
            before = self._store.brands.get(reseller.id)
            changes = _checked(request)
            if request.logo is not UNSET:
                changes |= {
                    "logo": None if logo is None else logo.png,
                    "logo_width": 0 if logo is None else logo.width,
                    "logo_height": 0 if logo is None else logo.height,
                    "logo_hash": "" if logo is None else logo.hash,
                }
            if request.web_hosts is not UNSET:
                self._resellers.update(actor, ResellerUpdate(id=reseller.id, web_hosts=request.web_hosts))
            self._store.brands.put(before._replace(**changes))
            shown = {name: "(picture)" if name == "logo" else value for name, value in changes.items()}
            self._audit.noted(actor, "brands.set", "reseller", reseller.id, **shown)
            self._room.changes.note("reseller", reseller.id)
            return self._view(self._lookups.reseller(actor, reseller.id, "resellers.read"))

    def look(self, reseller: Reseller) -> Look:
        """For the pages of a reseller."""
        row = self._store.brands.get(reseller.id)
        sender = brand_of(self._room, reseller)
        style = style_of(row.accent)
        key = hashlib.sha256(f"{row.logo_hash} {style}".encode()).hexdigest()[:16] if row.logo_hash or style else ""
        offered = tuple(each for each in json.loads(row.languages) if each in i18n.languages())
        return Look(sender.name, key, row.logo or b"", row.logo_width, row.logo_height, style, offered, sender.email, sender.phone)

    def _view(self, reseller: Reseller) -> BrandView:
        row = self._store.brands.get(reseller.id)
        light, dark = shades(row.accent)
        return BrandView(
            reseller=reseller.name,
            shown_name=brand_of(self._room, reseller).name,
            name=row.name,
            accent=row.accent,
            accent_light=light,
            accent_dark=dark,
            moved=bool(row.accent) and light != row.accent.lower(),
            logo=row.logo or b"",
            logo_width=row.logo_width,
            logo_height=row.logo_height,
            help_email=row.help_email,
            help_phone=row.help_phone,
            sender_email=row.sender_email,
            languages=json.loads(row.languages),
            web_hosts=json.loads(reseller.web_hosts),
            address=address_of(self._room, reseller),
        )


def shades(accent: str) -> tuple[str, str]:
    """The colour for light and for dark ground, each to be read on it."""
    if not accent:
        return USUAL_LIGHT, USUAL_DARK
    return readable(accent.lower(), *LIGHT), readable(accent.lower(), *DARK)


def style_of(accent: str) -> str:
    """The pages' style sheet of a colour; "" for the usual one."""
    if not accent:
        return ""
    light, dark = shades(accent)
    on_dark = INK if contrast(INK, dark) >= contrast("#ffffff", dark) else "#ffffff"
    return (
        f":root {{ --accent: {light}; --accent-text: #fff; --accent-tint: color-mix(in srgb, {light} 12%, #fff); }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; --accent-text: {on_dark}; "
        f"--accent-tint: color-mix(in srgb, {dark} 20%, #15181d); }} }}\n"
    )


def _checked(request: BrandSet) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, longest in (("name", LONGEST_NAME), ("help_phone", 40)):
        value = getattr(request, name)
        if value is not UNSET:
            changes[name] = str(col.text(longest=longest)(value, name)).strip()
    for name in ("help_email", "sender_email"):
        value = getattr(request, name)
        if value is not UNSET:
            changes[name] = check_address(value, name) if value.strip() else ""
    if request.accent is not UNSET:
        if request.accent and not is_colour(request.accent):
            raise UserError("brand.accent", field="accent")
        changes["accent"] = request.accent.lower()
    if request.languages is not UNSET:
        unknown = [each for each in request.languages if each not in i18n.languages()]
        if unknown:
            raise UserError("brand.language", field="languages", language=unknown[0][:20], languages=", ".join(i18n.languages()))
        changes["languages"] = json.dumps(list(dict.fromkeys(request.languages)))
    return changes


__all__ = ["Brand", "Brands", "Look", "shades", "style_of"]
