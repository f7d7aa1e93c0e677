"""A charge told line by line, from the explanation that was kept with it (appliance/billing/explanation.py made it).

Sums shown beside the lines are worked out again from the same figures; only the last one, the charge, is a fact of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from appliance.gui.words import _, duration, isolate, money, percent, plain_amount, plural
from appliance.money import format_amount
from appliance.wire.records import ChargeView

MICROS = 1_000_000
MINUTE = 60


class Line(NamedTuple):
    """One step: what was done, and the amount it comes to where it is one. `total` marks the charge itself."""

    text: str
    amount: str = ""
    total: bool = False


def heading(charge: ChargeView) -> str:
    """Who pays, by what."""
    if charge.level < 0:
        return _("What the guest pays at the till")
    if charge.level == 0:
        return _("What customer {name} pays", name=charge.party)
    return _("What reseller {name} pays", name=charge.party)


def lines(charge: ChargeView) -> list[Line]:
    """The steps from the number called to the charge."""
    told = charge.explanation if isinstance(charge.explanation, Mapping) else {}
    total = Line(_("Charged to {name}", name=charge.party), money(charge.amount, charge.currency), total=True)
    if "prefix" not in told:
        on_net = told.get("why") == "on_net" or not told
        return [Line(_("Calls between own numbers cost nothing here.") if on_net else _("This call has no price of its own.")), total]
    return [*_found(told), *_time(told), *_cost(told), *_bounds(told), *_rounded(told), *_exchanged(told), total]


def _found(told: Mapping[str, Any]) -> list[Line]:
    currency = str(told.get("currency", ""))
    prefix, destination = isolate(str(told["prefix"])), str(told.get("destination", ""))
    price = money(str(told["price_per_minute"]), currency)
    places = {"tariff": told.get("tariff", ""), "prefix": prefix, "destination": destination}
    if told.get("why") == "override":
        found = [Line(_("Tariff {tariff} has a price of its own for prefix {prefix}, {destination}.", **places))]
    else:
        found = [Line(_("Tariff {tariff}: the longest prefix that fits the number is {prefix}, {destination}.", **places))]
    chain = told.get("chain")
    if isinstance(chain, Sequence):
        found += [_step(step, currency, first=at == 0) for at, step in enumerate(chain) if isinstance(step, Mapping)]
    if told.get("band"):
        found.append(Line(_("At that time of the week the band {band} holds.", band=told["band"])))
    if "spans" not in told:
        found.append(Line(_("The price is {price} a minute.", price=price)))
    return found


def _step(step: Mapping[str, Any], currency: str, *, first: bool) -> Line:
    price = money(str(step["price_per_minute"]), currency)
    if first:
        prefix = isolate(str(step["prefix"]))
        return Line(_("It is made from another tariff, where prefix {prefix} costs {price} a minute.", prefix=prefix, price=price))
    markup, surcharge = str(step.get("markup_percent", "0")), str(step.get("surcharge", "0.00"))
    if Decimal(surcharge):
        said = _("Plus {markup} and {surcharge} a minute: {price}.", markup=percent(markup), surcharge=money(surcharge, currency), price=price)
    else:
        said = _("Plus {markup}: {price} a minute.", markup=percent(markup), price=price)
    return Line(said)


def _time(told: Mapping[str, Any]) -> list[Line]:
    increments = told.get("increments", {})
    first, following = int(increments.get("first", 1)), int(increments.get("next", 1))
    seconds, billed = int(told.get("seconds", 0)), int(told.get("billed_seconds", 0))
    rounding = str(told.get("rounding", {}).get("duration", "up"))
    how = {"up": _("rounded up"), "down": _("rounded down"), "nearest": _("rounded to the nearest")}.get(rounding, rounding)
    exact = isolate(plain_amount(f"{int(told.get('duration_ms', 0)) / 1000:.3f}"))
    found = [Line(_("The call lasted {exact} s, {how} to whole seconds: {duration}.", exact=exact, how=how, duration=duration(seconds)))]
    if told.get("free_below_seconds"):
        found.append(Line(_("Calls shorter than {duration} cost nothing.", duration=duration(int(told["free_below_seconds"])))))
    if told.get("minimum_seconds"):
        found.append(Line(_("At least {duration} are counted.", duration=duration(int(told["minimum_seconds"])))))
    if told.get("free_seconds"):
        found.append(Line(_("The first {duration} are free.", duration=duration(int(told["free_seconds"])))))
    if (first, following) != (1, 1):
        found.append(Line(_begun(first, following, str(increments.get("style", "")))))
    found.append(Line(_("Billed: {duration}.", duration=plural("{n} second", "{n} seconds", billed))))
    return found


def _begun(first: int, following: int, style: str) -> str:
    if style == "total":
        return _("Time counts in steps: {first} s at least, and the whole in steps of {next} s.", first=first, next=following)
    return _("Time counts in steps: the first {first} s, then each {next} s. A step that has begun counts whole.", first=first, next=following)


def _cost(told: Mapping[str, Any]) -> list[Line]:
    currency, billed = str(told.get("currency", "")), int(told.get("billed_seconds", 0))
    found: list[Line] = []
    seconds_of_call = int(told.get("seconds", 0))
    if seconds_of_call < max(1, int(told.get("free_below_seconds", 0))):
        return [Line(_("So short a call costs nothing."))]
    if Decimal(str(told.get("connection_fee", "0"))):
        found.append(Line(_("Connection fee"), money(str(told["connection_fee"]), currency)))
    for span in told.get("spans") or [{"seconds": billed, "price_per_minute": told["price_per_minute"]}]:
        seconds, price = int(span["seconds"]), str(span["price_per_minute"])
        text = _("{seconds} s × {price} a minute ÷ 60", seconds=seconds, price=money(price, currency))
        if span.get("band"):
            text = _("{band}: {calculation}", band=span["band"], calculation=text)
        found.append(Line(text, money(_part(price, seconds), currency)))
    return found


def _part(price_per_minute: str, seconds: int) -> str:
    """The cost of some seconds, to a millionth."""
    exact = Decimal(price_per_minute) * seconds / MINUTE
    return format_amount(int((exact * MICROS).to_integral_value()))


def _bounds(told: Mapping[str, Any]) -> list[Line]:
    currency = str(told.get("currency", ""))
    found: list[Line] = []
    if "minimum_charge" in told:
        found.append(Line(_("A call costs at least {amount}.", amount=money(str(told["minimum_charge"]), currency))))
    if "maximum_charge" in told:
        found.append(Line(_("A call costs at most {amount}.", amount=money(str(told["maximum_charge"]), currency))))
    return found


def _rounded(told: Mapping[str, Any]) -> list[Line]:
    rounding = told.get("rounding", {})
    decimals = int(rounding.get("decimals", 4))
    if rounding.get("mode") == "up":
        return [Line(plural("The sum is rounded up to {n} decimal.", "The sum is rounded up to {n} decimals.", decimals))]
    return [Line(plural("The sum is rounded to {n} decimal, a half upwards.", "The sum is rounded to {n} decimals, a half upwards.", decimals))]


def _exchanged(told: Mapping[str, Any]) -> list[Line]:
    exchange = told.get("exchange")
    if not isinstance(exchange, Mapping):
        return []
    return [
        Line(
            _(
                "The tariff is in {base}, the account in {quote}: 1 {base} is {rate} {quote} by the rate of {day}.",
                base=exchange.get("from", ""),
                quote=exchange.get("to", ""),
                rate=isolate(str(exchange.get("rate", ""))),
                day=exchange.get("valid_on", ""),
            )
        )
    ]
