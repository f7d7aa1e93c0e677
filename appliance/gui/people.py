"""How a customer's parts are shown wherever they stand: its state, its kinds of list, the choices of its form."""

from __future__ import annotations

from functools import cache

from appliance.gui import words
from appliance.gui.column import State
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.endpoints import EndpointView


def customer_state(view: CustomerView) -> State:
    """Archived, disabled, without credit, or active."""
    if view.archived_at is not None:
        return State(_("Archived"))
    if view.disabled:
        return State(_("Disabled"))
    if words.micros(view.balance) + words.micros(view.credit_limit) <= 0:
        return State(_("No credit"), "warning")
    return State(_("Active"), "good")


def endpoint_state(view: EndpointView) -> State:
    """Removed, disabled, on line, known by address without being registered (a gateway), or off line."""
    if view.archived_at is not None:
        return State(_("Removed"))
    if view.disabled:
        return State(_("Disabled"))
    if view.registered:
        return State(_("On line"), "good")
    return State(_("By address"), "good") if view.addresses else State(_("Off line"))


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    found = [(code, str(name)) for code, name in words.locale().territories.items() if len(code) == 2 and code.isalpha() and code not in {"ZZ", "EU"}]
    return (("", ""), *sorted(found, key=lambda each: each[1].casefold()))


def countries() -> tuple[tuple[str, str], ...]:
    """(ISO code, name in the person's language), by name, none first."""
    return _countries(words.language())


def country_name(code: str) -> str:
    """A country's name in the person's language; the code where it has none."""
    return dict(countries()).get(code, code)


def money_of(country: str) -> str:
    """The currency that a country pays in today; "" where nobody knows."""
    from babel.numbers import get_territory_currencies

    found = get_territory_currencies(country) if country else []
    return str(found[0]) if found else ""


def dialling(country: str) -> tuple[str, str]:
    """(calling code, what stands before a number of the own country) of an ISO country; empty where nobody knows."""
    from phonenumbers import PhoneMetadata, country_code_for_region

    code = country_code_for_region(country.upper()) if country else 0
    known = PhoneMetadata.metadata_for_region(country.upper()) if code else None
    return (str(code) if code else "", str(known.national_prefix or "") if known is not None else "")


@cache
def time_zones() -> tuple[tuple[str, str], ...]:
    """(name, name) of the world's zones, none first."""
    from zoneinfo import available_timezones

    found = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix", "right")))
    return (("", ""), ("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in found))


@cache
def _currencies(language: str) -> tuple[tuple[str, str], ...]:
    from babel.numbers import list_currencies

    names = words.locale().currencies
    codes = sorted(code for code in list_currencies() if code in names and code[0] != "X")
    return tuple((code, f"{code} · {names[code]}") for code in codes)


def currencies(none: str = "") -> tuple[tuple[str, str], ...]:
    """(code, code and name); `none` is the text of no choice, left out where empty."""
    found = _currencies(words.language())
    return (("", none), *found) if none else found


def person_languages(none: str = "") -> tuple[tuple[str, str], ...]:
    """Languages that customers are written to in: those that have a catalogue."""
    found = tuple(words.languages())
    return (("", none), *found) if none else found
