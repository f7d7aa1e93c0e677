"""A document once more: on paper as a copy, or as a PDF strip."""

from __future__ import annotations

from collections.abc import Callable

from appliance.errors import Conflict, UserError
from appliance.services.call_shop.events import Events
from appliance.services.call_shop.places import USE, Places
from appliance.services.call_shop.printing import Queue
from appliance.services.call_shop.receipts import TillReceipts
from appliance.services.call_shop.strips import Strips
from appliance.services.ground.access import Actor
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.wire.shapes import Binary
from appliance.wire.tills import PrintJobView, ReceiptStrip, Reprint

COLUMNS = (32, 42, 48)


class Reprints:
    """Every copy on paper is told to the owner."""

    def __init__(self, room: Room, places: Places, receipts: TillReceipts, queue: Queue, strips: Strips, events: Events, once: Once) -> None:
        self._room = room
        self._places = places
        self._receipts = receipts
        self._queue = queue
        self._strips = strips
        self._events = events
        self._once = once

    def reprint(self, actor: Actor, request: Reprint) -> PrintJobView:
        """On a till of the same shop."""

        def work() -> PrintJobView:
            place, document = self._receipts.found(actor, request.id, USE)
            its, till = self._places.till(actor, request.till, USE)
            if its.id != place.id:
                raise Conflict("bill.not_same_shop", field="till")
            job = self._queue.document(till, document, True, copy=True, language=request.language)
            if job is None:
                raise Conflict("till.no_printer", field="till", till=till.name)
            self._events.note(
                actor, place, "reprint", bill_id=document.bill_id, document_id=document.id, reason=f"{document.series} {document.number}"
            )
            return self._queue.job_view(job)

        return self._once.do(actor, "till_receipts.reprint", request.request_id, request, PrintJobView, work)

    def pdf(self, actor: Actor, request: ReceiptStrip) -> Callable[[], Binary]:
        """Drawn when called, and may be called in a thread."""
        if request.columns not in COLUMNS:
            raise UserError("field.not_a_choice", field="columns", choices=", ".join(map(str, COLUMNS)))
        place, document = self._receipts.found(actor, request.id)
        return self._strips.pdf(place, document, request.columns, request.language)
