"""Typed limits of customers, endpoints, trunks and resellers: how fast, how long, how much, where to (sip.md, Guard)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import NamedTuple

from msgspec import UNSET

from appliance.errors import UserError
from appliance.money import format_amount
from appliance.services.calls.call_guard import CallGuard
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.high_risk import DEAR, high_risk
from appliance.services.ground.hot_limits import OWNERS
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.guard import Limit
from appliance.wire.guard import LimitsGet, LimitsSet, LimitsView, RiskPage, RiskView


def _prefix(text: str, field: str) -> str:
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise UserError("prefix.not_digits", field=field, prefix=text[:32])
    return text


def _network(text: str, field: str) -> str:
    """An address or network; UserError address.invalid."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False)).removesuffix("/32").removesuffix("/128")
    except ValueError:
        raise UserError("address.invalid", field=field, address=text[:128]) from None


def _country(text: str, field: str) -> str:
    """An ISO 3166 code; UserError country.invalid."""
    code = str(col.country(text, field))
    if not code:
        raise UserError("country.invalid", field=field, country=text)
    return code


FIELDS = (
    Column("calls_per_second", "calls_per_second", col.count(None, 1, 100_000)),
    Column("max_seconds", "max_seconds", col.count(None, 1, 86_400)),
    Column("day", "day_micros", col.amount(None)),
    Column("month", "month_micros", col.amount(None)),
    Column("hour", "hour_micros", col.amount(None)),
    Column("allowed", "allowed", col.texts(_prefix, 1000)),
    Column("blocked", "blocked", col.texts(_prefix, 1000)),
    Column("high_risk", "high_risk", col.choice("", "allowed", "blocked")),
    Column("networks", "networks", col.texts(_network, 100)),
    Column("countries", "countries", col.texts(_country, 300)),
)
OF_PHONES = ("networks", "countries")
OF_CUSTOMERS = ("month_micros", "hour_micros", "high_risk")
OF_ITS_OWN = ("calls_per_second", "max_seconds")
"""A customer's own columns; of all others they are the guard's."""


class Owner(NamedTuple):
    """Whose limits: where permissions are looked up, and what is shown of it."""

    id: int
    name: str
    reseller_id: int
    customer_id: int | None
    currency: str
    max_calls: int | None


