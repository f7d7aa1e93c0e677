"""Who is called and who would pay: an attempt made into the question that admission decides.

Nothing is written and nothing is held here. What cannot be asked of money at all (an unknown number, a phone that is
not registered) is refused here.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from appliance.billing.admission import Level, Refuse
from appliance.billing.credit import Meter
from appliance.billing.rate import Blocked, NoRate
from appliance.billing.rating import Terms
from appliance.billing.routing import Candidate, Choice, choose, rewritten
from appliance.billing.tariff import INCOMING
from appliance.services.calls.booth_calls import BOOTH_BUSY, GUEST_LEVEL, BoothCalls, Guest
from appliance.services.calls.call_guard import CallGuard, Typed
from appliance.services.calls.call_record import Attempt, CallRecord, Place
from appliance.services.calls.emergency import ANYWHERE, digits_of, emergency_numbers
from appliance.services.calls.registrations import Registrations
from appliance.services.calls.spoken import BALANCE, balance_words, language_of, told_balance
from appliance.services.calls.trunk_watch import TrunkWatch
from appliance.services.ground.allowances import Taken
from appliance.services.ground.forwarding import ALWAYS, MOST_HOPS, UNREGISTERED, after, reason_of
from appliance.services.ground.hot import BilledLevel, Hot
from appliance.services.ground.hot_rows import HotCustomer, HotDid, HotEndpoint, HotTrunk
from appliance.services.ground.limits import CallCounts, CallRate, Party
from appliance.services.ground.room import Room

OUT, IN, ON_NET, SERVICE = "out", "in", "on_net", "service"

ECHO = "echo"
ECHO_SECONDS = 600
"""Nobody needs to hear himself for longer."""

NOT_FOUND = Refuse("refused", 404, "Not Found")
NOT_REGISTERED = Refuse("no_answer", 480, "Not Registered")
LOOP = Refuse("refused", 482, "Loop Detected")
CALLEE_FULL = Refuse("busy", 486, "Busy Here")
NO_FUNDS = Refuse("no_funds", 402, "Not enough credit")
NO_EMERGENCY_TRUNK = Refuse("refused", 503, "No Emergency Trunk")


class Plan(msgspec.Struct, frozen=True):
    """What is asked. `refused` set: nothing but its record. `reached` turns admission's candidates into places to try."""

    direction: str
    normalised: str
    refused: Refuse | None = None
    shut_off: str = ""
    full: str = ""
    barred: Refuse | None = None
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
    taken: Taken | None = None  # by the customer's level, before money
    service: str = ""  # what of ours answers: "echo"
    hops: frozenset[int] = frozenset()  # endpoints that have sent the call on
    diversion: tuple[str, str] = ("", "")  # the number of the last of them, and why (services.forwarding)
    forwards: bool = False  # the endpoint may yet send it on, if it does not take it
    watches: tuple[Meter, ...] = ()  # of what may be spent; no level pays by them
    failover: tuple[str, ...] = ()  # of an incoming number: what is tried where its endpoint is not reached
    said: tuple[str, ...] = ()  # announcements that go before a refusal
    language: str = ""
    guest: Guest | None = None  # who sits in the booth that calls, and pays at level -1

    @property
    def longest_ms(self) -> int | None:
        """The longest that the call may last, money apart; None: as long as one likes."""
        longest = self.max_seconds * 1000 or None
        return longest if self.guest is None else shorter(longest, self.guest.max_ms)


def shorter(one: int | None, other: int | None) -> int | None:
    """The shorter of two limits; None is none."""
    return min((each for each in (one, other) if each is not None), default=None)


