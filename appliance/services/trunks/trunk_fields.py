"""Fields of trunks that are more than a value: rules for numbers, hours, incoming numbers; and how a trunk's watch is shown."""

from __future__ import annotations

import json

import msgspec

from appliance.errors import UserError
from appliance.services.calls.trunk_watch import TrunkWatch
from appliance.services.ground.columns import Sql
from appliance.services.ground.hot_limits import hours_of
from appliance.services.ground.moments import stamp
from appliance.wire.trunks import NumberRuleView, TrunkHealth

MOST_RULES = 200
MOST_FAILOVER = 5
LONGEST = 32


def number_rules(value: object, field: str) -> Sql:
    """The column of a list of rules; null is none. UserError trunk.rule_wrong."""
    found = []
    rules = [] if value is None else msgspec.to_builtins(value)
    if not isinstance(rules, list) or len(rules) > MOST_RULES:
        raise UserError("field.too_many", field=field, most=MOST_RULES)
    for index, rule in enumerate(rules):
        prefix, strip, prepend = str(rule["prefix"]).strip(), rule.get("strip") or 0, str(rule.get("prepend") or "").strip()
        if not _dialled(prefix, empty=True) or not _dialled(prepend, empty=True) or not isinstance(strip, int) or not 0 <= strip <= LONGEST:
            raise UserError("trunk.rule_wrong", field=f"{field}[{index}]", rule=f"{prefix} {strip} {prepend}"[:100])
        found.append([prefix, strip, prepend])
    return json.dumps(found)


def _dialled(text: str, *, empty: bool = False) -> bool:
    plain = text.removeprefix("+").replace("*", "").replace("#", "")
    return len(text) <= LONGEST and ((not text and empty) or (plain.isascii() and (plain.isdigit() or (not plain and text in ("+", "*", "#")))))


def allowed_hours(value: object, field: str) -> Sql:
    """ "08:00-20:00", or nothing. UserError trunk.hours_wrong."""
    text = str(value or "").strip()
    try:
        hours_of(text)
    except ValueError:
        raise UserError("trunk.hours_wrong", field=field, hours=text[:50]) from None
    return text


def failover_numbers(value: object, field: str) -> str:
    """The column of the numbers that are tried next. UserError did.failover_wrong."""
    numbers = [str(each).strip() for each in value] if isinstance(value, list) else []
    if len(numbers) > MOST_FAILOVER:
        raise UserError("field.too_many", field=field, most=MOST_FAILOVER)
    for number in numbers:
        if not _dialled(number):
            raise UserError("did.failover_wrong", field=field, number=number[:LONGEST])
    return json.dumps(numbers)


def rule_views(text: str) -> list[NumberRuleView]:
    """A trunk's column as it is shown."""
    return [NumberRuleView(*each) for each in json.loads(text)]


def health_view(watch: TrunkWatch, trunk: int) -> TrunkHealth:
    """What a trunk did of late."""
    figures, until, rests = watch.health(trunk)
    return TrunkHealth(
        figures.calls,
        figures.answered,
        figures.failed,
        figures.asr_percent,
        (figures.acd_ms + 500) // 1000,
        figures.pdd_ms,
        figures.short,
        figures.heard,
        figures.dead,
        rests,
        stamp(until) if until else None,
    )
