"""The service methods behind the operations of the guard and of incoming numbers (`wire/operations_guard.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.services.nouns import Nouns

Bound = Callable[..., object]


def guard_bindings(nouns: Nouns, by: Callable[[Callable[..., object]], Bound]) -> Mapping[str, Bound]:
    """`by` binds a method."""
    return {
        "limits.get": by(nouns.limits.get),
        "limits.set": by(nouns.limits.set),
        "fuses.list": by(nouns.fuses.list),
        "fuses.release": by(nouns.fuses.release),
        "bans.list": by(lambda actor, request: nouns.bans.list(actor)),
        "bans.lift": by(nouns.bans.lift),
        "bans.allow": by(nouns.bans.allow),
        "numbers.list": by(nouns.trunks.sales.list),
        "numbers.put": by(nouns.trunks.sales.put),
        "numbers.sell": by(nouns.trunks.sales.sell),
        "numbers.take_back": by(nouns.trunks.sales.take_back),
        "high_risk.list": by(lambda actor, request: nouns.limits.high_risk(actor)),
    }