class LimitSets:
    """`guard` is asked what was spent; None in a command."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self.guard: CallGuard | None = None

    def get(self, actor: Actor, request: LimitsGet) -> LimitsView:
        """One party's limits, and what it spent."""
        return self._view(request.kind, self._owner(actor, request.kind, request.owner, "read"))

    def set(self, actor: Actor, request: LimitsSet) -> LimitsView:
        """Calls that start from now on are held to them; running ones end where the new amounts are used up."""
        with self._room.changes.unit():
            owner = self._owner(actor, request.kind, request.owner, "write")
            values = written(request, FIELDS)
            if request.kind != "customer":
                wrong = next((each for each in FIELDS if each.column in OF_CUSTOMERS and each.column in values), None)
                if wrong is not None:
                    raise UserError("limit.of_customers", field=wrong.field)
            if request.kind == "trunk":
                wrong = next((each for each in FIELDS if each.field in OF_PHONES and each.column in values), None)
                if wrong is not None:
                    raise UserError("limit.not_of_trunks", field=wrong.field)
            if request.high_risk is not UNSET and request.high_risk == "allowed":
                values["risk_wait_until_at"] = None
            self._put(actor, request.kind, owner.id, values)
            return self._view(request.kind, owner)

    def wait_for_risk(self, customer_id: int, until_at: int | None) -> None:
        """No high-risk destination for a customer until then, whatever is allowed; in the open unit of work."""
        self._store.guard.put_limit("customer", customer_id, {"risk_wait_until_at": until_at})
        self._room.changes.note("guard_limit", customer_id)

    def high_risk(self, actor: Actor) -> RiskPage:
        """The list that comes with the program."""
        self._access.reach(actor, "settings.read")
        return RiskPage([RiskView(each.prefix, each.kind, each.area, each.kind in DEAR) for _, each in sorted(high_risk().items())])

    def _put(self, actor: Actor, kind: str, owner_id: int, values: dict[str, Sql]) -> None:
        row = self._store.guard.limit(kind, owner_id) or Limit(kind, owner_id)
        if kind == "customer":
            customer = self._store.customers.get(owner_id)
            assert customer is not None  # looked up just now
            own = differing({name: values.pop(name) for name in OF_ITS_OWN if name in values}, customer)
            if own:
                self._store.customers.update(owner_id, own)
                self._audit.changed(actor, "limits.set", kind, owner_id, customer._asdict(), own)
                self._room.changes.note("customer", owner_id)
        changed = differing(values, row)
        if changed:
            self._store.guard.put_limit(kind, owner_id, changed)
            self._audit.changed(actor, "limits.set", kind, owner_id, row._asdict(), changed)
            self._room.changes.note("guard_limit", owner_id)

    def _owner(self, actor: Actor, kind: str, ref: int | str, verb: str) -> Owner:
        find: dict[str, Callable[[], Owner]] = {
            "customer": lambda: self._customer(actor, ref, verb),
            "endpoint": lambda: self._endpoint(actor, ref, verb),
            "trunk": lambda: self._trunk(actor, ref, verb),
            "reseller": lambda: self._reseller(actor, ref, verb),
        }
        if kind not in find:
            raise UserError("field.not_a_choice", field="kind", choices=", ".join(OWNERS))
        return find[kind]()

    def _customer(self, actor: Actor, ref: int | str, verb: str) -> Owner:
        row = self._lookups.customer(actor, ref, None, f"customers.{verb}", "owner")
        account = self._store.accounts.get(row.credit_account_id)
        return Owner(row.id, row.name, row.reseller_id, row.id, "" if account is None else account.currency, row.max_calls)

    def _endpoint(self, actor: Actor, ref: int | str, verb: str) -> Owner:
        row, customer = self._lookups.endpoint(actor, ref, f"endpoints.{verb}", "owner")
        account = self._store.accounts.get(customer.credit_account_id)
        return Owner(row.id, row.number, customer.reseller_id, customer.id, "" if account is None else account.currency, row.max_calls)

    def _trunk(self, actor: Actor, ref: int | str, verb: str) -> Owner:
        row = self._lookups.trunk(actor, ref, f"trunks.{verb}", "owner")
        tariff = None if row.cost_tariff_id is None else self._store.tariffs.get(row.cost_tariff_id)
        return Owner(row.id, row.name, row.reseller_id, None, "" if tariff is None else tariff.currency, row.max_calls)

    def _reseller(self, actor: Actor, ref: int | str, verb: str) -> Owner:
        """A reseller's limits are its parent's to type."""
        row = self._lookups.reseller(actor, ref, f"resellers.{verb}", "owner")
        if verb == "write" and row.parent_id is not None:
            self._access.need(actor, "resellers.write", row.parent_id, what="reseller")
        return Owner(row.id, row.name, row.id, None, row.currency, row.max_calls)

    def _view(self, kind: str, owner: Owner) -> LimitsView:
        row = self._store.guard.limit(kind, owner.id) or Limit(kind, owner.id)
        per_second, seconds = row.calls_per_second, row.max_seconds
        spent: dict[str, str] = {}
        if kind == "customer":
            customer = self._store.customers.get(owner.id)
            assert customer is not None  # looked up just now
            per_second, seconds = customer.calls_per_second, customer.max_seconds
            if self.guard is not None:
                spent = {name: format_amount(micros) for name, micros in self.guard.figures(owner.id, self._room.clock.utcnow()).items()}
        return LimitsView(
            kind=kind,
            id=owner.id,
            name=owner.name,
            currency=owner.currency,
            max_calls=owner.max_calls,
            calls_per_second=per_second,
            max_seconds=seconds,
            day=_amount(row.day_micros),
            month=_amount(row.month_micros),
            hour=_amount(row.hour_micros),
            allowed=json.loads(row.allowed),
            blocked=json.loads(row.blocked),
            high_risk=row.high_risk,
            high_risk_from=stamp(row.risk_wait_until_at),
            networks=json.loads(row.networks),
            countries=json.loads(row.countries),
            **spent,
        )


def _amount(micros: int | None) -> str | None:
    return None if micros is None else format_amount(micros)
