"""One number, one answer: normalisation, price, route order, margin, longest call, last failed attempts in words (product.md N10).

Reads what calls are admitted by and asks it the same questions, without making a call.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from appliance.billing.bundle import CoveredTerms, drawn
from appliance.billing.explanation import explain
from appliance.billing.rate import Blocked, NoRate, Price
from appliance.billing.rating import Terms, affordable_ms, charge, hold
from appliance.billing.routing import Route, TrunkState, choose
from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.i18n import sentence
from appliance.money import format_amount
from appliance.services.calls.emergency import digits_of, emergency_numbers
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.allowances import Taken
from appliance.services.ground.explanation_sight import bounded
from appliance.services.ground.hot import BilledLevel
from appliance.services.ground.hot_rows import HotCustomer, HotEndpoint
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.store.call_search import Wanted
from appliance.store.endpoints import Endpoint
from appliance.wire.answers import FailedAttempt, LevelAnswer, NumberAnswer, NumberAsk, RouteAnswer

MINUTE_MS = 60_000
FAILED = 5
LONGEST_NUMBER = 64
CAUSES = frozenset(
    {
        "no_funds",
        "no_rate",
        "blocked",
        "limit",
        "busy",
        "no_answer",
        "refused",
        "failed",
        "cancelled",
        "credit",
        "crash",
        "normal",
        "fuse",
        "cap",
        "own_cap",
        "spend",
        "barred",
        "high_risk",
    }
)


class NumberAnswers:
    """`explain` is the only question. `calls_of` and `reserved` are a running server's: calls on a trunk, micros that calls hold on an account."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._room = room
        self._hot = room.hot
        self._access = access
        self._lookups = lookups
        self.calls_of: Callable[[int], int] = lambda trunk: 0
        self.reserved: Callable[[int], int] = lambda account: 0
        self.state_of: Callable[[int], TrunkState | None] = self._state
        self.would: Callable[[HotCustomer, HotEndpoint | None, str, int], str] = lambda customer, endpoint, number, at: ""

    def explain(self, actor: Actor, request: NumberAsk) -> NumberAnswer:
        """UserError answer.name_customer_or_endpoint, answer.no_number."""
        customer, phone = self._who(actor, request)
        at = moment(request.at, "at") or self._room.clock.utcnow()
        if not request.number.strip() or len(request.number) > LONGEST_NUMBER:
            raise UserError("answer.no_number", field="number")
        hot, dialled = self._hot, request.number.strip()
        number = hot.normalised(customer, dialled)
        countries = tuple(each for row in hot.chain(customer.reseller_id) if (each := hot.resellers[row].country))
        shut_off = hot.shut_off(customer) or (phone is not None and bool(phone.disabled))
        if digits_of(dialled) in emergency_numbers(countries, self._room.settings.words("emergency.numbers")):
            return self._answer(request, digits_of(dialled), "emergency", "allowed", None, (), [], None, self._failed(actor, customer, number))
        callee = hot.by_number(dialled) or hot.by_number(number)
        failed = self._failed(actor, customer, number if callee is None else callee.number)
        levels, bundle, price = self._levels(actor, customer, number, at, on_net=callee is not None)
        would = "refused" if shut_off else _refusal(levels)
        routes: list[RouteAnswer] = []
        if callee is None:
            choice, routes = self._routes(actor, customer, number, at, levels)
            hot_phone = None if phone is None else hot.endpoints.get(phone.id)
            would = would or self.would(customer, hot_phone, number, at) or choice
        longest = self._longest(customer, levels)
        kind = "out" if callee is None else "on_net"
        return self._answer(request, number, kind, would or "allowed", price, levels, routes, bundle, failed, longest)

    # parts ---------------------------------------------------------------------------------------------------------
    def _who(self, actor: Actor, request: NumberAsk) -> tuple[HotCustomer, Endpoint | None]:
        if (request.customer is None) is (request.endpoint is None):
            raise UserError("answer.name_customer_or_endpoint", field="customer")
        if request.endpoint is not None:
            phone, owner = self._lookups.endpoint(actor, request.endpoint, "calls.price")
            return self._hot.customers[owner.id], phone
        assert request.customer is not None
        return self._hot.customers[self._lookups.customer(actor, request.customer, request.reseller, "calls.price").id], None

    def _levels(
        self, actor: Actor, customer: HotCustomer, number: str, at: int, *, on_net: bool
    ) -> tuple[list[tuple[BilledLevel, object, LevelAnswer]], tuple[str, int] | None, Price | None]:
        """Every level with its terms and what the actor may know of it; the bundle; the customer's price."""
        hot, found, bundle, price = self._hot, [], None, None
        costs = self._access.reach(actor, "costs.read")
        for payer in hot.levels(customer.id):
            currency = payer.currency
            terms: object = (
                hot.prices.on_net_terms(payer.tariff_id, currency, at) if on_net else hot.prices.terms(payer.tariff_id, number, currency, at)
            )
            if payer.level == 0:
                price = terms.price if isinstance(terms, Terms | Blocked) else None
                if isinstance(terms, Terms) and not on_net and hot.allowances.any_of(customer.id, payer.tariff_id):
                    terms, account, taken = hot.allowances.take(customer.id, payer.tariff_id, number, terms, at)
                    bundle = self._bundle(customer.id, account, taken)
                    if bundle is not None and bundle[1]:
                        terms = CoveredTerms(terms, bundle[1])
            funds = sum(self._room.ledger.funds(payer.account_id)) - self.reserved(payer.account_id)
            view = self._level(payer, terms, currency, funds)
            found.append((payer, terms, msgspec.structs.replace(view, explanation=bounded(self._room.store, view.explanation, costs))))
        shown = [each for each in found if each[0].level == 0 or costs is None or each[0].reseller_id in costs]
        hidden = [(payer, terms, view) for payer, terms, view in found if (payer, terms, view) not in shown]
        return [*shown, *((payer, terms, _hidden(view)) for payer, terms, view in hidden)], bundle, price

    def _level(self, payer: BilledLevel, terms: object, currency: str, funds: int) -> LevelAnswer:
        party = self._hot.customers[payer.customer_id].name if payer.customer_id is not None else self._hot.resellers[payer.reseller_id or 0].name
        tariff = self._hot.prices.book.get(payer.tariff_id).name if payer.tariff_id in self._hot.prices.book else ""
        if isinstance(terms, Terms):
            longest = _longest(terms, funds)
            made = charge(terms, MINUTE_MS)
            return LevelAnswer(
                payer.level, party, tariff, "", format_amount(terms.price.price_micros), format_amount(made.amount_micros), currency,
                format_amount(funds), None if longest is None else longest // 1000, explain(terms, MINUTE_MS, made),
            )  # fmt: skip
        error = "no_rate" if isinstance(terms, NoRate) else "blocked" if isinstance(terms, Blocked) else ""
        free, longest = (None, 0) if error else ("0.00", None)
        return LevelAnswer(payer.level, party, tariff, error, None, free, currency, format_amount(funds), longest, None)

    def _bundle(self, customer_id: int, account: int, taken: Taken) -> tuple[str, int] | None:
        """Name and seconds left, what running calls hold of it not counted."""
        if not account or taken.pot is None:
            return None
        held = next(each for each in self._room.store.bundles.held(customer_id) if each.id == taken.pot.holder)
        return held.name, max(self._hot.allowances.seconds_left(account), 0)

    def _routes(
        self, actor: Actor, customer: HotCustomer, number: str, at: int, levels: list[tuple[BilledLevel, object, LevelAnswer]]
    ) -> tuple[str, list[RouteAnswer]]:
        """(why no trunk would be tried, the trunks in order and then those left out)."""
        hot = self._hot
        route = hot.routes.match(hot.chain(customer.reseller_id), number)
        sold = levels[0][1]
        guarded = sold if isinstance(sold, Terms) and hot.prices.book.get(levels[0][0].tariff_id).loss_guard else None

        def one(trunk_id: int, guard: Terms | None) -> tuple[str, str]:
            only = Route(customer.reseller_id, "", "priority", tuple(step for step in (route.steps if route else ()) if step.trunk_id == trunk_id))
            choice = choose(only, number, self.state_of, lambda each: self._cost(each, number, at), lambda below: 0, guard)
            state = self.state_of(trunk_id)
            reason = "resting" if choice.candidates and state is not None and state.resting else choice.reason
            return reason, choice.candidates[0].number if choice.candidates else number

        choice = choose(route, number, self.state_of, lambda each: self._cost(each, number, at), lambda below: 0, guarded)
        order = [each.trunk_id for each in choice.candidates]
        order += [step.trunk_id for step in (route.steps if route else ()) if step.trunk_id not in order]
        views = []
        for trunk_id in order:
            trunk = hot.trunks.get(trunk_id)
            if trunk is None or not self._access.may(actor, "trunks.read", trunk.reseller_id):
                continue
            reason, asked = one(trunk_id, guarded)
            views.append(self._route(actor, trunk_id, asked, reason, number, at, sold))
        return choice.reason, views

    def _route(self, actor: Actor, trunk_id: int, asked: str, reason: str, number: str, at: int, sold: object) -> RouteAnswer:
        trunk = self._hot.trunks[trunk_id]
        terms = self._cost(trunk_id, number, at)
        if not isinstance(terms, Terms) or not self._access.may(actor, "costs.read", trunk.reseller_id):
            return RouteAnswer(trunk.name, asked, reason, None, None, None)
        margin = None
        if isinstance(sold, Terms) and sold.currency == terms.currency:
            margin = format_amount(sold.price.price_micros - terms.price.price_micros) if sold.exchange is None and terms.exchange is None else None
        return RouteAnswer(trunk.name, asked, reason, format_amount(terms.amount(MINUTE_MS)), terms.currency, margin)

    def _state(self, trunk_id: int) -> TrunkState | None:
        trunk = self._hot.trunks.get(trunk_id)
        if trunk is None:
            return None
        return TrunkState(trunk.id, self.calls_of(trunk.id), trunk.max_calls, trunk.disabled, False, trunk.strip, trunk.prepend, trunk.rules)

    def _cost(self, trunk_id: int, number: str, at: int) -> Terms | NoRate | Blocked | None:
        trunk = self._hot.trunks[trunk_id]
        if trunk.cost_tariff_id is None:
            return None
        return self._hot.prices.terms(trunk.cost_tariff_id, number, self._hot.resellers[trunk.reseller_id].currency, at)

    def _longest(self, customer: HotCustomer, levels: list[tuple[BilledLevel, object, LevelAnswer]]) -> int | None:
        ends = [customer.max_seconds] if customer.max_seconds else []
        for payer, terms, _ in levels:
            funds = sum(self._room.ledger.funds(payer.account_id)) - self.reserved(payer.account_id)
            longest = _longest(terms, funds) if isinstance(terms, Terms) else None
            if longest is not None:
                ends.append(longest // 1000)
        return min(ends, default=None)

    def _failed(self, actor: Actor, customer: HotCustomer, number: str) -> list[FailedAttempt]:
        if not self._access.may(actor, "calls.read", customer.reseller_id, customer.id) or not number.isdigit():
            return []
        rows = self._room.store.call_search.page(Wanted(customer_id=customer.id, called=number, results=((300, 700),)), 0, FAILED)
        return [FailedAttempt(row.id, rfc3339(row.started_at), row.result, row.cause, _in_words(row.cause, row.result)) for row in rows]

    def _answer(
        self, request: NumberAsk, number: str, kind: str, would: str, price: Price | None,
        levels: list[tuple[BilledLevel, object, LevelAnswer]] | tuple[()], routes: list[RouteAnswer], bundle: tuple[str, int] | None,
        failed: list[FailedAttempt], longest: int | None = None,
    ) -> NumberAnswer:  # fmt: skip
        return NumberAnswer(
            number=request.number,
            normalised=number,
            kind=kind,
            would=would,
            words=sentence(f"answer.{would}", {}),
            destination="emergency" if kind == "emergency" else "on-net" if kind == "on_net" else price.destination if price is not None else None,
            prefix=price.prefix if price is not None and kind == "out" else None,
            longest_seconds=0 if would != "allowed" else longest,
            bundle=None if bundle is None else bundle[0],
            bundle_seconds=None if bundle is None else bundle[1],
            levels=[view for _, _, view in levels if view.party],
            routes=routes,
            failed=failed,
        )


def _longest(terms: Terms, funds: int) -> int | None:
    """Milliseconds that so much pays for; 0 where the call would not be admitted, None where nothing ends it within a month."""
    covered = isinstance(terms, CoveredTerms) and (terms.covered or 0) >= hold(drawn(terms))
    return 0 if not covered and hold(terms) > funds else affordable_ms(terms, funds)


def _hidden(view: LevelAnswer) -> LevelAnswer:
    """A level above the actor: that it refuses counts, nothing else of it is told."""
    return LevelAnswer(view.level, "", "", view.error, None, None, "", "", view.longest_seconds, None)


def _refusal(levels: list[tuple[BilledLevel, object, LevelAnswer]]) -> str:
    """The first reason in the order in which a call is refused: prices at every level, then credit."""
    for _, _, view in levels:
        if view.error:
            return view.error
    return "no_funds" if any(isinstance(terms, Terms) and hold(terms) and view.longest_seconds == 0 for _, terms, view in levels) else ""


def _in_words(cause: str, result: int) -> str:
    return sentence(f"attempt.{cause}" if cause in CAUSES else "attempt.other", {"result": str(result)})
