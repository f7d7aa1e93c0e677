"""A second opinion on money, written straight from the specification with fractions and loops; slow and simple.

It shares nothing with `appliance.billing` but the field names of a price.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class NaivePrice(NamedTuple):
    """Micros and seconds, as in a rate."""

    price: int
    fee: int = 0
    first: int = 1
    next: int = 1
    minimum: int = 0
    free_below: int = 0
    free: int = 0
    minimum_charge: int = 0
    maximum_charge: int | None = None
    decimals: int = 4
    rounding: str = "half-up"
    duration_rounding: str = "up"
    style: str = "first-next"
    exchange: Fraction = Fraction(1)


def seconds_of(price: NaivePrice, duration_ms: int) -> int:
    """Milliseconds to whole seconds."""
    seconds = Fraction(duration_ms, 1000)
    if price.duration_rounding == "up":
        return -((-seconds.numerator) // seconds.denominator)
    if price.duration_rounding == "down":
        return seconds.numerator // seconds.denominator
    halves = seconds + Fraction(1, 2)
    return halves.numerator // halves.denominator


def billed_of(price: NaivePrice, seconds: int) -> int:
    """Adds increments one by one."""
    if seconds == 0 or seconds < price.free_below:
        return 0
    charged = max(seconds, price.minimum) - price.free
    if charged <= 0:
        return 0
    billed = price.first
    if price.style == "total" and charged > price.first:
        billed = 0
    while billed < charged:
        billed += price.next
    return billed


def charge_of(price: NaivePrice, duration_ms: int) -> int:
    """Micros, rounded once."""
    seconds = seconds_of(price, duration_ms)
    if seconds == 0 or seconds < price.free_below:
        return 0
    exact = price.fee + Fraction(price.price * billed_of(price, seconds), 60)
    exact = max(exact, Fraction(price.minimum_charge))
    if price.maximum_charge is not None:
        exact = min(exact, Fraction(price.maximum_charge))
    return rounded(price, exact)


def rounded(price: NaivePrice, exact: Fraction) -> int:
    """Micros of the account's currency, rounded once."""
    scaled = exact * price.exchange / 10 ** (6 - price.decimals)
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    if rest and (price.rounding == "up" or rest >= Fraction(1, 2)):
        whole += 1
    return int(whole * 10 ** (6 - price.decimals))


def covered_charge_of(price: NaivePrice, duration_ms: int, covered: int) -> int:
    """Micros where a bundle has paid for the first `covered` billed seconds (one or more)."""
    seconds = seconds_of(price, duration_ms)
    rest = billed_of(price, seconds) - covered
    if rest <= 0:
        return 0
    exact = Fraction(price.price * rest, 60)
    if price.maximum_charge is not None:
        exact = min(exact, Fraction(price.maximum_charge))
    return rounded(price, exact)
