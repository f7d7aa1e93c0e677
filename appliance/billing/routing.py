"""Which trunks serve a number, and in which order they are tried.

The law of this file: the longest prefix of the nearest reseller that has a route for the number decides alone; what
is disabled or full is passed over, what rests is tried last; a loss guard drops a trunk only where the price is below its
cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rating import Terms

SAMPLE_MS = 60_000  # costs are compared by the charge of a minute


class RouteStep(NamedTuple):
    """One trunk of a route."""

    trunk_id: int
    weight: int = 1


class Route(NamedTuple):
    """Which trunks serve a prefix. `order`: priority (as they stand), cost (cheapest first), weight (drawn)."""

    reseller_id: int
    prefix: str
    order: str
    steps: tuple[RouteStep, ...]


class Rewrite(NamedTuple):
    """How numbers of one prefix are written: so many leading digits less, and others before the rest."""

    prefix: str
    strip: int = 0
    prepend: str = ""


def rewritten(number: str, rules: Sequence[Rewrite]) -> str | None:
    """By the rule of the longest prefix that fits; None where none does."""
    best: Rewrite | None = None
    for rule in rules:
        if number.startswith(rule.prefix) and (best is None or len(rule.prefix) > len(best.prefix)):
            best = rule
    return None if best is None else best.prepend + number[best.strip :]


def permitted(number: str, allowed: Sequence[str], blocked: Sequence[str]) -> bool:
    """The longest prefix of either list decides; where some are allowed, no other is."""
    if not allowed and not blocked:
        return True
    good = max((len(each) for each in allowed if number.startswith(each)), default=-1)
    bad = max((len(each) for each in blocked if number.startswith(each)), default=-1)
    return good >= bad if good >= 0 else bad < 0 and not allowed


class TrunkState(msgspec.Struct, frozen=True, gc=False):
    """What routing must know of a trunk now."""

    id: int
    calls: int = 0
    max_calls: int | None = None
    disabled: bool = False
    resting: bool = False
    strip: int = 0
    prepend: str = ""
    rules: tuple[Rewrite, ...] = ()
    hurried: bool = False  # it has as many new calls a second as it takes
    allowed: tuple[str, ...] = ()  # prefixes that go over it alone, and such that do not
    blocked: tuple[str, ...] = ()

    def rewrite(self, number: str) -> str:
        """The number as this trunk wants it: by the rule of its prefix, else `strip` leading digits less and `prepend` before the rest."""
        by_rule = rewritten(number, self.rules) if self.rules else None
        return self.prepend + number[self.strip :] if by_rule is None else by_rule


class Candidate(msgspec.Struct, frozen=True):
    """A trunk to try, the number to ask it for, and what it will cost (None: no cost tariff, or no rate in it)."""

    trunk_id: int
    number: str
    cost: Terms | None


class Choice(msgspec.Struct, frozen=True):
    """Trunks in order. Without any, `reason` says why: no_route, unusable, full, blocked, loss."""

    candidates: tuple[Candidate, ...]
    reason: str = ""


class RouteBook:
    """The routes of all resellers."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._routes = {(route.reseller_id, route.prefix): route for route in routes}
        self._longest = max((len(route.prefix) for route in self._routes.values()), default=0)

    def match(self, chain: Sequence[int], number: str) -> Route | None:
        """The route of a number; `chain` is the caller's reseller and those above it, the root last."""
        for reseller_id in chain:
            for length in range(min(self._longest, len(number)), -1, -1):
                route = self._routes.get((reseller_id, number[:length]))
                if route is not None:
                    return route
        return None


def below_cost(sale: Terms, cost: Terms) -> bool:
    """Whether the price per minute is below the cost per minute; equal is allowed. Both in one currency, else False."""
    if sale.currency != cost.currency:
        return False
    return sale.per_minute_ratio() < cost.per_minute_ratio()


def choose(
    route: Route | None,
    number: str,
    trunk: Callable[[int], TrunkState | None],
    cost: Callable[[int], Terms | NoRate | Blocked | None],
    draw: Callable[[int], int],
    guarded: Terms | None = None,
) -> Choice:
    """The trunks to try for a normalised number, in order.

    `trunk(id)` gives its state (None: gone), `cost(id)` what this number costs there in one currency for all,
    `draw(n)` a number below n by chance. `guarded` is the price that must not lie below cost, None without guard.
    """
    if route is None or not route.steps:
        return Choice((), "no_route")
    reasons: list[str] = []
    usable: list[tuple[int, Candidate]] = []
    tired: list[tuple[int, Candidate]] = []
    for step in route.steps:
        state = trunk(step.trunk_id)
        if state is None or state.disabled:
            reasons.append("unusable")
            continue
        if state.hurried or (state.max_calls is not None and state.calls >= state.max_calls):
            reasons.append("full")
            continue
        costs = cost(step.trunk_id)
        if isinstance(costs, Blocked) or ((state.allowed or state.blocked) and not permitted(number, state.allowed, state.blocked)):
            reasons.append("blocked")
            continue
        terms = costs if isinstance(costs, Terms) else None
        if guarded is not None and terms is not None and below_cost(guarded, terms):
            reasons.append("loss")
            continue
        (tired if state.resting else usable).append((step.weight, Candidate(step.trunk_id, state.rewrite(number), terms)))
    if not usable and not tired:
        return Choice((), next(reason for reason in ("full", "loss", "blocked", "unusable") if reason in reasons))
    ordered = _ordered(usable, route.order, draw)
    if tired:
        ordered = [*ordered, *_ordered(tired, route.order, draw)]
    return Choice(tuple([candidate for _, candidate in ordered]))


def _ordered(usable: list[tuple[int, Candidate]], order: str, draw: Callable[[int], int]) -> list[tuple[int, Candidate]]:
    """As they are tried; equal costs as they stand."""
    if order == "cost":
        return sorted(usable, key=_minute)
    return _drawn(usable, draw) if order == "weight" else usable


def _minute(weighted: tuple[int, Candidate]) -> tuple[bool, int]:
    """What a minute costs; unknown costs come last."""
    terms = weighted[1].cost
    return (True, 0) if terms is None else (False, terms.amount(SAMPLE_MS))


def _drawn(usable: list[tuple[int, Candidate]], draw: Callable[[int], int]) -> list[tuple[int, Candidate]]:
    """Drawn one after the other, each by its share of the weights that are left; weight 0 only when all others are out."""
    left, order = list(usable), []
    while left:
        total = sum(weight for weight, _ in left)
        ticket = draw(total) if total else 0
        index = 0
        while total and ticket >= left[index][0]:
            ticket -= left[index][0]
            index += 1
        order.append(left.pop(index))
    return order
