"""Fuses that tripped: who was stopped and why, told to the owner, and released by somebody who looked (product.md N12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from appliance.errors import Conflict, NotFound, UserError
from appliance.i18n import sentence
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import check_address, filled
from appliance.services.mail.messages import Messages
from appliance.store.guard import Fuse
from appliance.wire.guard import FuseList, FusePage, FuseRelease, FuseView

TEMPLATE = "fuse"
LONGEST_NOTE = 500


class Fuses:
    """`forgive(customer)` is the guard's of a running server."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._messages = messages
        self.forgive: Callable[[int], object] = lambda customer: None

    def list(self, actor: Actor, request: FuseList) -> FusePage:
        """Fuses of customers within reach, newest first."""
        limit = max(1, min(request.limit, 1000))
        whose = None if request.customer is None else self._lookups.customer(actor, request.customer, None, "customers.read").id
        rows = self._reversed() if request.tripped else self._store.guard.fuses(request.after or None)
        found: list[FuseView] = []
        for row in rows:
            if whose is not None and row.customer_id != whose:
                continue
            customer = self._store.customers.get(row.customer_id)
            if customer is not None and self._access.may(actor, "customers.read", customer.reseller_id, customer.id):
                found.append(self.view(row))
            if len(found) > limit:
                break
        return FusePage(found[:limit], found[limit - 1].id if len(found) > limit else 0)

    def _reversed(self) -> Sequence[Fuse]:
        return list(self._store.guard.tripped())[::-1]

    def release(self, actor: Actor, request: FuseRelease) -> FuseView:
        """The customer calls again. Conflict fuse.released where somebody was quicker."""
        with self._room.changes.unit():
            row = self._store.guard.fuse(request.id)
            customer = None if row is None else self._store.customers.get(row.customer_id)
            if row is None or customer is None:
                raise NotFound("fuse.unknown", field="id")
            self._access.need(actor, "guard.release", customer.reseller_id, customer.id, what="fuse")
            if row.released_at is not None:
                raise Conflict("fuse.released", field="id", who=row.released_by)
            if len(request.note) > LONGEST_NOTE:
                raise UserError("field.wrong_text", field="note", longest=LONGEST_NOTE)
            self._store.guard.release(row.id, self._room.clock.utcnow(), actor.name, request.note.strip())
            self._audit.noted(actor, "fuses.release", "customer", customer.id, fuse=row.id, reason=row.reason, note=request.note.strip())
            self._room.changes.note("fuse", customer.id)
            self.forgive(customer.id)
            return self.view(self._row(row.id))

    def tripped(self, customer_id: int) -> FuseView | None:
        """What stops a customer now."""
        row = self._store.guard.tripped_of(customer_id)
        return None if row is None else self.view(row)

    def all_tripped(self) -> Iterator[Fuse]:
        """For the alerts."""
        return self._store.guard.tripped()

    def tell(self, fuse_id: int) -> None:
        """E-mail to the owner: the reseller whose customer it is. In the open unit of work that wrote the fuse."""
        row = self._row(fuse_id)
        customer = self._store.customers.get(row.customer_id)
        reseller = None if customer is None else self._store.resellers.get(customer.reseller_id)
        if customer is None or reseller is None:
            return
        brand = brand_of(self._room, reseller)
        person = self._store.people.get(reseller.person_id)
        try:
            address = check_address((person.email if person is not None else "") or brand.email, "email")
        except UserError:
            return
        spoken = self._messages.language_of(None, reseller)
        view = self.view(row)
        values = {"customer": customer.name, "reason": sentence(row.reason, view.parameters, spoken), "brand": brand.name}
        content = filled(self._messages.template_of(reseller.id, TEMPLATE, spoken), values, spoken, brand.name)
        self._messages.outbox.put(
            TEMPLATE,
            address,
            content,
            sender=self._messages.outbox.sender_of(brand.email, reseller.sip_domain),
            sender_name=brand.name,
            language=spoken,
            customer_id=customer.id,
            reseller_id=reseller.id,
        )

    def view(self, row: Fuse) -> FuseView:
        """The row with names."""
        customer = self._store.customers.get(row.customer_id)
        reseller = None if customer is None else self._store.resellers.get(customer.reseller_id)
        said = {"limit": format_amount(row.limit_micros), "currency": row.currency, "detail": row.detail}
        return FuseView(
            id=row.id,
            customer_id=row.customer_id,
            customer="" if customer is None else customer.name,
            reseller="" if reseller is None else reseller.name,
            reason=row.reason,
            words=sentence(row.reason, said),
            parameters=said,
            tripped_at=stamp(row.tripped_at) or "",
            released_at=stamp(row.released_at),
            released_by=row.released_by,
            note=row.note,
        )

    def _row(self, fuse_id: int) -> Fuse:
        row = self._store.guard.fuse(fuse_id)
        assert row is not None  # written in this unit
        return row
