"""Routes and admission: the order of trunks, the order of checks, and what each refusal says."""

from __future__ import annotations

import pytest

from appliance.billing.admission import Admit, Level, Question, Refuse, decide
from appliance.billing.credit import CreditBook
from appliance.billing.rate import Blocked, NoRate, Price
from appliance.billing.rating import Terms
from appliance.billing.routing import Choice, Route, RouteBook, RouteStep, TrunkState, below_cost, choose
from tests.billing.naive import NaivePrice
from tests.billing.prices import terms_of

TRUNKS = {
    1: TrunkState(1),
    2: TrunkState(2, strip=2, prepend="00"),
    3: TrunkState(3, calls=5, max_calls=5),
    4: TrunkState(4, disabled=True),
    5: TrunkState(5, resting=True),
    6: TrunkState(6),
}
BARRED = Refuse("barred", 403, "Number not allowed")
COSTS = {1: 30_000, 2: 10_000, 3: 20_000}


def _cost(trunk: int) -> Terms | NoRate | Blocked | None:
    return terms_of(NaivePrice(COSTS[trunk])) if trunk in COSTS else NoRate(9)


def _route(order: str, *steps: int, weights: tuple[int, ...] = ()) -> Route:
    return Route(1, "", order, tuple(RouteStep(trunk, weight) for trunk, weight in zip(steps, weights or (1,) * len(steps), strict=True)))


def _choose(route: Route | None, guarded: Terms | None = None, draws: tuple[int, ...] = ()) -> Choice:
    tickets = iter(draws)
    return choose(route, "31201", TRUNKS.get, _cost, lambda below: min(next(tickets), below - 1), guarded)


def test_the_nearest_reseller_with_a_route_decides_by_the_longest_prefix() -> None:
    own, root, short = Route(2, "31", "priority", ()), Route(1, "3120", "priority", ()), Route(1, "", "priority", ())
    book = RouteBook([own, root, short])
    assert book.match((2, 1), "3120") is own and book.match((1,), "3120") is root and book.match((2, 1), "44") is short
    assert RouteBook().match((1,), "44") is None


def test_priority_passes_over_what_cannot_take_a_call_and_rewrites() -> None:
    choice = _choose(_route("priority", 4, 5, 3, 77, 1, 2))
    assert [(each.trunk_id, each.number) for each in choice.candidates] == [(1, "31201"), (2, "00201"), (5, "31201")] and choice.reason == ""
    assert choice.candidates[0].cost is not None


def test_cost_takes_the_cheapest_first_and_the_unknown_last() -> None:
    assert [each.trunk_id for each in _choose(_route("cost", 6, 1, 2)).candidates] == [2, 1, 6]


def test_weight_is_drawn_by_share() -> None:
    route = _route("weight", 1, 2, 6, weights=(3, 1, 0))
    assert [each.trunk_id for each in _choose(route, draws=(3, 0)).candidates] == [2, 1, 6]
    assert [each.trunk_id for each in _choose(route, draws=(2, 0)).candidates] == [1, 2, 6]


def test_why_there_is_no_trunk() -> None:
    assert _choose(None).reason == _choose(_route("priority")).reason == "no_route"
    assert _choose(_route("priority", 4)).reason == "unusable"
    assert [each.trunk_id for each in _choose(_route("priority", 4, 5)).candidates] == [5], "a trunk that rests is better than none"
    assert _choose(_route("priority", 4, 3)).reason == "full"
    blocked = choose(_route("priority", 1), "31", TRUNKS.get, lambda trunk: Blocked(Price(1, 1, "", "", 0)), lambda below: 0)
    assert blocked == Choice((), "blocked")


def test_the_loss_guard_lets_an_equal_price_pass() -> None:
    assert [each.trunk_id for each in _choose(_route("priority", 1, 2), terms_of(NaivePrice(10_000))).candidates] == [2]
    assert _choose(_route("priority", 1, 2), terms_of(NaivePrice(9_999))).reason == "loss"
    dollars = terms_of(NaivePrice(1, exchange=NaivePrice(0).exchange * 2))
    assert not below_cost(dollars, terms_of(NaivePrice(5)))


def _book(funds: int = 100_000) -> CreditBook:
    return CreditBook(lambda account: funds)


TERMS = terms_of(NaivePrice(60_000, first=60, next=60))
LEVELS = (Level(0, 1, TERMS), Level(1, 2, TERMS), Level(2, 3, None))


def _routes() -> Choice:
    return _choose(_route("priority", 1))


def test_a_call_that_may_go_on_holds_at_every_level() -> None:
    book = _book()
    answer = decide(Question(1, LEVELS, routes=_routes), book, 0)
    assert isinstance(answer, Admit) and [meter.level for meter in answer.meters] == [0, 1] and [each.trunk_id for each in answer.candidates] == [1]
    assert book.reserved_by_account(0) == {1: 60_000, 2: 60_000}


def test_a_call_between_endpoints_needs_no_trunk() -> None:
    assert isinstance(decide(Question(1, LEVELS, on_net=True, routes=lambda: Choice((), "no_route")), _book(), 0), Admit)
    assert isinstance(decide(Question(1, ()), _book(), 0), Admit)


def test_an_emergency_passes_before_everything() -> None:
    book = _book(-5)
    answer = decide(Question(1, LEVELS, True, "disabled", True, "customer", routes=_routes), book, 0)
    assert isinstance(answer, Admit) and answer.meters == () and answer.candidates
    assert decide(Question(2, emergency=True), book, 0) == Admit(()) and book.has(2)


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        (Question(1, LEVELS, shut_off="disabled", full="customer"), Refuse("refused", 403, "Calls not allowed", None, "disabled")),
        (Question(1, LEVELS, full="endpoint", barred=BARRED), Refuse("limit", 486, "Too many calls", None, "endpoint")),
        (Question(1, (Level(0, 1, NoRate(1)),), barred=BARRED), BARRED),
        (Question(1, (Level(0, 1, TERMS), Level(1, 2, NoRate(1)))), Refuse("no_rate", 404, "No rate for this number", 1)),
        (Question(1, (Level(0, 1, Blocked(TERMS.price)),)), Refuse("blocked", 403, "Number blocked", 0)),
        (Question(1, LEVELS, routes=lambda: Choice((), "full")), Refuse("limit", 503, "All trunks busy", None, "full")),
        (Question(1, LEVELS, routes=lambda: Choice((), "no_route")), Refuse("refused", 404, "No route to this number", None, "no_route")),
    ],
)
def test_refusals_in_their_order(question: Question, refusal: Refuse) -> None:
    book = _book()
    assert decide(question, book, 0) == refusal
    assert not book.has(1) and book.reserved_by_account(0) == {}


def test_credit_is_asked_before_routes() -> None:
    refused = decide(Question(1, LEVELS, routes=lambda: Choice((), "no_route")), _book(59_999), 0)
    assert refused == Refuse("no_funds", 402, "Not enough credit", 0)
