"""Many customers changed at once, a few a unit of work: each by the rules of a single change, each whole, what is refused told with its reason.

Law: nothing is changed that a preview did not count, and what was changed can be set back where it is still as this left it. How to
set it back is kept in memory, for a while: it is for whoever sees at once that it was a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from msgspec import UNSET

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.i18n import say
from appliance.money import format_amount, parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.columns import written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.people.customers import FIELDS as CUSTOMER_FIELDS
from appliance.services.people.customers import Customers
from appliance.services.people.endpoints import FIELDS as ENDPOINT_FIELDS
from appliance.services.people.endpoints import Endpoints
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.wire.credit_accounts import CreditAccountUpdate
from appliance.wire.customers import CustomerUpdate
from appliance.wire.endpoints import EndpointUpdate
from appliance.wire.many import ManyBack, ManyChange, ManyDone, ManyLine, ManyPreview, ManyRefusal, ManySum, ManyView
from appliance.wire.shapes import Listing

OF_CUSTOMER = ("tariff", "disabled", "language", "max_calls", "payment_terms_days", "free_on_net", "allow_302")
FLAGS = frozenset({"disabled", "free_on_net", "allow_302"})
OF_ENDPOINT = ("endpoint_disabled", "endpoint_max_calls", "endpoint_media")
MOST_LINES = 300
MOST_KEPT, KEPT_MS = 8, 1_800_000
"""Changes that can be set back, and for how long."""

UNIT_SECONDS = 0.006
FEWEST, MOST = 5, 100
A_LOOK = 200
"""Customers whose names are compared with what is searched for in one step."""

Was = tuple[str, int, dict[str, Any], dict[str, Any]]
"""Of what (customer, account, endpoint), its id, its fields before and after."""


class Kept(NamedTuple):
    """What one change of many changed."""

    operator: int | None
    at: int
    was: list[Was]


class Gathering:
    """What a preview or a change found so far."""

    def __init__(self) -> None:
        self.customers = self.endpoints = self.customers_changed = self.endpoints_changed = self.refused_count = 0
        self.fields: dict[str, int] = {}
        self.lines: list[ManyLine] = []
        self.refused: list[ManyRefusal] = []
        self.limits: dict[str, list[int]] = {}

    def view(self, edit: int = 0) -> ManyView:
        """All that is told."""
        limits = [ManySum(each, format_amount(two[0]), format_amount(two[1])) for each, two in sorted(self.limits.items())]
        return ManyView(
            self.customers, self.endpoints, self.customers_changed, self.endpoints_changed, self.fields, limits, self.lines, self.refused,
            self.refused_count, edit,
        )  # fmt: skip

    def refuse(self, name: str, error: UserError) -> None:
        """It stays as it was."""
        self.refused_count += 1
        if len(self.refused) < MOST_LINES:
            self.refused.append(ManyRefusal(name, error.code, say(error)))


class ManyCustomers:
    """In steps; a change can be stopped between two of them."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, customers: Customers, endpoints: Endpoints, accounts: CreditAccounts) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._customers = customers
        self._endpoints = endpoints
        self._accounts = accounts
        self._kept: dict[int, Kept] = {}
        self._made = 0

    def preview(self, actor: Actor, request: ManyPreview) -> Steps[ManyView]:
        """What would change. UserError many.nothing where no field is given."""
        self._check(actor, request)
        found = Gathering()
        ids = yield from self._ids(actor, request)
        for portion in self._paced(ids):
            for each in portion:
                self._look(actor, request, each, found)
            yield None
        return found.view()

    def change(self, actor: Actor, request: ManyChange) -> Steps[ManyView]:
        """Change them. Conflict many.other_count where others fit than the preview counted."""
        self._check(actor, request)
        ids = yield from self._ids(actor, request)
        if request.expected is not None and request.expected != len(ids):
            raise Conflict("many.other_count", field="expected", count=len(ids))
        found, edit = Gathering(), self._keep(actor)
        was = self._kept[edit].was  # held here: who stops this and undoes it at once takes it out of what is kept
        for portion in self._paced(ids):
            with self._room.changes.unit():
                for each in portion:
                    self._change(actor, request, each, found, was)
            yield None
        return found.view(edit if was else 0)

    def back(self, actor: Actor, request: ManyBack) -> Steps[ManyDone]:
        """Set back what is still as it was left. NotFound many.gone."""
        now = self._room.clock.utcnow()
        mine = [number for number, kept in self._kept.items() if kept.operator == actor.operator_id and kept.at > now - KEPT_MS]
        edit = request.edit or max(mine, default=0)
        if edit not in mine:
            raise NotFound("many.gone", field="edit")
        kept = self._kept.pop(edit)
        back = left = 0
        for portion in self._paced(kept.was):
            with self._room.changes.unit():
                for was in portion:
                    done = self._set_back(actor, was)
                    back, left = back + done, left + (not done)
            yield None
        return ManyDone(back, left)

    # which ---------------------------------------------------------------------------------------------------------
    def _check(self, actor: Actor, request: ManyPreview) -> None:
        if all(getattr(request, name) is UNSET for name in (*OF_CUSTOMER, *OF_ENDPOINT, "credit_limit")):
            raise UserError("many.nothing")
        if request.credit_limit is not UNSET:
            parse_amount(str(request.credit_limit), "credit_limit")
        written(request, CUSTOMER_FIELDS)
        phones = {name.removeprefix("endpoint_"): getattr(request, name) for name in OF_ENDPOINT}
        try:
            written(EndpointUpdate(id=0, **phones), ENDPOINT_FIELDS)
        except UserError as error:
            error.field = f"endpoint_{error.field}"
            raise
        if not self._access.reach(actor, "customers.write") and self._access.reach(actor, "customers.write") is not None:
            raise Forbidden("access.forbidden", permission="customers.write")

    def _ids(self, actor: Actor, request: ManyPreview) -> Steps[list[int]]:
        if request.customers is not None:
            return list(dict.fromkeys(request.customers))
        found: list[int] = []
        after = 0
        while True:
            asked = Listing(reseller=request.reseller, search=request.search, after=after)
            portion = list(islice(self._customers.reached(actor, asked), A_LOOK))
            if not portion:
                return found
            found.extend(row.id for row in portion)
            after = portion[-1].id
            yield None

    def _paced(self, items: list[Any]) -> Iterator[list[Any]]:
        pace, clock, done = Pace(FEWEST, MOST, UNIT_SECONDS), self._room.clock, 0
        while done < len(items):
            begun, portion = clock.monotonic(), items[done : done + pace.count]
            yield portion
            pace.took(len(portion), clock.monotonic() - begun)
            done += len(portion)

    # one -----------------------------------------------------------------------------------------------------------
    def _look(self, actor: Actor, request: ManyPreview, customer_id: int, found: Gathering) -> None:
        found.customers += 1
        name = str(customer_id)
        try:
            row = self._lookups.customer(actor, customer_id, None, "customers.write", "customers")
            name = row.name
            differs = self._differing(row, request)
        except UserError as error:
            found.refuse(name, error)
            return
        for field, (before, after) in differs.items():
            self._line(found, row.name, "", field, before, after)
        limit = self._limit(row, request)
        if limit is not None:
            currency, old, new = limit
            self._line(found, row.name, "", "credit_limit", format_amount(old), format_amount(new))
            two = found.limits.setdefault(currency, [0, 0])
            two[0] += old
            two[1] += new
        changed = bool(differs) or limit is not None
        for endpoint in self._phones(row, request):
            found.endpoints += 1
            phone = self._of_endpoint(endpoint, request)
            found.endpoints_changed += bool(phone)
            for field, (before, after) in phone.items():
                self._line(found, row.name, endpoint.number, f"endpoint_{field}", before, after)
        found.customers_changed += changed

    def _change(self, actor: Actor, request: ManyPreview, customer_id: int, found: Gathering, was: list[Was]) -> None:
        """Each of a customer's things by itself: what one is refused for keeps nothing else from changing."""
        found.customers += 1
        changed, who = False, str(customer_id)
        try:
            row = self._lookups.customer(actor, customer_id, None, "customers.write", "customers")
            who = row.name
            differs = self._differing(row, request)
            if differs:
                self._customers.update(actor, CustomerUpdate(id=row.id, **{name: after for name, (_, after) in differs.items()}))
                was.append(("customer", row.id, *_two(differs)))
                changed = True
        except UserError as error:
            found.refuse(who, error)
            return
        for name in differs:
            found.fields[name] = found.fields.get(name, 0) + 1
        try:
            limit = self._limit(row, request)
            if limit is not None:
                currency, old, new = limit
                self._accounts.update(actor, CreditAccountUpdate(id=row.credit_account_id, credit_limit=format_amount(new)))
                was.append(("account", row.credit_account_id, {"credit_limit": format_amount(old)}, {"credit_limit": format_amount(new)}))
                found.fields["credit_limit"] = found.fields.get("credit_limit", 0) + 1
                two = found.limits.setdefault(currency, [0, 0])
                two[0], two[1] = two[0] + old, two[1] + new
                changed = True
        except UserError as error:
            found.refuse(row.name, error)
        for endpoint in self._phones(row, request):
            found.endpoints += 1
            phone = self._of_endpoint(endpoint, request)
            if not phone:
                continue
            try:
                self._endpoints.update(actor, EndpointUpdate(id=endpoint.id, **{name: after for name, (_, after) in phone.items()}))
            except UserError as error:
                found.refuse(f"{row.name}, {endpoint.number}", error)
                continue
            was.append(("endpoint", endpoint.id, *_two(phone)))
            found.endpoints_changed += 1
            for name in phone:
                found.fields[f"endpoint_{name}"] = found.fields.get(f"endpoint_{name}", 0) + 1
        found.customers_changed += changed

    def _differing(self, row: Customer, request: ManyPreview) -> dict[str, tuple[Any, Any]]:
        """Field to (now, then) of the customer's own; tariffs by id."""
        found: dict[str, tuple[Any, Any]] = {}
        for name in OF_CUSTOMER:
            value = getattr(request, name)
            if value is UNSET:
                continue
            if name == "tariff":
                reseller = self._store.resellers.get(row.reseller_id)
                assert reseller is not None  # foreign key
                now, then = row.tariff_id, self._lookups.tariff_of(reseller, value).id
            else:
                now, then = getattr(row, name), value
                now = bool(now) if name in FLAGS else now
            if now != then:
                found[name] = (now, then)
        return found

    def _limit(self, row: Customer, request: ManyPreview) -> tuple[str, int, int] | None:
        if request.credit_limit is UNSET:
            return None
        account = self._store.accounts.get(row.credit_account_id)
        assert account is not None  # foreign key
        new = parse_amount(str(request.credit_limit), "credit_limit")
        return None if new == account.credit_limit_micros else (account.currency, account.credit_limit_micros, new)

    def _phones(self, row: Customer, request: ManyPreview) -> list[Endpoint]:
        if all(getattr(request, name) is UNSET for name in OF_ENDPOINT):
            return []
        return list(self._store.endpoints.list(row.id))

    @staticmethod
    def _of_endpoint(row: Endpoint, request: ManyPreview) -> dict[str, tuple[Any, Any]]:
        found: dict[str, tuple[Any, Any]] = {}
        for name in OF_ENDPOINT:
            field, value = name.removeprefix("endpoint_"), getattr(request, name)
            now = bool(row.disabled) if field == "disabled" else getattr(row, field)
            if value is not UNSET and now != value:
                found[field] = (now, value)
        return found

    # telling -------------------------------------------------------------------------------------------------------
    def _line(self, found: Gathering, name: str, number: str, field: str, before: Any, after: Any) -> None:
        found.fields[field] = found.fields.get(field, 0) + 1
        if len(found.lines) < MOST_LINES:
            texts = (self._tariff(before), self._tariff(after)) if field == "tariff" else (_text(before), _text(after))
            found.lines.append(ManyLine(name, number, field, *texts))

    def _tariff(self, tariff_id: int) -> str:
        row = self._store.tariffs.get(tariff_id)
        return "" if row is None else row.name

    # back ----------------------------------------------------------------------------------------------------------
    def _keep(self, actor: Actor) -> int:
        self._made += 1
        self._kept[self._made] = Kept(actor.operator_id, self._room.clock.utcnow(), [])
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return self._made

    def _set_back(self, actor: Actor, was: Was) -> bool:
        kind, row_id, before, after = was
        tables: dict[str, Any] = {"customer": self._store.customers, "account": self._store.accounts, "endpoint": self._store.endpoints}
        row = tables[kind].get(row_id)
        if row is None or row.archived_at is not None or any(_now(row, name) != value for name, value in after.items()):
            return False
        try:
            if kind == "customer":
                self._customers.update(actor, CustomerUpdate(id=row_id, **before))
            elif kind == "account":
                self._accounts.update(actor, CreditAccountUpdate(id=row_id, **before))
            else:
                self._endpoints.update(actor, EndpointUpdate(id=row_id, **before))
        except UserError:
            return False
        return True


def _two(differs: dict[str, tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {name: two[0] for name, two in differs.items()}, {name: two[1] for name, two in differs.items()}


def _now(row: Any, name: str) -> Any:
    if name == "tariff":
        return row.tariff_id
    if name == "credit_limit":
        return format_amount(row.credit_limit_micros)
    value = getattr(row, name)
    return bool(value) if name in FLAGS else value


def _text(value: Any) -> str:
    return "" if value is None else ("1" if value else "0") if isinstance(value, bool) else str(value)
