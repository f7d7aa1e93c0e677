"""The guard of money on calls: who may call what, how fast money may be spent, and the fuse that stops a customer (sip.md, Guard).

Law: a call costs a few look-ups and compares in memory. Spending is metered by the credit book like any account: a call
has one more line on an account that no ledger knows, whose funds are what may yet be spent, so that running calls end
exactly where it is used up. Emergency calls never come here. A tripped fuse stops calls, not registrations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from appliance.billing.admission import WATCH, Level, Refuse
from appliance.billing.credit import Meter
from appliance.billing.rating import Charge, Terms
from appliance.billing.routing import permitted
from appliance.billing.velocity import DAY_MS, HOUR_MS, Velocity
from appliance.errors import UserError
from appliance.money import parse_amount
from appliance.services.calls.call_record import CallRecord
from appliance.services.ground.high_risk import DEAR, country_code, risk_of
from appliance.services.ground.hot import Hot
from appliance.services.ground.hot_limits import KINDS, NONE, HotLimits, Limits, Spender, hours_of, within
from appliance.services.ground.hot_rows import HotCustomer, HotEndpoint
from appliance.services.ground.limits import Party
from appliance.services.ground.room import Room
from appliance.services.ground.spending_history import zone_named

FUSE = Refuse("fuse", 403, "Calls stopped, ask your provider")
CAP = Refuse("cap", 403, "Monthly limit reached")
SPEND = Refuse("spend", 403, "Daily limit reached")
BARRED = Refuse("barred", 403, "Number not allowed")
HIGH_RISK = Refuse("high_risk", 403, "Number blocked until it is allowed")

_MOST_CHAINS = 20_000

HOUR, DAY, RISK, COUNTRIES = "fuse.hour", "fuse.day", "fuse.risk", "fuse.countries"
DISPUTE = "fuse.dispute"
"""Why a fuse trips."""

_WHOSE = 1 << 40
"""The book's accounts of spending lie above: so many for each kind of watch, then the id of whom it watches."""

NO_LIMIT = 1 << 60
_KINDS = ("customer", "risk", "endpoint", "reseller")
_FIRST = {kind: _WHOSE * place for place, kind in enumerate(_KINDS, 1)}
_KEEPING = ("reseller", "trunk")
_DAY_HOURS = 6
"""A typed hour's floor allows so much of it in a day."""

NIGHT = "00:00-06:00"

Typed = tuple[Limits, ...]
"""What somebody typed for who calls, whatever is asked of it: found once a call."""

_ASKING = {"fuse": FUSE, "cap": CAP, "spend": SPEND}


class Trip(NamedTuple):
    """A fuse that tripped and is not written yet."""

    customer: int
    reason: str
    detail: str
    spent: int
    limit: int
    currency: str
    at: int


class Left(msgspec.Struct, frozen=True, gc=False):
    """What a customer may yet spend, what keeps it from more (a cause, or a reason of the fuse), and the figures behind that."""

    micros: int
    why: str
    spent: int
    limit: int


_UNLIMITED = Left(NO_LIMIT, "", 0, 0)


