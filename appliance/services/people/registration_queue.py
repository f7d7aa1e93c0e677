"""Who registered and waits for somebody of the reseller, where the rules say "by hand" (product.md S17)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from appliance.errors import NotFound
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.mail.messages import Messages
from appliance.services.people.customers import WAITING, Customers
from appliance.services.people.registration import TERMS
from appliance.store.customers import Customer
from appliance.wire.customers import CustomerUpdate
from appliance.wire.messages import SendDetails
from appliance.wire.registration import Waiting, WaitingApprove, WaitingCustomer, WaitingList, WaitingRefuse
from appliance.wire.shapes import ById, Done

LONGEST_REASON = 500


class RegistrationQueue:
    """`waiting`, `approve`, `refuse`; a customer who is enabled elsewhere waits no more."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, customers: Customers, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._customers = customers
        self._messages = messages

    def waiting(self, actor: Actor, request: WaitingList) -> Waiting:
        """All whom the actor reaches."""
        wanted = None if request.reseller is None else self._lookups.reseller(actor, request.reseller, "customers.read").id
        found = [
            (since, self._view(row, since))
            for row, since in self._rows()
            if (wanted is None or row.reseller_id == wanted) and self._access.may(actor, "customers.read", row.reseller_id, row.id)
        ]
        return Waiting([each for _since, each in sorted(found, key=lambda pair: pair[0])])

    def approve(self, actor: Actor, request: WaitingApprove) -> Done:
        """The account is open; NotFound registration.not_waiting where this customer does not wait."""
        with self._room.changes.unit():
            row = self._row(actor, request.id)
            self._customers.update(actor, CustomerUpdate(id=row.id, disabled=False))
            self._store.settings.remove(WAITING, f"customer:{row.id}")
            self._audit.noted(actor, "registration.approve", "customer", row.id)
            person = self._store.people.get(row.person_id)
            endpoint = next(self._store.endpoints.list(row.id), None)
            if request.tell and person is not None and person.email and endpoint is not None:
                self._messages.send_details(actor, SendDetails(endpoint=endpoint.id, recipient=person.email, with_password=False))
            self._room.changes.note("customer", row.id)
            return Done(row.id)

    def refuse(self, actor: Actor, request: WaitingRefuse) -> Done:
        """The customer is archived, and the mailbox may ask again; NotFound registration.not_waiting."""
        with self._room.changes.unit():
            row = self._row(actor, request.id)
            self._customers.archive(actor, ById(row.id))
            self._store.settings.remove(WAITING, f"customer:{row.id}")
            self._audit.noted(actor, "registration.refuse", "customer", row.id, reason=request.reason[:LONGEST_REASON])
            return Done(row.id)

    def _row(self, actor: Actor, customer_id: int) -> Customer:
        row = self._lookups.customer(actor, customer_id, None, "customers.write", "id")
        if not row.disabled or self._store.settings.get(WAITING, f"customer:{row.id}") is None:
            raise NotFound("registration.not_waiting", field="id")
        return row

    def _rows(self) -> Iterator[tuple[Customer, str]]:
        for scope in self._store.settings.scopes(WAITING):
            row = self._store.customers.get(int(scope.partition(":")[2]))
            if row is not None and row.disabled and row.archived_at is None:
                yield row, str(json.loads(self._store.settings.get(WAITING, scope) or '""'))

    def _view(self, row: Customer, since: str) -> WaitingCustomer:
        person = self._store.people.get(row.person_id)
        seller = self._store.resellers.get(row.reseller_id)
        assert person is not None and seller is not None  # foreign keys
        kept = self._store.settings.get(TERMS, f"customer:{row.id}")
        agreed = msgspec.json.decode(kept, type=dict[str, str | None]) if kept else {}
        endpoint = next(self._store.endpoints.list(row.id), None)
        return WaitingCustomer(
            id=row.id,
            version=row.version,
            reseller=seller.name,
            name=row.name,
            email=person.email,
            phone=person.phone,
            country=person.country,
            number="" if endpoint is None else endpoint.number,
            since=since or stamp(row.created_at) or "",
            agreed=str(agreed.get("version") or ""),
            agreed_at=agreed.get("at"),
        )
