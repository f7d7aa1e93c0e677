"""Who is called and who would pay: an attempt made into the question that admission decides.

Nothing is written and nothing is held here. What cannot be asked of money at all (an unknown number, a phone that is
not registered) is refused here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.billing.admission import Level, Refuse
from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rating import Terms
from appliance.billing.routing import Candidate, Choice, TrunkState, choose
from appliance.services.call_record import Attempt, CallRecord, Place
from appliance.services.emergency import digits_of, emergency_numbers
from appliance.services.hot import BilledLevel, Hot
from appliance.services.hot_rows import HotCustomer, HotEndpoint, HotTrunk
from appliance.services.limits import CallCounts, CallRate, Party
from appliance.services.registrations import Registrations
from appliance.services.room import Room

OUT, IN, ON_NET = "out", "in", "on_net"

NOT_FOUND = Refuse("refused", 404, "Not Found")
NOT_REGISTERED = Refuse("no_answer", 480, "Not Registered")
CALLEE_FULL = Refuse("busy", 486, "Busy Here")
NO_FUNDS = Refuse("no_funds", 402, "Not enough credit")
NO_EMERGENCY_TRUNK = Refuse("refused", 503, "No Emergency Trunk")


class Plan(NamedTuple):
    """What is asked. `refused` set: nothing but its record. `reached` turns admission's candidates into places to try."""

    direction: str
    normalised: str
    refused: Refuse | None = None
    shut_off: str = ""
    full: str = ""
    levels: tuple[Level, ...] = ()
    payers: tuple[BilledLevel, ...] = ()  # in the order of `levels`
    routes: Callable[[], Choice] | None = None
    reached: Callable[[tuple[Candidate, ...]], tuple[Place, ...]] = lambda candidates: ()
    parties: tuple[Party, ...] = ()
    reseller: int | None = None
    customer: int | None = None
    endpoint: int | None = None
    callee_endpoint: int | None = None
    trunk: int | None = None  # the call came in by it
    prefix: str | None = None
    destination: str | None = None
    max_seconds: int = 0
    media: str = "auto"
    codecs: tuple[str, ...] = ()