class CallGuard:
    """Asked at admission, told at the end of each call. `stopped(customer)` is told when running calls are to end."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store
        self._clock = room.clock
        self._settings = room.settings
        self._hot: Hot = room.hot
        self.limits = HotLimits(room.store, room.clock, self._zone_of)
        self.limits.load()
        self._floors: dict[tuple[str, bool], tuple[int, int, int]] = {}
        self._days: dict[Party, tuple[str, int]] = {}  # what endpoints and resellers with a limit spent on a day
        self._trips: list[Trip] = []
        self._fresh: list[tuple[int, Trip]] = []  # written in the open unit, and how many notes stood before each
        self.enabled = True  # whether anything but typed limits is looked at
        self._night: tuple[int, int] | None = None
        self._night_percent = 100
        self._settings.follow(self._read_settings)
        self.stopped: Callable[[int], None] = lambda customer: None
        self.written: Callable[[int], None] = lambda fuse: None
        self._chains: dict[tuple[int, int], tuple[Limits, ...]] = {}  # by customer and endpoint
        room.changes.on_undo(self._undone)
        room.changes.listen(lambda _: self._fresh.clear(), "fuse")
        room.changes.listen(self.limits.changed, *KINDS)
        room.changes.listen(lambda _: self._chains.clear(), "guard_limit", "customer", "endpoint", "reseller")
        room.changes.listen(lambda _: self._floors.clear(), "setting", "exchange_rate", "reseller")

    def _read_settings(self) -> None:
        get = self._settings.get
        self.enabled, self._night_percent = get("guard.enabled", True), get("guard.night_percent", 50)
        try:
            self._night = hours_of(get("guard.night", NIGHT))
        except ValueError:
            self._night = hours_of(NIGHT)

    def reload(self) -> None:
        """A unit of work was lost: what is remembered is read again."""
        self._days.clear()
        self._trips.clear()
        self._chains.clear()
        self.limits.load()

    # admission ---------------------------------------------------------------------------------------------------
    def judge(self, customer: HotCustomer, typed: Typed, number: str, at: int) -> Refuse | None:
        """Whether this customer may call that normalised number at all. A first call to too many countries trips the fuse."""
        refused = self._forbidden(customer, typed, number, at)
        return self._first_country(customer, number, at) if refused is None and self.enabled else refused

    def would(self, customer: HotCustomer, endpoint: HotEndpoint | None, number: str, at: int) -> str:
        """The cause for which a call would be refused, "" for none; nothing is counted by the question."""
        refused = self._forbidden(customer, self.typed(customer, endpoint), number, at)
        if refused is not None:
            return refused.cause
        left = self._left(customer, at)
        return "" if left.micros > 0 else left.why if left.why in _ASKING else "fuse"

    def _forbidden(self, customer: HotCustomer, typed: Typed, number: str, at: int) -> Refuse | None:
        own = self.limits.of("customer", customer.id) if typed else NONE
        enabled = self.enabled
        if enabled and customer.id in self.limits.tripped:
            return FUSE
        for limits in typed:
            if not permitted(number, limits.allowed, limits.blocked):
                return BARRED
        waits = own.risk_wait_until_at is not None and at < own.risk_wait_until_at
        if (enabled and own.high_risk != "allowed") or own.high_risk == "blocked" or waits:
            risk = risk_of(number)
            if risk is not None and risk.kind in DEAR:
                return HIGH_RISK
        return None

    def _first_country(self, customer: HotCustomer, number: str, at: int) -> Refuse | None:
        spender, country = self.limits.spender(customer.id), country_code(number)
        if country in spender.countries or not self.limits.whole:
            return None
        most = self._settings.get("guard.new_countries", 5)
        if spender.old and most:
            first = spender.first_calls
            while first and first[0] <= at - HOUR_MS:
                first.popleft()
            if len(first) >= most:
                left = self._left(customer, at)
                self._trip(customer, COUNTRIES, f"+{country}", left.spent, left.limit, at)
                return FUSE
            first.append(at)
        spender.countries.add(country)
        return None

    def longest(self, customer: HotCustomer, typed: Typed) -> int | None:
        """The longest that a call of theirs may last in seconds, as typed; None: as long as one likes."""
        own = customer.max_seconds or None
        if not typed:
            return own
        return min([each for each in (own, *[limits.max_seconds for limits in typed]) if each], default=None)

    def paces(self, customer: HotCustomer, endpoint: HotEndpoint) -> Sequence[tuple[Party, int]]:
        """Whose calls a second are limited, beside the customer's own, where anything is typed."""
        parties: list[Party] = [("endpoint", endpoint.id), *self._hot.above[customer.reseller_id].parties]
        return [(party, most) for party in parties if (most := self.limits.of(*party).calls_per_second) is not None]

    def typed(self, customer: HotCustomer, endpoint: HotEndpoint | None) -> Typed:
        """What is typed for the customer, the endpoint and the resellers above; most have nothing, and cost one look."""
        key = customer.id, endpoint.id if endpoint is not None else 0
        found = self._chains.get(key)
        if found is None:
            if len(self._chains) >= _MOST_CHAINS:
                self._chains.clear()
            parties: list[Party] = [("customer", customer.id), ("endpoint", key[1]), *self._hot.above[customer.reseller_id].parties]
            found = self._chains[key] = tuple(each for each in [self.limits.of(*party) for party in parties] if each is not NONE)
        return found

    def meters(self, customer: HotCustomer, endpoint: HotEndpoint, typed: Typed, number: str, levels: Sequence[Level]) -> tuple[Meter, ...]:
        """The call's lines on what may yet be spent. What comes out of a bundle was paid before, and is not watched."""
        sold = levels[0] if levels else None
        if sold is None or not isinstance(sold.terms, Terms) or sold.bundle:
            return ()
        found = []
        own, enabled = self.limits.of("customer", customer.id) if typed else NONE, self.enabled
        if enabled or own.day_micros is not None or own.month_micros is not None:
            found.append(Meter(WATCH, _FIRST["customer"] + customer.id, sold.terms))
        if enabled:
            risk = risk_of(number)
            if risk is not None and risk.kind in DEAR:
                found.append(Meter(WATCH + 1, _FIRST["risk"] + customer.id, sold.terms))
        if not typed:
            return tuple(found)
        if self.limits.of("endpoint", endpoint.id).day_micros is not None:
            found.append(Meter(WATCH + 2, _FIRST["endpoint"] + endpoint.id, sold.terms))
        payers = self._hot.levels(customer.id)
        for level, payer in zip(levels, payers, strict=False):
            if (
                payer.reseller_id is not None
                and isinstance(level.terms, Terms)
                and self.limits.of("reseller", payer.reseller_id).day_micros is not None
            ):
                found.append(Meter(WATCH + 2 + payer.level, _FIRST["reseller"] + payer.reseller_id, level.terms))
        return tuple(found)

    def meters_of(self, record: CallRecord, meters: Sequence[Meter]) -> tuple[Meter, ...]:
        """The same for a call that runs already."""
        customer, endpoint = self._hot.customers.get(record.customer or 0), self._hot.endpoints.get(record.endpoint or 0)
        if record.direction != "out" or customer is None or endpoint is None:
            return ()
        levels = [Level(meter.level, meter.account_id, meter.terms, meter.bundle) for meter in meters if meter.level >= 0]
        return self.meters(customer, endpoint, self.typed(customer, endpoint), record.normalised, levels)

    # what may yet be spent -----------------------------------------------------------------------------------------
    def watches(self, account: int) -> bool:
        """Whether an account of the book is one of these."""
        return account >= _WHOSE

    def funds(self, account: int) -> int:
        """What may yet be spent by whom the account watches."""
        place, identity = divmod(account, _WHOSE)
        kind = _KINDS[place - 1]
        at = self._clock.utcnow()
        if kind == "customer":
            customer = self._hot.customers.get(identity)
            return NO_LIMIT if customer is None else max(self._left(customer, at).micros, 0)
        if kind == "risk":
            customer = self._hot.customers.get(identity)
            return NO_LIMIT if customer is None else max(self._risk_left(customer, at).micros, 0)
        limit = self.limits.of(kind, identity).day_micros
        return NO_LIMIT if limit is None else max(limit - self._spent_today((kind, identity), at), 0)

    def left(self, customer: int, at: int) -> Left:
        """Of one customer, for whoever shows it."""
        found = self._hot.customers.get(customer)
        return _UNLIMITED if found is None else self._left(found, at)

    def _left(self, customer: HotCustomer, at: int) -> Left:
        own, velocity = self.limits.of("customer", customer.id), self.limits.spender(customer.id).velocity
        left = _UNLIMITED
        if own.month_micros is not None:
            left = _nearer(left, "cap", velocity.spent_in(self.limits.today(customer.id, at)), own.month_micros)
        if own.day_micros is not None:
            left = _nearer(left, "spend", velocity.spent_on(self.limits.today(customer.id, at)), own.day_micros)
        if self.enabled and self.limits.whole:
            hour, day = self._usual(customer, own, velocity, at)
            left = _nearer(left, HOUR, velocity.hour.at(at), hour)
            left = _nearer(left, DAY, velocity.day.at(at), day)
        return left

    def _usual(self, customer: HotCustomer, own: Limits, velocity: Velocity, at: int) -> tuple[int, int]:
        if own.hour_micros is not None:
            return own.hour_micros, own.hour_micros * _DAY_HOURS
        hour, day, _ = self._floors_of(customer)
        if self._is_night(customer, at):
            hour, day = hour * self._night_percent // 100, day * self._night_percent // 100
        return velocity.usual_hour(hour), velocity.usual_day(day)

    def _risk_left(self, customer: HotCustomer, at: int) -> Left:
        floor = self._floors_of(customer)[2]
        if self._is_night(customer, at):
            floor = floor * self._night_percent // 100
        return _nearer(_UNLIMITED, RISK, self.limits.spender(customer.id).risk.hour.at(at), floor)

    def _is_night(self, customer: HotCustomer, at: int) -> bool:
        return self._night is not None and within(self.limits.minute(customer.id, at), self._night)

    def figures(self, customer: int, at: int) -> dict[str, int]:
        """What a customer spent and may spend, by the fields that show it."""
        found = self._hot.customers.get(customer)
        if found is None:
            return {}
        velocity, today = self.limits.spender(customer).velocity, self.limits.today(customer, at)
        spent = {"spent_hour": velocity.hour.at(at), "spent_day": velocity.spent_on(today), "spent_month": velocity.spent_in(today)}
        if self.enabled:
            spent["hour_limit"], spent["day_limit"] = self._usual(found, self.limits.of("customer", customer), velocity, at)
        return spent

    def _floors_of(self, customer: HotCustomer) -> tuple[int, int, int]:
        """Floors of an hour, a day, and an hour to high-risk numbers, in the currency of the customer's account."""
        currency = self._hot.levels(customer.id)[0].currency
        key = currency, customer.call_shop
        floors = self._floors.get(key)
        if floors is None:
            named = (("shop_hour", "150.00"), ("shop_day", "600.00")) if customer.call_shop else (("hour", "30.00"), ("day", "120.00"))
            hour, day, risk = (self._floor(name, usual, currency) for name, usual in (*named, ("risk", "10.00")))
            floors = self._floors[key] = hour, day, risk
        return floors

    def _floor(self, name: str, usual: str, currency: str) -> int:
        """A floor of the settings, typed in the root's currency."""
        try:
            micros = parse_amount(self._settings.get(f"guard.{name}_floor", usual), "")
        except UserError:  # a floor that cannot be read is no reason to have none
            micros = parse_amount(usual, "")
        root = next((each.currency for each in self._hot.resellers.values() if each.parent_id is None), currency)
        rate = None if root == currency else self._hot.prices.exchange(root, currency, self._clock.utcnow())
        return micros if rate is None else rate.convert(micros)

    def _spent_today(self, party: Party, at: int) -> int:
        """What an endpoint, reseller or trunk with a limit spent today; asked of the store once a day."""
        kind, identity = party
        endpoint = self._hot.endpoints.get(identity) if kind == "endpoint" else None
        reseller = self._hot.trunks[identity].reseller_id if kind == "trunk" else identity
        zone = self._zone_of(endpoint.customer_id) if endpoint is not None else self._hot.resellers[reseller].timezone if kind in _KEEPING else ""
        here = _day_of(zone, at)
        known = self._days.get(party)
        if known is None or known[0] != here[0]:
            guard = self._store.guard
            spent = (
                guard.spent_by_endpoint(endpoint.customer_id, identity, here[1])
                if endpoint is not None
                else guard.spent_by_reseller(identity, here[1])
                if kind == "reseller"
                else guard.spent_over_trunk(identity, here[1])
                if kind == "trunk"
                else 0
            )
            known = self._days[party] = here[0], spent
        return known[1]

    # fuses -----------------------------------------------------------------------------------------------------------
    def reached(self, level: int, record: CallRecord, at: int) -> str:
        """A line of the guard can pay no more: the call's cause; the fuse trips where it is its."""
        customer = self._hot.customers.get(record.customer or 0)
        if customer is None or level > WATCH + 1:
            return "spend"
        left = self._risk_left(customer, at) if level == WATCH + 1 else self._left(customer, at)
        if left.why in _ASKING:
            return left.why
        detail = record.destination or record.prefix or ""
        self._trip(customer, left.why or HOUR, detail, left.limit, left.limit, at)
        return "fuse"

    def refusal(self, level: int, record: CallRecord, at: int) -> Refuse:
        """The same for a call that was not admitted."""
        return _ASKING[self.reached(level, record, at)]

    def _trip(self, customer: HotCustomer, reason: str, detail: str, spent: int, limit: int, at: int) -> None:
        if customer.id in self.limits.tripped:
            return
        self.limits.tripped[customer.id] = reason
        currency = self._hot.levels(customer.id)[0].currency
        self._trips.append(Trip(customer.id, reason, detail, spent, limit, currency, at))
        if self._settings.get("guard.fuse_ends_calls", True):
            self.stopped(customer.id)

    def disputed(self, customer: int, detail: str) -> None:
        """In an open unit of work: a payment of his was disputed at its provider; no priced calls until somebody looked."""
        found = self._hot.customers.get(customer)
        if found is not None:
            self._trip(found, DISPUTE, detail, 0, 0, self._room.clock.utcnow())
            self.write()

    def write(self) -> None:
        """In an open unit of work: write down the fuses that tripped."""
        if self._trips:
            trips, self._trips = self._trips, []
            for trip in trips:
                self._fresh.append((self._room.changes.mark(), trip))
                fuse = self._store.guard.trip(*trip)
                self._room.changes.note("fuse", trip.customer)
                self.written(fuse)

    def _undone(self) -> None:
        """What was written from here on is not there any more: who is stopped must be found in the store, so that he can be released."""
        mark = self._room.changes.mark()
        self._trips = [trip for before, trip in self._fresh if before >= mark] + self._trips
        self._fresh = [each for each in self._fresh if each[0] < mark]

    @property
    def waiting(self) -> bool:
        """Whether a fuse tripped that is not written yet."""
        return bool(self._trips)

    def settled(self, record: CallRecord, charges: Sequence[Charge], at: int) -> None:
        """A call was charged, each of its levels."""
        for paid, charged in zip(record.paid_by, charges, strict=True):
            micros = charged.amount_micros
            if not micros:
                continue
            if paid.level == 0 and paid.customer is not None:
                spender, today = self.limits.spender(paid.customer), self.limits.today(paid.customer, at)
                spender.velocity.add(at, micros, today)
                risk = risk_of(record.normalised) if record.direction == "out" else None
                if risk is not None and risk.kind in DEAR:
                    spender.risk.hour.add(at, micros)
                self._add_today(("endpoint", record.endpoint or 0), micros)
            elif paid.reseller is not None:
                self._add_today(("reseller", paid.reseller), micros)

    def bought(self, trunk: int, micros: int) -> None:
        """A carrier's price of a call."""
        self._add_today(("trunk", trunk), micros)

    def spent_out(self, trunk: int) -> bool:
        """Whether calls over a trunk have cost as much today as was typed for it."""
        limit = self.limits.of("trunk", trunk).day_micros
        return limit is not None and self._spent_today(("trunk", trunk), self._clock.utcnow()) >= limit

    def longest_over(self, trunk: int | None) -> int | None:
        """The longest that a call over a trunk may last in milliseconds; None: as long as one likes."""
        most = None if trunk is None else self.limits.of("trunk", trunk).max_seconds
        return None if most is None else most * 1000

    def _add_today(self, party: Party, micros: int) -> None:
        known = self._days.get(party)
        if known is not None:
            self._days[party] = known[0], known[1] + micros

    def forgive(self, customer: int) -> Spender:
        """A fuse was released: the hour and the day begin anew."""
        spender = self.limits.spender(customer)
        spender.velocity.forgive()
        spender.risk.forgive()
        spender.first_calls.clear()
        return spender

    def _zone_of(self, customer: int) -> str:
        found = self._hot.customers.get(customer)
        if found is None:
            return ""
        return found.timezone or self._hot.resellers[found.reseller_id].timezone


def _nearer(left: Left, why: str, spent: int, limit: int) -> Left:
    return Left(limit - spent, why, spent, limit) if limit - spent < left.micros else left


def _day_of(zone: str, at: int) -> tuple[str, int]:
    """The day of the calendar there, and when it began (UTC milliseconds)."""
    from datetime import datetime

    here = datetime.fromtimestamp(at // 1000, zone_named(zone))
    began = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return here.date().isoformat(), max(int(began.timestamp() * 1000), at - 2 * DAY_MS)
