"""A charge told to whoever sells: tariff, prefix, how the price was made, time, sum (appliance/billing/explanation.py made the figures)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from appliance.money import format_amount, parse_amount
from appliance.wire.records import ChargeView
from appliance.words import Words

MICROS = 1_000_000
MINUTE = 60
Line = tuple[str, str]
"""(what was done, the amount it comes to or "")."""


def heading(charge: ChargeView, words: Words) -> str:
    """Who pays."""
    if charge.level < 0:
        return words._("What the guest pays at the till")
    if charge.level == 0:
        return words._("What customer {name} pays", name=words.isolate(charge.party))
    return words._("What reseller {name} pays", name=words.isolate(charge.party))


def lines(charge: ChargeView, words: Words) -> list[Line]:
    """The steps from the number called to the charge."""
    told: Mapping[str, Any] = charge.explanation if isinstance(charge.explanation, Mapping) else {}
    total = (words._("Charged to {name}", name=words.isolate(charge.party)), _money(words, charge.amount, charge.currency))
    if "prefix" not in told:
        return [(words._("Calls between own numbers cost nothing here."), ""), total]
    return [*_found(told, words), *_time(told, words), *_cost(told, words), *_exchanged(told, words), total]


def _found(told: Mapping[str, Any], words: Words) -> list[Line]:
    _, currency = words._, str(told.get("currency", ""))
    prefix = words.isolate(str(told["prefix"]))
    places = {"tariff": told.get("tariff", ""), "prefix": prefix, "destination": told.get("destination", "")}
    if told.get("why") == "override":
        found = [(_("Tariff {tariff} has a price of its own for prefix {prefix}, {destination}.", **places), "")]
    else:
        found = [(_("Tariff {tariff}: the longest prefix that fits the number is {prefix}, {destination}.", **places), "")]
    chain = told.get("chain")
    steps = [step for step in chain if isinstance(step, Mapping)] if isinstance(chain, Sequence) else []
    for at, step in enumerate(steps):
        price = _money(words, str(step["price_per_minute"]), currency)
        if at == 0:
            prefix = words.isolate(str(step["prefix"]))
            found.append((_("It is made from another tariff, where prefix {prefix} costs {price} a minute.", prefix=prefix, price=price), ""))
            continue
        markup, surcharge = words.isolate(f"{step.get('markup_percent', '0')} %"), str(step.get("surcharge", "0.00"))
        if Decimal(surcharge):
            more = _money(words, surcharge, currency)
            found.append((_("Plus {markup} and {surcharge} a minute: {price}.", markup=markup, surcharge=more, price=price), ""))
        else:
            found.append((_("Plus {markup}: {price} a minute.", markup=markup, price=price), ""))
    if told.get("band"):
        found.append((_("At that time of the week the band {band} holds.", band=told["band"]), ""))
    if not steps:
        found.append((_("The price is {price} a minute.", price=_money(words, str(told["price_per_minute"]), currency)), ""))
    return found


def _time(told: Mapping[str, Any], words: Words) -> list[Line]:
    increments = told.get("increments")
    first, following = (int(increments.get("first", 1)), int(increments.get("next", 1))) if isinstance(increments, Mapping) else (1, 1)
    found = []
    if (first, following) != (1, 1):
        found.append((words._("Time is counted in steps: the first of {first} s, each further of {next} s.", first=first, next=following), ""))
    billed = int(told.get("billed_seconds", 0))
    found.append((words.plural("{n} second is charged.", "{n} seconds are charged.", billed), ""))
    return found


def _cost(told: Mapping[str, Any], words: Words) -> list[Line]:
    _, currency = words._, str(told.get("currency", ""))
    if int(told.get("seconds", 0)) < max(1, int(told.get("free_below_seconds", 0))):
        return [(_("So short a call costs nothing."), "")]
    found = []
    if Decimal(str(told.get("connection_fee", "0"))):
        found.append((_("Connection fee"), _money(words, str(told["connection_fee"]), currency)))
    for span in told.get("spans") or [{"seconds": told.get("billed_seconds", 0), "price_per_minute": told["price_per_minute"]}]:
        seconds, price = int(span["seconds"]), str(span["price_per_minute"])
        part = format_amount(int((Decimal(price) * seconds / MINUTE * MICROS).to_integral_value()))
        text = _("{seconds} s × {price} a minute ÷ 60", seconds=seconds, price=_money(words, price, currency))
        if span.get("band"):
            text = _("{band}: {calculation}", band=span["band"], calculation=text)
        found.append((text, _money(words, part, currency)))
    for key, text in (("minimum_charge", _("A call costs at least {amount}.")), ("maximum_charge", _("A call costs at most {amount}."))):
        if key in told:
            found.append((text.replace("{amount}", _money(words, str(told[key]), currency)), ""))
    return found


def _exchanged(told: Mapping[str, Any], words: Words) -> list[Line]:
    exchange = told.get("exchange")
    if not isinstance(exchange, Mapping) or not exchange.get("rate"):
        return []
    return [(words._("Exchanged at {rate}.", rate=words.isolate(str(exchange["rate"]))), "")]


def _money(words: Words, amount: str, currency: str) -> str:
    return words.isolate(words.money(parse_amount(amount), currency))