class Planner:
    """Reads the look-ups and the counts of running calls."""

    def __init__(self, room: Room, registrations: Registrations, counts: CallCounts) -> None:
        self._hot: Hot = room.hot
        self._random_bytes = room.random_bytes
        self._settings = room.settings
        self._registrations = registrations
        self._counts = counts
        self._rate = CallRate()
        self._clock = room.clock
        self._emergency: dict[tuple[str, ...], frozenset[str]] = {}
        self._emergency_more: tuple[str, ...] = ()

    def plan(self, attempt: Attempt, at: int) -> Plan:
        """`at`: UTC milliseconds of the call's start."""
        if attempt.emergency:
            return self._emergency_call(attempt)
        if attempt.endpoint is None:
            return self._incoming(attempt)
        return self._outgoing(attempt, self._hot.endpoints[attempt.endpoint], at)

    def is_emergency(self, dialled: str, endpoint_id: int | None) -> bool:
        """Whether these digits are an emergency number for that caller."""
        if len(dialled) > 12:
            return False
        countries: tuple[str, ...] = ()
        endpoint = self._hot.endpoints.get(endpoint_id) if endpoint_id is not None else None
        if endpoint is not None:
            customer = self._hot.customers[endpoint.customer_id]
            countries = tuple(
                self._hot.resellers[each].country for each in self._hot.chain(customer.reseller_id) if self._hot.resellers[each].country
            )
        more = self._settings.words("emergency.numbers")
        if more != self._emergency_more:
            self._emergency.clear()
            self._emergency_more = more
        numbers = self._emergency.get(countries)
        if numbers is None:
            numbers = self._emergency[countries] = emergency_numbers(countries, more)
        return digits_of(dialled) in numbers

    # the three kinds of call ----------------------------------------------------------------------------------------
    def _emergency_call(self, attempt: Attempt) -> Plan:
        """Every emergency trunk in turn; no state of the caller, no limit and no credit is looked at."""
        hot = self._hot
        endpoint = hot.endpoints.get(attempt.endpoint) if attempt.endpoint is not None else None
        customer = hot.customers[endpoint.customer_id] if endpoint is not None else None
        number = digits_of(attempt.dialled)
        trunks = sorted((trunk for trunk in hot.usable_trunks() if trunk.emergency), key=lambda trunk: trunk.id)
        places = tuple(
            Place(None, trunk.id, number, self._shown(endpoint, customer, trunk) if endpoint and customer else attempt.caller, asserted=trunk.trusted)
            for trunk in trunks
        )
        plan = Plan(
            OUT,
            number,
            None if places else NO_EMERGENCY_TRUNK,
            reached=lambda _: places,
            endpoint=attempt.endpoint,
            trunk=attempt.trunk,
            destination="emergency",
        )
        if endpoint is None or customer is None:
            return plan
        return plan._replace(reseller=customer.reseller_id, customer=customer.id, media=endpoint.media, codecs=endpoint.codecs)

    def _incoming(self, attempt: Attempt) -> Plan:
        """From a trunk to the endpoint that has the number; what is wrong on our side is not told in detail."""
        hot = self._hot
        found = hot.dids.get(attempt.dialled) or hot.dids.get(attempt.dialled.lstrip("+"))
        plan = Plan(IN, attempt.dialled.lstrip("+"), trunk=attempt.trunk)
        callee = hot.endpoints.get(found[1]) if found is not None and found[1] is not None else None
        if callee is None or attempt.trunk is None:
            return plan._replace(refused=NOT_FOUND)
        trunk = hot.trunks[attempt.trunk]
        customer = hot.customers[callee.customer_id]
        parties = (*self._parties(callee, customer), ("trunk", trunk.id))
        plan = plan._replace(
            reseller=customer.reseller_id,
            customer=customer.id,
            endpoint=callee.id,
            callee_endpoint=callee.id,
            parties=parties,
            media=trunk.media,
            codecs=trunk.codecs,
        )
        if callee.disabled or hot.shut_off(customer):
            return plan._replace(refused=NOT_FOUND)
        if self._counts.full(("trunk", trunk.id), trunk.max_calls):
            return plan._replace(full="trunk")
        if self._full(callee, customer):
            return plan._replace(refused=CALLEE_FULL)
        return self._to_endpoint(plan, callee, Place(callee.id, None, callee.number, attempt.caller, attempt.display, attempt.anonymous))

    def _outgoing(self, attempt: Attempt, endpoint: HotEndpoint, at: int) -> Plan:
        hot = self._hot
        customer = hot.customers[endpoint.customer_id]
        number = hot.normalised(customer, attempt.dialled)
        callee = hot.by_number(attempt.dialled) or hot.by_number(number)
        shut_off = "endpoint" if endpoint.disabled else "customer" if hot.shut_off(customer) else ""
        full = self._full(endpoint, customer)
        if not full and self._rate.too_fast(customer.id, customer.calls_per_second, self._clock.monotonic()):
            full = "rate"
        plan = Plan(
            OUT if callee is None else ON_NET,
            number,
            shut_off=shut_off,
            full=full,
            reseller=customer.reseller_id,
            customer=customer.id,
            endpoint=endpoint.id,
            max_seconds=customer.max_seconds or 0,
            media=endpoint.media,
            codecs=endpoint.codecs,
            parties=self._parties(endpoint, customer),
        )
        if shut_off or full:
            return plan
        if callee is not None:
            return self._on_net(attempt, plan, endpoint, customer, callee, at)
        return self._by_trunk(attempt, plan, endpoint, customer, at)

    def _on_net(self, attempt: Attempt, plan: Plan, endpoint: HotEndpoint, customer: HotCustomer, callee: HotEndpoint, at: int) -> Plan:
        """To an endpoint of ours: free where no tariff on the caller's side has an on-net price."""
        hot = self._hot
        owner = hot.customers[callee.customer_id]
        own = frozenset(plan.parties)
        parties = (*plan.parties, *(each for each in self._parties(callee, owner) if each not in own))
        plan = plan._replace(callee_endpoint=callee.id, normalised=callee.number, destination="on-net", parties=parties)
        if callee.disabled or hot.shut_off(owner):
            return plan._replace(refused=NOT_FOUND)
        levels, payers = [], []
        for payer in hot.levels(customer.id):
            terms = hot.prices.on_net_terms(payer.tariff_id, hot.currency_of(payer), at)
            if terms is not None:
                levels.append(Level(payer.level, payer.account_id, terms))
                payers.append(payer)
        plan = plan._replace(levels=tuple(levels), payers=tuple(payers))
        if not levels and not customer.free_on_net and not hot.has_funds(customer.account_id):
            return plan._replace(refused=NO_FUNDS)
        if self._full(callee, owner, own):
            return plan._replace(refused=CALLEE_FULL)
        return self._to_endpoint(plan, callee, Place(callee.id, None, callee.number, endpoint.number, endpoint.display_name, attempt.anonymous))

    def _to_endpoint(self, plan: Plan, callee: HotEndpoint, place: Place) -> Plan:
        if not self._registrations.bindings(callee.id):
            return plan._replace(refused=NOT_REGISTERED)
        domain = self._hot.resellers[self._hot.customers[callee.customer_id].reseller_id].domains[0]
        return plan._replace(reached=lambda _: (place._replace(domain=domain),))

    def _by_trunk(self, attempt: Attempt, plan: Plan, endpoint: HotEndpoint, customer: HotCustomer, at: int) -> Plan:
        hot, prices, number = self._hot, self._hot.prices, plan.normalised
        payers = hot.levels(customer.id)
        levels = tuple(Level(payer.level, payer.account_id, prices.terms(payer.tariff_id, number, hot.currency_of(payer), at)) for payer in payers)
        sold = levels[0].terms
        price = sold.price if isinstance(sold, Terms | Blocked) else None

        def routes() -> Choice:
            guarded = sold if isinstance(sold, Terms) and prices.book.get(payers[0].tariff_id).loss_guard else None
            route = hot.routes.match(hot.chain(customer.reseller_id), number)
            return choose(route, number, self._trunk_state, lambda trunk: self._cost(trunk, number, at), self._draw, guarded)

        def reached(candidates: tuple[Candidate, ...]) -> tuple[Place, ...]:
            places = []
            for candidate in candidates:
                trunk = hot.trunks[candidate.trunk_id]
                shown = self._shown(endpoint, customer, trunk)
                places.append(
                    Place(None, trunk.id, candidate.number, shown, anonymous=attempt.anonymous or not shown, asserted=trunk.trusted and bool(shown))
                )
            return tuple(places)

        return plan._replace(
            levels=levels,
            payers=payers,
            routes=routes,
            reached=reached,
            prefix=price.prefix if price else None,
            destination=price.destination if price else None,
        )

    def _draw(self, below: int) -> int:
        return int.from_bytes(self._random_bytes(8)) % below

    def _trunk_state(self, identity: int) -> TrunkState | None:
        trunk = self._hot.trunks.get(identity)
        if trunk is None:
            return None
        return TrunkState(trunk.id, self._counts.count(("trunk", trunk.id)), trunk.max_calls, trunk.disabled, False, trunk.strip, trunk.prepend)

    def _cost(self, identity: int, number: str, at: int) -> Terms | NoRate | Blocked | None:
        """What a number costs at a trunk, in the root's currency, so that trunks compare."""
        trunk = self._hot.trunks[identity]
        if trunk.cost_tariff_id is None:
            return None
        return self._hot.prices.terms(trunk.cost_tariff_id, number, self._hot.resellers[trunk.reseller_id].currency, at)

    # limits and identity --------------------------------------------------------------------------------------------
    def _parties(self, endpoint: HotEndpoint, customer: HotCustomer) -> tuple[Party, ...]:
        chain = self._hot.chain(customer.reseller_id)
        return (("endpoint", endpoint.id), ("customer", customer.id), *(("reseller", each) for each in chain))

    def parties_of(self, record: CallRecord) -> tuple[Party, ...]:
        """Where a running call counts, from its record alone (see `plan`)."""
        hot = self._hot
        found: dict[Party, None] = {}
        if not record.emergency:
            for identity in (record.endpoint, record.callee_endpoint):
                endpoint = hot.endpoints.get(identity) if identity is not None else None
                if endpoint is not None:
                    found.update(dict.fromkeys(self._parties(endpoint, hot.customers[endpoint.customer_id])))
        if record.trunk is not None:
            found["trunk", record.trunk] = None
        return tuple(found)

    def _full(self, endpoint: HotEndpoint, customer: HotCustomer, besides: frozenset[Party] = frozenset()) -> str:
        """Whose limit one more call would pass: endpoint, customer or reseller; those in `besides` count it already."""
        counts, hot = self._counts, self._hot
        limits = [(("endpoint", endpoint.id), endpoint.max_calls), (("customer", customer.id), customer.max_calls)]
        limits += [(("reseller", each), hot.resellers[each].max_calls) for each in hot.chain(customer.reseller_id)]
        return next((party[0] for party, maximum in limits if maximum is not None and party not in besides and counts.full(party, maximum)), "")

    def _shown(self, endpoint: HotEndpoint, customer: HotCustomer, trunk: HotTrunk) -> str:
        """The number a trunk is shown: an internal number never leaves."""
        if endpoint.caller_number or customer.caller_number:
            return endpoint.caller_number or customer.caller_number
        for each in self._hot.chain(customer.reseller_id):
            if self._hot.resellers[each].caller_number:
                return self._hot.resellers[each].caller_number
        return trunk.main_number
