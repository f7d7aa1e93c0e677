"""The service methods behind the operations of customers' own pages (`wire/operations_web.py`). Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.services.ground.stepwise import Steps
from appliance.services.web_nouns import WebNouns

Bound = Callable[..., object]
By = Callable[[Callable[..., object]], Bound]


def web_bindings(
    nouns: WebNouns, by: By, stepped: Callable[[Steps[Any]], object], later: Callable[[Callable[[], object]], object]
) -> Mapping[str, Bound]:
    """`by` binds a method, `stepped` runs long work in steps, `later` on another thread."""
    return {
        "customers.overview": by(lambda actor, request: stepped(nouns.overview.get(actor, request))),
        "customers.spending": by(nouns.purse.get),
        "customers.set_spending": by(nouns.purse.set),
        "cdrs.print": by(lambda actor, request: later(nouns.call_papers.print(actor, request))),
        "messages.count": by(lambda actor, request: stepped(nouns.letters.count(actor, request))),
        "messages.letter_preview": by(nouns.letters.preview),
        "messages.send_letter": by(lambda actor, request: stepped(nouns.letters.send(actor, request))),
        "messages.letters": by(nouns.letters.list),
        "messages.of_customer": by(nouns.letters.of_customer),
        "online_payments.list": by(nouns.online.list),
    }
