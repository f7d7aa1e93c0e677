"""Monthly fees of customers: what is taken, from when to when (money.md, Fees). Taking them is `fee_taking`'s work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

from msgspec import UNSET

from appliance.billing import fees as months_of
from appliance.clock import rfc3339
from appliance.errors import NotFound, UserError
from appliance.money import format_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import day, stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money.fee_taking import FeeTaking
from appliance.store.fees import MonthlyFee
from appliance.wire.description import MonthlyFeeEntry
from appliance.wire.fees import FeeList, FeeMonth, FeePage, FeeSet, FeesRun, FeesTaken, FeeStop, FeeView


def _date(value: object, field: str) -> Sql:
    return None if value is None else day(str(value), field)


FIELDS = (
    Column("amount", "amount_micros", col.amount()),
    Column("starts_on", "starts_on", _date),
    Column("ends_on", "ends_on", _date),
    Column("day", "day", col.count(1, 1, 28)),
    Column("policy", "policy", col.choice("take", "wait")),
)


class Fees:
    """`put` is the rule for every door."""

    def __init__(self, room: Room, audit: Audit, access: Access, lookups: Lookups, once: Once, taking: FeeTaking) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._access = access
        self._lookups = lookups
        self._once = once
        self.taking = taking

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: FeeList) -> FeePage:
        """By id."""
        limit = max(1, min(request.limit, 1000))
        found = list(islice(self._reached(actor, request), limit + 1))
        return FeePage([self._view(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def set(self, actor: Actor, request: FeeSet) -> FeeView:
        """A fee made or changed; what is due of it is taken at once."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
            name = str(col.name(request.name, "name"))
            given = {
                field: value
                for field in ("amount", "endpoint", "starts_on", "ends_on", "day", "policy")
                if (value := getattr(request, field)) is not None
            }
            before = self._store.fees.find(customer.id, name)
            if request.amount is None:
                if before is None:
                    raise UserError("fee.amount_missing", field="amount")
                given["amount"] = format_amount(before.amount_micros)
            self.put(actor, customer.id, MonthlyFeeEntry(name=name, **given))
            row = self._store.fees.find(customer.id, name)
            assert row is not None  # just written
            self.taking.take(row)
            return self._view(self._row(row.id))

    def stop(self, actor: Actor, request: FeeStop) -> FeeView:
        """An end to a fee; days that were paid for are given back at once."""
        return self._once.do(actor, "fees.stop", request.request_id, request, FeeView, lambda: self._stop(actor, request))

    def _stop(self, actor: Actor, request: FeeStop) -> FeeView:
        row = self._row(request.id)
        customer = self._store.customers.get(row.customer_id)
        assert customer is not None  # foreign key
        self._access.need(actor, "customers.write", customer.reseller_id, customer.id, what="fee")
        account = self._store.accounts.get(customer.credit_account_id)
        assert account is not None  # foreign key
        ends = self.taking.today(account, customer).isoformat() if request.ends_on is None else day(request.ends_on, "ends_on")
        self._store.fees.update(row.id, {"ends_on": max(ends, row.starts_on)})
        self._audit.changed(actor, "fees.stop", "monthly_fee", row.id, row._asdict(), {"ends_on": ends})
        self._room.changes.note("fee", row.id)
        self._room.changes.note("customer", customer.id)
        self.taking.take(self._row(row.id))
        return self._view(self._row(row.id))

    def run(self, actor: Actor, request: FeesRun) -> FeesTaken:
        """All that is due, now."""
        self._access.need(actor, "accounts.adjust", None)
        return self._once.do(actor, "fees.run", request.request_id, request, FeesTaken, self.taking.run)

    def _reached(self, actor: Actor, request: FeeList) -> Iterator[MonthlyFee]:
        customer = None
        if request.customer is not None:
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.read", archived=True).id
        reach = self._access.reach(actor, "customers.read")
        if request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "customers.read").id})
        for row in self._store.fees.list(customer):
            owner = self._store.customers.get(row.customer_id)
            if row.id > request.after and (customer is not None or reach is None or (owner is not None and owner.reseller_id in reach)):
                yield row

    def _row(self, row_id: int) -> MonthlyFee:
        row = self._store.fees.get(row_id)
        if row is None:
            raise NotFound("fee.unknown", field="id", id=row_id)
        return row

    def _view(self, row: MonthlyFee) -> FeeView:
        customer = self._store.customers.get(row.customer_id)
        account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
        assert customer is not None and account is not None  # foreign keys
        endpoint = None if row.endpoint_id is None else self._store.endpoints.get(row.endpoint_id)
        waiting = self._store.fees.waiting(row.id)
        ends = self.taking.end_of(row, account, customer)
        following = months_of.next_on(row.day, date.fromisoformat(row.starts_on), ends, self.taking.today(account, customer))
        moved = [(each, 1) for each in self._store.fees.months(row.id)] + [(each, -1) for each in self._store.fees.returned(row.id)]
        return FeeView(
            id=row.id,
            customer=customer.name,
            customer_id=customer.id,
            endpoint=None if endpoint is None else endpoint.number,
            name=row.name,
            amount=format_amount(row.amount_micros),
            currency=account.currency,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            day=row.day,
            policy=row.policy,
            next_on=None if following is None else following.isoformat(),
            waiting_since=None if waiting is None else stamp(waiting.since_at),
            suspended=waiting is not None and waiting.suspended_at is not None,
            months=[
                FeeMonth(each.month, format_amount(sign * each.amount_micros), each.since_on, each.until_on, each.entry_id) for each, sign in moved
            ],
        )

    # rules ---------------------------------------------------------------------------------------------------------

    def put(self, actor: Actor, customer_id: int, entry: MonthlyFeeEntry) -> str:
        """A fee by the customer and its name: "created", "changed" or ""."""
        values = written(entry, FIELDS)
        row = self._store.fees.find(customer_id, entry.name)
        if entry.endpoint is not UNSET:
            values["endpoint_id"] = None if entry.endpoint is None else self._endpoint(customer_id, entry.endpoint)
        if values.get("starts_on", "") is None:
            values.pop("starts_on")
        if row is None:
            today = rfc3339(self._room.clock.utcnow())[:10]
            row_id = self._store.fees.insert(customer_id=customer_id, name=entry.name, **{"starts_on": today, **values})
            self._audit.made(actor, "customers.set_fee", "monthly_fee", row_id, values)
            self._room.changes.note("customer", customer_id)
            self._room.changes.note("fee", row_id)
            return "created"
        changed = differing(values, row)
        if not changed:
            return ""
        self._store.fees.update(row.id, changed)
        self._audit.changed(actor, "customers.set_fee", "monthly_fee", row.id, row._asdict(), changed)
        self._room.changes.note("customer", customer_id)
        self._room.changes.note("fee", row.id)
        return "changed"

    def go_on(self, actor: Actor, customer_id: int, endpoint_id: int | None, archived_at: int) -> None:
        """The fees of a service that is restored (a customer's own, or one endpoint's) go on from today; the days between cost nothing."""
        customer = self._store.customers.get(customer_id)
        account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
        assert customer is not None and account is not None  # foreign keys
        today = self.taking.today(account, customer).isoformat()
        ended = self.taking.day_of(account, customer, archived_at).isoformat()
        for row in list(self._store.fees.list(customer_id)):
            over = row.ends_on is not None and row.ends_on <= today
            given_back = any(each.since_on >= ended for each in self._store.fees.returned(row.id))
            if row.endpoint_id != endpoint_id or over or not (ended < today or given_back):
                continue
            if row.starts_on < today:
                self._store.fees.update(row.id, {"starts_on": today})
                self._audit.changed(actor, "customers.set_fee", "monthly_fee", row.id, row._asdict(), {"starts_on": today})
                self._room.changes.note("fee", row.id)
            self.taking.take(self._row(row.id))

    def take_named(self, customer_id: int, name: str) -> None:
        """What is due of a fee by its name, at once."""
        row = self._store.fees.find(customer_id, name)
        if row is not None:
            self.taking.take(row)

    def _endpoint(self, customer_id: int, number: str) -> int:
        row = self._store.endpoints.find(number)
        if row is None or row.customer_id != customer_id:
            raise NotFound("endpoint.unknown", field="endpoint", endpoint=number)
        return row.id
