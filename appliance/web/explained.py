"""A charge told to the one who paid it: prefix, time, price, sum. How the tariff was made is its owner's business and left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.money import parse_amount
from appliance.wire.records import ChargeView
from appliance.words import Words


def lines(charge: ChargeView, words: Words) -> list[tuple[str, str]]:
    """(what was done, the amount it comes to or "")."""
    _ = words._
    told: Mapping[str, Any] = charge.explanation if isinstance(charge.explanation, Mapping) else {}
    total = (_("Charged"), words.money(parse_amount(charge.amount), charge.currency))
    if "prefix" not in told:
        return [(_("Calls between own numbers cost nothing here."), ""), total]
    currency = str(told.get("currency", charge.currency))
    prefix = words.isolate(f"+{told['prefix']}")
    found = [(_("The number begins with {prefix}: {destination}.", prefix=prefix, destination=told.get("destination", "")), "")]
    if told.get("band"):
        found.append((_("At that time of the week the band {band} holds.", band=told["band"]), ""))
    found.append((_("The price is {price} a minute.", price=words.money(parse_amount(str(told["price_per_minute"])), currency)), ""))
    increments = told.get("increments")
    if isinstance(increments, Mapping):
        places = {"first": increments.get("first", 1), "next": increments.get("next", 1)}
        found.append((_("Time is counted in steps: the first of {first} s, each further of {next} s.", **places), ""))
    billed = words.plural("{n} second is charged.", "{n} seconds are charged.", charge.billed_seconds)
    found.append((billed, ""))
    fee = str(told.get("connection_fee", "0"))
    if fee.strip("0."):
        found.append((_("Connection fee"), words.money(parse_amount(fee), currency)))
    exchange = told.get("exchange")
    if isinstance(exchange, Mapping) and exchange.get("rate"):
        found.append((_("Exchanged at {rate}.", rate=exchange["rate"]), ""))
    return [*found, total]
