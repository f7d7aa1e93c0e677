"""Money: whole millionths of a currency (micros) in integers, and the only rounding functions of the house.

Amounts travel as decimal strings ("0.0125"); no float touches money anywhere. Halves round away from zero.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.errors import UserError

MICROS = 1_000_000
DECIMALS = 6
UNITS = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)  # micros in the last decimal, by number of decimals
LARGEST_MICROS = 2**63 - 1  # what a signed 64-bit column holds
LONGEST_TEXT = 64  # characters of a typed amount; nothing longer can be meant

# ISO 4217 minor units that differ from two.
_CURRENCY_DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0,
    "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}  # fmt: skip


def _digits(text: str, field: str | None) -> tuple[bool, str, str]:
    """Sign, whole digits and decimals of a plain decimal number."""
    body = text[1:] if text[:1] == "-" else text
    whole, point, fraction = body.partition(".")
    plain = body.isascii() and whole.isdigit() and (fraction.isdigit() or not point)
    if not plain or len(text) > LONGEST_TEXT:
        raise UserError("amount.invalid", field=field, text=text[:LONGEST_TEXT])
    return body is not text, whole, fraction


def _bounded(micros: int, field: str | None) -> int:
    if abs(micros) > LARGEST_MICROS:
        raise UserError("amount.too_large", field=field)
    return micros


def parse_amount(text: str, field: str | None = None) -> int:
    """Micros of "10", "-0.05" or "0.0125".

    Strict: no blanks, exponents, plus signs, grouping or decimal commas, and no more than six decimals that count.
    UserError: amount.invalid, amount.too_precise, amount.too_large.
    """
    negative, whole, fraction = _digits(text, field)
    if len(fraction) > DECIMALS:
        if fraction[DECIMALS:].strip("0"):
            raise UserError("amount.too_precise", field=field, text=text)
        fraction = fraction[:DECIMALS]
    micros = int(whole) * MICROS + int(fraction.ljust(DECIMALS, "0"))
    return _bounded(-micros if negative else micros, field)


def parse_price(text: str, field: str | None = None) -> tuple[int, bool]:
    """Micros of a price that may carry more than six decimals, and whether rounding it (half up) lost anything."""
    negative, whole, fraction = _digits(text, field)
    micros = int(whole) * MICROS + int(fraction[:DECIMALS].ljust(DECIMALS, "0"))
    rest = fraction[DECIMALS:]
    if rest[:1] >= "5":
        micros += 1
    return _bounded(-micros if negative else micros, field), bool(rest.strip("0"))


def format_amount(micros: int, decimals: int = 2) -> str:
    """At least `decimals` decimals, further trailing zeros cut: "10.00", "0.0125"."""
    whole, rest = divmod(abs(micros), MICROS)
    fraction = f"{rest:06d}".rstrip("0").ljust(decimals, "0")
    sign = "-" if micros < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def parse_percent(text: str, field: str | None = None) -> int:
    """Parts per million of "25" or "-12.5" percent, four decimals at most."""
    micros = parse_amount(text, field)
    if micros % 100:
        raise UserError("amount.too_precise", field=field, text=text)
    return micros // 100


def format_percent(ppm: int) -> str:
    """ "25" or "12.5" of 250000 or 125000 parts per million."""
    return format_amount(ppm * 100, 0)


def divide_half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number, halves away from zero; `denominator` above zero."""
    doubled = (2 * abs(numerator) + denominator) // (2 * denominator)
    return doubled if numerator >= 0 else -doubled


def divide_up(numerator: int, denominator: int) -> int:
    """The next whole number away from zero; `denominator` above zero."""
    up = -(-abs(numerator) // denominator)
    return up if numerator >= 0 else -up


def round_ratio(numerator: int, denominator: int, decimals: int = DECIMALS, mode: str = "half-up") -> int:
    """`numerator / denominator` micros, rounded once to that many decimals of the currency (0 to 6).

    `mode` is "half-up" (halves away from zero) or "up" (away from zero); the denominator may not be zero.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    unit = UNITS[decimals]
    divide = divide_up if mode == "up" else divide_half_up
    return divide(numerator, denominator * unit) * unit


def markup(micros: int, ppm: int) -> int:
    """`micros` raised by `ppm` parts per million, half up to micros."""
    return divide_half_up(micros * (MICROS + ppm), MICROS)


def currency_decimals(code: str) -> int:
    """Decimals that documents show (ISO 4217); two where the code is not listed otherwise."""
    return _CURRENCY_DECIMALS.get(code, 2)


def check_currency(code: str, field: str | None = None) -> str:
    """The code, if it has the shape of ISO 4217: three capital letters."""
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
        raise UserError("currency.invalid", field=field, currency=code)
    return code


class Exchange(NamedTuple):
    """A dated rate: one `base` is `numerator / denominator` `quote`."""

    base: str
    quote: str
    numerator: int
    denominator: int
    valid_on: str = ""  # ISO date
    source: str = ""

    def convert(self, micros: int, decimals: int = DECIMALS, mode: str = "half-up") -> int:
        """That many micros of base in micros of quote, rounded once."""
        return round_ratio(micros * self.numerator, self.denominator, decimals, mode)

    def text(self) -> str:
        """The rate as a decimal number where it is one ("1.0837"), else as a ratio ("10000/10837")."""
        digits = len(str(self.denominator)) - 1
        if self.denominator != 10**digits:
            return f"{self.numerator}/{self.denominator}"
        whole, rest = divmod(self.numerator, self.denominator)
        return f"{whole}.{rest:0{digits}d}" if digits else str(whole)

    def inverse(self) -> Exchange:
        """The same rate read the other way, exactly."""
        return Exchange(self.quote, self.base, self.denominator, self.numerator, self.valid_on, self.source)


def exchange(base: str, quote: str, rate: str, valid_on: str = "", source: str = "") -> Exchange:
    """From a typed or imported decimal rate ("1.0837": one base in quote). UserError: amount.invalid, exchange.not_positive."""
    negative, whole, fraction = _digits(rate, "rate")
    numerator = int(whole + fraction)
    if negative or not numerator:
        raise UserError("exchange.not_positive", field="rate", rate=rate)
    return Exchange(base, quote, numerator, 10 ** len(fraction), valid_on, source)


def through(first: Exchange, second: Exchange) -> Exchange:
    """Base of the first into quote of the second; the older of the two dates, which are ISO and compare as text."""
    if first.quote != second.base:
        raise ValueError("the two rates do not meet in one currency")
    day = min(first.valid_on, second.valid_on)
    source = first.source if first.source == second.source else f"{first.source}, {second.source}"
    return Exchange(first.base, second.quote, first.numerator * second.numerator, first.denominator * second.denominator, day, source)


class Money(NamedTuple):
    """An amount with its currency; adding two currencies is a bug."""

    micros: int
    currency: str

    def plus(self, other: Money) -> Money:
        """The sum of both; ValueError where the currencies differ."""
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return Money(self.micros + other.micros, self.currency)

    def negated(self) -> Money:
        """The same amount the other way."""
        return Money(-self.micros, self.currency)

    def text(self) -> str:
        """The decimal string that JSON carries."""
        return format_amount(self.micros)
