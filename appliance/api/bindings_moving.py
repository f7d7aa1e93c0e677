"""The service methods behind `wire/operations_moving.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.services.nouns import Nouns

Bound = Callable[..., object]


def moving_bindings(nouns: Nouns, by: Callable[[Callable[..., object]], Bound], stepped: Callable[..., object]) -> Mapping[str, Bound]:
    """`by` binds a method, `stepped` runs one that is long."""
    return {
        "move.preview": by(lambda actor, request: stepped(nouns.moves.preview(actor, request))),
        "move.apply": by(lambda actor, request: stepped(nouns.moves.apply(actor, request))),
        "move.upload": by(lambda actor, request: stepped(nouns.moves.desk.upload(actor, request))),
        "move.discard": by(lambda actor, request: stepped(nouns.moves.desk.discard(actor, request))),
        "move.state": by(lambda actor, _request: nouns.moves.desk.state(actor)),
        "move.result": by(lambda actor, _request: nouns.moves.desk.result(actor)),
        "move.stop": by(lambda actor, _request: nouns.moves.desk.stop(actor)),
        "old_calls.list": by(nouns.moves.past.calls),
        "old_invoices.list": by(nouns.moves.past.invoices),
        "old_invoices.settle": by(nouns.moves.past.settle),
    }
