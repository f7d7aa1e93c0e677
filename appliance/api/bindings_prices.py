"""The service methods behind the operations of prices (`wire/operations_prices.py`). Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.services.ground.access import Actor
from appliance.services.ground.reading import Reading
from appliance.services.ground.stepwise import Steps
from appliance.services.nouns import Nouns

Bound = Callable[..., object]
By = Callable[[Callable[..., object]], Bound]
Later = Callable[[Callable[[], object]], object]
Read = Callable[[Callable[[Actor, Any], Reading]], Bound]


def price_bindings(nouns: Nouns, by: By, later: Later, stepped: Callable[[Steps[Any]], object], read: Read) -> Mapping[str, Bound]:
    """`by` binds a method, `later` runs what it gave in a thread, `stepped` runs long work in steps, `read` binds what gives a `Reading`."""
    pricing = nouns.pricing

    def steps(method: Callable[..., Steps[Any]]) -> Bound:
        return by(lambda actor, request: stepped(method(actor, request)))

    bound: dict[str, Bound] = {
        "tariffs.bands": by(pricing.parts.bands),
        "tariffs.set_bands": by(pricing.parts.set_bands),
        "tariffs.tiers": by(pricing.parts.tiers),
        "tariffs.set_tiers": by(pricing.parts.set_tiers),
        "tariffs.what_if": read(pricing.what_ifs.try_out),
        "margins.list": steps(pricing.margins.list),
        "margins.mend": steps(pricing.margins.mend),
        "calls.explain": by(pricing.answers.explain),
        "cdrs.corrections": by(pricing.refunds.list),
        "cdrs.refund": by(pricing.refunds.refund),
        "cdrs.rerate_preview": read(pricing.reratings.preview),
        "cdrs.rerate": steps(pricing.reratings.apply),
        "cdrs.recost_preview": read(pricing.recostings.preview),
        "cdrs.recost": steps(pricing.recostings.apply),
        "disputes.print": by(lambda actor, request: later(pricing.dispute_papers.print(actor, request))),
        "exchange_rates.import": by(nouns.exchange_rates.take_file),
        "exchange_rates.convert": by(nouns.exchange_rates.convert),
        "resellers.move": by(pricing.moves.move),
    }
    for noun, service, verbs in (
        ("special_rates", pricing.special_rates, "list set remove"),
        ("bundles", pricing.bundles, "list get create update archive restore held give take give_again"),
        ("commissions", pricing.commissions, "list set pay"),
        ("disputes", pricing.disputes, "list get open update evidence"),
    ):
        bound.update({f"{noun}.{verb}": by(getattr(service, verb)) for verb in verbs.split()})
    return bound
