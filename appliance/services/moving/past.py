"""What was before: calls and open invoices of customers who were moved in. Nothing here is ever charged or posted."""

from __future__ import annotations

from appliance.errors import NotFound, UserError
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.moving import OldInvoiceRow
from appliance.wire.moving import OldCallList, OldCallPage, OldCallView, OldInvoiceList, OldInvoicePage, OldInvoiceSettle, OldInvoiceView


class Past:
    """`old_calls.*` and `old_invoices.*`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    def calls(self, actor: Actor, request: OldCallList) -> OldCallPage:
        """One page; numbers only for those who may see whom somebody called."""
        customer = self._lookups.customer(actor, request.customer, request.reseller, "calls.read", archived=True)
        person = self._access.may(actor, "calls.person", customer.reseller_id, customer.id)
        limit = max(1, min(request.limit, 1000))
        rows = self._store.moving.old_calls(customer.id, _before(request.cursor), limit + 1)
        found = [
            OldCallView(
                row.id, row.source, stamp(row.started_at) or "", row.seconds, row.caller if person else "", row.number if person else "",
                row.destination, format_amount(row.amount_micros), row.currency,
            )
            for row in rows[:limit]
        ]  # fmt: skip
        last = rows[limit - 1] if len(rows) > limit else None
        return OldCallPage(found, "" if last is None else f"{last.started_at}.{last.id}")

    def invoices(self, actor: Actor, request: OldInvoiceList) -> OldInvoicePage:
        """All of a customer."""
        customer = self._lookups.customer(actor, request.customer, request.reseller, "invoices.read", archived=True)
        return OldInvoicePage([_view(row) for row in self._store.moving.old_invoices(customer.id)])

    def settle(self, actor: Actor, request: OldInvoiceSettle) -> OldInvoiceView:
        """It counts as paid from now on; twice is harmless. NotFound invoice.unknown."""
        with self._room.changes.unit():
            row = self._store.moving.invoices.get(request.id)
            if row is None:
                raise NotFound("invoice.unknown", field="id", invoice=request.id)
            customer = self._lookups.customer(actor, row.customer_id, None, "payments.record", archived=True)
            if row.settled_at is None:
                now = self._room.clock.utcnow()
                self._store.moving.invoices.update(row.id, {"settled_at": now})
                self._audit.noted(actor, "old_invoices.settle", "customer", customer.id, number=row.label, open=format_amount(row.open_micros))
                self._room.changes.note("invoice")
                row = row._replace(settled_at=now)
            return _view(row)


def _view(row: OldInvoiceRow) -> OldInvoiceView:
    total, still = format_amount(row.total_micros), format_amount(row.open_micros)
    return OldInvoiceView(row.id, row.source, row.label, row.issued_on, row.due_on, total, still, row.currency, stamp(row.settled_at))


def _before(text: str) -> tuple[int, int] | None:
    """The cursor that a page gave; UserError "request.wrong_value" for another text."""
    if not text:
        return None
    at, _, row_id = text.partition(".")
    if not (at.isascii() and at.isdigit() and row_id.isascii() and row_id.isdigit() and len(text) < 40):
        raise UserError("request.wrong_value", field="cursor", what=text[:40])
    return int(at), int(row_id)
