"""What a document adds up to: its net, its tax by rate, its total, and what each line shows.

Laws: the net is the rounded sum of the exact lines, never the sum of rounded ones. What the lines show is apportioned (the largest
remainders are rounded up), so that every printed column adds up to what stands below it. Tax is worked out once a rate, on the
rounded net, as EN 16931 has it (BR-S-09); net + tax = total, always exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appliance.billing.tax import add_tax, split_gross
from appliance.money import MICROS, UNITS, divide_half_up


class Rate(NamedTuple):
    """One row of the tax table before anything is counted."""

    category: str
    name: str
    ppm: int
    country: str


class Line(NamedTuple):
    """`exact_micros` as the ledger has it; `tax` is the index of its rate. `pieces` calls or things, `seconds` billed."""

    kind: str
    text: str
    pieces: int
    seconds: int
    exact_micros: int
    tax: int = 0


class Taxed(NamedTuple):
    """One row of the tax table."""

    rate: Rate
    net_micros: int
    tax_micros: int


class Totals(NamedTuple):
    """`shown` goes with the lines. net + tax = total."""

    shown: tuple[int, ...]
    taxes: tuple[Taxed, ...]
    exact_micros: int
    net_micros: int
    tax_micros: int
    total_micros: int


def totals(lines: Sequence[Line], rates: Sequence[Rate], decimals: int, *, included: bool = False) -> Totals:
    """The sums of a document whose currency has so many decimals. `included`: the lines contain their tax."""
    unit = UNITS[decimals]
    exact = sum(line.exact_micros for line in lines)
    sums = [sum(line.exact_micros for line in lines if line.tax == index) for index in range(len(rates))]
    rounded = apportioned(divide_half_up(exact, unit) * unit, sums, unit)
    taxes = []
    for rate, amount in zip(rates, rounded, strict=True):
        split = split_gross(amount, rate.ppm, decimals) if included else add_tax(amount, rate.ppm, decimals)
        taxes.append(Taxed(rate, split.net_micros, split.tax_micros))
    shown = [0] * len(lines)
    for index, (rate, taxed) in enumerate(zip(rates, taxes, strict=True)):
        places = [place for place, line in enumerate(lines) if line.tax == index]
        nets = [_net(lines[place].exact_micros, rate.ppm if included else 0) for place in places]
        for place, amount in zip(places, apportioned(taxed.net_micros, nets, unit), strict=True):
            shown[place] = amount
    net, tax = sum(each.net_micros for each in taxes), sum(each.tax_micros for each in taxes)
    return Totals(tuple(shown), tuple(taxes), exact, net, tax, net + tax)


def paid(lines: Sequence[Line], rates: Sequence[Rate], taxes: Sequence[int], decimals: int) -> Totals:
    """The sums of a document about money that was taxed when it came: lines are net, `taxes` what was owed by rate."""
    unit = UNITS[decimals]
    exact = sum(line.exact_micros for line in lines)
    nets = apportioned(divide_half_up(exact, unit) * unit, [sum(x.exact_micros for x in lines if x.tax == at) for at in range(len(rates))], unit)
    shown = apportioned(sum(nets), [line.exact_micros for line in lines], unit)
    owed = apportioned(divide_half_up(sum(taxes), unit) * unit, taxes, unit)
    table = tuple(Taxed(rate, net, tax) for rate, net, tax in zip(rates, nets, owed, strict=True))
    return Totals(tuple(shown), table, exact, sum(nets), sum(owed), sum(nets) + sum(owed))


def _net(micros: int, ppm: int) -> int:
    return divide_half_up(micros * MICROS, MICROS + ppm) if ppm else micros


def apportioned(total_micros: int, parts: Sequence[int], unit: int) -> list[int]:
    """The parts in whole units so that they sum to the total: each is rounded down, and the largest remainders get what is left."""
    if not parts:
        return []
    found = [part // unit * unit for part in parts]
    left = (total_micros - sum(found)) // unit
    whole, left = divmod(left, len(parts))
    order = sorted(range(len(parts)), key=lambda place: (found[place] - parts[place], place))
    for rank, place in enumerate(order):
        found[place] += (whole + (rank < left)) * unit
    return found


def reference(text: str) -> str:
    """A structured creditor reference (ISO 11649): RF, two check digits, and the text in capital letters and digits."""
    plain = "".join(each for each in text.upper() if each.isascii() and each.isalnum())[:21]
    return f"RF{98 - _remainder(plain + 'RF00'):02d}{plain}"


def checked_reference(text: str) -> str:
    """The reference that stands in a text as people and banks write it, with or without blanks; "" where there is none that is right."""
    plain = "".join(each for each in text.upper() if each.isascii() and each.isalnum())
    at = plain.find("RF")
    while at >= 0:
        for end in range(min(len(plain), at + 25), at + 4, -1):
            found = plain[at:end]
            if found[2:4].isdigit() and _remainder(found[4:] + found[:4]) == 1:
                return found
        at = plain.find("RF", at + 1)
    return ""


def _remainder(text: str) -> int:
    return int("".join(str(int(each, 36)) for each in text)) % 97
