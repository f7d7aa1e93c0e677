"""How a charge came about, as data: for the console, the web page, the invoice and the dispute.

Amounts are decimal strings. Built when a charge is posted or asked for, never while calls are rated.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.billing.bundle import CoveredTerms
from appliance.billing.rate import Price
from appliance.billing.rating import Charge, Terms, charge
from appliance.billing.volume import discount_of
from appliance.money import format_amount, format_percent

FORMULA = "connection fee + price per minute * billed seconds / 60"


def explain(terms: Terms, duration_ms: int, made: Charge | None = None) -> dict[str, object]:
    """Tariff, prefix and why, increments, band, rounding and exchange of one level's charge.

    Keys that say nothing are left out (no minimum: no `minimum_seconds`).
    """
    made = made or charge(terms, duration_ms)
    if terms.told is None:
        terms.told = alike(terms)
    told = terms.told.copy()
    told["duration_ms"] = duration_ms
    told["seconds"] = terms.increments.seconds(duration_ms)
    told["billed_seconds"] = made.billed_seconds
    told["amount"] = format_amount(made.amount_micros)
    if terms.timeline is not None or terms.price.band or isinstance(terms, CoveredTerms):
        told.update(_bands(terms, made))
    return told


def alike(terms: Terms) -> dict[str, object]:
    """What the explanations of all calls by these terms have in common; their own figures stand at 0 to keep the order."""
    price, rules = terms.price, terms.rules
    told: dict[str, object] = {
        "tariff": rules.tariff_name,
        "tariff_id": rules.tariff_id,
        "rate_id": price.rate_id,
        "prefix": price.prefix,
        "destination": price.destination,
        "why": _why(price),
        "price_per_minute": format_amount(price.price_micros),
        "connection_fee": format_amount(price.connection_fee_micros),
        "currency": rules.currency,
        "increments": {"first": price.first_increment, "next": price.next_increment, "style": rules.increment_style},
        "duration_ms": 0,
        "seconds": 0,
        "billed_seconds": 0,
        "rounding": {"duration": rules.duration_rounding, "decimals": rules.decimals, "mode": rules.rounding},
        "formula": FORMULA,
        "amount": "0.00",
    }
    for key in ("minimum_seconds", "free_below_seconds", "free_seconds"):
        if getattr(price, key):
            told[key] = getattr(price, key)
    if price.minimum_charge_micros:
        told["minimum_charge"] = format_amount(price.minimum_charge_micros)
    if price.maximum_charge_micros is not None:
        told["maximum_charge"] = format_amount(price.maximum_charge_micros)
    if discount_of(price):
        told["volume_discount_percent"] = format_percent(discount_of(price))
    if len(price.steps) > 1:
        told["chain"] = [_step(step._asdict()) for step in price.steps]
    if terms.exchange:
        rate = terms.exchange
        told["exchange"] = {
            "from": rate.base, "to": rate.quote, "rate": rate.text(), "valid_on": rate.valid_on, "source": rate.source,
        }  # fmt: skip
    return told


def _why(price: Price) -> str:
    if price.override:
        return "override"
    return "derived" if len(price.steps) > 1 else "longest_prefix"


def _step(step: Mapping[str, object]) -> dict[str, object]:
    return {
        "tariff_id": step["tariff_id"],
        "rate_id": step["rate_id"],
        "prefix": step["prefix"],
        "markup_percent": format_percent(int(str(step["markup_ppm"]))),
        "surcharge": format_amount(int(str(step["surcharge_micros"]))),
        "price_per_minute": format_amount(int(str(step["price_micros"]))),
    }


def _bands(terms: Terms, made: Charge) -> dict[str, object]:
    if isinstance(terms, CoveredTerms):
        covered = {"bundle_seconds": terms.covered or made.billed_seconds, "spans": _spans(made)}
        return covered | ({"band": terms.price.band} if terms.price.band else {})
    if terms.timeline is not None:
        return {"band": terms.price.band, "band_rule": "split", "spans": _spans(made)}
    return {"band": terms.price.band, "band_rule": "start"} if terms.price.band else {}


def _spans(made: Charge) -> list[dict[str, object]]:
    return [{"seconds": span.seconds, "band": span.band, "price_per_minute": format_amount(span.price_micros)} for span in made.spans]
