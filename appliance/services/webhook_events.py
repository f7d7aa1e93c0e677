"""What programs elsewhere can be told of, found in what a unit of work changed (product.md P15).

An event names things and money, never a phone number or a person's address: whoever wants more asks the API with a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from appliance.clock import rfc3339
from appliance.money import format_amount
from appliance.services.ground.room import Room

TEST = "test"


class Event(NamedTuple):
    """`subject` and `mark` tell it from every other of its name; `reseller_id` None: of the root's."""

    name: str
    subject: int
    mark: int
    at: int
    reseller_id: int | None
    data: dict[str, object]


class Events:
    """`of(kind, ids)` are the events in a change; reads the open unit of work."""

    def __init__(self, room: Room) -> None:
        self._store = room.store
        self._found: dict[str, Callable[[int], Iterator[Event]]] = {
            "payment": self._payment,
            "call": self._call,
            "message": self._message,
            "trunk_state": self._trunk,
            "fuse": self._fuse,
            "invoice": self._invoice,
            "customer": self._customer,
            "registration": self._registration,
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of change that may hold an event."""
        return tuple(self._found)

    def of(self, kind: str, identity: int) -> Iterator[Event]:
        """What this change of one thing means, if anything."""
        return self._found[kind](identity)

    # one a kind ----------------------------------------------------------------------------------------------------
    def _payment(self, identity: int) -> Iterator[Event]:
        row = self._store.payments.get(identity)
        if row is not None and row.kind == "payment":
            account = self._store.accounts.get(row.account_id)
            money = {"gross": format_amount(row.gross_micros), "tax": format_amount(row.tax_micros), "credit": format_amount(row.credit_micros)}
            data: dict[str, object] = {
                "payment": row.id,
                "customer": self._name(row.customer_id),
                "method": row.method,
                **money,
                "currency": row.currency,
            }
            yield Event("payment.recorded", row.id, 0, row.at, account.reseller_id if account is not None else None, data)

    def _call(self, identity: int) -> Iterator[Event]:
        row = self._store.calls.get(identity)
        if row is not None:
            seconds = row.duration_ms // 1000
            data: dict[str, object] = {
                "call": row.id,
                "customer": self._name(row.customer_id),
                "destination": row.destination,
                "result": row.result,
                "cause": row.cause,
                "seconds": seconds,
                "amount": format_amount(row.amount_micros),
                "currency": row.currency,
            }
            yield Event("call.ended", row.id, 0, row.ended_at, row.reseller_id, data)

    def _message(self, identity: int) -> Iterator[Event]:
        row = self._store.outbox.get(identity)
        if row is not None and row.kind == "balance_low" and row.customer_id is not None:
            customer = self._store.customers.get(row.customer_id)
            account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
            if customer is not None and account is not None:
                data: dict[str, object] = {"customer": customer.name, "balance": format_amount(account.balance_micros), "currency": account.currency}
                yield Event("balance.low", row.id, 0, row.made_at, customer.reseller_id, data)

    def _trunk(self, identity: int) -> Iterator[Event]:
        """An outage's first moment and its last; one that ends since the trunk is switched off is told by nothing."""
        row, outage = self._store.trunks.get(identity), self._store.trunk_outages.newest(identity)
        if row is None or outage is None:
            return
        if outage.ended_at is None:
            data: dict[str, object] = {"trunk": row.name, "reason": outage.reason, "detail": outage.detail}
            yield Event("trunk.down", row.id, outage.id, outage.began_at, row.reseller_id, data)
        elif not row.disabled and row.archived_at is None:
            seconds = (outage.ended_at - outage.began_at) // 1000
            yield Event("trunk.up", row.id, outage.id, outage.ended_at, row.reseller_id, {"trunk": row.name, "seconds": seconds})

    def _fuse(self, identity: int) -> Iterator[Event]:
        row, customer = self._store.guard.tripped_of(identity), self._store.customers.get(identity)
        if row is not None and customer is not None:
            spent = {"spent": format_amount(row.spent_micros), "limit": format_amount(row.limit_micros), "currency": row.currency}
            data: dict[str, object] = {"customer": customer.name, "reason": row.reason, **spent}
            yield Event("fuse.tripped", row.id, 0, row.tripped_at, customer.reseller_id, data)

    def _invoice(self, identity: int) -> Iterator[Event]:
        row = self._store.documents.get(identity)
        if row is not None and row.kind == "invoice":
            data: dict[str, object] = {
                "invoice": row.label,
                "customer": self._name(row.customer_id),
                "total": format_amount(row.total_micros),
                "currency": row.currency,
                "due_on": row.due_on,
            }
            yield Event("invoice.issued", row.id, 0, row.issued_at, row.reseller_id, data)

    def _customer(self, identity: int) -> Iterator[Event]:
        return self._new_customer("customer.created", identity)

    def _registration(self, identity: int) -> Iterator[Event]:
        return self._new_customer("customer.registered", identity)

    def _new_customer(self, name: str, identity: int) -> Iterator[Event]:
        row = self._store.customers.get(identity)
        if row is not None:
            data: dict[str, object] = {"customer": row.name, "at": rfc3339(row.created_at), "disabled": bool(row.disabled)}
            yield Event(name, row.id, 0, row.created_at, row.reseller_id, data)

    def _name(self, customer_id: int | None) -> str | None:
        row = None if customer_id is None else self._store.customers.get(customer_id)
        return None if row is None else row.name


EVENTS = (
    "payment.recorded",
    "call.ended",
    "balance.low",
    "trunk.down",
    "trunk.up",
    "fuse.tripped",
    "invoice.issued",
    "customer.created",
    "customer.registered",
)
"""Every event by name; `test` besides, which only the button sends. `customer.created` is every new customer, `customer.registered` one who
registered on the web pages."""
