"""Tariffs in words: their kind, their markup, the rules they price by."""

from __future__ import annotations

from appliance.gui.column import State
from appliance.gui.words import _, isolate, micros, money, percent
from appliance.money import format_amount
from appliance.wire.tariffs import TariffView

HUNDRED = 100


def kind_state(tariff: TariffView) -> State:
    """Archived, derived or base."""
    if tariff.archived_at is not None:
        return State(_("Archived"))
    return State(_("Derived"), "accent") if tariff.base is not None else State(_("Base"), "good")


def markup_words(tariff: TariffView) -> str:
    """What a derived tariff adds to its base: "+25 % + 0.01 EUR a minute"; "" of a base tariff."""
    if tariff.base is None:
        return ""
    parts = []
    if micros(tariff.markup_percent) or not micros(tariff.surcharge_per_minute):
        parts.append(signed(percent(tariff.markup_percent), tariff.markup_percent))
    if micros(tariff.surcharge_per_minute):
        amount = money(tariff.surcharge_per_minute, tariff.currency)
        parts.append(_("{amount} a minute", amount=signed(amount, tariff.surcharge_per_minute)))
    return "  ".join(parts)


def signed(text: str, amount: str) -> str:
    """The text with a plus before it where the amount is above zero."""
    return isolate(f"+{text}") if micros(amount) > 0 else text


def factor_of(percentage: str) -> str:
    """The factor of a percentage, as a wire decimal: "25" is "1.25"."""
    return format_amount(micros("1") + micros(percentage) // HUNDRED, 0)


def percentage_of(factor: str) -> str:
    """The percentage of a factor, as a wire decimal: "1.25" is "25"."""
    return format_amount((micros(factor) - micros("1")) * HUNDRED, 0)


def cost_of_price(price: str, percentage: str) -> str:
    """A price with the markup on it, to six decimals at most."""
    return format_amount((micros(price) * (HUNDRED * micros("1") + micros(percentage)) + HUNDRED * micros("1") // 2) // (HUNDRED * micros("1")), 2)


def roundings() -> list[tuple[str, str]]:
    """How the amount of a call is rounded."""
    return [("half-up", _("To the nearest")), ("up", _("Always up"))]


def price_roundings() -> list[tuple[str, str]]:
    """How the prices of a derived tariff are rounded."""
    found = [("none", _("Not rounded"))]
    for digits in (2, 3, 4):
        step = money(format_amount(10 ** (6 - digits), digits), None)
        found.append((f"half-up-{digits}", _("To the nearest {step}", step=step)))
        found.append((f"up-{digits}", _("Up to the next {step}", step=step)))
    return found


def duration_roundings() -> list[tuple[str, str]]:
    """How a call's milliseconds become seconds."""
    return [("up", _("Up to the next second")), ("nearest", _("To the nearest second")), ("down", _("Down to the second"))]


def increment_styles() -> list[tuple[str, str]]:
    """What "60/10" means."""
    return [("first-next", _("The first block, then the following ones")), ("total", _("The least time, then the step of all time"))]


def band_rules() -> list[tuple[str, str]]:
    """Which price holds when a call runs from one time band into another."""
    return [("start", _("The price at the start of the call")), ("split", _("Each part at its own price"))]
