"""The rules by which strangers register with a reseller: kept in its settings, checked when they are set (product.md S17)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.errors import UserError
from appliance.money import format_amount, parse_amount
from appliance.services.ground import columns as col
from appliance.services.ground.lookups import Lookups
from appliance.store.nouns import Nouns
from appliance.store.resellers import Reseller
from appliance.wire.registration import RegistrationRules

KEY = "web.registration"
POLICIES = ("off", "by_hand", "open")
MOST_LISTED = 20
_SITE = re.compile(r"^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$")
_ADDRESS = re.compile(r"^https?://[^\s\"<>]{3,300}$")


def rules_of(store: Nouns, reseller_id: int) -> RegistrationRules:
    """As they were set; nobody may register where nothing was."""
    kept = store.settings.get(KEY, f"reseller:{reseller_id}")
    return RegistrationRules() if kept is None else msgspec.json.decode(kept, type=RegistrationRules)


def checked(changes: Mapping[str, Any], reseller: Reseller, lookups: Lookups) -> dict[str, Any]:
    """What may be kept of changes; UserError names the field."""
    found = dict(changes)
    if "policy" in found:
        col.choice(*POLICIES)(found["policy"], "policy")
    if "terms_version" in found:
        found["terms_version"] = col.text(longest=40)(found["terms_version"], "terms_version")
    if found.get("terms_address") and not _ADDRESS.match(str(found["terms_address"])):
        raise UserError("registration.terms_address", field="terms_address")
    if "least_seconds" in found:
        col.count(3, 0, 60)(found["least_seconds"], "least_seconds")
    if found.get("tariff") is not None:
        found["tariff"] = lookups.tariff_of(reseller, found["tariff"]).name
    if "welcome_credit" in found:
        micros = parse_amount(found["welcome_credit"], "welcome_credit")
        if micros < 0:
            raise UserError("amount.negative", field="welcome_credit")
        found["welcome_credit"] = format_amount(micros)
    if "welcome_a_day" in found:
        col.count(20, 0, 100_000)(found["welcome_a_day"], "welcome_a_day")
    for name in ("offers", "sites", "identity_countries"):
        if len(found.get(name, ())) > MOST_LISTED:
            raise UserError("registration.too_long_a_list", field=name, most=MOST_LISTED)
    if "offers" in found:
        found["offers"] = [lookups.tariff_of(reseller, each, "offers").name for each in found["offers"]]
    if "sites" in found:
        found["sites"] = [each.rstrip("/").lower() for each in found["sites"]]
        if not all(_SITE.match(each) for each in found["sites"]):
            raise UserError("registration.site", field="sites")
    if "identity_countries" in found:
        found["identity_countries"] = [str(col.country(each, "identity_countries")) for each in found["identity_countries"]]
    return found


def site_of(rules: RegistrationRules, address: str) -> str:
    """A page of one of the reseller's sites that may be led back to; "" for any other."""
    if len(address) > 300 or not _ADDRESS.match(address) or "\\" in address or "@" in address.partition("//")[2].partition("/")[0]:
        return ""
    origin = "/".join(address.split("/")[:3]).lower()
    return address if origin in rules.sites and address.isprintable() else ""
