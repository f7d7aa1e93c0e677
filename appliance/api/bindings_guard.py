"""The service methods behind the guard's operations (`wire/operations_guard.py`)."""

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
        "high_risk.list": by(lambda actor, request: nouns.limits.high_risk(actor)),
    }
