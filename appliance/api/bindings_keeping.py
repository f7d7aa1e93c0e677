"""The service methods behind the operations of keeping (`wire/operations_keeping.py`). Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.services.ground.stepwise import Steps
from appliance.services.nouns import Nouns

Bound = Callable[..., object]
By = Callable[[Callable[..., object]], Bound]


def keeping_bindings(nouns: Nouns, by: By, stepped: Callable[[Steps[Any]], object]) -> Mapping[str, Bound]:
    """`by` binds a method, `stepped` runs long work in steps."""

    def steps(method: Callable[..., Steps[Any]]) -> Bound:
        return by(lambda actor, request: stepped(method(actor, request)))

    return {
        "server.check": by(lambda actor, request: stepped(nouns.self_check.check(actor))),
        "customers.change_many_preview": steps(nouns.many_customers.preview),
        "customers.change_many": steps(nouns.many_customers.change),
        "customers.change_back": steps(nouns.many_customers.back),
        "customers.person": steps(nouns.privacy.export),
        "customers.erase": by(nouns.privacy.erase),
        "resellers.registration": by(nouns.registration.get),
        "resellers.set_registration": by(nouns.registration.set),
        "disclosures.make": steps(nouns.privacy.disclose),
    }
