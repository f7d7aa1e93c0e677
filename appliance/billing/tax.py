"""Tax inside an amount and on top of one. Percentages are parts per million; each result is rounded once, half up."""

from __future__ import annotations

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
