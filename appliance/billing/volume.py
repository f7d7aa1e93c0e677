"""Volume tiers and the periods that allowances are counted in.

The law of this file: the tier is that which the customer has reached when the call starts, and holds for the whole call; its
discount lowers the price per minute, rounded half up to micros, and nothing else. Periods begin at midnight in their time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from appliance.billing.rate import VOLUME, Price, Step
from appliance.billing.rating import Terms
from appliance.billing.timeline import Timeline
from appliance.money import markup

PERIODS = ("once", "day", "week", "month")


class VolumeTier(NamedTuple):
    """From so many billed seconds in a month on."""

    prefix: str
    from_seconds: int
    discount_ppm: int


def group_of(tiers: Iterable[VolumeTier], number: str) -> str | None:
    """The longest prefix among the tiers that begins the number; None where none does."""
    return max((tier.prefix for tier in tiers if number.startswith(tier.prefix)), key=len, default=None)


def reached(tiers: Iterable[VolumeTier], prefix: str, seconds: int) -> int:
    """The discount in ppm of the highest tier of a prefix that so many seconds reach."""
    found = [(tier.from_seconds, tier.discount_ppm) for tier in tiers if tier.prefix == prefix and tier.from_seconds <= seconds]
    return max(found)[1] if found else 0


def discounted(terms: Terms, ppm: int) -> Terms:
    """The same terms with every price per minute lowered."""
    price = terms.price
    micros = max(markup(price.price_micros, -ppm), 0)
    step = Step(price.tariff_id, VOLUME, price.prefix, -ppm, 0, micros)
    lowered = Price(*(getattr(price, name) for name in Price.__slots__))
    lowered.price_micros, lowered.steps = micros, (*price.steps, step)
    timeline = terms.timeline
    if timeline is not None:
        timeline = Timeline(
            timeline.schedule, {band: max(markup(each, -ppm), 0) for band, each in timeline.prices.items()}, timeline.increments, timeline.start_at
        )
    return Terms(lowered, terms.rules, terms.exchange, timeline)


def discount_of(price: Price) -> int:
    """The discount in ppm that a price carries; 0 for none."""
    last = price.steps[-1] if price.steps else None
    return -last.markup_ppm if last is not None and last.rate_id == VOLUME else 0


def period_start(period: str, at_ms: int, zone: tzinfo, once_ms: int = 0) -> int:
    """UTC milliseconds at which the period of a moment began; `once_ms` for "once"."""
    if period == "once":
        return once_ms
    local = datetime.fromtimestamp(at_ms // 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period == "month":
        local = local.replace(day=1)
    elif period == "week":
        local = (local.replace(tzinfo=None) - timedelta(days=local.weekday())).replace(tzinfo=zone)
    return int(local.timestamp()) * 1000
