"""Monthly fees of customers: what is taken, from when to when (money.md, Fees). Taking them is a timed job's work."""

from __future__ import annotations

from msgspec import UNSET

from appliance.clock import rfc3339
from appliance.errors import NotFound
from appliance.services import columns as col
from appliance.services.access import Actor
from appliance.services.audit import Audit
from appliance.services.columns import Column, Sql, differing, written
from appliance.services.moments import day
from appliance.services.room import Room
from appliance.wire.description import MonthlyFeeEntry


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

    def __init__(self, room: Room, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit

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
            return "created"
        changed = differing(values, row)
        if not changed:
            return ""
        self._store.fees.update(row.id, changed)
        self._audit.changed(actor, "customers.set_fee", "monthly_fee", row.id, row._asdict(), changed)
        self._room.changes.note("customer", customer_id)
        return "changed"

    def _endpoint(self, customer_id: int, number: str) -> int:
        row = self._store.endpoints.find(number)
        if row is None or row.customer_id != customer_id:
            raise NotFound("endpoint.unknown", field="endpoint", endpoint=number)
        return row.id