class Planner:
    """Reads the look-ups and the counts of running calls."""

    def __init__(
        self, room: Room, registrations: Registrations, counts: CallCounts, booths: BoothCalls, guard: CallGuard, watch: TrunkWatch, rate: CallRate
    ) -> None:
        self._hot: Hot = room.hot
        self._booths = booths
        self._guard = guard
        self._watch = watch
        self._random_bytes = room.random_bytes
        self._settings = room.settings
        self._ledger = room.ledger
        self._registrations = registrations
        self._counts = counts
        self._rate = rate
        self._clock = room.clock
        self._emergency: dict[tuple[str, ...], frozenset[str]] = {}  # by countries
        self._settings.follow(self._read_settings)

    def _read_settings(self) -> None:
        get = self._settings.get
        self._echo_number, self._balance_number = get("service_numbers.echo", "*43"), get("service_numbers.balance", "*44")
        self._emergency_more = self._settings.words("emergency.numbers")
        self._emergency.clear()
        self._emergency_anywhere = ANYWHERE.union(self._emergency_more)

    def plan(self, attempt: Attempt, at: int) -> Plan:
        """`at`: UTC milliseconds of the call's start."""
        if attempt.emergency:
            return self._emergency_call(attempt)
        if attempt.endpoint is None:
            return self._incoming(attempt, at)
        return self._outgoing(attempt, self._hot.endpoints[attempt.endpoint], at)

    def longest(self, record: CallRecord) -> int | None:
        """The longest that a running call may last in milliseconds, as things are set now."""
        seconds = ECHO_SECONDS if record.direction == SERVICE else None
        customer = self._hot.customers.get(record.customer or 0)
        if customer is not None and record.direction not in (IN, SERVICE):
            seconds = self._guard.longest(customer, self._guard.typed(customer, self._hot.endpoints.get(record.endpoint or 0)))
        longest = shorter(None if seconds is None else seconds * 1000, self._guard.longest_over(record.trunk))
        return shorter(longest, self._booths.time_left(record))

    def is_emergency(self, dialled: str, endpoint_id: int | None) -> bool:
        """Whether these digits are an emergency number for that caller."""
        if len(dialled) > 12:
            return False
        number = digits_of(dialled)
        if number not in self._emergency_anywhere:
            return False
        endpoint = self._hot.endpoints.get(endpoint_id) if endpoint_id is not None else None
        countries = self._hot.above[self._hot.customers[endpoint.customer_id].reseller_id].countries if endpoint is not None else ()
        numbers = self._emergency.get(countries)
        if numbers is None:
            numbers = self._emergency[countries] = emergency_numbers(countries, self._emergency_more)
        return number in numbers

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
        return replace(plan, reseller=customer.reseller_id, customer=customer.id, media=endpoint.media, codecs=endpoint.codecs)

    def _incoming(self, attempt: Attempt, at: int) -> Plan:
        """From a trunk to the endpoint that has the number; what is wrong on our side is not told in detail."""
        hot = self._hot
        dialled = attempt.dialled.lstrip("+")
        found = hot.dids.get(attempt.dialled) or hot.dids.get(dialled)
        if found is None and attempt.to_number:
            # A carrier that we are registered at may call the contact we gave it, and name the number in To alone.
            dialled = attempt.to_number.lstrip("+")
            found = hot.dids.get(attempt.to_number) or hot.dids.get(dialled)
        plan = Plan(IN, dialled, trunk=attempt.trunk)
        callee = hot.endpoints.get(found[1]) if found is not None and found[1] is not None else None
        if callee is None or attempt.trunk is None:
            return replace(plan, refused=NOT_FOUND)
        trunk = hot.trunks[attempt.trunk]
        customer = hot.customers[callee.customer_id]
        parties = (*self._parties(callee, customer), ("trunk", trunk.id))
        plan = replace(
            plan,
            reseller=customer.reseller_id,
            customer=customer.id,
            endpoint=callee.id,
            callee_endpoint=callee.id,
            parties=parties,
            media=trunk.media,
            codecs=trunk.codecs,
        )
        if callee.disabled or hot.shut_off(customer):
            return replace(plan, refused=NOT_FOUND)
        if self._counts.full(("trunk", trunk.id), trunk.max_calls):
            return replace(plan, full="trunk")
        if self._full(callee, customer):
            return replace(plan, refused=CALLEE_FULL)
        priced = hot.incoming.get(attempt.dialled) or hot.incoming.get(dialled)
        if priced is not None:
            plan = self._priced(replace(plan, failover=priced.failover), priced, customer)
        place = Place(callee.id, None, callee.number, attempt.caller, attempt.display, attempt.anonymous)
        return self._to_endpoint(attempt, plan, callee, place, at)

    def _priced(self, plan: Plan, priced: HotDid, customer: HotCustomer) -> Plan:
        """What a call to an incoming number costs: its customer, and each reseller that has it of its parent."""
        hot = self._hot
        payers, levels = [], []
        for payer in hot.levels(customer.id):
            price = priced.price_micros if payer.level == 0 else priced.resold.get(payer.reseller_id or 0)
            if price is not None:
                tariff = customer.tariff_id if payer.level == 0 else payer.tariff_id
                levels.append(Level(payer.level, payer.account_id, hot.prices.incoming_terms(tariff, price, payer.currency)))
                payers.append(payer._replace(tariff_id=tariff))
        if not levels:
            return plan
        return replace(plan, levels=tuple(levels), payers=tuple(payers), prefix="", destination=INCOMING)

    def _outgoing(self, attempt: Attempt, endpoint: HotEndpoint, at: int) -> Plan:
        hot = self._hot
        customer = hot.customers[endpoint.customer_id]
        number = hot.normalised(customer, attempt.dialled)
        callee = hot.by_number(attempt.dialled) or hot.by_number(number)
        shut_off = "endpoint" if endpoint.disabled else "customer" if hot.shut_off(customer) else ""
        if callee is None and not shut_off:
            if self._echo_number and self._echo_number in (attempt.dialled, number):
                return self._echo(endpoint, customer)
            if self._balance_number in (attempt.dialled, number):
                return self._say_balance(endpoint, customer, number)
        full, typed = self._full(endpoint, customer), self._guard.typed(customer, endpoint)
        if not full and self._too_fast(endpoint, customer, typed):
            full = "rate"
        plan = Plan(
            OUT if callee is None else ON_NET,
            number,
            shut_off=shut_off,
            full=full,
            reseller=customer.reseller_id,
            customer=customer.id,
            endpoint=endpoint.id,
            max_seconds=self._guard.longest(customer, typed) or 0,
            media=endpoint.media,
            codecs=endpoint.codecs,
            parties=self._parties(endpoint, customer),
        )
        if shut_off or full:
            return plan
        guest = self._booths.guest(endpoint, customer, number) if customer.call_shop else None
        if isinstance(guest, Refuse):
            return replace(plan, refused=guest)
        if callee is not None:
            plan = self._on_net(attempt, plan, endpoint, customer, callee, at)
        else:
            plan = self._by_trunk(attempt, plan, endpoint, customer, typed, at)
        return plan if guest is None else self._with_guest(plan, guest, endpoint, customer, at)

    def _with_guest(self, plan: Plan, guest: Guest, endpoint: HotEndpoint, customer: HotCustomer, at: int) -> Plan:
        """The guest pays beside the others, and last in their order: level 0 stays the first. A booth has one call at a time."""
        if self._counts.full(("endpoint", endpoint.id), 1):
            return replace(plan, refused=BOOTH_BUSY)
        prices = self._hot.prices
        terms: Terms | NoRate | Blocked | None
        if plan.direction == ON_NET or plan.hops:
            terms = prices.on_net_terms(guest.tariff_id, guest.currency, at)
        else:
            terms = prices.terms(guest.tariff_id, plan.normalised, guest.currency, at)
        if terms is None:
            return replace(plan, guest=guest)
        payer = BilledLevel(GUEST_LEVEL, guest.account_id, guest.tariff_id, None, None, customer.reseller_id, guest.currency)
        levels = (*plan.levels, Level(GUEST_LEVEL, guest.account_id, terms))
        return replace(plan, guest=guest, levels=levels, payers=(*plan.payers, payer))

    def _echo(self, endpoint: HotEndpoint, customer: HotCustomer) -> Plan:
        """The phone hears itself: free, whatever is left of the credit."""
        return Plan(
            SERVICE,
            self._echo_number,
            full=self._full(endpoint, customer),
            parties=self._parties(endpoint, customer),
            reseller=customer.reseller_id,
            customer=customer.id,
            endpoint=endpoint.id,
            destination=ECHO,
            max_seconds=ECHO_SECONDS,
            service=ECHO,
        )

    def _say_balance(self, endpoint: HotEndpoint, customer: HotCustomer, number: str) -> Plan:
        """The phone is told what is left: a refusal that says it, so that it costs nothing and needs no answer."""
        currency = self._hot.levels(customer.id)[0].currency
        micros = sum(self._ledger.funds(customer.account_id))
        told = (endpoint.id, customer.id, customer.reseller_id)
        plan = Plan(SERVICE, number, told_balance(micros, currency), endpoint=told[0], customer=told[1], reseller=told[2], destination=BALANCE)
        language = language_of(customer.language, self._settings.get("announcements.language", "en"))
        return replace(plan, said=balance_words(micros, currency), language=language)

    def _on_net(self, attempt: Attempt, plan: Plan, endpoint: HotEndpoint, customer: HotCustomer, callee: HotEndpoint, at: int) -> Plan:
        """To an endpoint of ours: free where no tariff on the caller's side has an on-net price."""
        hot = self._hot
        owner = hot.customers[callee.customer_id]
        own = frozenset(plan.parties)
        parties = (*plan.parties, *(each for each in self._parties(callee, owner) if each not in own))
        plan = replace(plan, callee_endpoint=callee.id, normalised=callee.number, destination="on-net", parties=parties)
        if callee.disabled or hot.shut_off(owner):
            return replace(plan, refused=NOT_FOUND)
        levels, payers = [], []
        for payer in hot.levels(customer.id):
            terms = hot.prices.on_net_terms(payer.tariff_id, payer.currency, at)
            if terms is not None:
                levels.append(Level(payer.level, payer.account_id, terms))
                payers.append(payer)
        plan = replace(plan, levels=tuple(levels), payers=tuple(payers))
        if not levels and not customer.free_on_net and not hot.has_funds(customer.account_id):
            return replace(plan, refused=NO_FUNDS)
        if self._full(callee, owner, own):
            return replace(plan, refused=CALLEE_FULL)
        shown, display = (attempt.caller, attempt.display) if plan.hops else (endpoint.number, endpoint.display_name)
        return self._to_endpoint(attempt, plan, callee, Place(callee.id, None, callee.number, shown, display, attempt.anonymous), at)

    def _to_endpoint(self, attempt: Attempt, plan: Plan, callee: HotEndpoint, place: Place, at: int) -> Plan:
        registered, wants = bool(self._registrations.bindings(callee.id)) or callee.is_reached_by_address, callee.forwarding
        if wants is not None and wants.always:
            return self._forward(attempt, plan, callee, ALWAYS, wants.always, at)
        if wants is not None and wants.unregistered and not registered:
            return self._forward(attempt, plan, callee, UNREGISTERED, wants.unregistered, at)
        if not registered:
            return self._fail_over(attempt, plan, callee, UNREGISTERED, at) or replace(plan, refused=NOT_REGISTERED)
        owner = self._hot.customers[callee.customer_id]
        place = place._replace(domain=self._hot.resellers[owner.reseller_id].domains[0], diversion=plan.diversion)
        if wants is not None and wants.no_answer:
            place = place._replace(ring_seconds=float(wants.no_answer_seconds))
        return replace(plan, reached=lambda _: (place,), forwards=bool(plan.failover) or owner.allow_302 or (wants is not None and wants.later))

    def _fail_over(self, attempt: Attempt, plan: Plan, by: HotEndpoint, reason: str, at: int) -> Plan | None:
        """The first of an incoming number's further destinations that can be tried; None: none is left."""
        left = plan.failover
        while left:
            number, left = left[0], left[1:]
            onward = self._forward(attempt, replace(plan, failover=left), by, reason, number, at)
            priced = not any(isinstance(level.terms, NoRate | Blocked) for level in onward.levels)
            if priced and onward.refused is None and onward.barred is None:
                return onward
        return None

    def _forward(self, attempt: Attempt, plan: Plan, by: HotEndpoint, reason: str, number: str, at: int) -> Plan:
        """On to where an endpoint sends its calls: its customer pays, as if it called there itself."""
        hot = self._hot
        customer = hot.customers[by.customer_id]
        if by.id in plan.hops or len(plan.hops) >= MOST_HOPS:
            return replace(plan, refused=LOOP)
        if by.disabled or hot.shut_off(customer):
            return replace(plan, refused=NOT_FOUND)
        normalised = hot.normalised(customer, number)
        callee = hot.by_number(number) or hot.by_number(normalised)
        own = frozenset(plan.parties)
        typed = self._guard.typed(customer, by)
        onward = replace(
            plan,
            direction=OUT if callee is None else ON_NET,
            normalised=normalised,
            parties=(*plan.parties, *(each for each in self._parties(by, customer) if each not in own)),
            reseller=customer.reseller_id,
            customer=customer.id,
            endpoint=by.id,
            callee_endpoint=None,
            max_seconds=self._guard.longest(customer, typed) or 0,
            hops=plan.hops | {by.id},
            diversion=(by.number, reason),
            forwards=False,
        )
        if callee is None:
            return self._by_trunk(attempt, onward, by, customer, typed, at)
        return self._on_net(attempt, onward, by, customer, callee, at)

    def not_taken(self, attempt: Attempt, before: Plan, status: int, contact: str, at: int) -> Plan | None:
        """How a call goes on that the endpoint it was put to did not take; None: it does not. `contact`: whom a 3xx named."""
        by = self._hot.endpoints.get(before.callee_endpoint or 0)
        if by is None:
            return None
        reason, number = after(by.forwarding, self._hot.customers[by.customer_id].allow_302, status, contact)
        if not number:
            told = reason_of(status)
            return self._fail_over(attempt, before, by, told, at) if before.failover and told else None
        plan = self._forward(attempt, before, by, reason, number, at)
        return None if plan.refused is not None else plan

    def _by_trunk(self, attempt: Attempt, plan: Plan, endpoint: HotEndpoint, customer: HotCustomer, typed: Typed, at: int) -> Plan:
        hot, prices, number = self._hot, self._hot.prices, plan.normalised
        payers = hot.levels(customer.id)
        levels = tuple([Level(payer.level, payer.account_id, prices.terms(payer.tariff_id, number, payer.currency, at)) for payer in payers])
        taken, sold = None, levels[0].terms
        if hot.allowances.any_of(customer.id, payers[0].tariff_id) and isinstance(sold, Terms):
            sold, bundle, taken = hot.allowances.take(customer.id, payers[0].tariff_id, number, sold, at)
            levels = (replace(levels[0], terms=sold, bundle=bundle), *levels[1:])
        price = sold.price if isinstance(sold, Terms | Blocked) else None
        barred = self._guard.judge(customer, typed, number, at)

        def routes() -> Choice:
            guarded = sold if isinstance(sold, Terms) and prices.book.get(payers[0].tariff_id).loss_guard else None
            route = hot.routes.match(hot.chain(customer.reseller_id), number)
            return choose(route, number, self._watch.state, cost, self._draw, guarded)

        def cost(identity: int) -> Terms | NoRate | Blocked | None:
            """What the number costs at a trunk, in the root's currency, so that trunks compare."""
            trunk = hot.trunks[identity]
            tariff = trunk.cost_tariff_id
            return None if tariff is None else prices.terms(tariff, number, hot.resellers[trunk.reseller_id].currency, at)

        def reached(candidates: tuple[Candidate, ...]) -> tuple[Place, ...]:
            places = []
            for candidate in candidates:
                trunk = hot.trunks[candidate.trunk_id]
                shown = own = self._shown(endpoint, customer, trunk)
                if plan.hops and trunk.trusted and attempt.trunk is not None and attempt.caller:
                    shown = attempt.caller  # whom a trusted carrier may show; who forwards stands in Diversion
                asserted = trunk.trusted and bool(shown)
                if trunk.caller_rules:
                    shown = rewritten(shown, trunk.caller_rules) or shown
                place = Place(None, trunk.id, candidate.number, shown, anonymous=attempt.anonymous or not shown, asserted=asserted)
                places.append(place._replace(diversion=(own, plan.diversion[1])) if plan.hops and own else place)
            return tuple(places)

        return replace(
            plan,
            barred=barred,
            levels=levels,
            payers=payers,
            watches=() if barred is not None else self._guard.meters(customer, endpoint, typed, number, levels),
            routes=routes,
            reached=reached,
            taken=taken,
            prefix=price.prefix if price else None,
            destination=price.destination if price else None,
        )

    def _draw(self, below: int) -> int:
        return int.from_bytes(self._random_bytes(8)) % below

    # limits and identity --------------------------------------------------------------------------------------------
    def _parties(self, endpoint: HotEndpoint, customer: HotCustomer) -> tuple[Party, ...]:
        return (("endpoint", endpoint.id), ("customer", customer.id), *self._hot.above[customer.reseller_id].parties)

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

    def _too_fast(self, endpoint: HotEndpoint, customer: HotCustomer, typed: Typed) -> bool:
        now, rate, most = self._clock.monotonic(), self._rate, customer.calls_per_second
        if most is not None and rate.too_fast(("customer", customer.id), most, now):
            return True
        return bool(typed) and any(rate.too_fast(party, most, now) for party, most in self._guard.paces(customer, endpoint))

    def _full(self, endpoint: HotEndpoint, customer: HotCustomer, besides: frozenset[Party] = frozenset()) -> str:
        """Whose limit one more call would pass: endpoint, customer or reseller; those in `besides` count it already."""
        own = ((("endpoint", endpoint.id), endpoint.max_calls), (("customer", customer.id), customer.max_calls))
        for party, maximum in (*own, *self._hot.above[customer.reseller_id].limits):
            if maximum is not None and party not in besides and self._counts.full(party, maximum):
                return party[0]
        return ""

    def _shown(self, endpoint: HotEndpoint, customer: HotCustomer, trunk: HotTrunk) -> str:
        """The number a trunk is shown: an internal number never leaves."""
        above = self._hot.above[customer.reseller_id]
        return endpoint.caller_number or customer.caller_number or above.caller_number or trunk.main_number
