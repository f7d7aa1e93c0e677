"""Tax inside an amount and on top of one, and which rate is a customer's. Percentages are parts per million; each result is
rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from appliance.money import DECIMALS, MICROS, round_ratio


class TaxSplit(NamedTuple):
    """gross = net + tax, always exactly."""

    gross_micros: int
    net_micros: int
    tax_micros: int


def split_gross(gross_micros: int, ppm: int, decimals: int = DECIMALS) -> TaxSplit:
    """The tax inside a gross amount: 12.10 at 21 % is 10.00 and 2.10. The tax is rounded to `decimals`, the net is the rest."""
    tax = round_ratio(gross_micros * ppm, MICROS + ppm, decimals)
    return TaxSplit(gross_micros, gross_micros - tax, tax)


def add_tax(net_micros: int, ppm: int, decimals: int = DECIMALS) -> TaxSplit:
    """The tax on top of a net amount."""
    tax = round_ratio(net_micros * ppm, MICROS, decimals)
    return TaxSplit(net_micros + tax, net_micros, tax)


STANDARD, ZERO, EXEMPT, REVERSE, OUTSIDE = "S", "Z", "E", "AE", "O"
"""Categories as EN 16931 has them (UNTDID 5305)."""

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


class NamedRate(NamedTuple):
    """A reseller's rate for customers of `country`, of all others where that is empty."""

    name: str
    ppm: int
    country: str


class Decision(NamedTuple):
    """How somebody is taxed. `why`: customer (his own setting), vat_number, country, everywhere, or none."""

    category: str
    ppm: int
    name: str
    country: str
    why: str


class Taxpayer(NamedTuple):
    """`status`: a percent in parts per million, "exempt", "reverse_charge" or None; `vat_valid`: his VAT number was checked and is his."""

    status: int | str | None
    country: str
    vat_valid: bool


def category_of(ppm: int) -> str:
    """Of a named rate."""
    return STANDARD if ppm else ZERO


def decide(who: Taxpayer, home: str, rates: Iterable[NamedRate]) -> Decision:
    """His own setting first; then reverse charge, for a checked VAT number of another state of the union (directive 2006/112/EC, art.
    44 and 196); then the rate of his country; then the rate for everybody else.

    `home` is the seller's country; a customer without a country is at home.
    """
    known = list(rates)
    country = who.country or home
    if who.status == "exempt":
        return Decision(EXEMPT, 0, "", country, "customer")
    if who.status == "reverse_charge":
        return Decision(REVERSE, 0, "", country, "customer")
    if isinstance(who.status, int):
        named = next((each.name for each in known if each.ppm == who.status and each.country in ("", country)), "")
        return Decision(category_of(who.status), who.status, named, country, "customer")
    if known and who.vat_valid and country != home and country in EU and home in EU:
        return Decision(REVERSE, 0, "", country, "vat_number")
    for wanted, why in ((country, "country"), ("", "everywhere")):
        for each in known:
            if each.country == wanted and (wanted or why == "everywhere"):
                return Decision(category_of(each.ppm), each.ppm, each.name, country, why)
    return Decision(OUTSIDE, 0, "", country, "none")
