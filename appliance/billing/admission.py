"""Whether a call may go on: the order of the checks, and what the phone and the record are told.

The law of this file: emergency calls pass before everything else and are billed to nobody; then who may not call, then
limits, then rates at every level, then credit at every level and how much may be spent, then routes. Holds are taken
last but one, and given back where no route is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from appliance.billing.credit import CreditBook, Meter
from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rating import Terms
from appliance.billing.routing import Candidate, Choice

WATCH = 1000
"""Levels from here on pay nothing: they watch how much is spent, and come last in the order of a call's meters."""


class Level(msgspec.Struct, frozen=True, gc=False):
    """One party that would pay, and what its tariff says of the number; `terms` None: free of charge."""

    level: int
    account_id: int
    terms: Terms | NoRate | Blocked | None
    bundle: int = 0  # as a Meter's


class Question(msgspec.Struct, frozen=True):
    """Everything admission has to weigh for one call. Levels from the guest (-1) or customer (0) upwards."""

    call: int
    levels: Sequence[Level] = ()
    emergency: bool = False
    shut_off: str = ""  # why the caller may not call at all: disabled, closed, …
    barred: Refuse | None = None  # why the destination is not for this caller
    full: str = ""  # whose limit of calls is reached: endpoint, customer, reseller, rate
    on_net: bool = False  # to an endpoint of ours: no trunk is needed
    routes: Callable[[], Choice] | None = None  # asked last, once
    max_ms: int | None = None
    watches: Sequence[Meter] = ()
    watched: Callable[[int], Refuse] | None = None  # what a watch's level says where no more may be spent


class Admit(msgspec.Struct, frozen=True):
    """The call may go on; the holds of its meters are taken."""

    meters: tuple[Meter, ...]
    candidates: tuple[Candidate, ...] = ()


class Refuse(NamedTuple):
    """The call may not go on. `cause` as on the CDR, `status` and `phrase` for the phone, `level` whose tariff or account."""

    cause: str
    status: int
    phrase: str
    level: int | None = None
    detail: str = ""


_ROUTE_REFUSALS = {
    "no_route": ("refused", 404, "No route to this number"),
    "unusable": ("refused", 503, "No trunk available"),
    "full": ("limit", 503, "All trunks busy"),
    "blocked": ("blocked", 403, "Number blocked"),
    "loss": ("blocked", 403, "Price below cost"),
}


def decide(question: Question, book: CreditBook, now_ms: int) -> Admit | Refuse:
    """Admit the call and take its holds, or say why not. `now_ms` is on the book's monotonic axis."""
    if question.emergency:
        book.admit(question.call, (), now_ms)
        return Admit((), question.routes().candidates if question.routes else ())
    if question.shut_off:
        return Refuse("refused", 403, "Calls not allowed", detail=question.shut_off)
    if question.full:
        return Refuse("limit", 486, "Too many calls", detail=question.full)
    if question.barred is not None:
        return question.barred
    meters: list[Meter] = []
    for level in question.levels:
        terms = level.terms
        if isinstance(terms, Terms):
            meters.append(Meter(level.level, level.account_id, terms, level.bundle))
        elif isinstance(terms, NoRate):
            return Refuse("no_rate", 404, "No rate for this number", level.level)
        elif isinstance(terms, Blocked):
            return Refuse("blocked", 403, "Number blocked", level.level)
    refusing = book.admit(question.call, (*meters, *question.watches), now_ms, question.max_ms)
    if refusing is not None and refusing >= WATCH and question.watched is not None:
        return question.watched(refusing)
    if refusing is not None:
        return Refuse("no_funds", 402, "Not enough credit", refusing)
    if question.on_net or question.routes is None:
        return Admit(tuple(meters))
    choice = question.routes()
    if not choice.candidates:
        book.release(question.call, now_ms)
        cause, status, phrase = _ROUTE_REFUSALS[choice.reason]
        return Refuse(cause, status, phrase, detail=choice.reason)
    return Admit(tuple(meters), choice.candidates)
